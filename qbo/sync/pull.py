"""Taking QuickBooks' objects in: one object, a gathered read of many, and everything that changed.

Callers hold the company's lease, so nothing is pushed at the same time.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Min
from django.utils import timezone

from qbo.api import Changes, Client, Fate, ObjectNotFound, QuickBooksError
from qbo.api.payloads import parse_time
from qbo.models import AgreedCopy, Company, InboxEntry, MirroredModel, OutboxEntry, Request, SyncState
from qbo.sync import inbox, reconcile
from qbo.sync.echo import remote_write
from qbo.sync.fields import MissingReference
from qbo.sync.leases import Held
from qbo.sync.mapping import Mapping, Payload, sync_token
from qbo.sync.registry import is_mirrored, mapping_for, mappings

log = logging.getLogger("qbo.sync.pull")

#: No write transaction is longer than this many rows, so that nobody waits for SQLite's single writer.
ROWS_PER_TRANSACTION = 100
#: One gathered read asks for this many ids.
IDS_PER_QUERY = 100
#: Changes are asked for from a little before the last answer, because times are whole seconds.
OVERLAP = timedelta(seconds=60)
#: Change data capture looks back this far and no further (facts, section 5); a day is kept in hand.
LOOK_BACK = timedelta(days=29)
#: What a record's own time may hide.
WHOLE_SECONDS = timedelta(seconds=1)
#: How far QuickBooks' clock and ours may be apart.
CLOCK_SLACK = timedelta(minutes=5)
#: A payment names invoices, these name sub-customers of sub-customers (five levels, facts 9.2).
DEEPEST = 8


class InDoubt(Exception):
    """A new object of QuickBooks may be one of ours: its creation was never confirmed and now waits for a person."""


class Taken(Enum):
    """What became of a QuickBooks object."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    OLDER = "older"
    CONFLICT = "conflict"


# ── One object ──────────────────────────────────────────────────────────────────────────────────


def take(
    mapping: Mapping[MirroredModel],
    company: Company,
    remote: Payload,
    *,
    doubtful_since: datetime | None = None,
) -> Taken:
    """Take one object in; call inside a transaction.

    Raises MissingReference, and InDoubt for one that came into being after `doubtful_since`.
    """
    obj = (
        mapping.model.objects.select_for_update(of=("self",))
        .filter(company=company, qbo_id=remote["Id"])
        .first()
    )
    if obj is None:
        if doubtful_since and _created_at(remote) >= doubtful_since:
            raise InDoubt(
                "Perhaps this is what was sent from here and never confirmed. See what needs you first."
            )
        return _take_new(mapping, company, remote)
    agreed = reconcile.agreed_copy(mapping, obj)
    if agreed == remote and not obj.is_gone:
        mapping.confirm(obj, remote)
        return Taken.SAME  # an echo of our own write, or news we know: same id, token and content
    if _is_older(obj, remote):
        return Taken.OLDER
    merged = reconcile.take_news(mapping, obj, remote)
    return Taken.CONFLICT if merged.clashes else Taken.CHANGED


def _take_new(mapping: Mapping[MirroredModel], company: Company, remote: Payload) -> Taken:
    obj = mapping.model(company=company, sync_state=SyncState.IN_QUICKBOOKS)
    with remote_write():
        mapping.store(obj, remote)
    AgreedCopy.objects.create(company=company, entity=mapping.entity, object_id=obj.pk, payload=remote)
    return Taken.NEW


def _doubtful_since(mapping: Mapping[MirroredModel], company: Company) -> datetime | None:
    """When the first of our creations left whose outcome nobody knows and that waits for a person. While one is still
    being asked for, nothing is read at all."""
    unanswered = OutboxEntry.objects.filter(company=company, entity=mapping.entity).unfinished()
    new = mapping.model.objects.filter(company=company, qbo_id="")
    first: datetime | None = unanswered.filter(
        request__state=Request.State.OPEN, object_id__in=new.values("pk")
    ).aggregate(at=Min("request__created_at"))["at"]
    return first - CLOCK_SLACK if first else None


def _created_at(remote: Payload) -> datetime:
    return parse_time(remote["MetaData"]["CreateTime"])


def _is_older(obj: MirroredModel, remote: Payload) -> bool:
    """A lower SyncToken is old news; the same token with other content is applied."""
    token = sync_token(remote)
    return token is not None and obj.sync_token is not None and token < obj.sync_token


# ── Many objects ────────────────────────────────────────────────────────────────────────────────


def take_all(
    mapping: Mapping[MirroredModel], company: Company, rows: Sequence[Payload], client: Client, lease: Held
) -> None:
    """Take many objects of one entity in, a hundred per transaction. One that cannot be read is set aside."""
    for start in range(0, len(rows), ROWS_PER_TRANSACTION):
        left = list(rows[start : start + ROWS_PER_TRANSACTION])
        while left:
            left = _take_some(mapping, company, left, client, lease)


def _take_some(
    mapping: Mapping[MirroredModel], company: Company, rows: list[Payload], client: Client, lease: Held
) -> list[Payload]:
    """Rows in one transaction, up to one that refers to an object we lack: that is fetched, the rest returned."""
    missing: MissingReference | None = None
    done = 0
    with transaction.atomic():
        lease.check()
        doubtful_since = _doubtful_since(mapping, company) if mapping.pushable else None
        rows = _take_easy_ones(mapping, company, rows, doubtful_since)
        for row in rows:
            try:
                with transaction.atomic():
                    take(mapping, company, row, doubtful_since=doubtful_since)
            except MissingReference as error:
                missing = error
                break
            except InDoubt as doubt:
                _set_aside(mapping, company, row, doubt, reason=inbox.IN_DOUBT)
            except Exception as error:
                log.exception(
                    "%s %s of company %s could not be read", mapping.entity, row.get("Id"), company.pk
                )
                _set_aside(mapping, company, row, error)
            done += 1
    if missing is None:
        return []
    if not fetch(missing, company, client, lease):
        with transaction.atomic():
            lease.check()
            _set_aside(mapping, company, rows[done], missing)
        done += 1
    return rows[done:]


def _take_easy_ones(
    mapping: Mapping[MirroredModel], company: Company, rows: list[Payload], doubtful_since: datetime | None
) -> list[Payload]:
    """Take in what is new here or as it was, in a few statements; returns the rest, to be looked at one by one."""
    here = {
        obj.qbo_id: obj
        for obj in mapping.model.objects.select_for_update(of=("self",))
        .filter(company=company, qbo_id__in=[row["Id"] for row in rows])
        .order_by("pk")
    }
    agreed = reconcile.agreed_copies(mapping, here.values())
    new, rest = [], []
    for row in rows:
        obj = here.get(row["Id"])
        if obj is None and not (doubtful_since and _created_at(row) >= doubtful_since):
            new.append(row)
        elif obj is not None and agreed.get(obj.pk) == row and not obj.is_gone:
            mapping.confirm(obj, row)
        else:
            rest.append(row)
    try:
        with transaction.atomic():
            taken = _take_new_ones(mapping, company, new)
    except OperationalError:
        raise
    except Exception as error:
        log.info("%s of company %s are taken in one by one: %s", mapping.entity, company.pk, error)
        taken = set()
    left = {row["Id"] for row in (*new, *rest)} - taken
    return [row for row in rows if row["Id"] in left]


def _take_new_ones(mapping: Mapping[MirroredModel], company: Company, rows: Sequence[Payload]) -> set[str]:
    """Returns the ids of those that are here now; the others refer to something that is not, or cannot be read."""
    blank = [mapping.model(company=company, sync_state=SyncState.IN_QUICKBOOKS) for _ in rows]
    taken = mapping.store_many(company, zip(blank, rows, strict=True)) if rows else []
    reconcile.agree_many(mapping, company, taken)
    return {row["Id"] for _, row in taken}


def fetch(
    missing: MissingReference, company: Company, client: Client, lease: Held, depth: int = DEEPEST
) -> bool:
    """Take in the object that another one refers to, and first what that one refers to; False when it cannot be had."""
    lease.renew()
    try:
        row = client.read(missing.entity, missing.qbo_id)
    except QuickBooksError as error:
        if error.fate is not Fate.PERSON:
            raise
        return False
    mapping = mapping_for(missing.entity)
    for _ in range(depth):
        try:
            with transaction.atomic():
                lease.check()
                take(mapping, company, row, doubtful_since=_doubtful_since(mapping, company))
            return True
        except InDoubt:
            return False
        except MissingReference as deeper:
            if not fetch(deeper, company, client, lease, depth - 1):
                return False
    return False


def _set_aside(
    mapping: Mapping[MirroredModel], company: Company, row: Payload, error: Exception, *, reason: str = ""
) -> None:
    InboxEntry.objects.create(
        company=company,
        entity=mapping.entity,
        qbo_id=str(row.get("Id", ""))[:32],
        state=InboxEntry.State.PARKED,
        reason=reason,
        problem=f"{type(error).__name__}: {error}",
        finished_at=timezone.now(),
    )


# ── The inbox ───────────────────────────────────────────────────────────────────────────────────


def read_noted(company: Company, client: Client, lease: Held) -> bool:
    """Read what the inbox notes, many ids in one query; False when it is empty."""
    waiting = InboxEntry.objects.filter(company=company, state=InboxEntry.State.WAITING)
    first = waiting.first()
    if first is None:
        return False
    begun = timezone.now()
    noted = list(waiting.filter(entity=first.entity)[:IDS_PER_QUERY])
    if is_mirrored(first.entity):
        mapping = mapping_for(first.entity)
        echoes = _echoes(mapping, company, noted)
        wanted = [entry.qbo_id for entry in noted if entry.qbo_id not in echoes]
        if wanted:
            _read_ids(mapping, company, wanted, client, lease)
    # What was noted again since we began stays.
    waiting.filter(pk__in=[entry.pk for entry in noted], created_at__lte=begun).update(
        state=InboxEntry.State.DONE, finished_at=timezone.now()
    )
    return True


def _echoes(mapping: Mapping[MirroredModel], company: Company, noted: Sequence[InboxEntry]) -> frozenset[str]:
    """What we have already, such as our own writes come back as news: changed no later than the version we hold.

    A record's time is in whole seconds, so a second change within one of them passes for the first here; the next look
    for changes finds it.
    """
    told = {entry.qbo_id: entry.happened_at for entry in noted if entry.happened_at}
    rows = mapping.model.objects.filter(company=company, qbo_id__in=told, gone_at=None)
    held = rows.values_list("qbo_id", "qbo_updated_at")
    return frozenset(qbo_id for qbo_id, at in held if at and told[qbo_id] < at + WHOLE_SECONDS)


def _read_ids(
    mapping: Mapping[MirroredModel], company: Company, ids: Sequence[str], client: Client, lease: Held
) -> None:
    lease.renew()
    try:
        rows = list(client.iterate(mapping.all_query().where_in("Id", ids)))
    except QuickBooksError as error:
        if error.fate is not Fate.PERSON:
            raise
        rows = []  # one of the ids makes no sense to QuickBooks; reading each by itself finds it
    take_all(mapping, company, rows, client, lease)
    for qbo_id in set(ids) - {row["Id"] for row in rows}:
        # Not in the list is not the same as gone: only a read of its own tells.
        _read_or_bury(mapping, company, qbo_id, client, lease)


def _read_or_bury(
    mapping: Mapping[MirroredModel], company: Company, qbo_id: str, client: Client, lease: Held
) -> None:
    lease.renew()
    try:
        row = client.read(mapping.entity, qbo_id)
    except ObjectNotFound:
        with transaction.atomic():
            lease.check()
            obj = mapping.find(company, qbo_id)
            if obj is not None and not obj.is_gone:
                reconcile.bury(mapping, obj)
    except QuickBooksError as error:
        if error.fate is not Fate.PERSON:
            raise
        _set_aside(mapping, company, {"Id": qbo_id}, error)
    else:
        take_all(mapping, company, [row], client, lease)


# ── Everything that changed ─────────────────────────────────────────────────────────────────────


def is_due(company: Company) -> bool:
    """Whether it is time to look for changes. Before the first import there is nothing to compare with."""
    if company.changes_seen_until is None:
        return False
    pause = timedelta(seconds=settings.QBO_CATCH_UP_SECONDS)
    return (
        company.look_wanted_at is not None
        or company.caught_up_at is None
        or timezone.now() - company.caught_up_at >= pause
    )


def is_out_of_reach(company: Company) -> bool:
    """Whether the last look is so long ago that only a full read helps."""
    seen = company.changes_seen_until
    return seen is not None and timezone.now() - seen > LOOK_BACK


def catch_up(company: Company, client: Client, lease: Held, *, without: Collection[str] = ()) -> bool:
    """Take in everything that changed in QuickBooks since the last look, except for the entities `without`. False when
    only a full read can tell all."""
    seen = company.changes_seen_until
    if seen is None:
        return True
    asked_at = company.look_wanted_at
    asked = [mapping for mapping in mappings() if mapping.in_change_feed and mapping.entity not in without]
    lease.renew()
    answer = client.cdc([mapping.entity for mapping in asked], seen - OVERLAP)
    complete = True
    for mapping in asked:
        if answer.full:
            complete &= _take_changes_of(mapping, company, seen, client, lease)
        else:
            _take_changes(mapping, company, answer, client, lease)
    with transaction.atomic():
        lease.check()
        Company.objects.filter(pk=company.pk).update(
            changes_seen_until=answer.time, caught_up_at=timezone.now()
        )
        Company.objects.filter(pk=company.pk, look_wanted_at=asked_at).update(look_wanted_at=None)
    return complete


def _take_changes_of(
    mapping: Mapping[MirroredModel], company: Company, seen: datetime, client: Client, lease: Held
) -> bool:
    """The changes of one entity. False when its answer is cut off where deletions stand, which no query finds."""
    lease.renew()
    changes = client.cdc([mapping.entity], seen - OVERLAP)
    if changes.full:
        # Cut off at a thousand: only a query has further pages (facts, section 5).
        since = (seen - OVERLAP).isoformat(timespec="seconds")
        for page in client.pages(mapping.all_query().where("MetaData.LastUpdatedTime", ">=", since)):
            lease.renew()
            take_all(mapping, company, page.rows, client, lease)
        # Without the overlap it may be short enough to end with the deletions.
        changes = client.cdc([mapping.entity], seen)
    _take_changes(mapping, company, changes, client, lease)
    return mapping.name_list or not changes.full


def _take_changes(
    mapping: Mapping[MirroredModel], company: Company, changes: Changes, client: Client, lease: Held
) -> None:
    take_all(mapping, company, changes.objects.get(mapping.entity, []), client, lease)
    for qbo_id in changes.deleted.get(mapping.entity, []):
        # Wrong "Deleted" marks have been seen, so each is confirmed by a read before anything is buried.
        if _is_here(mapping, company, qbo_id):
            inbox.note(company, mapping.entity, qbo_id, reason="reported as deleted")


def _is_here(mapping: Mapping[MirroredModel], company: Company, qbo_id: str) -> bool:
    obj = mapping.find(company, qbo_id)
    return obj is not None and not obj.is_gone
