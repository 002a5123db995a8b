"""Class and Department: what transactions are tracked by (facts 9.1; Intuit's pages of both)."""

from typing import TYPE_CHECKING, ClassVar

from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column, Kind
from emulator.entities.fields import SYSTEM, computed, flag, ignored, plain_name, reference
from emulator.entities.naming import mark_inactive, place_in_tree, rename_children, require_unique
from emulator.faults import missing

if TYPE_CHECKING:
    from emulator.ledger import Ledger

_NAMED = {
    **SYSTEM,
    "Name": plain_name(100),
    "Active": flag(),
    "FullyQualifiedName": computed(),
    **ignored("ClassEx", "Address"),
}
_SEARCHABLE = (
    Column("Name"),
    Column("FullyQualifiedName"),
    Column("ParentRef", Kind.REFERENCE, filterable=False, sortable=False),
)


class _Tracked(Entity):
    """A tree of names. `child` is the flag of those below another, `mark` the suffix of inactive ones."""

    has_active = True
    display = "FullyQualifiedName"
    child: ClassVar[str]
    mark: ClassVar[str] = " (deleted)"

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if not new.get("Name"):
            raise missing("Name")
        new.setdefault("Active", True)
        new[self.child] = "ParentRef" in new
        mark_inactive(ledger, self, "Name", new, old, self.mark)
        place_in_tree(ledger, self, "Name", new)
        require_unique(ledger, (self.name,), "FullyQualifiedName", new)

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        if new is not None:
            rename_children(ledger, self, "Name", new, old)


class Class(_Tracked):
    name = "Class"
    child = "SubClass"
    fields = {**_NAMED, "SubClass": flag(), "ParentRef": reference("Class", named=True)}
    searchable = (*_SEARCHABLE, Column("SubClass", Kind.FLAG))


class Department(_Tracked):
    name = "Department"
    child = "SubDepartment"
    mark = " (Deleted)"  # as recorded, with a capital D (facts 9.1, PaymentMethod)
    fields = {**_NAMED, "SubDepartment": flag(), "ParentRef": reference("Department", named=True)}
    searchable = (*_SEARCHABLE, Column("SubDepartment", Kind.FLAG))
