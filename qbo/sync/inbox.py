"""Noting what has to be read from QuickBooks again. Nothing here talks to QuickBooks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from qbo.models import Company, InboxEntry
from qbo.sync import wake

#: Why an object is set aside that may be one of ours whose creation nobody has confirmed.
IN_DOUBT = "in doubt"
NOTHING: Mapping[tuple[str, str], datetime | None] = {}


def note(company: Company, entity: str, qbo_id: str, *, reason: str = "") -> None:
    """An object changed in QuickBooks, or may have: read it again soon. Noting it twice costs nothing."""
    entry, is_new = InboxEntry.objects.get_or_create(
        company=company,
        entity=entity,
        qbo_id=qbo_id,
        state=InboxEntry.State.WAITING,
        defaults={"reason": reason[:60]},
    )
    # Perhaps it is being read at this very moment: the later time says that this is not enough.
    again = InboxEntry.objects.filter(pk=entry.pk, state=InboxEntry.State.WAITING)
    if not is_new and not again.update(created_at=timezone.now(), happened_at=None):
        note(company, entity, qbo_id, reason=reason)
    wake.after_commit(company.pk)


def note_many(
    company_id: int,
    objects: Iterable[tuple[str, str]],
    *,
    reason: str = "",
    happened: Mapping[tuple[str, str], datetime | None] = NOTHING,
    in_a_moment: bool = False,
) -> None:
    """The same for many objects (entity, id), a hundred in a statement.

    `happened` holds QuickBooks' time of a change where it is known: what we have already is then not read again.
    `in_a_moment` waits for what may follow.
    """
    noted = [(*key, happened.get(key)) for key in dict.fromkeys(objects)]
    with transaction.atomic():
        for start in range(0, len(noted), ROWS_PER_STATEMENT):
            _upsert(company_id, noted[start : start + ROWS_PER_STATEMENT], reason[:60])
        wake_up = wake.soon_after_commit if in_a_moment else wake.after_commit
        wake_up(company_id)


ROWS_PER_STATEMENT = 100
#: Django's upserts cannot name the condition of the partial index. SQLite and PostgreSQL read this alike.
_UPSERT = """
    INSERT INTO qbo_inboxentry (company_id, entity, qbo_id, happened_at, reason, state, problem, created_at)
    VALUES {rows}
    ON CONFLICT (company_id, entity, qbo_id) WHERE state = 'waiting' DO UPDATE SET created_at = excluded.created_at,
    happened_at = CASE
        WHEN qbo_inboxentry.happened_at IS NULL OR excluded.happened_at IS NULL THEN NULL
        WHEN excluded.happened_at > qbo_inboxentry.happened_at THEN excluded.happened_at
        ELSE qbo_inboxentry.happened_at END
"""


def _upsert(company_id: int, objects: Sequence[tuple[str, str, datetime | None]], reason: str) -> None:
    """What waits already may be being read at this very moment: the later time says that this is not enough."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    values: list[Any] = []
    for entity, qbo_id, happened in objects:
        at = connection.ops.adapt_datetimefield_value(happened)
        values += (company_id, entity, qbo_id, at, reason, InboxEntry.State.WAITING.value, "", now)
    # Named, because PostgreSQL cannot tell the type of a column of nulls.
    rows = ", ".join(["(%s, %s, %s, CAST(%s AS timestamptz), %s, %s, %s, %s)"] * len(objects))
    if connection.vendor == "sqlite":
        rows = rows.replace("CAST(%s AS timestamptz)", "%s")
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT.format(rows=rows), values)


def end_doubts(company: Company) -> None:
    """A creation was confirmed, refused or given up: what was set aside because of it is read after all."""
    doubtful = InboxEntry.objects.filter(company=company, state=InboxEntry.State.PARKED, reason=IN_DOUBT)
    for entry in doubtful:
        note(company, entry.entity, entry.qbo_id, reason="no longer in doubt")
    doubtful.update(state=InboxEntry.State.DONE)


def catch_up_now(company: Company) -> None:
    """Look for changes in QuickBooks at once instead of at the next turn."""
    Company.objects.filter(pk=company.pk).update(look_wanted_at=timezone.now())
    wake.after_commit(company.pk)
