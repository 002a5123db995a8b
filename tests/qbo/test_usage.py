"""The budget meter: what is counted, for what, and when people are warned."""

from datetime import date, timedelta
from typing import Any

import pytest

from qbo import usage
from qbo.api import Response, calls
from qbo.api.errors import Refused
from qbo.models import Company, Usage
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db
READ, WRITE = calls.query("SELECT * FROM Term"), calls.create("Term", {"Name": "x"})
OK = Response(200, b"{}", {}, "")


@pytest.fixture
def company() -> Company:
    return CompanyFactory()


def test_reads_that_were_answered_are_metered_and_nothing_else(company: Company) -> None:
    with usage.doing(usage.IMPORT):
        usage.record(company.pk, READ, OK)
        usage.record(company.pk, READ, OK)
        usage.record(company.pk, READ, Refused(status=400))
        usage.record(company.pk, WRITE, OK)

    row = Usage.objects.get()
    assert (row.action, row.reads, row.writes, row.metered, row.failed) == (usage.IMPORT, 3, 1, 2, 1)


def test_each_purpose_has_a_row_of_its_own(company: Company) -> None:
    usage.record(company.pk, READ, OK, usage.PAGE)
    with usage.doing(usage.PUSH):
        usage.record(company.pk, WRITE, OK)
    usage.record(company.pk, READ, OK)

    rows = {row["action"]: (row["read"], row["written"]) for row in usage.by_action(company)}
    assert rows == {usage.PAGE: (1, 0), usage.OTHER: (1, 0), usage.PUSH: (0, 1)}


def test_the_budget_is_of_this_month_and_of_all_companies(company: Company, settings: Any) -> None:
    settings.QBO_MONTHLY_READS = 1000
    today = date(2026, 3, 1)
    for day, metered in ((today, 700), (today - timedelta(days=1), 50_000)):
        Usage.objects.create(company=company, day=day, action="x", metered=metered)
    Usage.objects.create(company=CompanyFactory(), day=today, action="x", metered=99)

    assert (usage.budget(today).used, usage.budget(today).is_short) == (799, False)
    Usage.objects.filter(day=today, metered=99).update(metered=100)
    assert usage.budget(today).is_short


def test_without_a_plan_nothing_is_short(company: Company, settings: Any) -> None:
    settings.QBO_MONTHLY_READS = 0
    Usage.objects.create(company=company, day=date(2026, 3, 1), action="x", metered=10**9)
    assert not usage.budget(date(2026, 3, 1)).is_short
