"""What is noted when people save things, and in which order it will go."""

import pytest
from django.db import transaction

from qbo.models import OutboxEntry, SyncState, User, Verb
from qbo.sync import outbox
from qbo.sync.echo import remote_write
from qbo.sync.outbox import NotPossible
from qbo.sync.push import queue
from tests.factories import CustomerFactory, InvoiceFactory, InvoiceLineFactory

pytestmark = pytest.mark.django_db
State = OutboxEntry.State


def entries() -> list[tuple[str, str]]:
    return list(OutboxEntry.objects.values_list("verb", "state"))


def test_a_burst_of_edits_is_one_entry() -> None:
    customer = CustomerFactory()
    customer.notes = "one"
    customer.save()
    customer.notes = "two"
    customer.save()

    assert entries() == [("save", "waiting")]


def test_an_edit_during_a_push_is_exactly_one_more() -> None:
    customer = CustomerFactory()
    OutboxEntry.objects.update(state=State.IN_FLIGHT)
    customer.save()
    customer.save()

    assert entries() == [("save", "in_flight"), ("save", "waiting")]


def test_what_quickbooks_wrote_is_not_sent_back() -> None:
    with remote_write():
        CustomerFactory()

    assert entries() == []


def test_saving_a_line_notes_its_invoice() -> None:
    line = InvoiceLineFactory()
    line.description = "Mulch"
    line.save()

    assert [(entry.entity, entry.object_id) for entry in OutboxEntry.objects.all()] == [
        ("Invoice", line.invoice.pk)
    ]


def test_an_edit_of_what_was_refused_tries_again() -> None:
    customer = CustomerFactory()
    OutboxEntry.objects.update(state=State.NEEDS_YOU, code="6240", problem="taken", attempts=3)
    customer.display_name = "Another name"
    customer.save()

    entry = OutboxEntry.objects.get()
    assert (entry.state, entry.code, entry.attempts) == (State.WAITING, "", 0)
    customer.refresh_from_db()
    assert customer.sync_state == SyncState.WAITING


def test_a_rolled_back_save_leaves_nothing_behind() -> None:
    with transaction.atomic():
        CustomerFactory()
        transaction.set_rollback(True)

    assert entries() == []


def test_a_command_freezes_the_edit_before_it_and_later_edits_come_after() -> None:
    invoice = InvoiceFactory(known=True)
    invoice.private_note = "as sent"
    invoice.save()
    outbox.command(invoice, Verb.SEND, to="ap@example.com")
    invoice.private_note = "as edited later"
    invoice.save()

    before, send, after = OutboxEntry.objects.all()
    assert (before.verb, send.verb, after.verb) == ("save", "send", "save")
    assert before.frozen is not None
    assert before.frozen["PrivateNote"] == "as sent"
    assert not after.is_frozen
    assert send.options == {"to": "ap@example.com"}


def test_only_the_oldest_entry_of_an_object_is_carried_forward() -> None:
    invoice = InvoiceFactory(known=True)
    invoice.save()
    outbox.command(invoice, Verb.SEND)
    before, send = OutboxEntry.objects.all()

    assert queue.waiting(invoice.company) == [before]
    before.state = State.NEEDS_YOU
    before.save()
    assert queue.waiting(invoice.company) == []
    before.state = State.DONE
    before.save()
    assert queue.waiting(invoice.company) == [send]


def test_a_customer_goes_before_the_invoice_that_names_it() -> None:
    invoice = InvoiceFactory()
    OutboxEntry.objects.filter(entity="Customer").delete()
    outbox.enqueue(invoice.customer)

    next_one = queue.waiting(invoice.company)[0]
    assert next_one.entity in ("Customer", "Item", "Term", "Account")


def test_what_never_reached_quickbooks_is_deleted_without_a_call() -> None:
    invoice = InvoiceFactory()

    assert outbox.command(invoice, Verb.DELETE) is None

    invoice.refresh_from_db()
    assert invoice.is_gone
    assert not OutboxEntry.objects.of("Invoice", invoice.pk).unfinished().exists()


def test_a_void_drops_the_edit_before_it() -> None:
    invoice = InvoiceFactory(known=True)
    invoice.save()
    outbox.command(invoice, Verb.VOID)

    assert entries() == [("save", "dropped"), ("void", "waiting")]


@pytest.mark.parametrize("verb", [Verb.SEND, Verb.VOID, Verb.DELETE])
def test_the_same_command_is_not_queued_twice(verb: Verb) -> None:
    invoice = InvoiceFactory(known=True)
    outbox.command(invoice, verb)

    with pytest.raises(NotPossible, match="already on its way"):
        outbox.command(invoice, verb)


def test_a_customer_cannot_be_voided() -> None:
    with pytest.raises(NotPossible):
        outbox.command(CustomerFactory(known=True), Verb.VOID)


def test_a_conflict_comes_before_any_command() -> None:
    invoice = InvoiceFactory(known=True)
    invoice.save()
    OutboxEntry.objects.update(state=State.CONFLICT)

    with pytest.raises(NotPossible, match="both sides"):
        outbox.command(invoice, Verb.SEND)


def test_who_asked_is_kept(django_user_model: type[User]) -> None:
    dana = django_user_model.objects.create_user("dana", "dana@example.com")
    invoice = InvoiceFactory(known=True)

    entry = outbox.command(invoice, Verb.SEND, asked_by=dana)

    assert entry is not None
    assert entry.asked_by == dana
