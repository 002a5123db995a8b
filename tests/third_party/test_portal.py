"""What the portal made in QuickBooks, read back by the other client: equal to the cent."""

import json
import os
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from quickbooks import QuickBooks
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import DetailLine
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.payment import Payment

from tests.emulator_process import EmulatorCompany, EmulatorProcess
from tests.third_party.conftest import ROOT, Connect
from tests.third_party.papers import a_customer, a_discount, a_line, a_payment, an_invoice, an_item, cents, on

Json = dict[str, Any]
FERNET_KEY = "x" * 43 + "="


@pytest.fixture(scope="module")
def company(emulator: EmulatorProcess) -> EmulatorCompany:
    return emulator.company()


@pytest.fixture(scope="module")
def books(company: EmulatorCompany, connect: Connect) -> QuickBooks:
    """The other client, with business of its own in the company before the portal comes."""
    qb = connect(company, use_decimal=True)
    customer, item = a_customer(qb, "Here before"), an_item(qb, "Mulch")
    lines = (
        a_line(item, "61.73", Qty="4.9", UnitPrice="12.5975", tax="TAX"),
        a_line(item, 5),
        a_discount(percent=3),
    )
    invoice = an_invoice(qb, customer, *lines)
    a_payment(qb, customer, "100.01", on(invoice, "33.33"))
    return qb


@pytest.fixture(scope="module")
def portal(
    books: QuickBooks,
    company: EmulatorCompany,
    portal_python: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Json:
    """What the portal has after its main job."""
    finished = subprocess.run(
        [portal_python, "-m", "tests.third_party.portal_main_job"],
        cwd=ROOT,
        env={**os.environ, **settings(company, tmp_path_factory.mktemp("portal"))},
        input=json.dumps(
            {
                "realmId": company.realm_id,
                "access_token": company.access_token,
                "refresh_token": company.refresh_token,
            }
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return dict(json.loads(finished.stdout))


def settings(company: EmulatorCompany, folder: Path) -> dict[str, str]:
    """A portal of its own, whatever the .env of this checkout says."""
    return {
        "DJANGO_SETTINGS_MODULE": "billing_portal.settings",
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
        "HUEY_URL": f"sqlite:///{folder / 'huey.sqlite3'}",
        "EMAIL_URL": "dummymail://",
        "SECRET_KEY": "for this test only",
        "TOKEN_KEYS": FERNET_KEY,
        "QBO_ENVIRONMENT": "emulator",
        "QBO_EMULATOR_URL": company.emulator.url,
        "QBO_CLIENT_ID": company.client_id,
        "QBO_CLIENT_SECRET": company.client_secret,
    }


def of_kind(invoice: Invoice, kind: str) -> list[DetailLine]:
    return [line for line in invoice.Line if line.DetailType == kind]


def invoice_of(books: QuickBooks, portal: Json, total: str) -> tuple[Json, Invoice]:
    """The portal's invoice over that total, and what QuickBooks has under its Id."""
    ((identity, ours),) = (
        (identity, invoice)
        for identity, invoice in portal["invoices"].items()
        if cents(invoice["total"]) == cents(total)
    )
    return ours, Invoice.get(identity, qb=books)


def test_nothing_waits(portal: Json) -> None:
    assert portal["unfinished"] == []


def test_an_invoice_with_odd_quantities_a_discount_and_tax(books: QuickBooks, portal: Json) -> None:
    """1861.08 + 59.97 - 12.5% (240.13) + 8% of 59.97 (4.80)."""
    ours, theirs = invoice_of(books, portal, "1685.72")

    labor, feed = of_kind(theirs, "SalesItemLineDetail")
    assert (cents(labor.Amount), labor.SalesItemLineDetail.Qty) == (cents("1861.08"), Decimal("14.5"))
    assert labor.SalesItemLineDetail.UnitPrice == Decimal("128.35")
    assert (cents(feed.Amount), feed.SalesItemLineDetail.TaxCodeRef.value) == (cents("59.97"), "TAX")
    (discount,) = of_kind(theirs, "DiscountLineDetail")
    assert cents(discount.Amount) == cents(ours["discount"]) == cents("240.13")
    assert cents(theirs.TxnTaxDetail.TotalTax) == cents(ours["tax"]) == cents("4.80")
    assert (cents(theirs.TotalAmt), cents(theirs.Balance)) == (cents("1685.72"), 0)


def test_an_invoice_with_fractions_of_cents_and_a_fixed_discount(books: QuickBooks, portal: Json) -> None:
    """0.333 x 77.77 (25.90) + 7 x 0.015 (0.11) - 1.01."""
    ours, theirs = invoice_of(books, portal, "25.00")

    assert [cents(line.Amount) for line in of_kind(theirs, "SalesItemLineDetail")] == [
        cents("25.90"),
        cents("0.11"),
    ]
    assert cents(theirs.TotalAmt) == cents("25.00")
    assert cents(theirs.Balance) == cents(ours["balance"]) == cents("10.50")


def test_one_check_over_both_with_a_remainder(books: QuickBooks, portal: Json) -> None:
    (check,) = Payment.filter(PaymentRefNum="10418", qb=books)

    assert (cents(check.TotalAmt), cents(check.UnappliedAmt)) == (cents("2000.00"), cents("299.78"))
    assert sorted(cents(line.Amount) for line in check.Line) == [cents("14.50"), cents("1685.72")]
    assert cents(portal["payments"][check.Id]["unapplied"]) == cents("299.78")
    (customer,) = Customer.filter(DisplayName="Mary O'Hara & Søn", qb=books)
    assert cents(customer.Balance) == cents("10.50") - cents("299.78")


def test_every_invoice_is_the_same_on_both_sides(books: QuickBooks, portal: Json) -> None:
    there = {invoice.Id: invoice for invoice in Invoice.all(qb=books)}

    assert len(there) == 3
    assert there.keys() == portal["invoices"].keys()
    for identity, ours in portal["invoices"].items():
        assert as_the_portal_has_it(there[identity]) == numbers(ours)


def test_every_payment_is_the_same_on_both_sides(books: QuickBooks, portal: Json) -> None:
    there = {payment.Id: payment for payment in Payment.all(qb=books)}

    assert len(there) == 2
    assert there.keys() == portal["payments"].keys()
    for identity, ours in portal["payments"].items():
        theirs = there[identity]
        assert numbers(ours) == {
            "customer": theirs.CustomerRef.value,
            "reference": theirs.PaymentRefNum or "",
            "total": cents(theirs.TotalAmt),
            "unapplied": cents(theirs.UnappliedAmt),
            "allocations": {line.LinkedTxn[0].TxnId: cents(line.Amount) for line in theirs.Line},
        }


def test_every_customer_is_the_same_on_both_sides(books: QuickBooks, portal: Json) -> None:
    assert {identity: numbers(ours) for identity, ours in portal["customers"].items()} == {
        customer.Id: {"name": customer.DisplayName, "balance": cents(customer.Balance)}
        for customer in Customer.all(qb=books)
    }


def as_the_portal_has_it(invoice: Invoice) -> Json:
    discounts = of_kind(invoice, "DiscountLineDetail")
    return {
        "customer": invoice.CustomerRef.value,
        "number": invoice.DocNumber,
        "due": invoice.DueDate,
        "discount": cents(sum(line.Amount for line in discounts)),
        "tax": cents(invoice.TxnTaxDetail.TotalTax),
        "total": cents(invoice.TotalAmt),
        "balance": cents(invoice.Balance),
        "lines": [a_row(line) for line in of_kind(invoice, "SalesItemLineDetail")],
    }


def a_row(line: DetailLine) -> Json:
    detail = line.SalesItemLineDetail
    return {
        "quantity": Decimal(detail.Qty) or None,  # the client shows 0 where QuickBooks has none
        "rate": Decimal(detail.UnitPrice) or None,
        "amount": cents(line.Amount),
        "taxable": detail.TaxCodeRef.value == "TAX",
        "description": line.Description,
    }


MONEY = {"total", "balance", "unapplied", "tax", "discount", "amount"}
EXACT = {"quantity", "rate"}


def numbers(report: Json) -> Json:
    """The portal's report with its amounts as numbers."""
    return {name: _number(name, value) for name, value in report.items()}


def _number(name: str, value: Any) -> Any:
    if name == "lines":
        return [numbers(line) for line in value]
    if name == "allocations":
        return {identity: cents(amount) for identity, amount in value.items()}
    if name in MONEY:
        return cents(value)
    return Decimal(value) if name in EXACT and value is not None else value
