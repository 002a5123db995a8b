from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qbo import doctor


class Command(BaseCommand):
    help = "Looks for what is wrong (keys, addresses, clock, tokens, webhooks, queue, limits) and says what to do."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for finding in doctor.examine():
            style = self.style.SUCCESS if finding.is_well else self.style.ERROR
            self.stdout.write(
                f"{style('well ' if finding.is_well else 'WRONG')}  {finding.what}: {finding.said}"
            )
            if finding.remedy:
                wrong += 1
                self.stdout.write(f"       {finding.remedy}")
        if wrong:
            raise CommandError(f"{wrong} thing{'s' if wrong > 1 else ''} to put right.", returncode=1)
