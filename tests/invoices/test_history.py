"""What an invoice's page tells of its past, and what the page before sending shows."""

from datetime import timedelta
from decimal import Decimal

from django.test import Client
from django.utils import timezone

from invoices import acts, history
from invoices.models import Invoice
from qbo.models import Company, Conflict, OutboxEntry, User, Verb
from qbo.sync import outbox
from tests.factories import AllocationFactory, InvoiceFactory, PaymentFactory, UserFactory

NOW = timezone.now()


def told(invoice: Invoice) -> list[tuple[str, str, list[str]]]:
    fresh = Invoice.objects.select_related("entered_by", "customer").get(pk=invoice.pk)
    return [(event.side, event.title, event.notes) for event in history.of(fresh, acts.applied_to(fresh))]


def test_what_was_done_here_is_told_with_names(company: Company) -> None:
    dana: User = UserFactory(first_name="Dana", last_name="Whitfield")
    priya: User = UserFactory(first_name="Priya", last_name="Raman")
    invoice = InvoiceFactory(company=company, entered_by=dana, bill_email="ap@otter.example")
    outbox.command(invoice, Verb.SEND, asked_by=priya, to="ap@otter.example")

    sent, entered = told(invoice)

    assert sent[:2] == ("here", "E-mail to ap@otter.example")
    assert str(priya) in sent[2]
    assert entered[:2] == ("here", "Invoice entered")
    assert entered[2][0] == str(dana)


def test_what_quickbooks_tells_stands_on_its_side(company: Company) -> None:
    invoice = InvoiceFactory(
        company=company,
        known=True,
        qbo_created_at=NOW - timedelta(days=9),
        qbo_updated_at=NOW - timedelta(days=1),
        emailed_at=NOW - timedelta(days=5),
        bill_email="ap@otter.example",
    )
    check = PaymentFactory(
        company=company,
        customer=invoice.customer,
        known=True,
        txn_date=timezone.localdate() - timedelta(days=3),
        qbo_created_at=NOW - timedelta(days=3),
    )
    AllocationFactory(payment=check, invoice=invoice, amount=Decimal(10))
    Conflict.objects.create(
        company=company, entity="Invoice", object_id=invoice.pk, label="it", groups=["TxnDate"],
        base={}, ours={}, theirs={}, remote={},
    )  # fmt: skip

    assert [(side, title.partition(",")[0]) for side, title, _ in told(invoice)] == [
        ("there", "Changed on both sides"),
        ("there", "Invoice changed"),
        ("there", str(check)),
        ("there", "Invoice e-mailed"),
        ("there", "Invoice made"),
    ]


def test_the_page_before_sending_shows_subject_text_and_copy(biller: Client, company: Company) -> None:
    company.preferences = {
        "EmailMessagesPrefs": {"InvoiceMessage": {"Subject": "Your invoice", "Message": "Thanks!"}}
    }
    company.save()
    invoice = InvoiceFactory(
        company=company, known=True, bill_email="ap@otter.example", bill_email_cc="boss@otter.example"
    )
    page = f"/c/{company.pk}/invoices/{invoice.pk}/send/"

    shown = biller.get(page).content.decode()
    assert all(text in shown for text in ("Your invoice", "Thanks!", "boss@otter.example"))

    assert biller.post(page, {"to": "", "cc": "nobody"}).status_code == 422
    assert not OutboxEntry.objects.exists()

    biller.post(page, {"to": "ap@otter.example", "cc": "other@otter.example"})
    save, send = OutboxEntry.objects.order_by("pk")
    assert save.frozen
    assert (save.verb, save.frozen["BillEmailCc"]) == ("save", {"Address": "other@otter.example"})
    assert (send.verb, send.options) == ("send", {"to": "ap@otter.example"})
