"""What QuickBooks would refuse is said at the form, and the table in the docs says the same as the code."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from invoices.forms.invoice import InvoiceForm
from invoices.forms.lines import search_items
from invoices.models import Invoice
from invoices.readiness import CHECKS, Mistake, State, judge
from qbo.models import Company
from tests.factories import CompanyFactory, CustomerFactory, InvoiceFactory, ItemFactory

DOCS = Path(__file__).parents[2] / "docs" / "readiness.md"
GOOD = {
    "customer": "Otter",
    "doc_number": "1500",
    "txn_date": "2026-11-23",
    "row": "0",
    "line-0-item": "Mulch",
    "line-0-quantity": "2",
    "line-0-rate": "5",
}


@pytest.fixture
def company(db: None) -> Company:
    made: Company = CompanyFactory(
        preferences={
            "AccountingInfoPrefs": {"BookCloseDate": "2026-10-31"},
            "SalesFormsPrefs": {"CustomTxnNumbers": True, "AllowDiscount": False},
        }
    )
    otter = CustomerFactory(company=made, display_name="Otter", known=True)
    CustomerFactory(company=made, display_name="Gone Away", active=False, known=True)
    ItemFactory(company=made, name="Mulch")
    ItemFactory(company=made, name="Delivery", active=False)
    InvoiceFactory(company=made, customer=otter, doc_number="1391", known=True)
    return made


def states(company: Company, **typed: str) -> dict[str, State]:
    data = QueryDict(mutable=True)
    data.update(GOOD | typed)
    form = InvoiceForm(data, instance=Invoice(company=company), to_send="bill_email" in typed)
    form.full_clean()
    return {verdict.check.name: verdict.state for verdict in form.verdicts}


def test_a_good_invoice_passes_every_check(company: Company) -> None:
    assert set(states(company).values()) == {State.FINE}


@pytest.mark.parametrize(
    ("check", "typed"),
    [
        ("length", {"customer_memo": "x" * 1001}),
        ("characters", {"doc_number": "15\x0000"}),
        ("customer", {"customer": "Gone Away"}),
        ("number", {"doc_number": "1391"}),
        ("period", {"txn_date": "2026-10-31"}),
        ("dates", {"due_date": "2026-11-01"}),
        ("items", {"line-0-item": "Delivery"}),
        ("figures", {"line-0-quantity": "-2"}),
        ("discount", {"discount": "10"}),
        ("email", {"bill_email": "nobody"}),
        (
            "whole",
            {"line-0-item": "", "line-0-quantity": "", "line-0-rate": "", "line-0-description": "Only text"},
        ),
    ],
)
def test_each_check_can_fail_and_fails_alone(company: Company, check: str, typed: dict[str, str]) -> None:
    assert [name for name, state in states(company, **typed).items() if state != State.FINE] == [check]


def test_what_is_only_empty_yet_is_neither_refused_nor_fine() -> None:
    (first, *rest) = judge([Mistake("customer", "required", "Choose a customer.")])

    assert (first.check.name, first.state, first.messages) == ("customer", State.OPEN, [])
    assert {verdict.state for verdict in rest} == {State.FINE}


def test_the_docs_table_is_the_codes(company: Company) -> None:
    rows = re.findall(r"^\| (\w+) \| [^|]+ \| ([\d, ]+) \|$", DOCS.read_text(), re.M)

    assert [(name, tuple(codes.split(", "))) for name, codes in rows] == [
        (check.name, check.refused_with) for check in CHECKS
    ]


def test_the_form_says_it_while_one_types(biller: Client, company: Company) -> None:
    answer = biller.post(
        f"/c/{company.pk}/invoices/draft/", GOOD | {"txn_date": "2026-10-31"}
    ).content.decode()

    assert "The books are closed up to Oct 31, 2026" in answer
    assert "Customer is active there" in answer


def test_items_are_found_by_any_of_their_words_and_only_those_that_can_be_sold(
    biller: Client, company: Company
) -> None:
    ItemFactory(
        company=company,
        name="Front bed mulch",
        description="Shredded bark",
        sku="MU-2",
        unit_price=Decimal(9),
    )
    ItemFactory(name="Mulch of others")

    def found(text: str) -> list[Any]:
        return [item.name for item in search_items(company, text)]

    assert found("mulch") == ["Mulch", "Front bed mulch"]  # begins with it, then has it
    assert found("bark mul") == found("mu-2") == ["Front bed mulch"]
    assert found("delivery") == []
    assert b"MU-2" in biller.get(f"/c/{company.pk}/invoices/items/?q=bark").content
