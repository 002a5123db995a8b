"""Many changes at once travel thirty to a request: whole, once, and each row for itself."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer
from invoices.mappings.invoice import InvoiceMapping
from invoices.models import Invoice, Item
from qbo.models import Company, OutboxEntry, Request, Verb
from qbo.sync import inbox, outbox
from qbo.sync.push import prepare, queue, settle
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import a_check, an_invoice, an_item

Work = Callable[[], None]
State = OutboxEntry.State


@pytest.fixture
def customer(company: Company, work: Work) -> Customer:
    an_item(company)
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    customer.refresh_from_db()
    return customer


def invoices_for(customer: Customer, count: int) -> list[Invoice]:
    item = Item.objects.get(company=customer.company)
    return [an_invoice(customer.company, customer, item, "1", str(100 + n)) for n in range(count)]


def calls_since(qb: EmulatorCompany, before: int) -> list[str]:
    return [f"{row['method']} {row['path'].rpartition('/')[2]}" for row in qb.requests(since=before)]


def last_call(qb: EmulatorCompany) -> int:
    return max(row["id"] for row in qb.requests())


def test_sixty_five_invoices_are_three_requests_and_no_reads(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    invoices_for(customer, 65)
    before = last_call(qb)
    work()

    assert calls_since(qb, before) == ["POST batch"] * 3
    assert_in_step(company, qb)


def test_one_change_alone_goes_without_a_batch(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    before = last_call(qb)
    invoices_for(customer, 1)
    work()

    assert calls_since(qb, before) == ["POST invoice"]


def test_creations_changes_and_deletions_travel_together(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    changed, doomed = invoices_for(customer, 2)
    work()
    changed.refresh_from_db()
    changed.private_note = "call first"
    changed.save()
    outbox.command(doomed, Verb.DELETE)
    invoices_for(customer, 1)
    before = last_call(qb)
    work()

    assert calls_since(qb, before) == ["POST batch"]
    assert qb.read("Invoice", changed.qbo_id)["PrivateNote"] == "call first"
    assert_in_step(company, qb)


def test_customers_invoices_and_payments_that_are_all_new_go_one_kind_after_the_other(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    item = an_item(company)
    for number in range(5):
        customer = Customer.objects.create(company=company, display_name=f"Customer {number}")
        invoice = an_invoice(company, customer, item, "1", "100")
        a_check(company, customer, "60", {invoice: "60"})
    before = last_call(qb)
    work()

    writes = [call for call in calls_since(qb, before) if call.startswith("POST")]
    assert writes == ["POST batch", "POST item", "POST batch", "POST batch"]
    assert not OutboxEntry.objects.exclude(attempts=0).exists()  # waiting for others costs no attempt
    assert_in_step(company, qb)


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "truncated", "500", "503", "429"])
def test_thirty_invoices_whatever_happens_to_the_answer(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work, kind: str
) -> None:
    invoices_for(customer, 30)
    qb.fault(kind, method="POST", path="batch", count=2)
    for _ in range(4):
        work()

    assert len(qb.all("Invoice")) == 30
    assert_in_step(company, qb)


def test_a_row_that_is_refused_is_tried_alone_and_reported_alone(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    qb.create("Vendor", {"DisplayName": "Customer 2"})
    for number in range(4):
        Customer.objects.create(company=company, display_name=f"Customer {number}")
    before = last_call(qb)
    work()

    # And a look, for whoever has the name may be news.
    assert calls_since(qb, before) == ["POST batch", "POST customer", "GET cdc"]
    (refused,) = OutboxEntry.objects.unfinished()
    assert (refused.label, refused.state, refused.code) == ("Customer 2", State.NEEDS_YOU, "6240")
    assert len(qb.all("Customer")) == 3


def test_rows_that_are_stale_are_merged(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    invoices = invoices_for(customer, 3)
    work()
    for invoice in invoices:
        invoice.refresh_from_db()
        qb.edit("Invoice", invoice.qbo_id, {"DueDate": "2027-01-15"})
        invoice.private_note = "ours"
        invoice.save()
    work()

    assert {(row["DueDate"], row["PrivateNote"]) for row in qb.all("Invoice")} == {("2027-01-15", "ours")}
    assert_in_step(company, qb)


def test_a_payment_moved_from_one_check_to_another_in_the_same_batch(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    """Whichever row QuickBooks does first: what one gives back, the other may take."""
    from invoices.receiving import save_payment

    (invoice,) = invoices_for(customer, 1)
    work()
    first = a_check(company, customer, "100", {invoice: "100"})
    work()
    second = a_check(company, customer, "100", {})
    work()
    for payment, amount in ((first, Decimal(0)), (second, Decimal(100))):
        payment.refresh_from_db()
        invoice.refresh_from_db()
        save_payment(payment, {invoice: amount} if amount else {}, by=None)
    work()

    assert_in_step(company, qb)


def test_an_edit_while_a_batch_is_under_way_is_one_more_change(
    company: Company,
    qb: EmulatorCompany,
    customer: Customer,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    invoices = invoices_for(customer, 3)
    store = settle._store

    def and_meanwhile_somebody_edits(*args: object) -> None:
        monkeypatch.setattr(settle, "_store", store)
        edited = Invoice.objects.get(pk=invoices[1].pk)
        edited.private_note = "while it was under way"
        edited.save()
        store(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(settle, "_store", and_meanwhile_somebody_edits)
    work()

    assert qb.read("Invoice", Invoice.objects.get(pk=invoices[1].pk).qbo_id)["SyncToken"] == "1"
    assert_in_step(company, qb)


def test_one_answer_that_cannot_be_stored_spoils_no_other(
    company: Company,
    qb: EmulatorCompany,
    customer: Customer,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    invoices = invoices_for(customer, 3)
    load = InvoiceMapping.load

    def stumbles(mapping: InvoiceMapping, obj: Invoice, *rest: Any) -> None:
        if obj.pk == invoices[1].pk:
            raise ValueError("a number that is none")
        load(mapping, obj, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(InvoiceMapping, "load", stumbles)
        work()
    (entry,) = OutboxEntry.objects.unfinished()
    assert (entry.object_id, entry.code, len(qb.all("Invoice"))) == (invoices[1].pk, "internal", 3)

    outbox.retry(entry)
    work()  # what QuickBooks has of it is read
    work()
    assert len(qb.all("Invoice")) == 3
    assert_in_step(company, qb)


def test_a_batch_that_was_never_answered_is_looked_up_row_by_row(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    """Two are there, one is not; nothing is made twice, not even if QuickBooks has forgotten the request."""
    there = invoices_for(customer, 2)
    qb.fault("lost_answer", method="POST", path="batch", count=4)
    work()
    missing = invoices_for(customer, 1)[0]
    request = Request.objects.get(state=Request.State.OPEN)
    Request.objects.filter(pk=request.pk).update(
        created_at=timezone.now() - timedelta(hours=2), requestid="forgotten by now"
    )
    OutboxEntry.objects.filter(object_id=missing.pk, entity="Invoice").update(
        state=State.IN_FLIGHT, request=request
    )
    body = bytes(request.body or b"").replace(b'"BatchItemRequest":[', b'"BatchItemRequest":[' + row(missing))
    Request.objects.filter(pk=request.pk).update(body=body)
    qb.clear_faults()
    work()

    assert len(there) == 2
    assert len(qb.all("Invoice")) == 3
    assert_in_step(company, qb)


def row(invoice: Invoice) -> bytes:
    """The batch item of an invoice, as `prepare` writes it, and a comma."""
    from qbo.api import payloads

    (entry,) = OutboxEntry.objects.of("Invoice", invoice.pk)
    act = prepare._save(prepare.mapping_for("Invoice"), invoice, entry, None)
    assert act is not None
    return payloads.dumps(act.item(entry.bid)) + b","


def test_beside_invoices_only_invoices_and_beside_names_nothing(
    company: Company, customer: Customer, qb: EmulatorCompany
) -> None:
    invoices_for(customer, 1)
    Customer.objects.create(company=company, display_name="Otter Creek")
    (first,) = queue.waiting(company)
    assert first.entity == "Customer"
    under_way = queue.Shipment(Request(company=company), [first], fresh=True)
    assert queue.waiting(company, [under_way]) == []
    under_way = queue.Shipment(Request(company=company), [OutboxEntry(entity="Invoice")], fresh=True)
    assert [entry.entity for entry in queue.waiting(company, [under_way])] == ["Invoice"]


def test_what_a_batch_touched_is_read_in_one_query(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    invoices = invoices_for(customer, 40)
    work()
    for invoice in invoices:
        invoice.refresh_from_db()
        a_check(company, customer, "50", {invoice: "50"})
    before = last_call(qb)
    work()

    assert calls_since(qb, before) == ["POST batch"] * 2 + ["GET query"]
    inbox.catch_up_now(company)
    work()
    assert_in_step(company, qb)
