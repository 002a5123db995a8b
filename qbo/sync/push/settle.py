"""Taking in what became of a request. Everything it says is stored in one transaction, so a batch is settled whole."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from django.db import OperationalError, transaction
from django.utils import timezone

from qbo.api import Client, ObjectNotFound, QuickBooksError
from qbo.models import Company, MirroredModel, OutboxEntry, Request, Verb
from qbo.sync import inbox, pull, reconcile, retry, states
from qbo.sync.fields import MissingReference
from qbo.sync.leases import Held
from qbo.sync.lookup import Doubt
from qbo.sync.mapping import Mapping, Payload, View, sync_token
from qbo.sync.push.entries import describe, enter, finish_all, park, put_back, try_again
from qbo.sync.push.inquire import after_refusal
from qbo.sync.push.perform import Answer, Result
from qbo.sync.push.prepare import WAITS
from qbo.sync.push.queue import Shipment
from qbo.sync.registry import load, mapping_for

log = logging.getLogger("qbo.sync.push")

State = OutboxEntry.State
Subject: TypeAlias = tuple[OutboxEntry, MirroredModel]
MOST_MERGES = 5
#: After this a person is asked. Until then nothing is read, lest an object be taken in that is one of ours.
LONGEST_DOUBT = timedelta(hours=4)
UNANSWERED = "unanswered"


def settle(shipment: Shipment, result: Result, client: Client, lease: Held) -> None:
    """Store what a request came to. Raises QuickBooksError where that is a matter of the whole company."""
    if result.error is None:
        _settle_answers(shipment, result.answers, client, lease)
    elif len(shipment.entries) > 1:
        _settle_failed_batch(shipment, result.error, lease, ended=result.ended)
    else:
        _settle_failure(shipment, result.error, client, lease, ended=result.ended)


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────


class _Lacking(Exception):
    """An answer names an object that is not here."""

    def __init__(self, entry: OutboxEntry, missing: MissingReference) -> None:
        super().__init__(str(missing))
        self.entry, self.missing = entry, missing


def _settle_answers(shipment: Shipment, answers: dict[int, Answer], client: Client, lease: Held) -> None:
    """What an answer names and we lack is read first; then all of it is taken in once more, from the beginning."""
    hopeless: set[int] = set()
    while True:
        try:
            _store(shipment, answers, lease, hopeless)
            return
        except _Lacking as lacking:
            if not pull.fetch(lacking.missing, shipment.request.company, client, lease):
                hopeless.add(lacking.entry.pk)


@transaction.atomic
def _store(shipment: Shipment, answers: dict[int, Answer], lease: Held, hopeless: set[int]) -> None:
    """Take all answers in. `hopeless` are the entries whose answer names what cannot be had."""
    request, company = shipment.request, shipment.request.company
    mapping = mapping_for(shipment.entity)
    subjects = enter(mapping, company, shipment.entries, lease)
    before = reconcile.agreed_copies(mapping, [obj for _, obj in subjects])
    remarks = _remarks(mapping, subjects, answers)
    done = _take_easy_ones(mapping, company, subjects, answers)
    easy = {entry.pk for entry, _ in done}
    in_doubt = False
    for entry, obj in subjects:
        if entry.pk in easy:
            continue
        answer = answers[entry.pk]
        if isinstance(answer, QuickBooksError):
            _alone(entry, answer)
        elif isinstance(answer, Doubt):
            in_doubt |= _settle_doubt(entry, obj, answer)
        elif _taken(mapping, obj, entry, request, before.get(obj.pk), answer, hopeless):
            done.append((entry, obj))
    finish_all([entry for entry, _ in done])
    for entry, _ in done:
        if remark := remarks.get(entry.pk):
            OutboxEntry.objects.filter(pk=entry.pk).update(remark=remark[:200])
    if not in_doubt:
        _end(request, Request.State.DONE if done else Request.State.REFUSED)
    states.refresh_all(mapping, [obj for _, obj in subjects])
    _tell_others(mapping, company, done, before, answers)


def _remarks(
    mapping: Mapping[MirroredModel], subjects: Sequence[Subject], answers: dict[int, Answer]
) -> dict[int, str]:
    """Where QuickBooks comes to other sums than what was sent; a record edited since has sums of its own by now."""
    found = {}
    for entry, obj in subjects:
        answer = answers[entry.pk]
        if entry.verb == Verb.SAVE and isinstance(answer, dict) and obj.version == entry.sent_version:
            found[entry.pk] = mapping.remark(obj, answer)
    return found


def _take_easy_ones(
    mapping: Mapping[MirroredModel],
    company: Company,
    subjects: Sequence[Subject],
    answers: dict[int, Answer],
) -> list[Subject]:
    """Take in, in a few statements, the answers about records that nobody has touched since they were sent: there is
    nothing to merge. The others are looked at one by one."""
    rows = OutboxEntry.objects.filter(entity=mapping.entity, object_id__in=[obj.pk for _, obj in subjects])
    waiting = Counter(rows.unfinished().values_list("object_id", flat=True))
    easy = {
        obj.pk: (entry, obj)
        for entry, obj in subjects
        if entry.verb == Verb.SAVE and obj.version == entry.sent_version and waiting[obj.pk] == 1
    }
    pairs = [(obj, answers[entry.pk]) for entry, obj in easy.values()]
    try:
        with transaction.atomic():
            taken = mapping.store_many(
                company, [(obj, answer) for obj, answer in pairs if isinstance(answer, dict)], pushed=True
            )
            reconcile.agree_many(mapping, company, taken)
    except OperationalError:
        raise
    except Exception:
        log.exception("answers about %s are taken in one by one", mapping.entity)
        taken = []
    done = [easy.pop(obj.pk) for obj, _ in taken]
    for _, obj in easy.values():
        obj.refresh_from_db()  # half of an answer may have been put on it
    return done


def _taken(
    mapping: Mapping[MirroredModel],
    obj: MirroredModel,
    entry: OutboxEntry,
    request: Request,
    before: Payload | None,
    answer: Payload,
    hopeless: set[int],
) -> bool:
    """Take one answer in: it is the read-back, so the object is not read again. False when it could not be stored,
    for which a person has to look; QuickBooks has done it all the same."""
    try:
        with transaction.atomic():
            _take_answer(mapping, obj, entry, request, before, answer)
        return True
    except MissingReference as missing:
        if entry.pk not in hopeless:
            raise _Lacking(entry, missing) from missing
        problem = str(missing)
    except OperationalError:
        raise  # a database that is out of reach for a moment is nobody's mistake: the request is found again
    except Exception as error:
        log.exception("the answer to entry %s could not be stored", entry.pk)
        problem = f"{type(error).__name__}: {error}"
    _remember_identity(mapping, obj, answer)
    park(entry, obj, code="internal", problem=problem)
    return False


def _remember_identity(mapping: Mapping[MirroredModel], obj: MirroredModel, answer: Payload) -> None:
    """Whatever else could not be stored: this is the object, lest it be made or taken in a second time."""
    obj.refresh_from_db()
    obj.qbo_id, obj.sync_token = str(answer["Id"]), sync_token(answer)
    mapping.model.objects.filter(pk=obj.pk).update(qbo_id=obj.qbo_id, sync_token=obj.sync_token)
    inbox.note(obj.company, mapping.entity, obj.qbo_id, reason="its answer could not be stored")


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
            reconcile.absorb(
                mapping, obj, answer, _asked(mapping, before, request.sent_about(entry)), pushed=True
            )
        case _:
            # Carried out whatever the SyncToken is, so the answer may hold news of other people's.
            reconcile.take_news(mapping, obj, answer, pushed=True)


def _asked(mapping: Mapping[MirroredModel], before: Payload | None, sent: Payload) -> View:
    """What we had asked for. The answer may differ where QuickBooks had its own idea; our row may differ where
    somebody edited it meanwhile."""
    asked: View = mapping.view(sent)
    if before is None:
        return asked
    return {key: asked[key] if key in sent else piece for key, piece in mapping.view(before).items()}


def _settle_doubt(entry: OutboxEntry, obj: MirroredModel, doubt: Doubt) -> bool:
    """What looking could not find. True when the request must be remembered, because it may have been done."""
    if doubt is Doubt.NOT_THERE:
        entry.request, entry.state, entry.alone, entry.next_attempt_at = None, State.WAITING, True, None
        put_back(entry)
        return False
    code = "ambiguous" if doubt is Doubt.AMBIGUOUS else "unconfirmed"
    park(entry, obj, code=code, problem=doubt.value)
    return doubt is Doubt.AMBIGUOUS


def _tell_others(
    mapping: Mapping[MirroredModel],
    company: Company,
    done: Sequence[Subject],
    before: dict[int, Payload],
    answers: dict[int, Answer],
) -> None:
    """Others are read again where they changed along with these, and go on where they waited for these."""
    touched: set[tuple[str, str]] = set()
    for entry, obj in done:
        answer, was = answers[entry.pk], before.get(obj.pk)
        after = mapping.view(answer) if isinstance(answer, dict) and entry.verb != Verb.DELETE else {}
        touched |= mapping.touched(mapping.view(was) if was else None, after)
    if touched:
        reason = f"changed along with {done[0][0].label}" if len(done) == 1 else "changed along with others"
        inbox.note_many(company.pk, touched, reason=reason)
    if any(obj.pk not in before for _, obj in done):
        OutboxEntry.objects.filter(company=company, state=State.WAITING, code=WAITS).update(
            next_attempt_at=None
        )
    if done:
        Company.objects.filter(pk=company.pk).update(last_push_at=timezone.now())


# ── Failures ────────────────────────────────────────────────────────────────────────────────────


def _alone(entry: OutboxEntry, error: QuickBooksError) -> None:
    """A row that failed in a batch is tried in a request of its own, for its neighbours may have been the cause."""
    log.info("entry %s, in a batch: %s", entry.pk, error)
    entry.state, entry.alone, entry.next_attempt_at = State.WAITING, True, None
    put_back(entry)


def _settle_failed_batch(shipment: Shipment, error: QuickBooksError, lease: Held, *, ended: bool) -> None:
    """The batch as a whole: what is for a person to decide, or needs a newer version, is settled row by row, alone."""
    one_by_one = isinstance(retry.decide(error, 1, timezone.now()), retry.Park | retry.Reread)

    def each(entry: OutboxEntry, obj: MirroredModel) -> None:
        if ended and one_by_one:
            _alone(entry, error)
        else:
            _put_off(entry, error, shipment.request, ended=ended)

    _settle_each(shipment, error, lease, each, ended=ended)
    _raise_if_for_all(error)


def _settle_failure(
    shipment: Shipment, error: QuickBooksError, client: Client, lease: Held, *, ended: bool
) -> None:
    (entry,) = shipment.entries
    log.info("entry %s: %s", entry.pk, error)
    if isinstance(error, ObjectNotFound):
        _settle_missing(shipment, error, client, lease)
        return
    each = partial(_put_off, error=error, request=shipment.request, ended=ended)
    _settle_each(shipment, error, lease, lambda entry, obj: each(entry), ended=ended)
    _inquire(shipment, client)
    if ended and isinstance(retry.decide(error, 1, timezone.now()), retry.Reread):
        if qbo_id := _qbo_id(entry):
            _meet(entry, client.read(entry.entity, qbo_id), lease)
        else:
            _meet_nobody(entry, error, lease)
    _raise_if_for_all(error)


def _settle_each(
    shipment: Shipment,
    error: QuickBooksError,
    lease: Held,
    each: Callable[[OutboxEntry, MirroredModel], None],
    *,
    ended: bool,
) -> None:
    """In one transaction: note what came back, and do `each` with every entry."""
    mapping = mapping_for(shipment.entity)
    with transaction.atomic():
        subjects = enter(mapping, shipment.request.company, shipment.entries, lease)
        _note_outcome(shipment.request, error, ended=ended)
        for entry, obj in subjects:
            each(entry, obj)
        states.refresh_all(mapping, [obj for _, obj in subjects])


def _put_off(entry: OutboxEntry, error: QuickBooksError, request: Request, *, ended: bool) -> None:
    """A definite answer ends the request id; without one the very same request goes out again.

    That the second attempt found nobody listening says nothing about the first: only QuickBooks' own verdict does.
    """
    if ended:
        entry.state = State.WAITING
    match retry.decide(error, entry.attempts + 1, timezone.now()):
        case retry.Retry() if not ended and timezone.now() - request.created_at > LONGEST_DOUBT:
            describe(entry, error)
            entry.state, entry.code, entry.next_attempt_at = State.NEEDS_YOU, UNANSWERED, None
            put_back(entry)
        case retry.Retry(at):
            try_again(entry, at, error.words)
        case retry.Park():
            describe(entry, error)
            entry.state, entry.next_attempt_at = State.NEEDS_YOU, None
            put_back(entry)
        case _:
            put_back(entry)


def _raise_if_for_all(error: QuickBooksError) -> None:
    if isinstance(retry.decide(error, 1, timezone.now()), retry.Reconnect | retry.Pause):
        raise error  # a matter of the whole company, which the worker knows how to treat


def _settle_missing(shipment: Shipment, error: ObjectNotFound, client: Client, lease: Held) -> None:
    """610 means that the object is gone, or that something it refers to is inactive: a read tells."""
    (entry,) = shipment.entries
    gone = bool(qbo_id := _qbo_id(entry)) and _is_gone(client, entry.entity, qbo_id)
    mapping = mapping_for(entry.entity)

    def each(entry: OutboxEntry, obj: MirroredModel) -> None:
        describe(entry, error)
        entry.state, entry.next_attempt_at = State.NEEDS_YOU, None
        put_back(entry)
        if gone:
            reconcile.bury(mapping, obj)

    _settle_each(shipment, error, lease, each, ended=True)
    _inquire(shipment, client)


def _inquire(shipment: Shipment, client: Client) -> None:
    """What a person has to put right, the sync centre should be able to explain."""
    for entry in OutboxEntry.objects.filter(pk__in=[entry.pk for entry in shipment.entries]):
        obj = load(entry.entity, entry.object_id)
        if entry.state == State.NEEDS_YOU and obj is not None:
            after_refusal(entry, obj, shipment.request.company, client)


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
        ((entry, obj),) = enter(mapping, entry.company, [entry], lease)
        _count_merge(entry)
        put_back(entry)
        before = reconcile.agreed_copy(mapping, obj)
        reconcile.take_news(mapping, obj, remote)
        if entry.verb in (Verb.VOID, Verb.DELETE) and before and mapping.view(before) != mapping.view(remote):
            # What is to be undone is no longer what the person saw when they asked for it.
            park(entry, obj, code="changed", problem="It was changed in QuickBooks after you asked for this.")


def _meet_nobody(entry: OutboxEntry, error: QuickBooksError, lease: Held) -> None:
    """5010 on a creation: something it refers to is being written at this very moment."""
    mapping = mapping_for(entry.entity)
    with transaction.atomic():
        ((entry, obj),) = enter(mapping, entry.company, [entry], lease)
        _count_merge(entry)
        if entry.state == State.WAITING:
            try_again(entry, _in_a_moment(entry), error.words)
        else:
            put_back(entry)
        states.refresh(obj)


def _in_a_moment(entry: OutboxEntry) -> datetime:
    return timezone.now() + retry.FIRST_PAUSE * 2**entry.merges


def _count_merge(entry: OutboxEntry) -> None:
    entry.merges += 1
    if entry.merges > MOST_MERGES:
        entry.state, entry.code = State.NEEDS_YOU, "5010"
        entry.problem = "QuickBooks keeps changing it faster than we can save."


# ── Small pieces ────────────────────────────────────────────────────────────────────────────────


def _note_outcome(request: Request, error: QuickBooksError, *, ended: bool) -> None:
    request.status, request.intuit_tid, request.problem = error.status, error.intuit_tid, str(error)
    if ended:
        _end(request, Request.State.REFUSED)
    else:
        request.save()


def _end(request: Request, state: Request.State) -> None:
    request.state, request.ended_at = state, timezone.now()
    request.save()
    inbox.end_doubts(request.company)


def _qbo_id(entry: OutboxEntry) -> str:
    return str(
        mapping_for(entry.entity).model.objects.values_list("qbo_id", flat=True).get(pk=entry.object_id)
    )
