"""Which companies a command is about."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from qbo.models import Company, Connection


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
    by_key = (
        Company.objects.filter(pk=wanted)
        if wanted.isdecimal() and len(wanted) < 10
        else Company.objects.none()
    )
    found = by_key or Company.objects.filter(realm_id=wanted) or Company.objects.filter(name__iexact=wanted)
    if len(found) != 1:
        known = ", ".join(f"{company.pk} ({company})" for company in Company.objects.all()) or "none"
        raise CommandError(f"There is no one company {wanted!r}. Known: {known}.")
    return list(found)
