"""Drafts, duplicates and pasted rows, as a browser posts them."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from customers.models import Customer
from invoices.forms.row_acts import parse
from invoices.models import Draft, Invoice, Item
from qbo.models import Company, OutboxEntry
from tests.factories import CompanyFactory, CustomerFactory, InvoiceFactory, InvoiceLineFactory, ItemFactory

Typed = dict[str, Any]


@pytest.fixture
def otter(company: Company) -> Customer:
    made: Customer = CustomerFactory(company=company, display_name="Otter Creek Clinic", known=True)
    return made


@pytest.fixture
def mulch(company: Company) -> Item:
    made: Item = ItemFactory(
        company=company, name="Mulch", description="Front beds", unit_price=Decimal("62.50")
    )
    return made


@pytest.fixture
def typed(otter: Customer, mulch: Item) -> Typed:
    return {
        "customer": "Otter Creek Clinic",
        "entry_key": str(uuid4()),
        "txn_date": "not a date yet",
        "row": ["0", "1"],
        "line-0-item": "Mulch",
        "line-0-quantity": "8",
        "line-1-item": "Nothing of ours",
    }


def url(company: Company, tail: str = "new/") -> str:
    return f"/c/{company.pk}/invoices/{tail}"


def test_a_draft_is_kept_half_finished_and_sent_to_nobody(
    biller: Client, company: Company, typed: Typed
) -> None:
    answer = biller.post(url(company), typed | {"keep": "draft"}, follow=True)

    draft = Draft.objects.get()
    assert (draft.customer_name, draft.total) == ("Otter Creek Clinic", Decimal("500.00"))
    assert not Invoice.objects.exists()
    assert not OutboxEntry.objects.exists()
    form = answer.context["form"]
    assert form["txn_date"].value() == "not a date yet"
    assert not form.errors
    assert form.rows.forms[1]["item"].value() == "Nothing of ours"
    assert b"Otter Creek Clinic" in biller.get(url(company, "drafts/")).content


def test_a_draft_becomes_one_invoice_and_is_a_draft_no_more(
    biller: Client, company: Company, typed: Typed
) -> None:
    biller.post(url(company), typed | {"keep": "draft"})
    whole = typed | {"txn_date": "2026-11-23", "row": ["0"]}

    biller.post(url(company), whole)

    invoice = Invoice.objects.get()
    assert not Draft.objects.exists()
    assert biller.get(url(company, f"drafts/{typed['entry_key']}/")).url == invoice.get_absolute_url()


def test_the_draft_of_another_company_is_nobody_elses_to_end(
    biller: Client, company: Company, typed: Typed
) -> None:
    theirs = Draft.objects.create(company=CompanyFactory(), key=typed["entry_key"])

    biller.post(url(company), typed | {"txn_date": "2026-11-23", "row": ["0"]})

    assert Invoice.objects.count() == 1
    assert Draft.objects.filter(pk=theirs.pk).exists()


def test_two_people_do_not_overwrite_each_others_draft(
    biller: Client, company: Company, typed: Typed
) -> None:
    biller.post(url(company), typed | {"keep": "draft"})
    biller.post(url(company), typed | {"keep": "draft", "revision": "1", "customer_memo": "Hers"})

    late = typed | {"keep": "draft", "revision": "1", "customer_memo": "His"}
    answer = biller.post(url(company), late)

    assert b"changed this draft meanwhile" in answer.content
    assert b"His" in answer.content
    assert Draft.objects.get().data["customer_memo"] == ["Hers"]
    biller.post(url(company), late | {"revision": "2"})
    assert Draft.objects.get().data["customer_memo"] == ["His"]


def test_the_same_form_kept_twice_is_one_draft_and_no_quarrel(
    biller: Client, company: Company, typed: Typed
) -> None:
    for _ in range(2):
        assert biller.post(url(company), typed | {"keep": "draft"}).status_code == 302

    assert Draft.objects.get().revision == 1


def test_a_discarded_draft_can_be_brought_back(biller: Client, company: Company, typed: Typed) -> None:
    biller.post(url(company), typed | {"keep": "draft"})
    away = url(company, f"drafts/{typed['entry_key']}/discard/")

    answer = biller.post(away, follow=True)
    assert b"Bring it back" in answer.content
    assert not Draft.objects.kept().exists()

    biller.post(away, {"undo": "1"})
    assert Draft.objects.kept().exists()


def test_a_viewer_neither_sees_nor_makes_drafts(viewer: Client, company: Company, typed: Typed) -> None:
    assert viewer.post(url(company), typed | {"keep": "draft"}).status_code == 403
    assert viewer.get(url(company, "drafts/")).status_code == 403


def test_a_duplicate_has_the_lines_and_a_key_of_its_own(
    biller: Client, company: Company, otter: Customer, mulch: Item
) -> None:
    invoice = InvoiceFactory(company=company, customer=otter, known=True, discount_percent=Decimal(5))
    InvoiceLineFactory(invoice=invoice, item=mulch, quantity=Decimal(3), rate=Decimal(60))

    form = biller.get(url(company, f"new/?copy={invoice.pk}")).context["form"]

    assert form.instance.pk is None
    assert form["customer"].value() == "Otter Creek Clinic"
    row = form.rows.forms[0]
    assert (row["item"].value(), row["quantity"].value(), row["rate"].value()) == ("Mulch", "3", "60.00")
    assert row["line"].value() in (None, "")
    assert form["discount"].value() == "5"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Mulch\t8", {"item": "Mulch", "quantity": "8"}),
        (
            "Mulch\tFront beds\t8\t$62.50\t500.00",
            {"item": "Mulch", "description": "Front beds", "quantity": "8", "rate": "$62.50"},
        ),
        (
            "Qty\tItem\tNote\tPrice\n8\tMulch\tx\t1,062.50",
            {"quantity": "8", "item": "Mulch", "rate": "1,062.50"},
        ),
    ],
)
def test_a_spreadsheets_columns_find_their_fields(text: str, row: dict[str, str]) -> None:
    assert parse(text) == [row]


def test_pasted_rows_stand_where_they_were_pasted_and_say_what_is_unknown(
    biller: Client, company: Company, typed: Typed
) -> None:
    pasted = {"add": "paste", "at": "0", "paste": "Mulch\t2\nGravel\t1\t30"}

    answer = biller.post(url(company, "draft/"), typed | pasted)

    shown = re.findall(r'name="line-\d+-item" value="([^"]*)"', answer.content.decode())
    assert shown == ["Mulch", "Mulch", "Gravel", "Nothing of ours"]
    assert b'value="62.50"' in answer.content  # the item brought it
    assert b"No item is called \xe2\x80\x9cGravel" in answer.content


def test_lines_are_moved_and_duplicated_without_javascript_too(
    biller: Client, company: Company, typed: Typed
) -> None:
    answer = biller.post(url(company), typed | {"down": "0"})
    assert [row.key for row in answer.context["form"].rows.forms] == ["1", "0"]

    answer = biller.post(url(company), typed | {"copy": "0"})
    rows = answer.context["form"].rows.forms
    assert [row["quantity"].value() for row in rows[:2]] == ["8", "8"]
    assert [row.key for row in rows] == [
        "0",
        "2",
        "1",
    ]
