"""What happened to one invoice on either side, newest first: what was done here, by whom, and what QuickBooks tells."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time

from django.utils import timezone

from customers.timeline import HERE, SAME_CHANGE, SAME_EMAIL, THERE, Event
from customers.undertakings import Undertaking
from invoices.models import Allocation, Invoice
from qbo import formats
from qbo.models import Conflict, OutboxEntry, Verb
from qbo.sync.registry import mapping_of

#: Of one invoice; older ones are in the admin.
MOST = 100
ICONS = {Verb.SAVE: "pencil", Verb.SEND: "envelope", Verb.VOID: "no-symbol", Verb.DELETE: "trash"}


def of(invoice: Invoice, applied: Sequence[Allocation]) -> list[Event]:
    """`applied`: the payments on it, with `payment__entered_by`. Two queries."""
    entity = mapping_of(invoice).entity
    entries = OutboxEntry.objects.of(entity, invoice.pk).exclude(state=OutboxEntry.State.DROPPED)
    done = [
        _undertaking(entry, invoice) for entry in entries.select_related("asked_by").order_by("-id")[:MOST]
    ]
    conflicts = Conflict.objects.filter(entity=entity, object_id=invoice.pk).select_related("resolved_by")
    events = [
        *_beginning(invoice, done),
        *(_act(each) for each in done if not each.is_first),
        *(_payment(row) for row in applied),
        *(event for conflict in conflicts for event in _conflict(conflict)),
        *_told(invoice, done, applied),
    ]
    return sorted(events, key=lambda event: (event.at, event.rank), reverse=True)


def _undertaking(entry: OutboxEntry, invoice: Invoice) -> Undertaking:
    return Undertaking(
        entity=entry.entity,
        object_id=entry.object_id,
        verb=entry.verb,
        state=entry.state,
        label=entry.label,
        reason=entry.reason,
        options=entry.options,
        attempts=entry.attempts,
        asked_at=entry.created_at,
        done_at=entry.finished_at,
        made_at=invoice.created_at,
        customer=invoice.customer_id,
        by=str(entry.asked_by or ""),
    )


def _beginning(invoice: Invoice, done: Sequence[Undertaking]) -> Iterator[Event]:
    first = next((each for each in done if each.is_first), None)
    if first or invoice.entered_by or not invoice.qbo_created_at:
        by = str(invoice.entered_by or (first.by if first else ""))
        notes = [by, first.outcome if first else ""]
        yield Event(invoice.created_at, HERE, "document-text", "Invoice entered", notes=_some(notes), rank=0)
    else:
        yield Event(invoice.qbo_created_at, THERE, "document-text", "Invoice made", rank=0)


def _act(each: Undertaking) -> Event:
    title = {
        Verb.SAVE: "Invoice changed",
        Verb.SEND: f"E-mail to {each.options.get('to') or 'the customer'}",
        Verb.VOID: "Voided",
        Verb.DELETE: "Deleted",
    }[Verb(each.verb)]
    return Event(each.asked_at, HERE, ICONS[Verb(each.verb)], title, notes=_some([each.by, each.outcome]))


def _payment(row: Allocation) -> Event:
    payment = row.payment
    here = payment.entered_by is not None or not payment.qbo_created_at
    morning = timezone.make_aware(datetime.combine(payment.txn_date, time()))
    known = payment.created_at if here else payment.qbo_created_at
    timed = known is not None and timezone.localtime(known).date() == payment.txn_date
    of_what = (
        f"of {formats.money_sign(payment.total, payment.currency)}" if payment.total != row.amount else ""
    )
    return Event(
        at=known if timed and known else morning,
        side=HERE if here else THERE,
        icon="banknotes",
        title=f"{payment}, {formats.money_sign(row.amount, payment.currency)} applied",
        url=payment.get_absolute_url(),
        notes=_some([of_what, str(payment.entered_by or "")]),
        timed=timed,
    )


def _conflict(conflict: Conflict) -> Iterator[Event]:
    yield Event(
        conflict.created_at, THERE, "arrows-right-left", "Changed on both sides", notes=conflict.groups
    )
    if conflict.resolved_at:
        by = "as laid down in the settings" if conflict.by_policy else str(conflict.resolved_by or "")
        yield Event(conflict.resolved_at, HERE, "check", "Decided", notes=_some([by]))


def _told(invoice: Invoice, done: Sequence[Undertaking], applied: Sequence[Allocation]) -> Iterator[Event]:
    """What is only known from QuickBooks' record: an e-mail and a change that nobody here asked for, and its end."""
    asked = [each.done_at for each in done if each.verb == Verb.SEND and each.done_at]
    sent = invoice.emailed_at
    if sent and all(abs(at - sent) > SAME_EMAIL for at in asked):
        to = f"to {invoice.bill_email}" if invoice.bill_email else ""
        yield Event(sent, THERE, "envelope", "Invoice e-mailed", notes=_some([to]))
    changed = invoice.qbo_updated_at
    causes = [invoice.qbo_created_at, sent, *(each.done_at for each in done)]
    causes += [row.payment.qbo_created_at for row in applied]
    if changed and all(abs(at - changed) > SAME_CHANGE for at in causes if at):
        yield Event(changed, THERE, "pencil", "Invoice changed", notes=["The latest change there"])
    if invoice.gone_at and invoice.qbo_id:
        yield Event(invoice.gone_at, THERE, "no-symbol", "Gone from QuickBooks")


def _some(notes: Sequence[str]) -> list[str]:
    return [note for note in notes if note]
