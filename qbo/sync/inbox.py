"""Noting what has to be read from QuickBooks again. Nothing here talks to QuickBooks."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from qbo.models import Company, InboxEntry
from qbo.sync import wake

#: Why an object is set aside that may be one of ours whose creation nobody has confirmed.
IN_DOUBT = "in doubt"


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
    if not is_new and not again.update(created_at=timezone.now()):
        note(company, entity, qbo_id, reason=reason)
    wake.after_commit(company.pk)


@transaction.atomic
def note_many(
    company: Company, objects: Iterable[tuple[str, str]], *, reason: str = "", in_a_moment: bool = False
) -> None:
    """The same for many objects (entity, id) in a few statements. `in_a_moment` waits for what may follow."""
    noted = dict.fromkeys(objects)
    InboxEntry.objects.bulk_create(
        [
            InboxEntry(company=company, entity=entity, qbo_id=qbo_id, reason=reason[:60])
            for entity, qbo_id in noted
        ],
        ignore_conflicts=True,
    )
    # What waits already may be being read at this very moment: the later time says that this is not enough.
    for entity in {entity for entity, _ in noted}:
        ids = [qbo_id for of, qbo_id in noted if of == entity]
        InboxEntry.objects.filter(
            company=company, entity=entity, qbo_id__in=ids, state=InboxEntry.State.WAITING
        ).update(created_at=timezone.now())
    if in_a_moment:
        wake.soon_after_commit(company.pk)
    else:
        wake.after_commit(company.pk)


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
