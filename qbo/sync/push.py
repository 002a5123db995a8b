"""Sending one outbox entry to QuickBooks: prepare (stored), perform (HTTP), settle (stored).

The three steps never share a transaction. Dying between any two of them leaves a Request row whose outcome is
unknown; the next worker sends the same bytes under the same request id, and QuickBooks answers as it did the first
time. So nothing is sent twice and nothing is lost.
"""

import logging
import uuid
from datetime import timedelta

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from qbo.api import Call, Client, ObjectNotFound, QuickBooksError, calls, payloads
from qbo.models import Company, MirroredModel, OutboxEntry, Request, Verb
from qbo.sync import inbox, lookup, outbox, pull, reconcile, retry, states
from qbo.sync.fields import MissingReference, NotReady, settle
from qbo.sync.leases import Held, LeaseLost
from qbo.sync.mapping import Mapping, Payload, View
from qbo.sync.merge import differing
from qbo.sync.registry import mapping_for, mappings

log = logging.getLogger("qbo.sync.push")

State = OutboxEntry.State
WAITS = "waits"
MOST_MERGES = 5
#: After this a person is asked. Until then nothing is read, lest an object be taken in that is one of ours.
LONGEST_DOUBT = timedelta(hours=4)
DEPENDENCY_PAUSE = timedelta(seconds=30)


def step(company: Company, client: Client, lease: Held) -> bool:
    """Carry one entry forward; False when there is none to carry."""
    entry = next_entry(company)
    if entry is None:
        return False
    try:
        fresh = entry.state == State.WAITING
        if fresh and not _prepare(entry, lease):
            return True
        lease.renew()
        _perform(entry, client, lease, fresh=fresh)
    except (QuickBooksError, LeaseLost, OperationalError):
        raise  # a database that is out of reach for a moment is nobody's mistake: what is under way is found again
    except MissingReference as missing:
        # The answer names something that is not here yet. With that at hand, the same step is taken again.
        if not pull.fetch(missing, company, client, lease):
            _park(entry, lease, code="internal", problem=str(missing))
    except lookup.Ambiguous as doubt:
        _park(entry, lease, code="ambiguous", problem=str(doubt))
    except Exception as error:
        # A mistake of ours must neither stop the queue nor be lost in a log: it waits for a person.
        log.exception("entry %s could not be carried out", entry.pk)
        _park(entry, lease, code="internal", problem=f"{type(error).__name__}: {error}")
    return True


def next_entry(company: Company) -> OutboxEntry | None:
    """The entry to carry forward now: first what is in flight with an unknown outcome, then by dependency and age."""
    due = (
        movable(company)
        .filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now()))
        .select_related("request")
    )
    in_flight = due.filter(state=State.IN_FLIGHT).first()
    if in_flight:
        return in_flight
    rank = {mapping.entity: position for position, mapping in enumerate(mappings())}
    waiting = due.filter(state=State.WAITING)[:50]
    return min(waiting, key=lambda entry: (rank.get(entry.entity, 0), entry.pk), default=None)


def movable(company: Company) -> QuerySet[OutboxEntry]:
    """What goes by itself, now or later. Only the oldest unfinished entry of an object counts: a command waits for the
    edit before it."""
    earlier = OutboxEntry.objects.unfinished().filter(
        entity=OuterRef("entity"), object_id=OuterRef("object_id"), pk__lt=OuterRef("pk")
    )
    moving = OutboxEntry.objects.filter(company=company, state__in=[State.WAITING, State.IN_FLIGHT])
    return moving.filter(~Exists(earlier))


# ── Prepare ─────────────────────────────────────────────────────────────────────────────────────


def _prepare(entry: OutboxEntry, lease: Held) -> bool:
    """Decide what to send and store it; False when there is nothing to send, or not yet."""
    mapping = mapping_for(entry.entity)
    with transaction.atomic():
        obj = _enter(entry, lease)
        if entry.state != State.WAITING:
            return False  # since it was chosen, somebody has taken it back
        try:
            call = _call(mapping, obj, entry)
        except NotReady as waiting:
            return _wait(entry, obj, waiting.waits_for)
        if call is None:
            _finish(entry)
            states.refresh(obj)
            return False
        entry.request = _write_ahead(entry.company, call)
        entry.state, entry.sent_version = State.IN_FLIGHT, obj.version
        entry.code = entry.problem = ""
        entry.save()
        states.refresh(obj)
    return True


def _call(mapping: Mapping[MirroredModel], obj: MirroredModel, entry: OutboxEntry) -> Call | None:
    """The request that carries the entry; None when both sides agree already."""
    if mapping.is_done(obj, Verb(entry.verb)):
        return None
    match entry.verb:
        case Verb.SAVE:
            return _save_call(mapping, obj, entry)
        case Verb.SEND:
            return calls.send(mapping.entity, obj.qbo_id, entry.options.get("to"))
        case Verb.VOID:
            return calls.void(mapping.entity, obj.qbo_id, str(obj.sync_token))
        case _:
            return calls.delete(mapping.entity, obj.qbo_id, str(obj.sync_token))


def _save_call(mapping: Mapping[MirroredModel], obj: MirroredModel, entry: OutboxEntry) -> Call | None:
    wanted = settle(entry.company, entry.frozen) if entry.is_frozen else mapping.dump(obj, strict=True)
    agreed = reconcile.agreed_copy(mapping, obj)
    if agreed is None:
        return calls.create(mapping.entity, mapping.create_payload(wanted))
    keys = differing(mapping.groups, wanted, mapping.view(agreed))
    return calls.update(mapping.entity, mapping.update_payload(keys, wanted, agreed)) if keys else None


def _wait(entry: OutboxEntry, obj: MirroredModel, other: MirroredModel) -> bool:
    """The object refers to one that QuickBooks does not have yet. Waiting for it costs no attempt, unless it will never
    get there."""
    if other.is_gone:
        entry.state, entry.code = State.NEEDS_YOU, "withdrawn"
        entry.problem, entry.next_attempt_at = f"{other} was taken back before QuickBooks had it.", None
    else:
        entry.code, entry.problem = WAITS, f"Waits for {other}, which is not in QuickBooks yet."
        entry.next_attempt_at = timezone.now() + DEPENDENCY_PAUSE
    entry.save()
    states.refresh(obj)
    return False


def _write_ahead(company: Company, call: Call) -> Request:
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


# ── Perform ─────────────────────────────────────────────────────────────────────────────────────


def _perform(entry: OutboxEntry, client: Client, lease: Held, *, fresh: bool) -> None:
    """`fresh`: the request has never left before, so an answer about this attempt is an answer about all of them."""
    request = entry.request
    if request is None:
        raise RuntimeError(f"outbox entry {entry.pk} is in flight without a request")
    try:
        answer = lookup.find(entry, request, client)
    except QuickBooksError as error:
        # Whatever QuickBooks says about our looking, it says nothing about the request.
        _settle_failure(entry, request, error, client, lease, ended=False)
        return
    try:
        answer = answer or client.entity(stored_call(request), request.requestid)
    except QuickBooksError as error:
        ended = error.is_verdict or (fresh and error.outcome_known)
        _settle_failure(entry, request, error, client, lease, ended=ended)
    else:
        _settle_success(entry, request, answer, lease)


# ── Settle ──────────────────────────────────────────────────────────────────────────────────────


def _settle_success(entry: OutboxEntry, request: Request, answer: Payload, lease: Held) -> None:
    """Take the answer in: it is the read-back, so the object is not read again."""
    mapping = mapping_for(entry.entity)
    with transaction.atomic():
        obj = _enter(entry, lease)
        before = reconcile.agreed_copy(mapping, obj)
        _take_answer(mapping, obj, entry, request, before, answer)
        _end(request, Request.State.DONE)
        _finish(entry)
        states.refresh(obj)
        after: View = {} if entry.verb == Verb.DELETE else mapping.view(answer)
        for entity, qbo_id in mapping.touched(mapping.view(before) if before else None, after):
            inbox.note(entry.company, entity, qbo_id, reason=f"changed along with {entry.label}"[:60])
        if before is None:
            _free_dependents(entry.company)
        Company.objects.filter(pk=entry.company_id).update(last_push_at=timezone.now())


def _take_answer(
    mapping: Mapping[MirroredModel],
    obj: MirroredModel,
    entry: OutboxEntry,
    request: Request,
    before: Payload | None,
    answer: Payload,
) -> None:
    match entry.verb:
        case Verb.DELETE:
            reconcile.bury(mapping, obj)
        case Verb.SAVE:
            # What clashes was edited here after this edit had left, and goes next.
            reconcile.absorb(mapping, obj, answer, _base(mapping, before, request), pushed=True)
        case _:
            # Carried out whatever the SyncToken is, so the answer may hold news of other people's.
            reconcile.take_news(mapping, obj, answer, pushed=True)


def _base(mapping: Mapping[MirroredModel], before: Payload | None, request: Request) -> View:
    """What we had asked for. The answer may differ where QuickBooks had its own idea; our row may differ where
    somebody edited it meanwhile."""
    sent = payloads.loads(bytes(request.body or b"{}"))
    asked: View = mapping.view(sent)
    if before is None:
        return asked
    return {key: asked[key] if key in sent else piece for key, piece in mapping.view(before).items()}


def _settle_failure(
    entry: OutboxEntry, request: Request, error: QuickBooksError, client: Client, lease: Held, *, ended: bool
) -> None:
    decision = retry.decide(error, entry.attempts + 1, timezone.now())
    log.info("entry %s: %s -> %s", entry.pk, error, type(decision).__name__)
    if isinstance(error, ObjectNotFound):
        _settle_missing(entry, request, error, client, lease)
        return
    with transaction.atomic():
        obj = _enter(entry, lease)
        _note_outcome(entry, request, error, ended=ended)
        match decision:
            case retry.Retry() if not ended and timezone.now() - request.created_at > LONGEST_DOUBT:
                _describe(entry, error)
                entry.state, entry.code, entry.next_attempt_at = State.NEEDS_YOU, "unanswered", None
            case retry.Retry(at):
                entry.attempts, entry.next_attempt_at = entry.attempts + 1, at
                entry.problem = error.words
            case retry.Park():
                _describe(entry, error)
                entry.state, entry.next_attempt_at = State.NEEDS_YOU, None
        _put_back(entry)
        states.refresh(obj)
    if isinstance(decision, retry.Reread):
        _meet(entry, client.read(entry.entity, _qbo_id(entry)), lease)
    elif isinstance(decision, retry.Reconnect | retry.Pause):
        raise error  # a matter of the whole company, which the worker knows how to treat


def _note_outcome(entry: OutboxEntry, request: Request, error: QuickBooksError, *, ended: bool) -> None:
    """A definite answer ends the request id; without one the very same request goes out again.

    That the second attempt found nobody listening says nothing about the first: only QuickBooks' own verdict does.
    """
    request.status, request.intuit_tid, request.problem = error.status, error.intuit_tid, str(error)
    if ended:
        _end(request, Request.State.REFUSED)
        entry.state = State.WAITING
    else:
        request.save()


def _settle_missing(
    entry: OutboxEntry, request: Request, error: ObjectNotFound, client: Client, lease: Held
) -> None:
    """610 means that the object is gone, or that something it refers to is inactive: a read tells."""
    gone = bool(qbo_id := _qbo_id(entry)) and _is_gone(client, entry.entity, qbo_id)
    mapping = mapping_for(entry.entity)
    with transaction.atomic():
        obj = _enter(entry, lease)
        _note_outcome(entry, request, error, ended=True)
        _describe(entry, error)
        entry.state, entry.next_attempt_at = State.NEEDS_YOU, None
        _put_back(entry)
        if gone:
            reconcile.bury(mapping, obj)
        states.refresh(obj)


def _is_gone(client: Client, entity: str, qbo_id: str) -> bool:
    try:
        client.read(entity, qbo_id)
    except ObjectNotFound:
        return True
    return False


def _meet(entry: OutboxEntry, remote: Payload, lease: Held) -> None:
    """QuickBooks has a newer version than the one we edited: merge, then try again or ask a person."""
    mapping = mapping_for(entry.entity)
    with transaction.atomic():
        obj = _enter(entry, lease)
        entry.merges += 1
        if entry.merges > MOST_MERGES:
            entry.state, entry.code = State.NEEDS_YOU, "5010"
            entry.problem = "QuickBooks keeps changing it faster than we can save."
        _put_back(entry)
        reconcile.take_news(mapping, obj, remote)


# ── Small pieces ────────────────────────────────────────────────────────────────────────────────


def _enter(entry: OutboxEntry, lease: Held) -> MirroredModel:
    """At the start of a write-back: the lease is ours still, object and entry are locked and as they stand now.

    While QuickBooks was asked, somebody may have edited the one, and a command may have frozen the other.
    """
    lease.check()
    model = mapping_for(entry.entity).model
    obj: MirroredModel = model.objects.select_for_update(of=("self",)).get(pk=entry.object_id)
    entry.refresh_from_db(from_queryset=OutboxEntry.objects.select_for_update(of=("self",)))
    return obj


def _put_back(entry: OutboxEntry) -> None:
    """Save an entry that was in flight and is not finished. Unless the very same request goes again, it says "differs",
    so it serves a newer edit as well."""
    if entry.verb == Verb.SAVE and not entry.is_frozen and entry.state != State.IN_FLIGHT:
        outbox.drop_newer_edits(entry)
    entry.save()


def _qbo_id(entry: OutboxEntry) -> str:
    return str(
        mapping_for(entry.entity).model.objects.values_list("qbo_id", flat=True).get(pk=entry.object_id)
    )


def _finish(entry: OutboxEntry) -> None:
    entry.state, entry.finished_at, entry.next_attempt_at = State.DONE, timezone.now(), None
    entry.code = entry.problem = entry.detail = entry.element = ""
    entry.save()


def _end(request: Request, state: Request.State) -> None:
    request.state, request.ended_at = state, timezone.now()
    request.save()
    inbox.end_doubts(request.company)


def _describe(entry: OutboxEntry, error: QuickBooksError) -> None:
    entry.code = error.code or type(error).__name__
    entry.problem, entry.detail = error.words, str(error)
    entry.element = error.faults[0].element[:200] if error.faults and error.faults[0].element else ""


def _park(entry: OutboxEntry, lease: Held, *, code: str, problem: str) -> None:
    with transaction.atomic():
        obj = _enter(entry, lease)
        entry.state, entry.code, entry.problem = State.NEEDS_YOU, code, problem
        entry.next_attempt_at = None
        _put_back(entry)
        states.refresh(obj)


def _free_dependents(company: Company) -> None:
    """Something new has reached QuickBooks: what waited for it may go now."""
    OutboxEntry.objects.filter(company=company, state=State.WAITING, code=WAITS).update(next_attempt_at=None)
