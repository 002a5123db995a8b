from django.utils.timesince import timesince

from qbo import pace, usage
from qbo.management.companies import CompanyCommand
from qbo.models import Company, InboxEntry, OutboxEntry


class Command(CompanyCommand):
    help = "Says how each company stands towards QuickBooks. Asks nobody."

    def about(self, company: Company) -> None:
        left = OutboxEntry.objects.filter(company=company).unfinished()
        needs = left.need_a_person().count()
        to_read = InboxEntry.objects.filter(company=company, state=InboxEntry.State.WAITING).count()
        down = pace.down_since(company)
        lines = {
            "connection": company.get_connection_display(),
            "connect again within": f"{company.days_to_reconnect} days"
            if company.days_to_reconnect
            else "not known",
            "to send": left.count() - needs,
            "needs a person": needs,
            "to read": to_read,
            "last look": f"{timesince(company.caught_up_at)} ago"
            if company.caught_up_at
            else "not imported yet",
            "paused until": company.paused_until or "not paused",
            "QuickBooks": f"no answer since {down}" if down else "answers",
            "calls this month": sum(row["read"] + row["written"] for row in usage.by_action(company)),
        }
        self.stdout.write(str(company))
        for name, value in lines.items():
            self.stdout.write(f"  {name:<22}{value}")
