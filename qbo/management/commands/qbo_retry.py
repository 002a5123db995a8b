from argparse import ArgumentParser
from typing import Any

from qbo.management.companies import CompanyCommand, chosen
from qbo.models import Company, OutboxEntry
from qbo.sync import outbox


class Command(CompanyCommand):
    help = "Tries again what QuickBooks refused, once its cause is put right there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--code", help="only what was refused with this code, such as 6240")

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen(options["company"]):
            self._retry(company, options["code"])

    def _retry(self, company: Company, code: str | None) -> None:
        refused = OutboxEntry.objects.filter(company=company, state=OutboxEntry.State.NEEDS_YOU)
        entries = list(refused.filter(code=code) if code else refused)
        for entry in entries:
            outbox.retry(entry)
        self.work(company)
        for entry in entries:
            entry.refresh_from_db()
            self.stdout.write(
                f"{company}: {entry}: {entry.get_state_display().lower()} {entry.problem}".rstrip()
            )
