"""What needs a person, grouped by cause, most money first, each with its ways out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from qbo.models import Company, Conflict, MirroredModel, OutboxEntry
from qbo.sync import conflicts, problems, repairs
from qbo.sync.problems import Problem
from qbo.sync.registry import mapping_for, mappings
from qbo.sync.repairs import Repair, Trouble

State = OutboxEntry.State

#: A page that lists more helps nobody; such a pile has few causes, and they are all among the first.
LIMIT = 300


@dataclass(frozen=True)
class Record:
    """One entry with its record, the money that hangs on it, and the ways to put it right."""

    entry: OutboxEntry
    obj: MirroredModel | None
    amount: Decimal | None
    repairs: Sequence[Repair] = ()

    @property
    def url(self) -> str:
        """The record's own page; empty for what has none."""
        return getattr(self.obj, "get_absolute_url", str)()

    @property
    def edit_url(self) -> str:
        """The record's form, at the field that was refused; empty for what has none, and for what is gone."""
        if self.obj is None or self.obj.is_gone:
            return ""
        address: str = getattr(self.obj, "get_edit_url", str)()
        field = problems.cause_of(self.entry).field
        return f"{address}#id_{field}" if address and field else address

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
class Button:
    """A way out as the page offers it."""

    key: str
    label: str


@dataclass(frozen=True)
class Cause:
    """Records that are held up by the same thing. `key` names the cause inside a page; `clashes` are a conflict's."""

    key: str
    title: str
    problem: Problem
    records: list[Record]
    clashes: Sequence[conflicts.Row] = ()

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

    @property
    def can_retry(self) -> bool:
        return any(record.can_retry for record in self.records)

    @property
    def buttons(self) -> list[Button]:
        """What puts all of these records right at once, the best way first."""
        if not self.others:
            return [Button(repair.key, repair.label) for repair in self.first.repairs]
        common = set.intersection(*({repair.key for repair in record.repairs} for record in self.records))
        return [
            Button(repair.key, repair.together or repair.label)
            for repair in self.first.repairs
            if repair.key in common and (repair.shared or repair.together)
        ]

    @property
    def one_by_one(self) -> bool:
        """Whether each record is put right in a way of its own."""
        return bool(self.others) and not self.buttons


def of(company: Company) -> list[Cause]:
    """The causes of everything that waits for a person, most money first."""
    entries = OutboxEntry.objects.filter(company=company).need_a_person().order_by("id")[:LIMIT]
    groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for record in with_repairs(company, records(entries)):
        groups[_same_cause(record)].append(record)
    clashes = _clashes(company, [members[0].entry for members in groups.values() if members[0].is_conflict])
    causes = [_cause(members, clashes.get(members[0].entry.pk, ())) for members in groups.values()]
    return sorted(causes, key=lambda cause: cause.amount or 0, reverse=True)


def records(entries: Iterable[OutboxEntry]) -> list[Record]:
    """Entries with their records: one query per kind of record."""
    entries = list(entries)
    found = {entity: _objects(entity, entries) for entity in {entry.entity for entry in entries}}
    return [_record(entry, found[entry.entity].get(entry.object_id)) for entry in entries]


def with_repairs(company: Company, records: Sequence[Record]) -> list[Record]:
    """The same, each with its ways out and with the money that waits for it."""
    troubles = [Trouble(record.entry, record.obj) for record in records if record.obj is not None]
    ways = repairs.ways(company, troubles)
    waiting = _waiting_for(records)
    return [
        replace(
            record,
            repairs=ways.get(record.entry.pk, ()),
            amount=waiting.get((record.entry.entity, record.entry.object_id), record.amount),
        )
        for record in records
    ]


def _objects(entity: str, entries: list[OutboxEntry]) -> dict[int, MirroredModel]:
    keys = [entry.object_id for entry in entries if entry.entity == entity]
    model = mapping_for(entity).model
    # With the customer, where a kind of record has one: the page names both.
    related = [field.name for field in model._meta.fields if field.name == "customer"]
    found: dict[int, MirroredModel] = model.objects.select_related("company", *related).in_bulk(keys)
    return found


def _record(entry: OutboxEntry, obj: MirroredModel | None) -> Record:
    return Record(entry, obj, mapping_for(entry.entity).amount(obj) if obj else None)


def _waiting_for(records: Sequence[Record]) -> dict[tuple[str, int], Decimal]:
    """By (entity, key) of records without money of their own: what cannot go before them comes to."""
    keys: dict[str, list[int]] = defaultdict(list)
    for record in records:
        if record.obj is not None and record.amount is None and not record.obj.qbo_id:
            keys[record.entry.entity].append(record.entry.object_id)
    found: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for entity, some in keys.items():
        for mapping in mappings():
            for field in _fields_to(mapping_for(entity).model, mapping.model) if mapping.pushable else ():
                rows = mapping.model.objects.present().filter(**{f"{field}__in": some}, qbo_id="")
                for row in rows:
                    found[entity, getattr(row, f"{field}_id")] += mapping.amount(row) or 0
    return {key: amount for key, amount in found.items() if amount}


def _fields_to(target: type[MirroredModel], model: type[MirroredModel]) -> list[str]:
    return [field.name for field in model._meta.fields if field.related_model is target]


def _same_cause(record: Record) -> tuple[str, ...]:
    """Equal for entries that one explanation fits. A code that we do not know says nothing; its words do. What one
    repair puts right for all belongs together."""
    entry = record.entry
    if entry.state == State.CONFLICT:
        return ("conflict", str(entry.pk))
    words = "" if entry.code in problems.CAUSES else entry.problem
    return (entry.entity, entry.verb, entry.code, words, *(way.key for way in record.repairs if way.shared))


def _cause(members: list[Record], clashes: Sequence[conflicts.Row]) -> Cause:
    entry = members[0].entry
    problem = problems.explain(entry, members[0].obj)
    if members[0].is_conflict:
        return Cause(
            f"cause-{entry.pk}", f"{entry.label} was changed on both sides.", problem, members, clashes
        )
    reasons = [way.because for way in members[0].repairs if way.because]
    if reasons:
        problem = replace(problem, why=reasons[0])
    return Cause(f"cause-{entry.pk}", problem.title, problem, members)


def _clashes(company: Company, entries: Sequence[OutboxEntry]) -> dict[int, Any]:
    """By entry: what was changed on both sides. Of a pile only the first are looked at; the others have a page each."""
    found = {}
    for entry in entries[: repairs.EACH]:
        conflict = Conflict.objects.filter(
            company=company, entity=entry.entity, object_id=entry.object_id, resolved_at=None
        ).first()
        if conflict is not None:
            found[entry.pk] = [row for row in conflicts.describe(conflict) if row.clash]
    return found
