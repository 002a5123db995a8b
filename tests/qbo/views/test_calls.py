"""The page about what a company asks QuickBooks."""

from typing import Any

from django.test import Client
from django.utils import timezone

from qbo import pace, usage
from qbo.api.errors import TimedOut
from qbo.models import Company, Usage


def test_this_months_calls_by_purpose(company: Company, viewer: Client, settings: Any) -> None:
    settings.QBO_MONTHLY_READS = 2000
    today = timezone.localdate()
    for action, reads, writes in ((usage.IMPORT, 1700, 0), (usage.PUSH, 0, 34)):
        Usage.objects.create(
            company=company, day=today, action=action, reads=reads, writes=writes, metered=reads
        )
    html = viewer.get(f"/c/{company.pk}/calls/").content.decode()

    for words in ("1,700 of 2,000 reads", "Reading all", "Sending", "The reads run out"):
        assert words in html
    assert ">1,734<" in viewer.get(f"/c/{company.pk}/sync/").content.decode()


def test_an_empty_month(company: Company, viewer: Client) -> None:
    assert "Nothing was asked yet this month." in viewer.get(f"/c/{company.pk}/calls/").content.decode()


def test_the_sync_centre_says_when_quickbooks_does_not_answer(
    company: Company, viewer: Client, settings: Any
) -> None:
    settings.QBO_PACED = True
    for _ in range(pace.FAILURES):
        pace.after(company.pk, TimedOut())
    assert "QuickBooks has not answered since" in viewer.get(f"/c/{company.pk}/sync/").content.decode()
