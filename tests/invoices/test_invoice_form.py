"""Writing and changing invoices, as a browser posts the form."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from invoices.forms.following import follow
from invoices.forms.invoice import InvoiceForm
from invoices.models import Invoice, InvoiceLine, Item, TaxCode
from invoices.totals import LineFigures, line_amount, totals
from qbo.models import Company, OutboxEntry, Verb
from qbo.sync.echo import remote_write
from tests.factories import (
    AllocationFactory,
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ItemFactory,
    PaymentFactory,
    TaxCodeFactory,
    TermFactory,
)

TODAY = timezone.localdate()
D = Decimal
Typed = dict[str, Any]


def url(company: Company, tail: str = "new/") -> str:
    return f"/c/{company.pk}/invoices/{tail}"


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422, answer.content.decode()[:2000]
    return dict(answer.context["form"].errors)


def row_errors(answer: Any, number: int = 0) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return dict(answer.context["form"].rows.forms[number].errors)


@pytest.fixture
def company(db: None) -> Company:
    made: Company = CompanyFactory(
        preferences={
            "TaxPrefs": {"UsingSalesTax": True, "TaxGroupCodeRef": {"value": "7"}},
            "SalesFormsPrefs": {"CustomTxnNumbers": True, "AllowDiscount": True},
        }
    )
    return made


@pytest.fixture
def tax_code(company: Company) -> TaxCode:
    made: TaxCode = TaxCodeFactory(company=company, qbo_id="7", name="MA", rates=["6.25"])
    return made


@pytest.fixture
def otter(company: Company) -> Customer:
    terms = TermFactory(company=company, due_days=15)
    made: Customer = CustomerFactory(
        company=company, display_name="Otter Creek Clinic", email="ap@otter.example", terms=terms, known=True
    )
    return made


@pytest.fixture
def mulch(company: Company) -> Item:
    made: Item = ItemFactory(
        company=company, name="Mulch", description="Front beds", unit_price=D("62.50"), taxable=True
    )
    return made


@pytest.fixture
def typed(otter: Customer, mulch: Item) -> Typed:
    """The least that makes an invoice."""
    return {
        "customer": "Otter Creek Clinic",
        "txn_date": TODAY.isoformat(),
        "row": ["0"],
        "line-0-item": "Mulch",
        "line-0-quantity": "8",
    }


def as_shown(invoice: Invoice, **changes: Any) -> Typed:
    """What a browser posts after opening the form of an invoice and typing `changes`."""
    form = InvoiceForm(instance=Invoice.objects.get(pk=invoice.pk))
    fields = [*form, *(field for row in form.rows.forms for field in row)]
    posted = {field.html_name: field.value() for field in fields}
    posted = {name: str(value) for name, value in posted.items() if value not in (None, False, "")}
    return {**posted, "row": [row.key for row in form.rows.forms], **changes}


# ── Writing one ─────────────────────────────────────────────────────────────────────────────────


def test_a_new_invoice_takes_over_what_follows_from_customer_and_item(
    biller: Client, company: Company, typed: Typed, otter: Customer, mulch: Item, tax_code: TaxCode
) -> None:
    answer = biller.post(url(company), typed)

    invoice = Invoice.objects.get()
    assert answer.url == f"/c/{company.pk}/invoices/{invoice.pk}/"
    assert (invoice.customer, invoice.terms, invoice.bill_email) == (otter, otter.terms, "ap@otter.example")
    assert invoice.due_date == TODAY + timedelta(days=15)
    assert (invoice.subtotal, invoice.total_tax, invoice.total) == (D(500), D("31.25"), D("531.25"))
    assert (invoice.tax_code, invoice.balance) == (tax_code, D("531.25"))
    line = invoice.lines.get()
    assert (line.item, line.description, line.rate, line.taxable) == (mulch, "Front beds", D("62.5"), True)
    assert OutboxEntry.objects.get().object_id == invoice.pk
    assert said(answer) == [f"{invoice} to Otter Creek Clinic over $531.25 is saved."]


def test_what_was_typed_over_stays(biller: Client, company: Company, typed: Typed) -> None:
    late = TODAY + timedelta(days=90)
    over = {
        "bill_email": "board@otter.example", "due_date": late.isoformat(), "line-0-rate": "$1,060.00",
        "line-0-description": "Bark", "discount": "60", "discount_kind": "amount", "customer_memo": "Thank\r\nyou",
    }  # fmt: skip

    biller.post(url(company), typed | over)

    invoice = Invoice.objects.get()
    assert (invoice.bill_email, invoice.due_date, invoice.customer_memo) == (
        "board@otter.example",
        late,
        "Thank\nyou",
    )
    assert (invoice.lines.get().description, invoice.discount, invoice.total) == ("Bark", D(60), D(8420))


def test_rows_without_anything_are_no_lines_and_text_alone_is_a_text_line(
    biller: Client, company: Company, typed: Typed
) -> None:
    biller.post(url(company), typed | {"row": ["5", "0", "3"], "line-3-description": "As discussed"})

    lines = list(Invoice.objects.get().lines.values_list("kind", "description"))
    assert lines == [("item", "Front beds"), ("text", "As discussed")]


def test_a_customer_without_sales_tax_is_charged_none(
    biller: Client, company: Company, typed: Typed, otter: Customer, tax_code: TaxCode
) -> None:
    Customer.objects.filter(pk=otter.pk).update(taxable=False)

    biller.post(url(company), typed)

    assert (Invoice.objects.get().tax_code, Invoice.objects.get().total) == (None, D(500))
    assert not Invoice.objects.get().lines.get().taxable  # nor does QuickBooks read that it should be


def test_a_line_ticked_by_hand_is_taxed_for_any_customer(
    biller: Client, company: Company, typed: Typed, otter: Customer, tax_code: TaxCode
) -> None:
    Customer.objects.filter(pk=otter.pk).update(taxable=False)

    biller.post(url(company), typed | {"line-0-taxable": "on"})

    assert Invoice.objects.get().total == D("531.25")


def test_the_tax_ticks_follow_the_customer(
    company: Company, otter: Customer, mulch: Item, typed: Typed
) -> None:
    exempt = CustomerFactory(company=company, display_name="Exempt", known=True, taxable=False)
    data = QueryDict(mutable=True)
    data.update(typed | {"row": "0"})
    for customer, ticked in ((otter, True), (exempt, False), (otter, True)):
        data["customer"] = customer.display_name
        follow(data, company)
        assert ("line-0-taxable" in data) is ticked, customer


def test_the_form_starts_with_the_customer_one_comes_from(
    biller: Client, company: Company, otter: Customer
) -> None:
    InvoiceFactory(company=company, doc_number="INV-0099", known=True)
    InvoiceFactory(company=company, doc_number="INV-0100", known=True, pk=None)

    page = biller.get(url(company, f"new/?customer={otter.pk}")).content.decode()

    assert 'value="Otter Creek Clinic"' in page
    assert 'value="ap@otter.example"' in page
    assert f'value="{(TODAY + timedelta(days=15)).isoformat()}"' in page
    assert 'value="INV-0101"' in page


def test_the_same_form_sent_twice_makes_one_invoice(biller: Client, company: Company, typed: Typed) -> None:
    key = {"entry_key": "6b3f7a34-6f4f-4c5e-9d77-3a3a4e3c2f10"}

    first = biller.post(url(company), typed | key)
    second = biller.post(url(company), typed | key)
    changed = biller.post(url(company), typed | key | {"line-0-quantity": "9"})

    assert Invoice.objects.count() == 1
    assert second.url == first.url
    assert changed.status_code == 422
    assert "This form was saved already" in changed.content.decode()
    assert 'value="9"' in changed.content.decode()


def test_numbers_are_quickbooks_affair_unless_people_give_them(
    biller: Client, company: Company, typed: Typed
) -> None:
    company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = False
    company.save()

    assert "QuickBooks gives it." in biller.get(url(company)).content.decode()
    biller.post(url(company), typed | {"doc_number": "77"})

    assert Invoice.objects.get().doc_number == ""


def test_save_and_send_queues_both_in_order(biller: Client, company: Company, typed: Typed) -> None:
    answer = biller.post(url(company), typed | {"send": "send"})

    edit, command = OutboxEntry.objects.order_by("pk")
    assert (edit.verb, edit.is_frozen) == (Verb.SAVE, True)
    assert (command.verb, command.options) == (Verb.SEND, {"to": "ap@otter.example"})
    assert "goes to ap@otter.example as soon as QuickBooks has it." in said(answer)[0]


def test_save_and_send_asks_for_the_address(
    biller: Client, company: Company, typed: Typed, otter: Customer
) -> None:
    Customer.objects.filter(pk=otter.pk).update(email="")

    answer = biller.post(url(company), typed | {"send": "send"})

    assert errors(answer) == {"bill_email": ["Say where to send it."]}
    assert not Invoice.objects.exists()


# ── What QuickBooks would refuse ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"customer": ""}, "customer", "Choose a customer."),
        ({"customer": "Nobody"}, "customer", "No customer has that name."),
        ({"doc_number": "1" * 22}, "doc_number", "at most 21 characters"),
        ({"doc_number": "1391"}, "doc_number", "is on the invoice to Aspen Grove. The next free one is 1392."),
        ({"bill_email": "ap"}, "bill_email", "“ap” is not an e-mail address."),
        ({"bill_email": f"{'a' * 95}@b.example"}, "bill_email", "at most 100 characters"),
        ({"txn_date": "31.12.2026"}, "txn_date", "This is not a date."),
        ({"txn_date": "1066-10-14"}, "txn_date", "too far away"),
        ({"due_date": "2001-01-01"}, "due_date", "The due date cannot be before the date."),
        ({"due_date": "9999-12-31"}, "due_date", "too far away"),
        ({"customer_memo": "x" * 1001}, "customer_memo", "at most 1000 characters"),
        ({"private_note": "x" * 4001}, "private_note", "at most 4000 characters"),
        ({"discount": "101"}, "discount", "between 0 and 100 percent"),
        ({"discount": "-1", "discount_kind": "amount"}, "discount", "cannot be negative"),
        ({"discount": "500.01", "discount_kind": "amount"}, "discount", "more than the subtotal of $500.00"),
        ({"discount": "much"}, "discount", "Write a figure"),
        ({"row": []}, "__all__", "at least one line with an item"),
        ({"line-0-item": "", "line-0-quantity": "", "line-0-description": "Hello"}, "__all__", "at least one line"),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_their_field_and_nothing_is_saved(
    biller: Client, company: Company, typed: Typed, wrong: Typed, field: str, message: str
) -> None:
    aspen = CustomerFactory(company=company, display_name="Aspen Grove", known=True)
    taken = InvoiceFactory(company=company, customer=aspen, doc_number="1391", known=True)

    answer = biller.post(url(company), typed | wrong)

    assert list(errors(answer)) == [field]
    assert message in errors(answer)[field][0]
    assert list(Invoice.objects.all()) == [taken]
    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"item": "Gravel"}, "item", "No item is called “Gravel”."),
        ({"item": "delivery"}, "item", "Delivery is inactive in QuickBooks. Choose another item."),
        ({"item": "Sod"}, "item", "Sod (deleted) is inactive in QuickBooks."),
        ({"item": "Garden"}, "item", "Garden is a category."),
        ({"item": "", "rate": "5"}, "item", "Choose an item."),
        ({"quantity": "-1"}, "quantity", "A quantity cannot be negative."),
        ({"rate": "-0.01"}, "rate", "A rate cannot be negative."),
        ({"quantity": "many"}, "quantity", "Write a figure"),
        ({"quantity": "1.123456"}, "quantity", "at most five decimals"),
        ({"rate": "100000000000"}, "rate", "at most 99,999,999,999"),
        ({"quantity": "99999999", "rate": "99999999"}, "quantity", "more than $9,999,999,999.99"),
        ({"quantity": "9" * 40}, "quantity", "too large"),
        ({"description": "x" * 4001}, "description", "at most 4000 characters"),
    ],
)
def test_mistakes_in_a_line_are_told_in_its_row(
    biller: Client, company: Company, typed: Typed, wrong: Typed, field: str, message: str
) -> None:
    ItemFactory(company=company, name="Delivery", active=False)
    ItemFactory(company=company, name="Sod (deleted)", active=False)
    ItemFactory(company=company, name="Garden", item_type="Category")
    ItemFactory(name="Gravel")  # another company's

    answer = biller.post(url(company), typed | {f"line-0-{name}": text for name, text in wrong.items()})

    assert message in row_errors(answer)[field][0]
    assert f'id="id_line-0-{field}_error"' in answer.content.decode()
    assert not Invoice.objects.exists()


def test_the_cursor_goes_to_the_first_mistake(biller: Client, company: Company, typed: Typed) -> None:
    header = biller.post(url(company), typed | {"bill_email": "ap", "line-0-rate": "-1"}).content.decode()
    line = biller.post(url(company), typed | {"line-0-rate": "-1"}).content.decode()

    assert header.count("autofocus") == line.count("autofocus") == 1
    assert "autofocus" in header[header.index('name="bill_email"') :].partition(">")[0]
    assert "autofocus" in line[line.index('name="line-0-rate"') :].partition(">")[0]


def test_inactive_and_gone_customers_are_refused(
    biller: Client, company: Company, typed: Typed, otter: Customer
) -> None:
    Customer.objects.filter(pk=otter.pk).update(active=False)
    assert "is inactive" in errors(biller.post(url(company), typed))["customer"][0]

    Customer.objects.filter(pk=otter.pk).update(active=True, gone_at=timezone.now())
    assert errors(biller.post(url(company), typed))["customer"] == ["No customer has that name."]


def test_a_closed_period_is_refused(biller: Client, company: Company, typed: Typed) -> None:
    company.preferences["AccountingInfoPrefs"] = {"BookCloseDate": "2026-10-31"}
    company.save()

    answer = biller.post(url(company), typed | {"txn_date": "2026-10-31", "due_date": ""})

    assert errors(answer)["txn_date"] == [
        "The books are closed up to Oct 31, 2026. QuickBooks takes no changes there."
    ]
    assert biller.post(url(company), typed | {"txn_date": "2026-11-01"}).status_code == 302


def test_discounts_that_are_switched_off_are_not_offered(
    biller: Client, company: Company, typed: Typed
) -> None:
    company.preferences["SalesFormsPrefs"]["AllowDiscount"] = False
    company.save()

    assert 'name="discount"' not in biller.get(url(company)).content.decode()
    assert "switched off" in errors(biller.post(url(company), typed | {"discount": "5"}))["discount"][0]


def test_more_taxable_lines_than_quickbooks_takes_are_refused(
    biller: Client, company: Company, typed: Typed, settings: Any
) -> None:
    keys = [str(n) for n in range(751)]
    rows = {
        f"line-{key}-{name}": text for key in keys for name, text in (("item", "Mulch"), ("quantity", "1"))
    }

    answer = biller.post(url(company), typed | rows | {"row": keys})

    assert errors(answer)["__all__"] == [
        "QuickBooks takes at most 750 lines where tax is charged. These are 751."
    ]


# ── Changing one ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def invoice(company: Company, otter: Customer, mulch: Item, tax_code: TaxCode) -> Invoice:
    made: Invoice = InvoiceFactory(
        company=company, customer=otter, doc_number="1404", terms=otter.terms, tax_code=tax_code, known=True,
        subtotal=D(500), total_tax=D("31.20"), total=D("531.20"),
        txn_date=date(2026, 8, 31), due_date=date(2026, 9, 30),
    )  # fmt: skip
    InvoiceLineFactory(
        invoice=made, item=mulch, quantity=D(8), rate=D("62.5"), amount=D(500), taxable=True, line_id="1"
    )
    return made


def edit(company: Company, invoice: Invoice) -> str:
    return url(company, f"{invoice.pk}/edit/")


def test_opening_and_saving_changes_nothing(biller: Client, company: Company, invoice: Invoice) -> None:
    before = Invoice.objects.values().get(pk=invoice.pk)
    line = invoice.lines.values().get()

    assert biller.post(edit(company, invoice), as_shown(invoice)).status_code == 302

    after = Invoice.objects.values().get(pk=invoice.pk)
    moved = {name for name in before if before[name] != after[name]}
    assert moved <= {"version", "updated_at", "sync_state"}
    assert invoice.lines.values().get() == line


def test_lines_are_changed_added_and_removed(biller: Client, company: Company, invoice: Invoice) -> None:
    changes = {"row": ["1", "0"], "line-0-quantity": "2", "line-1-item": "mulch", "line-1-taxable": "on"}

    biller.post(edit(company, invoice), as_shown(invoice, **changes))

    rows = list(invoice.lines.values_list("line_id", "quantity", "amount"))
    assert rows == [("", D(1), D("62.50")), ("1", D(2), D(125))]
    invoice.refresh_from_db()
    assert (invoice.subtotal, invoice.total_tax, invoice.total) == (D("187.50"), D("11.72"), D("199.22"))


def test_an_item_that_became_inactive_stays_where_it_is(
    biller: Client, company: Company, invoice: Invoice, mulch: Item
) -> None:
    Item.objects.filter(pk=mulch.pk).update(active=False)

    assert biller.post(edit(company, invoice), as_shown(invoice, customer_memo="Thanks")).status_code == 302


def test_a_negative_line_from_quickbooks_stays_as_it_is(
    biller: Client, company: Company, invoice: Invoice
) -> None:
    InvoiceLineFactory(invoice=invoice, position=1, quantity=None, rate=None, amount=D(-20))

    assert biller.post(edit(company, invoice), as_shown(invoice, customer_memo="Thanks")).status_code == 302
    assert invoice.lines.get(position=1).amount == D(-20)


def test_the_total_stays_above_what_was_received(biller: Client, company: Company, invoice: Invoice) -> None:
    check = PaymentFactory(company=company, customer=invoice.customer, known=True, total=D(500))
    AllocationFactory(payment=check, invoice=invoice, amount=D(400), agreed_amount=D(0))
    Invoice.objects.filter(pk=invoice.pk).update(settled=D(50), balance=D("81.20"))

    answer = biller.post(edit(company, invoice), as_shown(invoice, **{"line-0-quantity": "6"}))
    other = CustomerFactory(company=company, known=True)
    moved = biller.post(edit(company, invoice), as_shown(invoice, customer=other.display_name))

    assert (
        "$450.00 has been received on this invoice, so it cannot come to only $398.44."
        in errors(answer)["__all__"][0]
    )
    assert "stays with its customer" in errors(moved)["customer"][0]
    assert (
        biller.post(edit(company, invoice), as_shown(invoice, **{"line-0-quantity": "7"})).status_code == 302
    )


@pytest.mark.parametrize("fields", [{"is_void": True}, {"gone_at": timezone.now()}])
def test_a_void_or_deleted_invoice_cannot_be_changed(
    biller: Client, company: Company, invoice: Invoice, fields: Typed
) -> None:
    posted = as_shown(invoice, customer_memo="Thanks")
    Invoice.objects.filter(pk=invoice.pk).update(**fields)

    for answer in (biller.get(edit(company, invoice)), biller.post(edit(company, invoice), posted)):
        assert answer.status_code == 302
        assert "It cannot be changed." in said(answer)[0]
    assert Invoice.objects.get(pk=invoice.pk).customer_memo == ""


# ── Changed meanwhile ───────────────────────────────────────────────────────────────────────────


def change_there(invoice: Invoice, **fields: Any) -> None:
    """Somebody else, here or in QuickBooks, while the form is open."""
    with remote_write():
        fresh = Invoice.objects.get(pk=invoice.pk)
        for name, value in fields.items():
            setattr(fresh, name, value)
        fresh.save()


def change_line_there(invoice: Invoice, **fields: Any) -> None:
    InvoiceLine.objects.filter(invoice=invoice).update(**fields)


def test_what_was_left_alone_follows_the_record(biller: Client, company: Company, invoice: Invoice) -> None:
    posted = as_shown(invoice, private_note="Call first")
    change_there(invoice, customer_memo="From QuickBooks")
    change_line_there(invoice, quantity=D(9), amount=D("562.50"))

    assert biller.post(edit(company, invoice), posted).status_code == 302

    invoice.refresh_from_db()
    assert (invoice.customer_memo, invoice.private_note) == ("From QuickBooks", "Call first")
    assert invoice.lines.get().quantity == D(9)


def test_a_field_changed_on_both_sides_is_asked_about_once(
    biller: Client, company: Company, invoice: Invoice
) -> None:
    posted = as_shown(invoice, customer_memo="Mine")
    change_there(invoice, customer_memo="Theirs")

    asked = biller.post(edit(company, invoice), posted)

    assert "“Theirs” while you were editing" in errors(asked)["customer_memo"][0]
    assert "Mine" in asked.content.decode()
    again = asked.context["form"]["opened"].value()
    assert biller.post(edit(company, invoice), posted | {"opened": again}).status_code == 302
    assert Invoice.objects.get(pk=invoice.pk).customer_memo == "Mine"


def test_a_customer_changed_on_both_sides_is_asked_about(
    biller: Client, company: Company, invoice: Invoice
) -> None:
    mine, theirs = (CustomerFactory(company=company, known=True) for _ in range(2))
    posted = as_shown(invoice, customer=mine.display_name)
    change_there(invoice, customer=theirs)

    asked = biller.post(edit(company, invoice), posted)

    assert f"“{theirs}” while you were editing" in errors(asked)["customer"][0]


def test_lines_are_one_field_when_both_change_them(
    biller: Client, company: Company, invoice: Invoice
) -> None:
    posted = as_shown(invoice, **{"line-0-quantity": "2"})
    change_line_there(invoice, quantity=D(9), amount=D("562.50"))

    asked = biller.post(edit(company, invoice), posted)

    assert "“Mulch, 9 × 62.50” while you were editing" in errors(asked)["__all__"][0]
    assert "Somebody changed this invoice while you were editing." in asked.content.decode()
    again = asked.context["form"]["opened"].value()
    assert biller.post(edit(company, invoice), posted | {"opened": again}).status_code == 302
    assert invoice.lines.get().quantity == D(2)


# ── While typing ────────────────────────────────────────────────────────────────────────────────


def test_choosing_fills_in_what_follows_and_adds_up(
    biller: Client, company: Company, typed: Typed, otter: Customer, tax_code: TaxCode
) -> None:
    page = biller.post(
        url(company, "draft/"), typed | {"line-0-quantity": "", "discount": "10"}
    ).content.decode()

    assert 'value="ap@otter.example"' in page
    assert f'value="{(TODAY + timedelta(days=15)).isoformat()}"' in page
    assert 'name="line-0-rate" value="62.50"' in page
    assert 'name="line-0-quantity" value="1"' in page
    assert '<output id="line-0-amount" hx-swap-oob="true">62.50</output>' in page
    assert '<output id="sum-discount" hx-swap-oob="true">−6.25</output>' in page
    assert '<span id="sum-total" hx-swap-oob="true">$60.16</span>' in page
    assert 'name="customer"' not in page  # nothing is taken from under somebody's fingers
    assert not Invoice.objects.exists()


def test_another_customer_or_item_replaces_only_what_was_not_typed_over(
    biller: Client, company: Company, typed: Typed, otter: Customer, mulch: Item
) -> None:
    aspen = CustomerFactory(company=company, display_name="Aspen Grove", email="aspen@b.example", known=True)
    ItemFactory(company=company, name="Gravel", description="Crushed", unit_price=D(54))
    filled = {
        "customer": "aspen grove", "filled_from": otter.pk, "bill_email": "mine@b.example", "terms": otter.terms_id,
        "due_date": "2026-12-24", "counted_due": "2026-12-08",
        "line-0-item": "Gravel", "line-0-filled_from": mulch.pk, "line-0-description": "Front beds",
        "line-0-rate": "70", "line-0-taxable": "on",
    }  # fmt: skip

    page = biller.post(url(company, "draft/"), typed | filled).content.decode()

    assert f'name="filled_from" value="{aspen.pk}"' in page
    assert 'name="terms"' in page  # Aspen Grove has none
    assert "Crushed" in page
    assert 'id="id_line-0-taxable"' in page
    assert "checked" not in page
    for kept in ("bill_email", "due_date", "line-0-rate"):
        assert f'name="{kept}"' not in page


def test_what_quickbooks_would_refuse_is_said_before_saving(
    biller: Client, company: Company, typed: Typed
) -> None:
    ItemFactory(company=company, name="Delivery", active=False)

    page = biller.post(
        url(company, "draft/"), typed | {"customer": "", "line-0-item": "Delivery"}
    ).content.decode()

    assert "Delivery is inactive in QuickBooks. Choose another item." in page
    assert "Choose a customer." not in page  # merely not typed yet


def test_a_row_is_added_under_a_key_of_its_own(biller: Client, company: Company, typed: Typed) -> None:
    page = biller.post(url(company, "draft/"), typed | {"row": ["0", "4"], "add": "row"}).content.decode()

    assert 'name="row" value="5"' in page
    assert "autofocus" in page
    assert page.strip().startswith("<tbody")


def test_a_removed_row_counts_no_more(biller: Client, company: Company, typed: Typed) -> None:
    page = biller.post(url(company, "draft/"), typed | {"remove": "0"}).content.decode()

    assert '<span id="sum-total" hx-swap-oob="true">$0.00</span>' in page


@pytest.mark.parametrize(("button", "rows"), [({"add": "row"}, 4), ({"remove": "0"}, 0)])
def test_without_javascript_the_buttons_draw_the_form_again(
    biller: Client, company: Company, typed: Typed, button: Typed, rows: int
) -> None:
    answer = biller.post(url(company), typed | {"customer": ""} | button)

    assert answer.status_code == 200
    assert len(answer.context["form"].rows.forms) == rows
    assert not answer.context["form"].errors
    assert not Invoice.objects.exists()


def test_drafts_of_an_invoice_know_what_is_stored(biller: Client, company: Company, invoice: Invoice) -> None:
    path = url(company, f"{invoice.pk}/draft/")

    page = biller.post(path, as_shown(invoice, **{"line-0-quantity": "4"})).content.decode()

    assert '<span id="sum-total" hx-swap-oob="true">$265.63</span>' in page
    invoice.refresh_from_db()
    assert invoice.total == D("531.20")


def test_the_number_of_rows_costs_no_queries_while_typing(
    biller: Client, company: Company, typed: Typed, django_assert_max_num_queries: Any
) -> None:
    rows = {
        f"line-{n}-{name}": text for n in range(40) for name, text in (("item", "Mulch"), ("quantity", "1"))
    }
    many = typed | rows | {"row": [str(n) for n in range(40)]}

    with django_assert_max_num_queries(16):
        biller.post(url(company, "draft/"), many)


basket = st.lists(
    st.tuples(
        st.decimals(D("0.01"), D(999), places=2), st.decimals(D("0.01"), D(9999), places=3), st.booleans()
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(basket, st.decimals(D(0), D(100), places=1))
def test_the_form_saves_what_the_sums_say(
    company: Company,
    typed: Typed,
    tax_code: TaxCode,
    rows: list[tuple[Decimal, Decimal, bool]],
    percent: Decimal,
) -> None:
    data = QueryDict(mutable=True)
    data.update({"customer": "Otter Creek Clinic", "txn_date": TODAY.isoformat(), "discount": str(percent)})
    for key, (quantity, rate, taxable) in enumerate(rows):
        data.appendlist("row", str(key))
        data.update(
            {
                f"line-{key}-item": "Mulch",
                f"line-{key}-quantity": str(quantity),
                f"line-{key}-rate": str(rate),
            }
        )
        data.update({f"line-{key}-taxable": "on"} if taxable else {})
    expected = totals(
        [LineFigures(line_amount(quantity, rate), taxable) for quantity, rate, taxable in rows],
        discount_percent=percent,
        tax_percents=[D("6.25")],
    )

    form = InvoiceForm(data, instance=Invoice(company=company))
    assert form.is_valid(), form.errors
    shown = form.totals
    invoice = form.save(by=None)

    invoice.refresh_from_db()
    assert shown == expected
    assert (invoice.subtotal, invoice.total_tax, invoice.total) == (
        expected.subtotal,
        expected.tax,
        expected.total,
    )
    assert sum(line.amount for line in invoice.lines.all()) == expected.subtotal


@pytest.mark.parametrize("page", ["invoices", "payments"])
def test_what_is_pasted_reaches_the_form_whole(biller: Client, company: Company, page: str) -> None:
    assert "maxlength" not in biller.get(f"/c/{company.pk}/{page}/new/").content.decode()
