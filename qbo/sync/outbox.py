"""Noting what has to reach QuickBooks. Nothing here talks to QuickBooks.

`enqueue` says that an object differs from what was last agreed: a burst of edits is one entry, an edit during a push
is exactly one more. `command` queues an act (send, void, delete) behind the edits before it, which it freezes.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from qbo.models import MirroredModel, OutboxEntry, Request, Verb
from qbo.sync import states, wake
from qbo.sync.fields import reference
from qbo.sync.registry import load, mapping_of

State = OutboxEntry.State
OPEN_EDIT = (State.WAITING, State.NEEDS_YOU, State.CONFLICT)


class NotPossible(Exception):
    """The act makes no sense for this object now; the message is for the person who asked."""


@transaction.atomic
def enqueue(obj: MirroredModel, *, reason: str = "", asked_by: Any = None) -> OutboxEntry:
    """The object differs from what QuickBooks has (or may): have it compared and sent."""
    mapping = mapping_of(obj)
    _lock(obj)
    entry = _reopened(obj) or _open_edit(obj)
    if entry is not None and entry.state == State.NEEDS_YOU:
        # The person may just have put right what QuickBooks refused.
        _reset(entry)
    if entry is None or entry.state == State.IN_FLIGHT:
        entry = _new_edit(obj, reason, asked_by)
    label = mapping.label(obj)[:255]
    # The signal of a save comes first and does not know who saved.
    entry.label, entry.asked_by, entry.edited_at = label, entry.asked_by or asked_by, timezone.now()
    entry.save(update_fields=["label", "asked_by", "edited_at"])
    states.refresh(obj)
    wake.after_commit(obj.company_id)
    return entry


def _lock(obj: MirroredModel) -> None:
    """The object's row is locked before its entries, always, so that nobody waits for each other."""
    mapping_of(obj).model.objects.select_for_update(of=("self",)).filter(pk=obj.pk).exists()


def _reopened(obj: MirroredModel) -> OutboxEntry | None:
    """An edit that was frozen before a command and then refused: what is saved now is to put it right, so it goes in
    its place, before the command."""
    refused = OutboxEntry.objects.of(mapping_of(obj).entity, obj.pk).filter(
        verb=Verb.SAVE, is_frozen=True, state=State.NEEDS_YOU
    )
    entry = refused.exclude(request__state=Request.State.OPEN).first()
    if entry is not None:
        drop_newer_edits(entry)
        entry.is_frozen, entry.frozen = False, None
        entry.save(update_fields=["is_frozen", "frozen"])
    return entry


def drop_newer_edits(entry: OutboxEntry) -> None:
    """An edit that is open (again) says "differs", so it serves those that were noted after it as well."""
    newer = OutboxEntry.objects.of(entry.entity, entry.object_id).filter(
        verb=Verb.SAVE, state__in=OPEN_EDIT, pk__gt=entry.pk
    )
    newer.update(state=State.DROPPED, reason="joined an earlier one", finished_at=timezone.now())


def _open_edit(obj: MirroredModel) -> OutboxEntry | None:
    return (
        OutboxEntry.objects.of(mapping_of(obj).entity, obj.pk)
        .filter(verb=Verb.SAVE, is_frozen=False, state__in=OPEN_EDIT)
        .select_for_update()
        .first()
    )


def _new_edit(obj: MirroredModel, reason: str, asked_by: Any) -> OutboxEntry:
    mapping = mapping_of(obj)
    try:
        with transaction.atomic():
            return OutboxEntry.objects.create(
                company_id=obj.company_id,
                entity=mapping.entity,
                object_id=obj.pk,
                label=mapping.label(obj)[:255],
                reason=reason,
                asked_by=asked_by,
            )
    except IntegrityError:
        # Another process noted an edit of the same object in this very moment: its entry serves both.
        entry = _open_edit(obj)
        if entry is None:
            raise
        return entry


@transaction.atomic
def command(obj: MirroredModel, verb: Verb, *, asked_by: Any = None, **options: Any) -> OutboxEntry | None:
    """Queue an act on the object as it is now; None when it was settled here without QuickBooks.

    Raises NotPossible. Edits made before are frozen and go first, later ones go after. `obj` is read again, because
    QuickBooks may have got it since it was loaded.
    """
    mapping = mapping_of(obj)
    obj.refresh_from_db(from_queryset=mapping.model.objects.select_for_update(of=("self",)))
    if verb not in mapping.commands:
        raise NotPossible(f"QuickBooks cannot {verb} a {mapping.entity.lower()}.")
    if obj.is_gone:
        raise NotPossible(f"{mapping.label(obj)} is no longer in QuickBooks.")
    waiting = OutboxEntry.objects.of(mapping.entity, obj.pk).unfinished()
    if waiting.filter(state=State.CONFLICT).exists():
        raise NotPossible(f"{mapping.label(obj)} was changed on both sides. Decide that first.")
    undoing = verb in (Verb.VOID, Verb.DELETE)
    if undoing and not obj.qbo_id and not _under_way(obj):
        _withdraw(obj)
        return None
    if pending(obj, verb):
        raise NotPossible(f"{mapping.label(obj)}: this is already on its way.")
    edit = _open_edit(obj)
    if edit and edit.state == State.NEEDS_YOU and (verb == Verb.SEND or not obj.qbo_id):
        raise NotPossible(f"{mapping.label(obj)} is not in QuickBooks yet. Put that right first.")
    _freeze(obj, edit, drop=undoing)
    entry = OutboxEntry.objects.create(
        company_id=obj.company_id,
        entity=mapping.entity,
        object_id=obj.pk,
        verb=verb,
        options=options,
        frozen=mapping.dump(obj) if undoing else None,
        label=mapping.label(obj)[:255],
        asked_by=asked_by,
    )
    states.refresh(obj)
    wake.after_commit(obj.company_id)
    return entry


def withdraw(obj: MirroredModel) -> None:
    """Take back what QuickBooks never had; call inside a transaction. Raises NotPossible where it has it, or may."""
    _lock(obj)
    obj.refresh_from_db()
    if obj.qbo_id or obj.is_gone or _under_way(obj):
        raise NotPossible(f"{mapping_of(obj).label(obj)} is in QuickBooks, or on its way there.")
    _withdraw(obj)


def pending(obj: MirroredModel, *verbs: Verb) -> OutboxEntry | None:
    """The first unfinished command on the object, of these kinds or of any."""
    entries = OutboxEntry.objects.of(mapping_of(obj).entity, obj.pk).unfinished()
    return entries.filter(verb__in=verbs or (Verb.SEND, Verb.VOID, Verb.DELETE)).first()


def _under_way(obj: MirroredModel) -> bool:
    """Whether a request about the object is on its way, or its outcome was never heard of."""
    entries = OutboxEntry.objects.of(mapping_of(obj).entity, obj.pk).unfinished()
    return entries.filter(Q(state=State.IN_FLIGHT) | Q(request__state=Request.State.OPEN)).exists()


def _withdraw(obj: MirroredModel) -> None:
    """QuickBooks never heard of it, so there is nothing to undo there."""
    mapping = mapping_of(obj)
    OutboxEntry.objects.of(mapping.entity, obj.pk).unfinished().update(
        state=State.DROPPED, finished_at=timezone.now()
    )
    mapping.withdraw(obj)
    states.refresh(obj)


def _freeze(obj: MirroredModel, edit: OutboxEntry | None, *, drop: bool) -> None:
    """Fix the edits before a command as the object is now; what is about to be voided or deleted needs none.

    One that is in flight is fixed too: should it come back refused or stale, later edits must not slip into it.
    """
    entity = mapping_of(obj).entity
    if edit and drop:
        edit.state, edit.finished_at = State.DROPPED, timezone.now()
        edit.save()
    before = OutboxEntry.objects.of(entity, obj.pk).unfinished().filter(verb=Verb.SAVE, is_frozen=False)
    before.update(frozen=mapping_of(obj).dump(obj), is_frozen=True)


def point_frozen_edits(obj: MirroredModel, was: MirroredModel, now: MirroredModel) -> None:
    """Let the edits that a command has frozen name `now`, which QuickBooks has, instead of `was`, which it never will:
    they would wait for it for ever."""
    for entry in OutboxEntry.objects.of(mapping_of(obj).entity, obj.pk).unfinished().filter(is_frozen=True):
        entry.frozen = _replaced(entry.frozen, reference(was, strict=False), reference(now, strict=True))
        entry.next_attempt_at = None
        entry.save(update_fields=["frozen", "next_attempt_at"])


def _replaced(piece: Any, was: Any, now: Any) -> Any:
    if piece == was:
        return now
    if isinstance(piece, dict):
        return {key: _replaced(inner, was, now) for key, inner in piece.items()}
    if isinstance(piece, list):
        return [_replaced(inner, was, now) for inner in piece]
    return piece


@transaction.atomic
def retry(entry: OutboxEntry) -> None:
    """A person asks to try again now."""
    entry.refresh_from_db(from_queryset=OutboxEntry.objects.select_for_update(of=("self",)))
    if entry.state == State.NEEDS_YOU or (entry.state == State.WAITING and entry.next_attempt_at):
        _reset(entry)
        obj = load(entry.entity, entry.object_id)
        if entry.state == State.IN_FLIGHT and entry.verb == Verb.SAVE and obj is not None:
            # The old request goes again, which knows nothing of what was edited since.
            enqueue(obj, reason=entry.reason)
        states.refresh_entry(entry)
        wake.after_commit(entry.company_id)


def _reset(entry: OutboxEntry) -> None:
    """Back to the start; a request whose outcome is unknown is still replayed before anything else is tried."""
    unknown = entry.request is not None and entry.request.state == Request.State.OPEN
    entry.state = State.IN_FLIGHT if unknown else State.WAITING
    entry.attempts = entry.merges = 0
    entry.next_attempt_at = None
    entry.code = entry.problem = entry.detail = entry.element = ""
    entry.save()
