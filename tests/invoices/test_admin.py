"""Invoices, payments and items in the admin: the portal's rules, its sums, and levers that ask first."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from invoices.models import Invoice, InvoiceLine, Item, Payment
from qbo.models import Company, InboxEntry, OutboxEntry, User, Verb
from tests.factories import (
    AccountFactory,
    AllocationFactory,
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ItemFactory,
    PaymentFactory,
    PaymentMethodFactory,
    UserFactory,
)


@pytest.fixture
def company(db: None) -> Company:
    made: Company = CompanyFactory()
    return made


@pytest.fixture
def admin_user(db: None) -> User:
    user: User = UserFactory(is_superuser=True, is_staff=True)
    return user


@pytest.fixture
def boss(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


@pytest.fixture
def invoice(company: Company) -> Invoice:
    """Invoice 1042 to Otter Creek: one line, 4 × 25.00, not paid."""
    customer = CustomerFactory(
        company=company, display_name="Otter Creek", known=True, email="ap@otter.example"
    )
    made: Invoice = InvoiceFactory(company=company, customer=customer, doc_number="1042", known=True)
    item = ItemFactory(company=company, name="Mowing")
    InvoiceLineFactory(invoice=made, item=item, quantity=Decimal(4), rate=Decimal(25))
    return made


def change(obj: Any) -> str:
    return reverse(f"admin:invoices_{obj._meta.model_name}_change", args=[obj.pk])


def fields_of(answer: Any) -> dict[str, Any]:
    """What a browser would send of the page: the form and its rows."""
    formsets = [inline.formset for inline in answer.context["inline_admin_formsets"]]
    rows = [form for formset in formsets for form in (formset.management_form, *formset.forms)]
    values: dict[str, Any] = {}
    for form in (answer.context["adminform"].form, *rows):
        values |= {form.add_prefix(name): form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def refused(answer: Any) -> str:
    assert answer.status_code == 200, "it was saved"
    return str(answer.content.decode())


def act(client: Client, action: str, *rows: Any, **more: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(reverse(f"admin:invoices_{rows[0]._meta.model_name}_changelist"), data)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


# ── Invoices ────────────────────────────────────────────────────────────────────────────────────


def test_edited_lines_are_added_up_and_queued_once(boss: Client, admin_user: User, invoice: Invoice) -> None:
    mulch = ItemFactory(company=invoice.company, name="Mulch")
    sent = fields_of(boss.get(change(invoice))) | {
        "lines-0-quantity": "6",
        "lines-1-item": mulch.pk,
        "lines-1-description": "Two yards",
        "lines-1-quantity": "2",
        "lines-1-rate": "62.50",
    }
    answer = boss.post(change(invoice), sent)
    assert answer.status_code == 302, answer.context["errors"]
    invoice.refresh_from_db()
    assert [line.amount for line in invoice.lines.all()] == [Decimal(150), Decimal(125)]
    assert (invoice.total, invoice.balance) == (Decimal(275), Decimal(275))
    entry = OutboxEntry.objects.get()
    assert (entry.entity, entry.object_id, entry.asked_by) == ("Invoice", invoice.pk, admin_user)


def test_saving_without_a_change_keeps_every_figure(boss: Client, invoice: Invoice) -> None:
    kind = InvoiceLine.Kind.OTHER
    kept = InvoiceLineFactory(invoice=invoice, kind=kind, item=None, description="", position=1)
    before = list(invoice.lines.values())
    answer = boss.post(change(invoice), fields_of(boss.get(change(invoice))))
    assert answer.status_code == 302, answer.context["errors"]
    assert list(invoice.lines.values()) == before
    assert invoice.lines.filter(pk=kept.pk).exists()
    assert Invoice.objects.get().total == invoice.total


def test_a_line_can_be_taken_out(boss: Client, invoice: Invoice) -> None:
    extra = InvoiceLineFactory(invoice=invoice, rate=Decimal(5))
    sent = fields_of(boss.get(change(invoice))) | {"lines-1-DELETE": "on"}
    assert boss.post(change(invoice), sent).status_code == 302
    assert not InvoiceLine.objects.filter(pk=extra.pk).exists()
    assert Invoice.objects.get().total == Decimal(100)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"lines-0-quantity": "-1"}, "Line 1: A quantity cannot be negative."),
        ({"lines-0-item": "", "lines-0-quantity": "1"}, "Line 1: Choose an item."),
        ({"lines-0-DELETE": "on"}, "An invoice needs at least one line"),
        ({"doc_number": "x" * 22}, "at most 21 characters"),
        ({"due_date": "2001-01-01"}, "The due date cannot be before the date."),
        ({"customer": "Nobody"}, "No customer has that name."),
        ({"discount": "200"}, "A discount is between 0 and 100 percent."),
    ],
)
def test_what_the_portal_refuses_is_refused_here(
    boss: Client, invoice: Invoice, typed: dict[str, str], says: str
) -> None:
    Company.objects.update(preferences={"SalesFormsPrefs": {"CustomTxnNumbers": True}})
    sent = fields_of(boss.get(change(invoice))) | typed
    assert says in refused(boss.post(change(invoice), sent))
    assert not OutboxEntry.objects.exists()


def test_the_items_of_other_companies_are_not_taken(boss: Client, invoice: Invoice) -> None:
    foreign = ItemFactory(name="Foreign")
    sent = fields_of(boss.get(change(invoice))) | {"lines-0-item": foreign.pk}
    assert "Line 1: No item is called" in refused(boss.post(change(invoice), sent))


def test_lines_that_changed_while_the_page_was_open_are_asked_about(boss: Client, invoice: Invoice) -> None:
    sent = fields_of(boss.get(change(invoice))) | {"lines-0-quantity": "6"}
    InvoiceLine.objects.update(quantity=Decimal(5), amount=Decimal(125))
    assert "while you were editing" in refused(boss.post(change(invoice), sent))
    assert InvoiceLine.objects.get().quantity == 5


def test_a_void_invoice_is_only_looked_at(boss: Client, invoice: Invoice) -> None:
    Invoice.objects.update(is_void=True)
    assert boss.get(change(invoice)).status_code == 200
    assert boss.post(change(invoice), {}).status_code == 403


def test_sending_asks_first_and_then_reports_each(boss: Client, admin_user: User, invoice: Invoice) -> None:
    mute = InvoiceFactory(company=invoice.company, doc_number="1043", known=True)
    asked = act(boss, "send_invoices", invoice, mute)
    html = asked.content.decode()
    assert "Invoice 1042 to Otter Creek, $100.00: ap@otter.example" in html
    assert "no e-mail address" in html
    assert not OutboxEntry.objects.exists()
    answer = act(boss, "send_invoices", invoice, mute, confirmed="yes")
    sent, not_done = (
        "On the way to their customers: Invoice 1042.",
        "Invoice 1043 has no e-mail address to be sent to.",
    )
    assert said(answer) == [f"{sent} Not done: {not_done}"]
    entry = OutboxEntry.objects.get()
    assert (entry.verb, entry.options, entry.asked_by) == (Verb.SEND, {"to": "ap@otter.example"}, admin_user)


def test_voiding_asks_first_and_leaves_paid_invoices_alone(boss: Client, invoice: Invoice) -> None:
    paid = AllocationFactory(payment__company=invoice.company).invoice
    assert b"Invoice 1042 to Otter Creek, $100.00" in act(boss, "void_invoices", invoice, paid).content
    assert not OutboxEntry.objects.exists()
    (message,) = said(act(boss, "void_invoices", invoice, paid, confirmed="yes"))
    assert message.startswith(f"Being voided: Invoice 1042. Not done: {paid} cannot be voided")
    entry = OutboxEntry.objects.get()
    assert (entry.verb, entry.object_id) == (Verb.VOID, invoice.pk)


def test_choosing_every_row_is_remembered_while_the_page_asks(boss: Client, invoice: Invoice) -> None:
    InvoiceFactory(company=invoice.company, doc_number="1043", known=True)
    html = act(boss, "void_invoices", invoice, select_across="1").content.decode()
    assert "Invoice 1043" in html
    assert '<input type="hidden" name="select_across" value="1">' in html


# ── Payments ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def payment(company: Company) -> Payment:
    """Check 10418 over 150.00, 100.00 of it put on an invoice."""
    made: Payment = PaymentFactory(
        company=company,
        total=Decimal(150),
        ref_number="10418",
        method=PaymentMethodFactory(company=company),
        deposit_to=AccountFactory(company=company),
        known=True,
    )
    AllocationFactory(payment=made)
    made.refresh_from_db()
    return made


def test_an_edited_payment_keeps_what_it_pays(boss: Client, admin_user: User, payment: Payment) -> None:
    sent = fields_of(boss.get(change(payment))) | {"ref_number": "10419", "total": "160"}
    answer = boss.post(change(payment), sent)
    assert answer.status_code == 302, answer.context["errors"]
    payment.refresh_from_db()
    assert (payment.ref_number, payment.total, payment.unapplied) == ("10419", Decimal(160), Decimal(60))
    assert payment.allocations.get().amount == Decimal(100)
    entry = OutboxEntry.objects.get()
    assert (entry.entity, entry.object_id, entry.asked_by) == ("Payment", payment.pk, admin_user)


def test_a_payment_is_not_made_smaller_than_what_it_pays(boss: Client, payment: Payment) -> None:
    sent = fields_of(boss.get(change(payment))) | {"total": "90"}
    assert "more than the $90.00 there is" in refused(boss.post(change(payment), sent))
    payment.refresh_from_db()
    assert payment.total == Decimal(150)


# ── Items and lists ─────────────────────────────────────────────────────────────────────────────


def test_a_service_is_edited_under_a_name_of_its_own(boss: Client, company: Company) -> None:
    item = ItemFactory(
        company=company, name="Mowing", income_account=AccountFactory(company=company, account_type="Income")
    )
    ItemFactory(company=company, name="Mulch")
    sent = fields_of(boss.get(change(item)))
    assert "an item of this name already" in refused(boss.post(change(item), sent | {"name": "MULCH"}))
    assert boss.post(change(item), sent | {"unit_price": "70"}).status_code == 302
    assert Item.objects.get(pk=item.pk).unit_price == Decimal(70)
    assert OutboxEntry.objects.get().entity == "Item"


def test_a_bundle_and_quickbooks_lists_are_only_looked_at(boss: Client, company: Company) -> None:
    for row in (ItemFactory(company=company, item_type="Group"), AccountFactory(company=company)):
        assert boss.get(change(row)).status_code == 200
        assert boss.post(change(row), {}).status_code == 403


def test_a_list_row_can_be_fetched_again(boss: Client, company: Company) -> None:
    account = AccountFactory(company=company)
    act(boss, "fetch_again", account)
    assert InboxEntry.objects.get().entity == "Account"
