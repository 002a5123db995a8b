"""What the commands about companies have in common."""

import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qbo.models import Company, Connection, ImportRun
from qbo.sync import importing, worker

BAR = 30


def add_company_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--company", help="its number here, its number in QuickBooks, or its name (default: all)"
    )


def chosen(wanted: str | None) -> list[Company]:
    """The company that was named, or all that are connected. Raises CommandError when there is none."""
    if wanted is None:
        companies = list(Company.objects.filter(connection=Connection.CONNECTED))
        if not companies:
            raise CommandError("No company is connected to QuickBooks.")
        return companies
    found = [company for company in Company.objects.all() if wanted in _names(company)]
    if len(found) != 1:
        known = ", ".join(f"{company.pk} ({company})" for company in Company.objects.all()) or "none"
        raise CommandError(f"There is no one company {wanted!r}. Known: {known}.")
    return found


def _names(company: Company) -> tuple[str, str, str]:
    return str(company.pk), company.realm_id, company.name


class CompanyCommand(BaseCommand):
    """A command that does the same for one company or for all."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen(options["company"]):
            self.about(company)

    def about(self, company: Company) -> None:
        raise NotImplementedError

    def work(self, company: Company) -> None:
        """Do what is due here and now, unless a worker is at it already."""
        if not company.is_connected:
            raise CommandError(f"{company} is not connected to QuickBooks. Connect it again first.")
        worker.run(company.pk)


class FullRead(CompanyCommand):
    """Read everything there is, page by page, with a bar. A run that is interrupted goes on where it was."""

    def about(self, company: Company) -> None:
        if not company.is_connected:
            raise CommandError(f"{company} is not connected to QuickBooks. Connect it again first.")
        run = importing.start(company)
        while run.state == ImportRun.State.RUNNING:
            if not worker.run(company.pk, patience=timedelta(seconds=1)):
                time.sleep(0.5)  # a worker is at it, or QuickBooks has asked us to wait
            run.refresh_from_db()
            self.stdout.write(
                f"\r{company}: {_bar(run.percent)} {run.done:,} records {run.problem}", ending=""
            )
            self.stdout.flush()
        self.stdout.write("")


def _bar(percent: int) -> str:
    full = BAR * percent // 100
    return f"[{'#' * full}{'.' * (BAR - full)}] {percent:3} %"
