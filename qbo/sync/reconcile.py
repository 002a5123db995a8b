"""Taking a QuickBooks object into ours without losing what was changed here: the one place where both sides meet.

Except for `give_up`, callers hold a transaction, the row's lock and the company's lease.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from qbo.api.payloads import parse_time
from qbo.models import AgreedCopy, Company, Conflict, MirroredModel, OutboxEntry, Verb
from qbo.sync import inbox, outbox, policies, states
from qbo.sync.echo import remote_write
from qbo.sync.fields import settle
from qbo.sync.mapping import Mapping, Payload, View
from qbo.sync.merge import Group, Merged, merge
from qbo.sync.registry import mapping_for

State = OutboxEntry.State


def agreed_copy(mapping: Mapping[MirroredModel], obj: MirroredModel) -> Payload | None:
    """The last JSON both sides agreed on, None before the first time."""
    copy = AgreedCopy.objects.filter(entity=mapping.entity, object_id=obj.pk).first()
    return copy.payload if copy else None


def agreed_copies(mapping: Mapping[MirroredModel], objects: Iterable[MirroredModel]) -> dict[int, Payload]:
    """The same of many objects, by their keys; those without one are left out."""
    copies = AgreedCopy.objects.filter(entity=mapping.entity, object_id__in=[obj.pk for obj in objects])
    return {copy.object_id: copy.payload for copy in copies}


def agree(mapping: Mapping[MirroredModel], obj: MirroredModel, payload: Payload) -> None:
    AgreedCopy.objects.update_or_create(
        entity=mapping.entity, object_id=obj.pk, defaults={"company_id": obj.company_id, "payload": payload}
    )


def agree_many(
    mapping: Mapping[MirroredModel], company: Company, pairs: Iterable[tuple[MirroredModel, Payload]]
) -> None:
    AgreedCopy.objects.bulk_create(
        [
            AgreedCopy(company=company, entity=mapping.entity, object_id=obj.pk, payload=payload)
            for obj, payload in pairs
        ],
        update_conflicts=True,
        unique_fields=["entity", "object_id"],
        update_fields=["payload", "agreed_at"],
    )


def take_news(
    mapping: Mapping[MirroredModel], obj: MirroredModel, remote: Payload, *, pushed: bool = False
) -> Merged:
    """Merge QuickBooks' newer version with what was changed here and is not there yet; what clashes waits for a
    person. `pushed` as in `Mapping.store`."""
    ours = mapping.dump(obj)
    base = _base(mapping, obj, ours, remote)
    clashing = merge(base, ours, mapping.view(remote), mapping.groups)
    decided, choices = policies.decide(mapping, clashing, _edited_at(mapping, obj), _changed_at(remote))
    merged = absorb(mapping, obj, remote, base, decided, pushed=pushed)
    if choices:
        _keep_both_values(mapping, obj, choices, base, ours, remote)
    if merged.clashes:
        _open_conflict(mapping, obj, merged, base, ours, remote)
    else:
        close_conflict(mapping, obj)
    states.refresh(obj)
    return merged


def absorb(
    mapping: Mapping[MirroredModel],
    obj: MirroredModel,
    remote: Payload,
    base: View,
    merged: Merged | None = None,
    *,
    pushed: bool = False,
) -> Merged:
    """Take `remote` into `obj`, keeping what changed here since `base`, and agree on it.

    Afterwards the row holds: where only QuickBooks changed, its value; where we changed, ours. Groups that both
    changed are in the result's `clashes`; their local value stays until somebody decides. `merged` is the merge where
    some of them are decided already.
    """
    theirs = mapping.view(remote)
    clashing = merge(base, mapping.dump(obj), theirs, mapping.groups)
    merged = merged or clashing
    with remote_write():
        mapping.store(obj, remote, keep=merged.kept, pushed=pushed)
    agree(mapping, obj, remote)
    ours = [group for group in clashing.clashes if group not in merged.there]
    rebase_frozen(mapping, obj, base, theirs, ours=ours)
    return merged


def _edited_at(mapping: Mapping[MirroredModel], obj: MirroredModel) -> datetime | None:
    latest: datetime | None = _unsent_edits(mapping, obj).aggregate(at=Max("edited_at"))["at"]
    return latest


def _changed_at(remote: Payload) -> datetime | None:
    changed = (remote.get("MetaData") or {}).get("LastUpdatedTime")
    return parse_time(changed) if changed else None


def _keep_both_values(
    mapping: Mapping[MirroredModel],
    obj: MirroredModel,
    choices: dict[str, str],
    base: View,
    ours: View,
    remote: Payload,
) -> None:
    """A policy has decided: what lost stays on record and can be brought back (`conflicts.restore`)."""
    Conflict.objects.create(
        company_id=obj.company_id,
        entity=mapping.entity,
        object_id=obj.pk,
        label=mapping.label(obj)[:255],
        groups=list(choices),
        choices=choices,
        base=base,
        ours=ours,
        theirs=mapping.view(remote),
        remote=remote,
        resolved_at=timezone.now(),
        by_policy=True,
    )


def _base(mapping: Mapping[MirroredModel], obj: MirroredModel, ours: View, remote: Payload) -> View:
    """What both sides had in common before this news. While a conflict is open, that is its base."""
    conflict = Conflict.objects.filter(entity=mapping.entity, object_id=obj.pk, resolved_at=None).first()
    base: View = conflict.base if conflict else mapping.view(agreed_copy(mapping, obj) or remote)
    undoing = outbox.pending(obj, Verb.VOID, Verb.DELETE)
    if undoing is None or undoing.frozen is None:
        return base
    # An edit made before a void or delete was dropped: only what differs from that moment on is an edit of ours.
    return {key: ours[key] if ours[key] == undoing.frozen.get(key) else base[key] for key in ours}


def rebase_frozen(
    mapping: Mapping[MirroredModel],
    obj: MirroredModel,
    base: View,
    theirs: View,
    *,
    ours: Collection[Group],
) -> None:
    """Take news into the edits that a command has frozen, or sending them would undo it.

    Where both sides changed a group, it is theirs, except for the groups in `ours`.
    """
    for entry in _unsent_edits(mapping, obj).filter(is_frozen=True).select_for_update():
        frozen: View = settle(obj.company, entry.frozen, strict=False)
        merged = merge(base, frozen, theirs, mapping.groups)
        kept = (*merged.here, *(group for group in merged.clashes if group in ours))
        keys = {key for group in kept for key in group.keys}
        entry.frozen = {key: frozen[key] if key in keys else theirs[key] for key in frozen}
        entry.save(update_fields=["frozen"])


def _unsent_edits(mapping: Mapping[MirroredModel], obj: MirroredModel) -> QuerySet[OutboxEntry]:
    entries = OutboxEntry.objects.of(mapping.entity, obj.pk).filter(verb=Verb.SAVE)
    return entries.filter(state__in=outbox.OPEN_EDIT)


def _open_conflict(
    mapping: Mapping[MirroredModel],
    obj: MirroredModel,
    merged: Merged,
    base: View,
    ours: View,
    remote: Payload,
) -> None:
    """Stop the oldest edit, and with it all that is behind it, until a person has decided, and keep all three values.

    An open conflict is brought up to date. Outside the contested groups the new version is agreed on already, so
    there it is the base of what comes next.
    """
    theirs = mapping.view(remote)
    contested = {key for group in merged.clashes for key in group.keys}
    Conflict.objects.update_or_create(
        entity=mapping.entity,
        object_id=obj.pk,
        resolved_at=None,
        defaults={
            "company_id": obj.company_id,
            "label": mapping.label(obj)[:255],
            "groups": [group.name for group in merged.clashes],
            "base": {key: base[key] if key in contested else theirs[key] for key in base},
            "ours": ours,
            "theirs": theirs,
            "remote": remote,
        },
    )
    entry = _unsent_edits(mapping, obj).select_for_update().first() or outbox.enqueue(
        obj, reason="differs from QuickBooks"
    )
    entry.state, entry.code, entry.problem = State.CONFLICT, "", ""
    entry.next_attempt_at = None
    entry.save()


def close_conflict(mapping: Mapping[MirroredModel], obj: MirroredModel) -> None:
    """Nothing clashes any more (one side came round to the other): the edit goes on by itself."""
    closed = Conflict.objects.filter(entity=mapping.entity, object_id=obj.pk, resolved_at=None).update(
        resolved_at=timezone.now()
    )
    if closed:
        OutboxEntry.objects.of(mapping.entity, obj.pk).filter(state=State.CONFLICT).update(
            state=State.WAITING
        )


def bury(mapping: Mapping[MirroredModel], obj: MirroredModel) -> None:
    """QuickBooks no longer has the object. The row stays, with its id; an unsent edit waits for a person."""
    with remote_write():
        mapping.withdraw(obj)
    close_conflict(mapping, obj)
    left = OutboxEntry.objects.of(mapping.entity, obj.pk).unfinished().exclude(state=State.IN_FLIGHT)
    left.filter(verb=Verb.DELETE).update(state=State.DONE, finished_at=timezone.now())
    left.update(
        state=State.NEEDS_YOU,
        code="gone",
        problem="It was deleted in QuickBooks while this edit was waiting.",
        next_attempt_at=None,
    )
    states.refresh(obj)


@transaction.atomic
def give_up(entry: OutboxEntry) -> None:
    """A person drops what was not accepted.

    Of an edit: the record goes back to what both sides last agreed on, and what QuickBooks never had is withdrawn. Of a
    command: it is not carried out, and the edits around it go on. The entry stays, as dropped.
    """
    mapping = mapping_for(entry.entity)
    obj = mapping.model.objects.select_for_update(of=("self",)).get(pk=entry.object_id)
    waiting = OutboxEntry.objects.of(entry.entity, entry.object_id).unfinished().select_for_update()
    if waiting.filter(state=State.IN_FLIGHT).exists():
        return  # its outcome is unknown: first that has to be found out
    if entry.verb == Verb.SAVE:
        waiting.update(state=State.DROPPED, finished_at=timezone.now())
        _go_back(mapping, obj)
        inbox.end_doubts(obj.company)
    else:
        waiting.filter(pk=entry.pk).update(state=State.DROPPED, finished_at=timezone.now())
        if not obj.is_gone:
            outbox.enqueue(obj, reason="differs from QuickBooks")
    states.refresh(obj)


def _go_back(mapping: Mapping[MirroredModel], obj: MirroredModel) -> None:
    close_conflict(mapping, obj)
    agreed = agreed_copy(mapping, obj)
    if agreed is None:
        mapping.withdraw(obj)
    elif not obj.is_gone:
        with remote_write():
            mapping.store(obj, agreed)
