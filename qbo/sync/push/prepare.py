"""Deciding what to send, and storing it before it leaves."""

import logging
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import OperationalError, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from qbo.api import Call, calls
from qbo.models import Company, MirroredModel, OutboxEntry, Request, Verb
from qbo.sync import inbox, reconcile, states
from qbo.sync.fields import MissingReference, NotReady, settle
from qbo.sync.leases import Held
from qbo.sync.mapping import Mapping, Payload
from qbo.sync.merge import differing
from qbo.sync.push.entries import enter, finish, park
from qbo.sync.push.queue import Shipment
from qbo.sync.registry import mapping_for

log = logging.getLogger("qbo.sync.push")

State = OutboxEntry.State
WAITS = "waits"
DEPENDENCY_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True)
class Write:
    """One create, update or delete, to go alone or as an item of a batch."""

    entity: str
    operation: str
    payload: Payload

    def call(self) -> Call:
        if self.operation == "create":
            return calls.create(self.entity, self.payload)
        if self.operation == "update":
            return calls.update(self.entity, self.payload)
        return calls.delete(self.entity, self.payload["Id"], self.payload["SyncToken"])

    def item(self, bid: str) -> Payload:
        return {"bId": bid, "operation": self.operation, self.entity: self.payload}


def prepare(company: Company, entries: Sequence[OutboxEntry], lease: Held) -> Shipment | None:
    """Decide what the entries (of one entity) send and write it ahead; None when nothing is to be sent, or not yet."""
    mapping = mapping_for(entries[0].entity)
    going: list[tuple[OutboxEntry, MirroredModel, Write | Call]] = []
    with transaction.atomic():
        subjects = enter(mapping, company, entries, lease)
        objects = [obj for _, obj in subjects]
        prefetch_related_objects(objects, *mapping.related)
        agreed = reconcile.agreed_copies(mapping, objects)
        for entry, obj in subjects:
            if entry.state != State.WAITING:
                continue  # since it was chosen, somebody has taken it back
            act = _decided(mapping, obj, entry, agreed.get(obj.pk))
            if act is not None:
                going.append((entry, obj, act))
        request = _write_ahead(company, going) if going else None
        _mark_sent(going, request)
        states.refresh_all(mapping, [obj for _, obj, _ in going])
    return Shipment(request, [entry for entry, *_ in going], fresh=True) if request else None


def _mark_sent(
    going: Sequence[tuple[OutboxEntry, MirroredModel, Write | Call]], request: Request | None
) -> None:
    """The entries are on their way, each with the version of its object that it carries."""
    by_version: dict[int, list[int]] = defaultdict(list)
    for entry, obj, _ in going:
        by_version[obj.version].append(entry.pk)
    for version, entries in by_version.items():
        OutboxEntry.objects.filter(pk__in=entries).update(
            request=request,
            state=State.IN_FLIGHT,
            sent_version=version,
            code="",
            problem="",
            updated_at=timezone.now(),
        )


def _decided(
    mapping: Mapping[MirroredModel], obj: MirroredModel, entry: OutboxEntry, agreed: Payload | None
) -> Write | Call | None:
    """What carries the entry; None when there is nothing to send, or not now, which is then noted."""
    try:
        act = _act(mapping, obj, entry, agreed)
    except NotReady as waits:
        _wait(entry, obj, waits.waits_for)
    except _NotAgreed:
        inbox.note(entry.company, entry.entity, obj.qbo_id, reason="nothing agreed yet")
        _wait_a_little(entry, "What QuickBooks has of it is read first.")
    except MissingReference as missing:
        park(entry, obj, code="internal", problem=str(missing))
    except OperationalError:
        raise  # a database that is out of reach for a moment is nobody's mistake
    except Exception as error:
        # A mistake of ours must neither stop the queue nor be lost in a log: it waits for a person.
        log.exception("entry %s could not be prepared", entry.pk)
        park(entry, obj, code="internal", problem=f"{type(error).__name__}: {error}")
    else:
        if act is None:
            finish(entry)
            states.refresh(obj)
        return act
    return None


class _NotAgreed(Exception):
    """QuickBooks has the object, and what it has of it could not be stored here so far."""


def _act(
    mapping: Mapping[MirroredModel], obj: MirroredModel, entry: OutboxEntry, agreed: Payload | None
) -> Write | Call | None:
    """The request that carries the entry; None when both sides agree already."""
    if mapping.is_done(obj, Verb(entry.verb)):
        return None
    match entry.verb:
        case Verb.SAVE:
            return _save(mapping, obj, entry, agreed)
        case Verb.SEND:
            return calls.send(mapping.entity, obj.qbo_id, entry.options.get("to"))
        case Verb.VOID:
            return calls.void(mapping.entity, obj.qbo_id, str(obj.sync_token))
        case _:
            return Write(mapping.entity, "delete", {"Id": obj.qbo_id, "SyncToken": str(obj.sync_token)})


def _save(
    mapping: Mapping[MirroredModel], obj: MirroredModel, entry: OutboxEntry, agreed: Payload | None
) -> Write | None:
    wanted = settle(entry.company, entry.frozen) if entry.is_frozen else mapping.dump(obj, strict=True)
    if agreed is None:
        if obj.qbo_id:
            raise _NotAgreed
        return Write(mapping.entity, "create", mapping.create_payload(wanted))
    keys = differing(mapping.groups, wanted, mapping.view(agreed))
    if not keys:
        return None
    return Write(mapping.entity, "update", mapping.update_payload(keys, wanted, agreed))


def _wait(entry: OutboxEntry, obj: MirroredModel, other: MirroredModel) -> None:
    """The object refers to one that QuickBooks does not have yet. Waiting for it costs no attempt, unless it will never
    get there."""
    if other.is_gone:
        park(entry, obj, code="withdrawn", problem=f"{other} was taken back before QuickBooks had it.")
    else:
        _wait_a_little(entry, f"Waits for {other}, which is not in QuickBooks yet.")
        states.refresh(obj)


def _wait_a_little(entry: OutboxEntry, why: str) -> None:
    entry.code, entry.problem = WAITS, why
    entry.next_attempt_at = timezone.now() + DEPENDENCY_PAUSE
    entry.save()


def _write_ahead(
    company: Company, going: Sequence[tuple[OutboxEntry, MirroredModel, Write | Call]]
) -> Request:
    act = going[0][2]
    if len(going) > 1:
        items = [act.item(entry.bid) for entry, _, act in going if isinstance(act, Write)]
        call = calls.batch(items)
    else:
        call = act.call() if isinstance(act, Write) else act
    return Request.objects.create(
        company=company,
        requestid=uuid.uuid4().hex,
        method=call.method,
        path=call.path,
        params=[list(pair) for pair in call.params],
        body=call.body,
        content_type=call.content_type or "",
        entity=call.entity or "",
    )


def stored_call(request: Request) -> Call:
    """The very call that was written ahead, byte for byte."""
    return Call(
        request.method,
        request.path,
        tuple((name, value) for name, value in request.params),
        bytes(request.body) if request.body is not None else None,
        request.content_type or None,
        entity=request.entity or None,
    )
