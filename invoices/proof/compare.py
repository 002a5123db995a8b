"""Comparing both sides' open documents to the cent, and naming every difference. Pure: no database, no HTTP."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from qbo.api.reports import OpenDocument

ZERO = Decimal(0)
#: The report's words for what is mirrored here. Everything else is an entry of another kind, made in QuickBooks.
MIRRORED = {"Invoice": "Invoice", "Payment": "Payment", "Credit Memo": "CreditMemo"}

ON_ITS_WAY = "on its way"
OTHER_ENTRY = "other entry"
DIFFERS = "differs"
ONLY_HERE = "only here"
ONLY_THERE = "only there"


@dataclass(frozen=True)
class OurDocument:
    """A document of ours with something open; unapplied payments and credit memos are negative. `unsent` says that
    QuickBooks does not know all of it yet."""

    entity: str
    pk: int
    qbo_id: str
    label: str
    customer: str
    customer_id: str
    open: Decimal
    unsent: bool = False


@dataclass(frozen=True)
class Difference:
    """One document in which the sides differ: what it is, both figures, why, and whether that explains it."""

    kind: str
    entity: str
    qbo_id: str
    pk: int | None
    label: str
    customer: str
    here: Decimal
    there: Decimal
    explained: bool

    @property
    def amount(self) -> Decimal:
        return self.there - self.here


@dataclass
class Found:
    """What a comparison came to. `total_there` is QuickBooks' own grand total, from another report than the rows."""

    open_count: int = 0
    open_here: Decimal = ZERO
    open_there: Decimal = ZERO
    unapplied_here: Decimal = ZERO
    unapplied_there: Decimal = ZERO
    others_there: Decimal = ZERO
    total_there: Decimal = ZERO
    customers: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def total_here(self) -> Decimal:
        return self.open_here + self.unapplied_here

    @property
    def rest(self) -> Decimal:
        """What no named difference accounts for."""
        return self.total_there - self.total_here - sum((one.amount for one in self.differences), ZERO)

    @property
    def agrees(self) -> bool:
        """To the cent, apart from what is explained."""
        return self.rest == ZERO and all(one.explained for one in self.differences)

    def as_json(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        sums = {
            "open invoices": {"count": self.open_count, "here": self.open_here, "there": self.open_there},
            "unapplied money": {"here": self.unapplied_here, "there": self.unapplied_there},
            "other entries": {"here": ZERO, "there": self.others_there},
            "together": {"here": self.total_here, "there": self.total_there},
            "customers": {"count": self.customers},
            "rest": {"here": ZERO, "there": self.rest},
        }
        return sums, [asdict(one) for one in self.differences]


def compare(ours: Iterable[OurDocument], theirs: Iterable[OpenDocument], total_there: Decimal) -> Found:
    """Both sides' open documents. What is open on one side only counts as nothing on the other."""
    found = Found(total_there=total_there)
    left = {(document.entity, document.qbo_id): document for document in ours if document.qbo_id}
    new = [document for document in ours if not document.qbo_id]
    for document in (*left.values(), *new):
        _count_ours(found, document)
    customers = {document.customer_id for document in left.values()}
    for row in theirs:
        customers.add(row.customer_id)
        _count_theirs(found, row)
        entity = MIRRORED.get(row.txn_type)
        if entity is None:
            found.differences.append(_other_entry(row))
            continue
        same = left.pop((entity, row.id), None)
        if same is None:
            found.differences.append(_only_there(entity, row))
        elif same.open != row.open:
            found.differences.append(_differs(same, row.open, DIFFERS))
    for document in (*left.values(), *new):
        found.differences.append(_differs(document, ZERO, ONLY_HERE))
    found.customers = len(customers)
    found.differences.sort(key=lambda one: (one.explained, -abs(one.amount)))
    return found


def _count_ours(found: Found, document: OurDocument) -> None:
    if document.entity == "Invoice":
        found.open_count += 1
        found.open_here += document.open
    else:
        found.unapplied_here += document.open


def _count_theirs(found: Found, row: OpenDocument) -> None:
    if row.txn_type == "Invoice":
        found.open_there += row.open
    elif row.txn_type in MIRRORED:
        found.unapplied_there += row.open
    else:
        found.others_there += row.open


def _other_entry(row: OpenDocument) -> Difference:
    label = f"{row.txn_type} {row.number or row.id}".strip()
    return Difference(OTHER_ENTRY, "", row.id, None, label, row.customer, ZERO, row.open, explained=True)


def _only_there(entity: str, row: OpenDocument) -> Difference:
    label = f"{row.txn_type} {row.number or row.id}".strip()
    return Difference(ONLY_THERE, entity, row.id, None, label, row.customer, ZERO, row.open, explained=False)


def _differs(document: OurDocument, there: Decimal, kind: str) -> Difference:
    """What has not been sent yet is no mystery: it is named, and counts as explained."""
    unsent = document.unsent or not document.qbo_id
    return Difference(
        ON_ITS_WAY if unsent else kind,
        document.entity,
        document.qbo_id,
        document.pk,
        document.label,
        document.customer,
        document.open,
        there,
        explained=unsent,
    )
