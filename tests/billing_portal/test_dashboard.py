"""The page Today and its figures."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing_portal import dashboard
from invoices.models import Invoice, Payment
from qbo.models import Company, Connection, OutboxEntry, Role, SyncState
from qbo.sync import importing
from qbo.sync.echo import remote_write
from tests.customers.conftest import signed_in
from tests.factories import CompanyFactory, CustomerFactory, InvoiceFactory

TODAY = timezone.localdate()


@pytest.fixture
def company(db: None) -> Company:
    made: Company = CompanyFactory(name="Kestrel Ridge")
    return made


@pytest.fixture
def viewer(company: Company) -> Client:
    return signed_in(company, Role.VIEWER)


@pytest.fixture
def biller(company: Company) -> Client:
    return signed_in(company, Role.BILLER)


def owing(company: Company, amount: int, days_late: int = -5, **fields: Any) -> Invoice:
    due = TODAY - timedelta(days_late)
    made: Invoice = InvoiceFactory(
        **{"company": company, "total": Decimal(amount), "due_date": due, "known": True, **fields}
    )
    return made


def received(company: Company, amount: int, day: date = TODAY) -> Payment:
    with remote_write():
        return Payment.objects.create(
            company=company,
            customer=CustomerFactory(company=company, known=True),
            total=Decimal(amount),
            txn_date=day,
            ref_number=str(amount),
        )


def page(client: Client, company: Company) -> str:
    answer = client.get(f"/c/{company.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


# ── Figures ─────────────────────────────────────────────────────────────────────────────────────


def test_each_invoice_has_one_age(company: Company) -> None:
    for days, amount in (
        (-1, 1),
        (0, 2),
        (1, 4),
        (30, 8),
        (31, 16),
        (60, 32),
        (61, 64),
        (90, 128),
        (91, 256),
    ):
        owing(company, amount, days)
    owing(company, 512, due_date=None)
    found = dashboard.owed(company, TODAY)
    assert [(part.count, int(part.amount)) for part in found.ages] == [
        (3, 1 + 2 + 512),
        (2, 4 + 8),
        (2, 16 + 32),
        (2, 64 + 128),
        (1, 256),
    ]
    assert (found.count, int(found.amount)) == (10, 1023)
    assert (found.overdue.count, int(found.overdue.amount)) == (7, 508)
    assert abs(sum(found.shares, Decimal(-100))) < Decimal("0.05")


def test_each_age_leads_to_its_invoices(viewer: Client, company: Company) -> None:
    for days in (-1, 1, 45, 75, 76, 200):
        owing(company, 10, days)
    owing(company, 10, due_date=None)
    for part in dashboard.owed(company, TODAY).ages:
        answer = viewer.get(f"/c/{company.pk}/invoices/?tab=open&age={part.age}")
        assert len(answer.context["page"].object_list) == part.count, part.label
        assert f"Remove filter: {part.label}" in answer.content.decode()
    assert len(viewer.get(f"/c/{company.pk}/invoices/?age=no-such").context["page"].object_list) == 7


def test_what_quickbooks_has_adds_up_to_the_same_sum(company: Company) -> None:
    owing(company, 100)
    owing(company, 20, sync_state=SyncState.WAITING)
    owing(company, 3, known=False)
    found = dashboard.owed(company, TODAY)
    assert [(part.label, int(part.amount)) for part in found.sides] == [
        ("In QuickBooks", 100),
        ("Changed here since", 20),
        ("Not in QuickBooks yet", 3),
    ]
    assert sum(part.amount for part in found.sides) == found.amount


def test_only_what_is_owed_here_counts(company: Company) -> None:
    owing(company, 100, is_void=True)
    owing(company, 100, gone_at=timezone.now())
    owing(company, 100, settled=Decimal(100))
    owing(CompanyFactory(), 100)
    found = dashboard.owed(company, TODAY)
    assert (found.count, int(found.amount), any(found.shares)) == (0, 0, False)


def test_who_owes_most_past_the_due_date(company: Company) -> None:
    oak, ash = (CustomerFactory(company=company, display_name=name, known=True) for name in ("Oak", "Ash"))
    owing(company, 50, 40, customer=oak)
    owing(company, 60, 3, customer=oak)
    owing(company, 70, 9, customer=ash)
    owing(company, 900, -9, customer=ash)
    rows = dashboard.most_overdue(company, TODAY)
    assert [(row["name"], row["amount"], row["days"]) for row in rows] == [("Oak", 110, 40), ("Ash", 70, 9)]
    assert len(dashboard.most_overdue(company, TODAY, limit=1)) == 1


def test_the_latest_payments_first(company: Company) -> None:
    for days in (3, 1, 2):
        received(company, days, TODAY - timedelta(days))
    assert [payment.total for payment in dashboard.latest_payments(company, limit=2)] == [1, 2]


# ── Page ────────────────────────────────────────────────────────────────────────────────────────


def test_all_in_step(company: Company, biller: Client) -> None:
    company.caught_up_at = timezone.now()
    company.save()
    owing(company, 1250, 61)
    html = page(biller, company)
    assert "Everything entered here has gone to QuickBooks" in html
    assert f"Last look at what changed there: {timezone.localtime(company.caught_up_at):%H:%M}." in html
    assert html.count("$1,250.00") >= 3  # the sum by side, by age, and what is overdue
    assert "1 invoice, $1,250.00, is overdue" in html
    assert "New invoice" in html


def test_what_is_on_its_way_is_counted(company: Company, biller: Client) -> None:
    owing(company, 10, known=False)
    owing(company, 10, known=False)
    assert "Two changes are on their way to QuickBooks" in page(biller, company)


def test_what_needs_a_person_comes_with_its_money(company: Company, viewer: Client) -> None:
    owing(company, 640, known=False, doc_number="1495")
    OutboxEntry.objects.update(state=OutboxEntry.State.NEEDS_YOU, code="6210")
    html = page(viewer, company)
    assert "One thing needs you." in html
    assert "Invoice 1495 is dated in a closed period." in html
    assert "$640.00" in html
    assert "everything else has gone to QuickBooks" in html


def test_a_viewer_has_no_buttons(company: Company, viewer: Client) -> None:
    assert "New invoice" not in page(viewer, company)


def test_empty(company: Company, biller: Client) -> None:
    html = page(biller, company)
    assert "No invoices yet." in html
    assert "Write the first one" in html
    assert "Payments show up here" in html


def test_while_importing(company: Company, viewer: Client) -> None:
    importing.start(company)
    html = page(viewer, company)
    assert "Reading QuickBooks, 0 %" in html
    assert "The figures are not complete yet." in html


def test_without_a_connection(company: Company, viewer: Client) -> None:
    company.connection = Connection.DISCONNECTED
    company.save()
    owing(company, 5, known=False)
    html = page(viewer, company)
    assert "Not connected to QuickBooks" in html
    assert "One change waits here." in html


def test_the_number_of_queries_does_not_grow(company: Company, viewer: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(viewer, company)
        return len(seen)

    def more() -> None:
        owing(company, 10, 5)
        received(company, 5)
        owing(company, 7, known=False)
        OutboxEntry.objects.update(state=OutboxEntry.State.NEEDS_YOU, code="6210")

    more()
    few = queries()
    for _ in range(12):
        more()
    assert queries() == few


# ── Home ────────────────────────────────────────────────────────────────────────────────────────


def test_home_is_the_first_of_ones_companies(company: Company, viewer: Client) -> None:
    CompanyFactory(name="Aardvark, not ours")
    assert viewer.get("/")["Location"] == f"/c/{company.pk}/"


def test_without_a_company_home_is_connecting_one(admin_client: Client) -> None:
    assert admin_client.get("/")["Location"] == "/connect/"
