"""What a record's badge says, worked out from its unfinished outbox entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qbo.models import MirroredModel, OutboxEntry, SyncState
from qbo.sync.registry import load, mapping_of

if TYPE_CHECKING:
    from qbo.sync.mapping import Mapping

State = OutboxEntry.State


def of(obj: MirroredModel, entries: Sequence[OutboxEntry]) -> SyncState:
    """The state of a record with these unfinished entries, the most pressing one first."""
    kinds = {entry.state for entry in entries}
    if State.CONFLICT in kinds:
        return SyncState.CONFLICT
    if State.NEEDS_YOU in kinds:
        return SyncState.NEEDS_YOU
    if State.IN_FLIGHT in kinds:
        retried = any(entry.attempts for entry in entries if entry.state == State.IN_FLIGHT)
        return SyncState.RETRYING if retried else SyncState.SENDING
    if entries:
        return SyncState.RETRYING if any(entry.attempts for entry in entries) else SyncState.WAITING
    if obj.is_gone:
        return SyncState.GONE
    return SyncState.IN_QUICKBOOKS if obj.qbo_id else SyncState.ONLY_HERE


def refresh(obj: MirroredModel) -> None:
    """Write the state to the row; a plain update, so that it neither counts as an edit nor fires a signal."""
    refresh_all(mapping_of(obj), [obj])


def refresh_all(mapping: Mapping[Any], objects: Sequence[MirroredModel]) -> None:
    """The same for many rows of one kind, in one statement for each state among them."""
    entries: dict[int, list[OutboxEntry]] = defaultdict(list)
    keys = [obj.pk for obj in objects]
    for entry in OutboxEntry.objects.filter(entity=mapping.entity, object_id__in=keys).unfinished():
        entries[entry.object_id].append(entry)
    rows: dict[SyncState, list[int]] = defaultdict(list)
    for obj in objects:
        obj.sync_state = of(obj, entries[obj.pk])
        rows[obj.sync_state].append(obj.pk)
    for state, changed in rows.items():
        mapping.model.objects.filter(pk__in=changed).exclude(sync_state=state).update(sync_state=state)


def refresh_entry(entry: OutboxEntry) -> None:
    obj = load(entry.entity, entry.object_id)
    if obj is not None:
        refresh(obj)


def needs_you_count(company_id: int) -> int:
    """How many records of a company wait for a person."""
    entries = OutboxEntry.objects.filter(company_id=company_id).need_a_person()
    return entries.values("entity", "object_id").distinct().count()
