"""One invoice: what its page says, and sending, voiding and deleting it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from invoices.models import Invoice
from qbo.models import Company, OutboxEntry, Role, Verb
from qbo.sync import outbox
from tests.customers.conftest import signed_in
from tests.factories import (
    AllocationFactory,
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
)

TODAY = timezone.localdate()
#: Session, user, company, role; invoice, problem, payments, lines, commands twice; history twice; companies, needs you
DETAIL_QUERIES = 15
D = Decimal


def url(invoice: Invoice, act: str = "") -> str:
    return f"/c/{invoice.company_id}/invoices/{invoice.pk}/{act}"


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def page_of(client: Client, invoice: Invoice) -> str:
    return client.get(url(invoice)).content.decode()


@pytest.fixture
def invoice(company: Company) -> Invoice:
    customer = CustomerFactory(
        company=company, display_name="Otter Creek Clinic", email="ap@otter.example", known=True
    )
    made: Invoice = InvoiceFactory(
        company=company, customer=customer, doc_number="1404", total=D("3875.50"), subtotal=D("3791.25"),
        total_tax=D("84.25"), due_date=TODAY - timedelta(days=54), bill_email="trustees@otter.example", known=True,
    )  # fmt: skip
    InvoiceLineFactory(
        invoice=made,
        description="Lower terrace, two masons",
        quantity=D("22.5"),
        rate=D(95),
        amount=D("2137.50"),
    )
    return made


@pytest.fixture
def part_paid(invoice: Invoice) -> Invoice:
    check = PaymentFactory(
        company=invoice.company, customer=invoice.customer, ref_number="20731", total=D(4350), known=True
    )
    AllocationFactory(payment=check, invoice=invoice, amount=D(2000))
    Invoice.objects.filter(pk=invoice.pk).update(settled=D(2000), balance=D("1875.50"))
    invoice.refresh_from_db()
    return invoice


# ── The page ────────────────────────────────────────────────────────────────────────────────────


def test_the_page_reads_like_the_document(viewer: Client, part_paid: Invoice) -> None:
    page = page_of(viewer, part_paid)

    for words in (
        "Invoice 1404", "Otter Creek Clinic", "54 days overdue", "Lower terrace, two masons", "22.5", "2,137.50",
        "3,791.25", "84.25", "−2,000.00", "$1,875.50", "Check 20731", "part of $4,350.00", "In QuickBooks",
    ):  # fmt: skip
        assert words in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"due_date": TODAY}, "<span>Open</span>"),
        ({"due_date": TODAY, "settled": D(10), "balance": D(90), "total": D(100)}, "<span>Part paid</span>"),
        ({"due_date": TODAY - timedelta(days=1)}, "<span>1 day overdue</span>"),
        ({"balance": D(0)}, "<span>Paid</span>"),
        ({"is_void": True, "balance": D(0), "total": D(0)}, "<span>Void</span>"),
        ({"gone_at": timezone.now()}, "QuickBooks no longer has this invoice."),
        ({"email_status": "EmailSent"}, "Send again"),
        ({"email_status": "NeedToSend"}, "To be sent"),
    ],
)
def test_every_state_has_its_words(
    biller: Client, invoice: Invoice, fields: dict[str, Any], words: str
) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(**fields)

    assert words in page_of(biller, invoice)


def test_credits_that_are_not_mirrored_are_named(viewer: Client, part_paid: Invoice) -> None:
    Invoice.objects.filter(pk=part_paid.pk).update(settled=D(2100), balance=D("1775.50"))

    page = page_of(viewer, part_paid)

    assert "Credits in QuickBooks" in page
    assert "100.00" in page


def test_a_problem_is_explained_with_the_way_to_its_remedy(viewer: Client, invoice: Invoice) -> None:
    entry = outbox.enqueue(invoice)
    OutboxEntry.objects.filter(pk=entry.pk).update(state="needs_you", code="6140")

    page = page_of(viewer, invoice)

    assert "the number is already used in QuickBooks" in page
    assert f"/sync/#Invoice-{invoice.pk}" in page


def test_a_command_on_its_way_is_said_and_takes_the_buttons_away(biller: Client, invoice: Invoice) -> None:
    outbox.command(invoice, Verb.VOID)

    page = page_of(biller, invoice)

    assert "Its void is on its way to QuickBooks." in page
    for act in ("edit", "send", "void", "delete"):
        assert url(invoice, f"{act}/") not in page


def test_viewers_see_no_buttons_that_change_anything(
    viewer: Client, biller: Client, invoice: Invoice
) -> None:
    acts = [url(invoice, f"{act}/") for act in ("edit", "send", "void", "delete")]
    acts.append(f"/payments/new/?customer={invoice.customer_id}&amp;invoice={invoice.pk}")

    assert not [act for act in acts if act in page_of(viewer, invoice)]
    assert not [act for act in acts if act not in page_of(biller, invoice)]
    assert url(invoice, "pdf/") in page_of(viewer, invoice)


@pytest.mark.parametrize("act", ["edit/", "send/", "void/", "delete/", "draft/"])
def test_viewers_may_change_nothing(viewer: Client, invoice: Invoice, act: str) -> None:
    assert viewer.post(url(invoice, act)).status_code == 403


@pytest.mark.parametrize("act", ["", "edit/", "send/", "void/", "delete/", "pdf/"])
def test_somebody_elses_invoice_does_not_exist(
    biller: Client, company: Company, invoice: Invoice, act: str
) -> None:
    foreign = InvoiceFactory(known=True)

    assert biller.get(url(foreign, act)).status_code == 404
    assert biller.get(f"/c/{company.pk}/invoices/{foreign.pk}/{act}").status_code == 404
    assert signed_in(CompanyFactory(), Role.MANAGER).get(url(invoice, act)).status_code == 404


def test_the_number_of_lines_and_payments_costs_no_queries(
    viewer: Client, invoice: Invoice, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(DETAIL_QUERIES):
        page_of(viewer, invoice)
    for _ in range(5):
        InvoiceLineFactory(invoice=invoice)
        check = PaymentFactory(company=invoice.company, customer=invoice.customer, known=True)
        AllocationFactory(payment=check, invoice=invoice, amount=D(10))
    with django_assert_num_queries(DETAIL_QUERIES):
        page_of(viewer, invoice)


# ── PDF ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_invoice_that_quickbooks_has_not_has_no_pdf(viewer: Client, company: Company) -> None:
    answer = viewer.get(url(InvoiceFactory(company=company), "pdf/"))

    assert answer.status_code == 404
    assert "it does not have this invoice yet" in answer.content.decode()


def test_without_a_connection_the_page_says_so(viewer: Client, company: Company, invoice: Invoice) -> None:
    Company.objects.filter(pk=company.pk).update(connection="disconnected")

    answer = viewer.get(url(invoice, "pdf/"))

    assert answer.status_code == 502
    assert "is not connected to QuickBooks" in answer.content.decode()


# ── Send ────────────────────────────────────────────────────────────────────────────────────────


def test_sending_asks_where_to_and_names_number_and_amount(biller: Client, invoice: Invoice) -> None:
    page = biller.get(url(invoice, "send/")).content.decode()

    assert "Send Invoice 1404" in page
    assert "$3,875.50" in page
    assert 'value="trustees@otter.example"' in page


def test_the_customers_address_is_offered_where_the_invoice_has_none(
    biller: Client, invoice: Invoice
) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(bill_email="")

    assert 'value="ap@otter.example"' in biller.get(url(invoice, "send/")).content.decode()


def test_sending_is_queued_behind_the_edits_before_it(biller: Client, invoice: Invoice) -> None:
    outbox.enqueue(invoice)

    answer = biller.post(url(invoice, "send/"), {"to": "board@otter.example"})

    edit, command = OutboxEntry.objects.order_by("pk")
    assert edit.is_frozen
    assert (command.verb, command.options) == (Verb.SEND, {"to": "board@otter.example"})
    assert command.asked_by is not None
    assert answer.url == url(invoice)
    assert said(answer) == ["Invoice 1404 goes to board@otter.example as soon as QuickBooks has it."]
    assert "QuickBooks is asked to e-mail it to board@otter.example." in page_of(biller, invoice)


@pytest.mark.parametrize("address", ["", "board", "board@localhost", "a@b.example, nobody"])
def test_a_wrong_address_is_refused(biller: Client, invoice: Invoice, address: str) -> None:
    answer = biller.post(url(invoice, "send/"), {"to": address})

    assert answer.status_code == 422
    assert answer.context["form"].errors["to"]
    assert not OutboxEntry.objects.exists()


def test_what_cannot_be_sent_says_why(biller: Client, invoice: Invoice) -> None:
    entry = outbox.enqueue(invoice)
    OutboxEntry.objects.filter(pk=entry.pk).update(state="conflict")

    assert "changed on both sides" in said(biller.post(url(invoice, "send/"), {"to": "a@b.example"}))[0]
    assert not OutboxEntry.objects.filter(verb=Verb.SEND).exists()


def test_a_conflict_is_no_refusal(biller: Client, invoice: Invoice) -> None:
    OutboxEntry.objects.filter(pk=outbox.enqueue(invoice).pk).update(state="conflict")

    page = page_of(biller, invoice)
    assert "was changed here and in QuickBooks. Both versions are kept until somebody decides." in page
    assert "did not accept" not in page


# ── Void and delete ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("act", "title"), [("void/", "Void Invoice 1404"), ("delete/", "Delete Invoice 1404")]
)
def test_the_question_names_number_and_amount(biller: Client, invoice: Invoice, act: str, title: str) -> None:
    page = biller.get(url(invoice, act)).content.decode()

    assert f"{title} over $3,875.50?" in page
    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize("verb", [Verb.VOID, Verb.DELETE])
def test_after_the_question_the_command_is_queued(biller: Client, invoice: Invoice, verb: Verb) -> None:
    answer = biller.post(url(invoice, f"{verb}/"), {"total": "3875.50"})

    entry = OutboxEntry.objects.get()
    assert (entry.verb, entry.object_id, entry.asked_by is not None) == (verb, invoice.pk, True)
    assert answer.url == url(invoice)
    assert "as soon as QuickBooks has taken it" in said(answer)[0]


def test_the_question_is_asked_again_when_the_total_has_changed(biller: Client, invoice: Invoice) -> None:
    answer = biller.post(url(invoice, "void/"), {"total": "100.00"})

    assert answer.status_code == 409
    assert "The total changed while you were here." in answer.content.decode()
    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize(("act", "done"), [("void/", "voided"), ("delete/", "deleted")])
def test_with_payments_on_it_the_reason_is_told(
    biller: Client, part_paid: Invoice, act: str, done: str
) -> None:
    answer = biller.post(url(part_paid, act), {"total": "3875.50"})

    reason = f"Invoice 1404 cannot be {done} while $2,000.00 is applied to it (Check 20731)."
    assert said(answer) == [f"{reason} Take that off the invoice first."]
    assert not OutboxEntry.objects.exists()


def test_an_invoice_that_never_left_is_taken_back_at_once(biller: Client, company: Company) -> None:
    here = InvoiceFactory(company=company, doc_number="7")

    answer = biller.post(url(here, "void/"), {"total": "100.00"})

    here.refresh_from_db()
    assert here.is_gone
    assert not OutboxEntry.objects.unfinished().exists()
    assert said(answer) == ["Invoice 7 is taken back. QuickBooks never had it."]


def test_what_was_deleted_was_not_paid(viewer: Client, invoice: Invoice) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(gone_at=timezone.now(), balance=D(0))

    page = page_of(viewer, invoice)
    assert "Credits in QuickBooks" not in page
    assert ">Received<" not in page


def test_a_void_invoice_can_be_deleted_but_not_voided_again(biller: Client, invoice: Invoice) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(is_void=True, total=D(0), balance=D(0))

    assert said(biller.get(url(invoice, "void/"))) == ["Invoice 1404 is void."]
    assert biller.get(url(invoice, "delete/")).status_code == 200
