"""Invoices as people write them, against QuickBooks: it comes to the same sums, and its PDF is there to be read."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer, Term
from invoices.models import Invoice
from invoices.totals import LineFigures, due_date, line_amount, totals
from qbo.models import Company, Role, SyncState
from tests.customers.conftest import signed_in
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import an_item
from tests.invoices.test_invoice_form import as_shown

D = Decimal
Work = Callable[[], None]
rows = st.lists(
    st.tuples(
        st.decimals(D("0.01"), D(99), places=2), st.decimals(D("0.001"), D(999), places=3), st.booleans()
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture
def biller(company: Company) -> Client:
    return signed_in(company, Role.BILLER)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, st.decimals(D(0), D(100), places=2), st.booleans())
def test_our_sums_are_quickbooks_sums(
    qb: EmulatorCompany, basket: list[tuple[Decimal, Decimal, bool]], percent: Decimal, after: bool
) -> None:
    code = next(code for code in qb.all("TaxCode") if "SalesTaxRateList" in code)
    rate = D(qb.all("TaxRate")[0]["RateValue"])

    theirs = qb.create("Invoice", _payload(qb, code["Id"], basket, percent, after))

    ours = totals(
        [LineFigures(line_amount(quantity, price), taxable) for quantity, price, taxable in basket],
        discount_percent=percent,
        tax_percents=[rate],
        tax_after_discount=after,
    )
    assert (ours.tax, ours.total) == (theirs["TxnTaxDetail"]["TotalTax"], theirs["TotalAmt"])


def _payload(
    qb: EmulatorCompany, code: str, basket: list[tuple[Decimal, Decimal, bool]], percent: Decimal, after: bool
) -> dict[str, Any]:
    customers = qb.all("Customer") or [qb.create("Customer", {"DisplayName": "Ann"})]
    income = qb.query("SELECT * FROM Account WHERE AccountType = 'Income'")[0]
    items = [item for item in qb.all("Item") if item["Name"] == "Mulch"] or [
        qb.create("Item", {"Name": "Mulch", "Type": "Service", "IncomeAccountRef": {"value": income["Id"]}})
    ]
    lines = [
        {
            "DetailType": "SalesItemLineDetail",
            "Amount": line_amount(quantity, price),
            "SalesItemLineDetail": {
                "ItemRef": {"value": items[0]["Id"]},
                "Qty": quantity,
                "UnitPrice": price,
                "TaxCodeRef": {"value": "TAX" if taxable else "NON"},
            },
        }
        for quantity, price, taxable in basket
    ]
    discount = {"PercentBased": True, "DiscountPercent": percent}
    return {
        "CustomerRef": {"value": customers[0]["Id"]},
        "Line": [*lines, {"DetailType": "DiscountLineDetail", "DiscountLineDetail": discount}],
        "TxnTaxDetail": {"TxnTaxCodeRef": {"value": code}},
        "ApplyTaxAfterDiscount": after,
    }


@pytest.mark.parametrize(
    "terms",
    [
        {"DueDays": 45},
        {"DayOfMonthDue": 15, "DueNextMonthDays": 5},
        {"DayOfMonthDue": 31, "DueNextMonthDays": 0},
    ],
)
@pytest.mark.parametrize("written", ["2026-02-28", "2026-11-10", "2026-11-15", "2026-12-31"])
def test_our_due_dates_are_quickbooks_due_dates(
    qb: EmulatorCompany, terms: dict[str, int], written: str
) -> None:
    term = qb.create("Term", {"Name": "Special", **terms})
    invoice = _payload(qb, "", [(D(1), D(10), False)], D(0), False)
    del invoice["TxnTaxDetail"]

    theirs = qb.create("Invoice", invoice | {"TxnDate": written, "SalesTermRef": {"value": term["Id"]}})

    rules = Term(
        due_days=terms.get("DueDays"),
        day_of_month_due=terms.get("DayOfMonthDue"),
        due_next_month_days=terms.get("DueNextMonthDays"),
    )
    assert due_date(date.fromisoformat(written), rules).isoformat() == theirs["DueDate"]


def test_an_invoice_written_here_reads_the_same_there(
    company: Company, qb: EmulatorCompany, work: Work, biller: Client
) -> None:
    Customer.objects.create(company=company, display_name="Alder Court", email="ap@alder.example")
    an_item(company, "Mulch", "62.50")
    typed = {
        "customer": "Alder Court", "txn_date": timezone.localdate().isoformat(), "discount": "5",
        "customer_memo": "Thank you", "row": ["0", "1"], "line-0-item": "Mulch", "line-0-quantity": "8",
        "line-0-taxable": "on", "line-1-description": "As discussed",
    }  # fmt: skip

    assert biller.post(f"/c/{company.pk}/invoices/new/", typed).status_code == 302
    before = Invoice.objects.get()
    work()

    after = Invoice.objects.get()
    assert (after.total, after.total_tax, after.due_date) == (before.total, before.total_tax, before.due_date)
    assert (after.sync_state, bool(after.doc_number)) == (SyncState.IN_QUICKBOOKS, True)
    assert after.total_tax > 0
    assert_in_step(company, qb)

    calls = len(qb.requests())
    biller.post(f"/c/{company.pk}/invoices/{after.pk}/edit/", as_shown(after))
    work()
    assert len(qb.requests()) == calls  # opened and saved unchanged: nothing to tell QuickBooks


def test_the_pdf_is_quickbooks_own(company: Company, qb: EmulatorCompany, work: Work, biller: Client) -> None:
    Customer.objects.create(company=company, display_name="Alder Court")
    an_item(company, "Mulch", "62.50")
    typed = {
        "customer": "Alder Court",
        "txn_date": timezone.localdate().isoformat(),
        "row": "0",
        "line-0-item": "Mulch",
    }
    biller.post(f"/c/{company.pk}/invoices/new/", typed)
    work()
    invoice = Invoice.objects.get()
    address = f"/c/{company.pk}/invoices/{invoice.pk}/pdf/"

    answer = biller.get(address)

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert f"Invoice {invoice.doc_number}.pdf" in answer["Content-Disposition"]

    qb.fault("delay", method="GET", seconds=30, count=1)
    with patch("qbo.clients.PATIENCE", (3.05, 0.2)), patch("qbo.clients.PERSON_RETRIES", 0):
        assert biller.get(address).status_code == 502  # a person is told before they give up

    qb.fault("503", method="GET", count=10)
    refused = biller.get(address)
    assert refused.status_code == 502
    assert "QuickBooks did not give the PDF" in refused.content.decode()


def test_sent_then_voided_from_the_pages(
    company: Company, qb: EmulatorCompany, work: Work, biller: Client
) -> None:
    Customer.objects.create(company=company, display_name="Alder Court", email="ap@alder.example")
    an_item(company, "Mulch", "62.50")
    typed = {
        "customer": "Alder Court",
        "txn_date": timezone.localdate().isoformat(),
        "row": "0",
        "line-0-item": "Mulch",
    }
    biller.post(f"/c/{company.pk}/invoices/new/", typed | {"send": "send"})
    work()
    invoice = Invoice.objects.get()
    assert (invoice.email_status, invoice.emailed_at is not None) == ("EmailSent", True)

    biller.post(f"/c/{company.pk}/invoices/{invoice.pk}/void/", {"total": str(invoice.total)})
    work()

    invoice.refresh_from_db()
    assert (invoice.status, invoice.total, invoice.balance) == ("void", D(0), D(0))
    assert "Void" in biller.get(f"/c/{company.pk}/invoices/{invoice.pk}/").content.decode()
    assert_in_step(company, qb)
