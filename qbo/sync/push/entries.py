"""What happens to an outbox entry and its object inside a write-back."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from qbo.api import QuickBooksError
from qbo.models import Company, MirroredModel, OutboxEntry, Verb
from qbo.sync import outbox, states
from qbo.sync.leases import Held
from qbo.sync.mapping import Mapping

State = OutboxEntry.State


def enter(
    mapping: Mapping[MirroredModel], company: Company, entries: Sequence[OutboxEntry], lease: Held
) -> list[tuple[OutboxEntry, MirroredModel]]:
    """At the start of a write-back: the lease is ours still, objects and entries are locked and as they stand now.

    While QuickBooks was asked, somebody may have edited the one, and a command may have frozen the other.
    """
    lease.check()
    # Objects before entries, and each by its key, always: so nobody waits for each other.
    rows = mapping.model.objects.select_for_update(of=("self",)).filter(
        pk__in=[entry.object_id for entry in entries]
    )
    objects: dict[int, MirroredModel] = {obj.pk: obj for obj in rows.order_by("pk")}
    locked = (
        OutboxEntry.objects.select_for_update(of=("self",))
        .filter(pk__in=[entry.pk for entry in entries])
        .order_by("pk")
    )
    entered = [(entry, objects[entry.object_id]) for entry in locked]
    for entry, obj in entered:
        entry.company = obj.company = company
    return entered


def finish(entry: OutboxEntry) -> None:
    finish_all([entry])


def finish_all(entries: Sequence[OutboxEntry]) -> None:
    """Carried out: nothing of what went wrong on the way is left."""
    now = timezone.now()
    for entry in entries:
        entry.state = State.DONE
    OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(
        state=State.DONE,
        finished_at=now,
        updated_at=now,
        next_attempt_at=None,
        code="",
        problem="",
        detail="",
        element="",
    )


def park(entry: OutboxEntry, obj: MirroredModel, *, code: str, problem: str) -> None:
    """A person has to look."""
    entry.state, entry.code, entry.problem = State.NEEDS_YOU, code, problem
    entry.next_attempt_at = None
    put_back(entry)
    states.refresh(obj)


def try_again(entry: OutboxEntry, at: datetime, why: str) -> None:
    """By itself, later."""
    entry.attempts, entry.next_attempt_at = entry.attempts + 1, at
    entry.problem = why
    put_back(entry)


def put_back(entry: OutboxEntry) -> None:
    """Save an entry that was in flight and is not finished. Unless the very same request goes again, it says "differs",
    so it serves a newer edit as well."""
    if entry.verb == Verb.SAVE and not entry.is_frozen and entry.state != State.IN_FLIGHT:
        outbox.drop_newer_edits(entry)
    entry.save()


def describe(entry: OutboxEntry, error: QuickBooksError) -> None:
    """Keep what QuickBooks said, for the person who has to put it right."""
    entry.code = error.code or type(error).__name__
    entry.problem, entry.detail = error.words, str(error)
    entry.element = error.faults[0].element[:200] if error.faults and error.faults[0].element else ""
