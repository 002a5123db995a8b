from qbo.management.companies import CompanyCommand
from qbo.models import Company
from qbo.sync import inbox


class Command(CompanyCommand):
    help = "Takes in now what changed in QuickBooks."

    def about(self, company: Company) -> None:
        inbox.catch_up_now(company)
        self.work(company)
        company.refresh_from_db()
        self.stdout.write(f"{company}: everything up to {company.changes_seen_until} is here")
