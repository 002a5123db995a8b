from qbo.management.companies import CompanyCommand
from qbo.models import Company, OutboxEntry
from qbo.sync import push


class Command(CompanyCommand):
    help = "Sends now what waits to be sent, what waits for its next try included."

    def about(self, company: Company) -> None:
        push.movable(company).update(next_attempt_at=None)
        self.work(company)
        left = OutboxEntry.objects.filter(company=company).unfinished()
        needs = left.need_a_person().count()
        self.stdout.write(f"{company}: {left.count() - needs} still to send, {needs} need a person")
