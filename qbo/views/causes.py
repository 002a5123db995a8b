"""What needs a person, grouped by cause, most money first."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from qbo.models import Company, MirroredModel, OutboxEntry
from qbo.sync import problems
from qbo.sync.problems import Problem
from qbo.sync.registry import mapping_for

State = OutboxEntry.State

#: A page that lists more helps nobody; such a pile has few causes, and they are all among the first.
LIMIT = 300


@dataclass(frozen=True)
class Record:
    """One entry with its record and the money that hangs on it."""

    entry: OutboxEntry
    obj: MirroredModel | None
    amount: Decimal | None

    @property
    def url(self) -> str:
        """The record's own page; empty for what has none."""
        return getattr(self.obj, "get_absolute_url", str)()

    @property
    def edit_url(self) -> str:
        """The record's form; empty for what has none."""
        return getattr(self.obj, "get_edit_url", str)()

    @property
    def is_conflict(self) -> bool:
        return self.entry.state == State.CONFLICT

    @property
    def is_gone(self) -> bool:
        """Whether QuickBooks deleted the record, so that no try can ever reach it."""
        return self.entry.state == State.NEEDS_YOU and self.obj is not None and self.obj.is_gone

    @property
    def can_retry(self) -> bool:
        return self.entry.state == State.NEEDS_YOU and not self.is_gone


@dataclass(frozen=True)
class Cause:
    """Records that are held up by the same thing. `key` names the cause inside a page."""

    key: str
    title: str
    problem: Problem
    records: list[Record]

    @property
    def first(self) -> Record:
        return self.records[0]

    @property
    def others(self) -> int:
        return len(self.records) - 1

    @property
    def amount(self) -> Decimal | None:
        known = [record.amount for record in self.records if record.amount is not None]
        return sum(known, Decimal(0)) if known else None

    @property
    def is_conflict(self) -> bool:
        return self.first.is_conflict


def of(company: Company) -> list[Cause]:
    """The causes of everything that waits for a person, most money first."""
    entries = OutboxEntry.objects.filter(company=company).need_a_person().order_by("id")[:LIMIT]
    groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for record in records(entries):
        groups[_same_cause(record.entry)].append(record)
    causes = [_cause(members) for members in groups.values()]
    return sorted(causes, key=lambda cause: cause.amount or 0, reverse=True)


def records(entries: Iterable[OutboxEntry]) -> list[Record]:
    """Entries with their records: one query per kind of record."""
    entries = list(entries)
    found = {entity: _objects(entity, entries) for entity in {entry.entity for entry in entries}}
    return [_record(entry, found[entry.entity].get(entry.object_id)) for entry in entries]


def _objects(entity: str, entries: list[OutboxEntry]) -> dict[int, MirroredModel]:
    keys = [entry.object_id for entry in entries if entry.entity == entity]
    model = mapping_for(entity).model
    # With the customer, where a kind of record has one: the page names both.
    related = [field.name for field in model._meta.fields if field.name == "customer"]
    found: dict[int, MirroredModel] = model.objects.select_related(*related).in_bulk(keys)
    return found


def _record(entry: OutboxEntry, obj: MirroredModel | None) -> Record:
    return Record(entry, obj, mapping_for(entry.entity).amount(obj) if obj else None)


def _same_cause(entry: OutboxEntry) -> tuple[str, ...]:
    """Equal for entries that one explanation fits. A code that we do not know says nothing; its words do."""
    if entry.state == State.CONFLICT:
        return ("conflict", str(entry.pk))
    words = "" if entry.code in problems.CAUSES else entry.problem
    return (entry.entity, entry.verb, entry.code, words)


def _cause(members: list[Record]) -> Cause:
    entry = members[0].entry
    problem = problems.explain(entry)
    title = f"{entry.label} was changed on both sides." if members[0].is_conflict else problem.title
    return Cause(f"cause-{entry.pk}", title, problem, members)
