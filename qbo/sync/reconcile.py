"""Taking a QuickBooks object into ours without losing what was changed here: the one place where both sides meet.

Except for `give_up`, callers hold a transaction, the row's lock and the company's lease.
"""

from django.db import transaction
from django.utils import timezone

from qbo.models import AgreedCopy, Conflict, MirroredModel, OutboxEntry
from qbo.sync import outbox, states
from qbo.sync.echo import remote_write
from qbo.sync.mapping import Mapping, Payload, View
from qbo.sync.merge import Merged, merge
from qbo.sync.registry import mapping_for

State = OutboxEntry.State


def agreed_copy(mapping: Mapping[MirroredModel], obj: MirroredModel) -> Payload | None:
    """The last JSON both sides agreed on, None before the first time."""
    copy = AgreedCopy.objects.filter(entity=mapping.entity, object_id=obj.pk).first()
    return copy.payload if copy else None


def agree(mapping: Mapping[MirroredModel], obj: MirroredModel, payload: Payload) -> None:
    AgreedCopy.objects.update_or_create(
        entity=mapping.entity, object_id=obj.pk, defaults={"company_id": obj.company_id, "payload": payload}
    )


def absorb(
    mapping: Mapping[MirroredModel], obj: MirroredModel, remote: Payload, base: View, *, pushed: bool = False
) -> Merged:
    """Take `remote` into `obj`, keeping what changed here since `base`, and agree on it.

    Afterwards the row holds: where only QuickBooks changed, its value; where we changed, ours. Groups that both
    changed are in the result's `clashes`; their local value stays until somebody decides.
    """
    merged = merge(base, mapping.dump(obj), mapping.view(remote), mapping.groups)
    with remote_write():
        mapping.store(obj, remote, keep=merged.kept, pushed=pushed)
    agree(mapping, obj, remote)
    return merged


def entry_for(obj: MirroredModel) -> OutboxEntry:
    """The open edit of an object that differs from QuickBooks; there is one, or there should be."""
    return outbox.enqueue(obj, reason="differs from QuickBooks")


def open_conflict(
    mapping: Mapping[MirroredModel],
    obj: MirroredModel,
    entry: OutboxEntry,
    merged: Merged,
    base: View,
    ours: View,
    remote: Payload,
) -> None:
    """Stop the edit until a person has decided, and keep all three values. An open conflict is brought up to date."""
    Conflict.objects.update_or_create(
        entity=mapping.entity,
        object_id=obj.pk,
        resolved_at=None,
        defaults={
            "company_id": obj.company_id,
            "label": mapping.label(obj)[:255],
            "groups": [group.name for group in merged.clashes],
            "base": base,
            "ours": ours,
            "theirs": mapping.view(remote),
            "remote": remote,
        },
    )
    entry.state, entry.code, entry.problem = State.CONFLICT, "", ""
    entry.next_attempt_at = None
    entry.save()
    states.refresh(obj)


def close_conflict(mapping: Mapping[MirroredModel], obj: MirroredModel) -> None:
    """Nothing clashes any more (one side came round to the other): the edit goes on by itself."""
    closed = Conflict.objects.filter(entity=mapping.entity, object_id=obj.pk, resolved_at=None).update(
        resolved_at=timezone.now()
    )
    if closed:
        OutboxEntry.objects.of(mapping.entity, obj.pk).filter(state=State.CONFLICT).update(
            state=State.WAITING
        )


def conflict_base(mapping: Mapping[MirroredModel], obj: MirroredModel) -> View | None:
    """The base of an open conflict: while it is open, later news is merged against that, not against newer copies."""
    conflict = Conflict.objects.filter(entity=mapping.entity, object_id=obj.pk, resolved_at=None).first()
    return conflict.base if conflict else None


def bury(mapping: Mapping[MirroredModel], obj: MirroredModel) -> None:
    """QuickBooks no longer has the object. The row stays, with its id; an unsent edit waits for a person."""
    with remote_write():
        mapping.withdraw(obj)
    OutboxEntry.objects.of(mapping.entity, obj.pk).unfinished().exclude(state=State.IN_FLIGHT).update(
        state=State.NEEDS_YOU,
        code="gone",
        problem="It was deleted in QuickBooks while this edit was waiting.",
        next_attempt_at=None,
    )
    states.refresh(obj)


def give_up(entry: OutboxEntry) -> None:
    """A person drops what was not accepted: the record goes back to what both sides last agreed on.

    What QuickBooks never had is withdrawn; a command is simply not carried out. The entry stays, as dropped.
    """
    mapping = mapping_for(entry.entity)
    with transaction.atomic():
        obj = mapping.model.objects.select_for_update(of=("self",)).get(pk=entry.object_id)
        waiting = OutboxEntry.objects.of(entry.entity, entry.object_id).unfinished().select_for_update()
        if waiting.filter(state=State.IN_FLIGHT).exists():
            return  # its outcome is unknown: first that has to be found out
        waiting.update(state=State.DROPPED, finished_at=timezone.now())
        agreed = agreed_copy(mapping, obj)
        if agreed is None:
            mapping.withdraw(obj)
        elif not obj.is_gone:
            with remote_write():
                mapping.store(obj, agreed)
        states.refresh(obj)
