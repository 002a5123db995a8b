"""Ways out of what QuickBooks refuses: one press puts the record right and sends it again.

Only the apps above know the records, so they bring the repairs: the list `settings.QBO_REPAIRS`. Each of its modules
has `ways(company, troubles)`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from django.conf import settings
from django.db import transaction

from qbo.models import Company, MirroredModel, OutboxEntry
from qbo.sync import outbox
from qbo.sync.outbox import NotPossible
from qbo.sync.registry import mapping_for

#: Codes for something inactive; which one comes is not settled (facts 8.3).
INACTIVE = frozenset({"610", "2500", "6250"})
#: Records that need a look of their own; a page with more of them sends people to the form instead.
EACH = 20


@dataclass(frozen=True)
class Trouble:
    """An entry that QuickBooks refused, with its record."""

    entry: OutboxEntry
    obj: MirroredModel


@dataclass(frozen=True)
class Repair:
    """One way out of one entry's trouble.

    `key` holds all that is decided with it, so that what is carried out is what the button said: entries whose key is
    the same can be repaired together, under the label `together`. A `shared` repair puts something else right, such
    as an item, and with it all that is held up by that; `because` then says what is wrong with it.
    """

    key: str
    label: str
    act: Callable[[Any], object]
    together: str = ""
    shared: bool = False
    because: str = ""


class Provider(Protocol):
    def ways(self, company: Company, troubles: Sequence[Trouble]) -> Iterable[tuple[OutboxEntry, Repair]]:
        """The repairs for these entries, the best first. Their number must not decide the number of queries, except
        for the first `EACH` of a kind."""


@cache
def _providers() -> tuple[Provider, ...]:
    return tuple(cast(Provider, import_module(path)) for path in settings.QBO_REPAIRS)


def ways(company: Company, troubles: Sequence[Trouble]) -> Mapping[int, list[Repair]]:
    """The repairs of many entries, by their keys; those without any have an empty list."""
    found: dict[int, list[Repair]] = defaultdict(list)
    waiting = [trouble for trouble in troubles if trouble.entry.state == OutboxEntry.State.NEEDS_YOU]
    for provider in _providers() if waiting else ():
        for entry, repair in provider.ways(company, waiting):
            found[entry.pk].append(repair)
    return found


def carry_out(entries: Iterable[OutboxEntry], key: str, *, by: Any) -> list[str]:
    """Repair each entry in the way called `key` and try it again; returns why some could not be.

    Each counts alone. What a shared repair has put right already is only tried again.
    """
    refused, shared_done = [], False
    for entry in entries:
        try:
            shared_done |= _one(entry, key, by, shared_done=shared_done)
        except NotPossible as refusal:
            refused.append(str(refusal))
    return refused


@transaction.atomic
def _one(entry: OutboxEntry, key: str, by: Any, *, shared_done: bool) -> bool:
    """True when the repair was a shared one."""
    obj = mapping_for(entry.entity).model.objects.select_for_update(of=("self",)).get(pk=entry.object_id)
    entry.refresh_from_db(from_queryset=OutboxEntry.objects.select_for_update(of=("self",)))
    if entry.state != OutboxEntry.State.NEEDS_YOU:
        raise NotPossible(f"{entry.label} no longer needs you.")
    found = ways(entry.company, [Trouble(entry, obj)])[entry.pk]
    repair = next((repair for repair in found if repair.key == key), None)
    if repair is None and not shared_done:
        raise NotPossible(f"{entry.label}: things have changed meanwhile. Look again.")
    if repair is not None:
        repair.act(by)
    outbox.retry(entry)  # unless saving the record has done that
    return repair is not None and repair.shared
