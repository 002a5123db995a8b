"""Send, void and delete among edits of both sides: barriers that lose nothing and act once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from customers.models import Customer
from invoices.editing import save_invoice
from invoices.models import Invoice, Item
from qbo.models import Company, Conflict, OutboxEntry, Verb
from qbo.sync import conflicts, inbox, leases, outbox, reconcile, worker
from qbo.sync.push import queue
from qbo.sync.push.prepare import prepare
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import an_invoice, an_item

Work = Callable[[], None]
State = OutboxEntry.State
TO = "ap@alder.example"


@pytest.fixture
def invoice(company: Company, work: Work) -> Invoice:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    return invoice


def note(invoice: Invoice, text: str) -> None:
    invoice.private_note = text
    invoice.save()


def look_only(company: Company) -> None:
    """News comes in while what was queued here cannot go out yet."""
    later = timezone.now() + timedelta(hours=1)
    OutboxEntry.objects.filter(company=company).unfinished().update(next_attempt_at=later)
    inbox.catch_up_now(company)
    worker.run(company.pk)


def test_a_send_that_waits_does_not_undo_what_quickbooks_changed_meanwhile(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    note(invoice, "as sent")
    outbox.command(invoice, Verb.SEND, to=TO)
    qb.edit("Invoice", invoice.qbo_id, {"DueDate": "2027-01-15"})
    look_only(company)
    work()

    row = qb.read("Invoice", invoice.qbo_id)
    assert (row["DueDate"], row["PrivateNote"], len(qb.emails())) == ("2027-01-15", "as sent", 1)
    assert_in_step(company, qb)


@pytest.mark.parametrize("news_first", [True, False])
@pytest.mark.parametrize(("choice", "kept"), [("ours", "ours"), ("theirs", "theirs")])
def test_a_conflict_stops_the_send_behind_it_and_the_decision_holds(
    company: Company,
    qb: EmulatorCompany,
    invoice: Invoice,
    work: Work,
    choice: str,
    kept: str,
    news_first: bool,
) -> None:
    note(invoice, "ours")
    outbox.command(invoice, Verb.SEND, to=TO)
    qb.edit("Invoice", invoice.qbo_id, {"PrivateNote": "theirs"})
    if news_first:
        look_only(company)
    work()
    assert (qb.read("Invoice", invoice.qbo_id)["PrivateNote"], qb.emails()) == ("theirs", [])

    conflicts.decide(Conflict.objects.get(resolved_at=None), {"PrivateNote": choice}, by=None)
    work()
    assert (qb.read("Invoice", invoice.qbo_id)["PrivateNote"], len(qb.emails())) == (kept, 1)
    assert_in_step(company, qb)


def test_a_send_keeps_what_quickbooks_filled_in_when_it_made_the_invoice(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    qb.fault("lost_answer", method="POST", entity="Invoice", count=4)
    second = an_invoice(company, invoice.customer, Item.objects.get(company=company), "2", "100")
    work()
    qb.clear_faults()
    note(second, "edited before we knew its number")
    outbox.command(second, Verb.SEND, to=TO)
    number = {row["Id"]: row["DocNumber"] for row in qb.all("Invoice")}
    work()

    assert {row["Id"]: row["DocNumber"] for row in qb.all("Invoice")} == number
    assert len(qb.emails()) == 1
    assert_in_step(company, qb)


def test_a_change_there_that_comes_with_the_answer_to_a_send_is_not_written_over(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    outbox.command(invoice, Verb.SEND, to=TO)
    note(invoice, "ours, after sending")
    qb.edit("Invoice", invoice.qbo_id, {"PrivateNote": "theirs"})
    work()

    assert qb.read("Invoice", invoice.qbo_id)["PrivateNote"] == "theirs"
    conflicts.decide(Conflict.objects.get(), {"PrivateNote": "ours"}, by=None)
    work()
    assert qb.read("Invoice", invoice.qbo_id)["PrivateNote"] == "ours, after sending"
    assert_in_step(company, qb)


def test_what_was_edited_before_a_void_is_void_too(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    line = invoice.lines.get()
    line.quantity, line.amount = Decimal(3), Decimal(300)
    invoice.private_note = "call first"
    save_invoice(invoice, [line], by=None)
    outbox.command(invoice, Verb.VOID)
    work()

    invoice.refresh_from_db()
    assert (invoice.is_void, invoice.total, invoice.balance) == (True, Decimal(0), Decimal(0))
    assert_in_step(company, qb)


def test_putting_right_what_was_refused_lets_the_send_behind_it_go(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    good, retired = invoice.lines.get().item, an_item(company, "Retired")
    work()
    retired.refresh_from_db()
    qb.edit("Item", retired.qbo_id, {"Active": False})
    line = invoice.lines.get()
    line.item = retired
    save_invoice(invoice, [line], by=None)
    outbox.command(invoice, Verb.SEND, to=TO)
    work()
    assert OutboxEntry.objects.filter(state=State.NEEDS_YOU).exists()

    line.item = good
    save_invoice(invoice, [line], by=None)
    work()
    assert len(qb.emails()) == 1
    inbox.catch_up_now(company)
    work()
    assert_in_step(company, qb)


def test_giving_up_a_send_keeps_the_edit_behind_it(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    outbox.command(invoice, Verb.SEND)  # nobody has said where to
    work()
    send = OutboxEntry.objects.get(state=State.NEEDS_YOU)
    invoice.refresh_from_db()
    note(invoice, "keep me")
    reconcile.give_up(send)
    work()

    assert qb.read("Invoice", invoice.qbo_id)["PrivateNote"] == "keep me"
    assert_in_step(company, qb)


def test_giving_up_a_void_keeps_the_edit_that_it_had_made_pointless(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    note(invoice, "keep me")
    outbox.command(invoice, Verb.VOID)
    reconcile.give_up(OutboxEntry.objects.get(verb=Verb.VOID))
    work()

    assert qb.read("Invoice", invoice.qbo_id)["PrivateNote"] == "keep me"
    assert_in_step(company, qb)


@pytest.mark.parametrize("kind", ["lost_answer", "truncated"])
def test_an_email_without_an_answer_is_looked_for_and_not_sent_again(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work, kind: str
) -> None:
    qb.fault(kind, method="POST", path="/send", count=6)
    outbox.command(invoice, Verb.SEND, to=TO)
    for _ in range(3):
        work()

    assert len([row for row in qb.requests() if row["path"].endswith("/send")]) == 1
    assert len(qb.emails()) == 1
    invoice.refresh_from_db()
    assert invoice.email_status == "EmailSent"
    assert_in_step(company, qb)


@pytest.mark.parametrize("kind", ["reset", "500"])
@pytest.mark.parametrize("earlier", [0, 1])
def test_an_email_that_quickbooks_knows_nothing_of_waits_for_a_person(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work, kind: str, earlier: int
) -> None:
    for _ in range(earlier):
        outbox.command(invoice, Verb.SEND, to=TO)
        work()
    qb.fault(kind, method="POST", path="/send", count=1)
    outbox.command(invoice, Verb.SEND, to="second@alder.example")
    for _ in range(3):
        work()

    entry = OutboxEntry.objects.get(state=State.NEEDS_YOU)
    assert (entry.code, len(qb.emails())) == ("unconfirmed", earlier)
    outbox.retry(entry)
    work()
    assert [mail["recipient"] for mail in qb.emails()].count("second@alder.example") == 1
    assert_in_step(company, qb)


def test_deleting_with_an_old_copy_in_hand_deletes_it_in_quickbooks_too(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    in_hand = an_invoice(company, invoice.customer, Item.objects.get(company=company), "1", "50")
    work()  # meanwhile it reached QuickBooks; the copy in hand does not know
    outbox.command(in_hand, Verb.DELETE)
    work()

    assert [row["Id"] for row in qb.all("Invoice")] == [invoice.qbo_id]
    assert_in_step(company, qb)


def test_a_conflict_ends_when_the_record_is_deleted_there(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work, look: Work
) -> None:
    qb.edit("Invoice", invoice.qbo_id, {"PrivateNote": "theirs"})
    note(invoice, "ours")
    work()
    conflict = Conflict.objects.get(resolved_at=None)
    qb.edit("Invoice", invoice.qbo_id, operation="delete")
    look()
    conflicts.decide(conflict, {"PrivateNote": "theirs"}, by=None)

    invoice.refresh_from_db()
    assert invoice.is_gone
    assert not Conflict.objects.filter(resolved_at=None).exists()


def test_a_note_may_say_anything_when_it_is_sent(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    note(invoice, "new:Customer:1")
    outbox.command(invoice, Verb.SEND, to=TO)
    work()

    assert qb.read("Invoice", invoice.qbo_id)["PrivateNote"] == "new:Customer:1"
    assert_in_step(company, qb)


@pytest.mark.parametrize("verb", [Verb.VOID, Verb.DELETE])
def test_somebody_there_was_quicker(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work, verb: Verb
) -> None:
    note(invoice, "made pointless")
    outbox.command(invoice, verb)
    qb.edit("Invoice", invoice.qbo_id, operation=verb.value)
    look_only(company)
    work()

    assert_in_step(company, qb)


def test_what_was_taken_back_is_not_sent_by_a_worker_that_had_just_chosen_it(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work
) -> None:
    second = an_invoice(company, invoice.customer, Item.objects.get(company=company), "1", "50")
    chosen = queue.waiting(company)
    assert chosen
    outbox.command(second, Verb.DELETE)
    with leases.hold("company") as lease:
        assert lease is not None
        assert prepare(company, chosen, lease) is None
    work()

    assert len(qb.all("Invoice")) == 1
    assert_in_step(company, qb)


def test_an_invoice_of_a_customer_who_was_given_up_asks_for_another_one(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work, look: Work
) -> None:
    qb.create("Vendor", {"DisplayName": "Otter Creek"})
    customer = Customer.objects.create(company=company, display_name="Otter Creek")
    waiting = an_invoice(company, customer, Item.objects.get(company=company), "1", "50")
    work()
    reconcile.give_up(OutboxEntry.objects.get(state=State.NEEDS_YOU))
    work()
    entry = OutboxEntry.objects.get(state=State.NEEDS_YOU)
    assert (entry.entity, entry.code) == ("Invoice", "withdrawn")

    waiting.refresh_from_db()
    waiting.customer = invoice.customer
    waiting.save()
    look()
    assert_in_step(company, qb)


@pytest.mark.parametrize("verb", [Verb.VOID, Verb.DELETE])
def test_what_changed_there_is_shown_before_it_is_undone(
    company: Company, qb: EmulatorCompany, invoice: Invoice, work: Work, verb: Verb
) -> None:
    qb.edit("Invoice", invoice.qbo_id, {"PrivateNote": "paid in cash"})
    outbox.command(invoice, verb)
    work()
    entry = OutboxEntry.objects.get(state=State.NEEDS_YOU)
    assert (entry.code, qb.read("Invoice", invoice.qbo_id)["PrivateNote"]) == ("changed", "paid in cash")

    invoice.refresh_from_db()
    assert invoice.private_note == "paid in cash"
    outbox.retry(entry)
    work()
    assert_in_step(company, qb)
    assert not [row for row in qb.all("Invoice") if row["TotalAmt"]]
