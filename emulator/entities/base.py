"""What every kind of record has: a field table, query columns, and hooks for its own rules."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from emulator.entities.columns import ACTIVE, EVERYWHERE, Column
from emulator.entities.fields import Field
from emulator.faults import QuickBooksFault

if TYPE_CHECKING:
    from emulator.ledger import Ledger

Record = dict[str, Any]


class Entity:
    """One kind of record. Subclasses fill the tables and override only the hooks they need."""

    name: ClassVar[str]
    fields: ClassVar[Mapping[str, Field]]
    searchable: ClassVar[tuple[Column, ...]] = ()
    sequence: ClassVar[str] = ""  # Ids are counted per sequence: transactions share one
    operations: ClassVar[frozenset[str]] = frozenset({"create", "read", "update", "query"})
    has_active: ClassVar[bool] = (
        False  # name lists are hidden by Active, transactions are deleted (facts 9.1)
    )
    display: ClassVar[str] = "Name"  # the attribute that a reference shows as its name
    set_inside: ClassVar[frozenset[str]] = (
        frozenset()
    )  # read-only for clients, set by people inside QuickBooks
    in_changes: ClassVar[bool] = True  # change data capture knows it (facts 5)

    @property
    def columns(self) -> tuple[Column, ...]:
        return EVERYWHERE + ((ACTIVE,) if self.has_active else ()) + self.searchable

    def column(self, path: str) -> Column | None:
        wanted = path.casefold()
        return next((column for column in self.columns if column.path.casefold() == wanted), None)

    def allow(self, operation: str) -> None:
        if operation not in self.operations:
            raise QuickBooksFault(500, f"Operation {operation} is not supported.", "Operation")

    def fill(self, ledger: "Ledger", new: Record) -> None:
        """Defaults for a record that is being made."""

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        """Check a record about to be written and compute what the server computes; `old` is None on create."""

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        """Carry the effects of a write to other records; `new` is None on delete."""

    def void(self, ledger: "Ledger", new: Record) -> None:
        """Zero a transaction in place."""
        raise QuickBooksFault(500, "Operation void is not supported.", "Operation")

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        """Refuse a delete that the books do not allow."""

    def owed(self, record: Record) -> Decimal:
        """What this record adds to its customer's balance."""
        return Decimal(0)

    def owed_by(self, ledger: "Ledger", record: Record) -> dict[str, Decimal]:
        """The same by customer, for the kinds that concern several."""
        owed = self.owed(record)
        return {record["CustomerRef"]["value"]: owed} if owed else {}
