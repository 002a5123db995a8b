"""Names: unique ones, the suffix of inactive ones, and names that hang under a parent."""

from typing import TYPE_CHECKING

from emulator.entities.base import Entity, Record
from emulator.faults import QuickBooksFault

if TYPE_CHECKING:
    from emulator.ledger import Ledger

DEEPEST = 4  # facts 9.2: level 0 is the top, at most 5 levels
TAKEN_PERSON = (
    "Another customer, vendor or employee is already using this \nname. Please use a different name."
)
PEOPLE = ("Customer", "Vendor", "Employee")  # they share one list of names (facts 9.2)


def require_unique(
    ledger: "Ledger", kinds: tuple[str, ...], attribute: str, new: Record, detail: str | None = None
) -> None:
    """6240 if another record of these kinds has this name, whatever its case. Inactive ones count with the name
    they wear now, suffix and all (facts 9.1)."""
    for entity in kinds:
        for other in ledger.where(entity, f"f_{attribute} = ?", new[attribute].casefold()):
            if not (entity == kinds[0] and other["Id"] == new.get("Id")):
                text = detail or f"Id={other['Id']}"
                raise QuickBooksFault(6240, f"The name supplied already exists. : {text}")


def mark_inactive(
    ledger: "Ledger", kind: Entity, attribute: str, new: Record, old: Record | None, mark: str
) -> None:
    """A record that becomes inactive gets a suffix to its name, which frees the name (facts 9.1). It keeps the
    suffix when it becomes active again, unless it is renamed."""
    if old is None or new.get("Active", True) or not old.get("Active", True):
        return
    plain = new[attribute].removesuffix(mark)
    for count in range(1, 1000):
        wanted = plain + (
            mark if count == 1 else f"{mark[:-1]} {count})"
        )  # emulator choice: a second one is counted
        others = ledger.where(kind.name, f"f_{attribute} = ?", wanted.casefold())
        if all(other["Id"] == new["Id"] for other in others):
            new[attribute] = wanted
            return


def place_in_tree(ledger: "Ledger", kind: Entity, attribute: str, new: Record) -> int:
    """Set FullyQualifiedName from the parents; answers the level (0 at the top). 6180 beyond five levels."""
    parent_id = new.get("ParentRef", {}).get("value")
    if not parent_id:
        new["FullyQualifiedName"] = new[attribute]
        return 0
    parent = ledger.need(kind.name, parent_id)
    chain = [parent["Id"]]
    while above := parent.get("ParentRef", {}).get("value"):
        parent = ledger.need(kind.name, above)
        chain.append(parent["Id"])
    if new.get("Id") in chain:
        raise QuickBooksFault(900, "A record cannot be its own parent.", "ParentRef")
    if len(chain) > DEEPEST:
        raise QuickBooksFault(6180, "The hierarchy has more than five levels.", "ParentRef")
    new["FullyQualifiedName"] = f"{ledger.need(kind.name, parent_id)['FullyQualifiedName']}:{new[attribute]}"
    return len(chain)


def rename_children(ledger: "Ledger", kind: Entity, attribute: str, new: Record, old: Record | None) -> None:
    """Carry a changed FullyQualifiedName down; the children's SyncTokens stay (emulator choice)."""
    if old is None or old.get("FullyQualifiedName") == new["FullyQualifiedName"]:
        return
    for child in ledger.where(kind.name, "f_ParentRef = ?", new["Id"]):
        before = dict(child)
        child["FullyQualifiedName"] = f"{new['FullyQualifiedName']}:{child[attribute]}"
        ledger.save(kind, child, before, token=False)
        rename_children(ledger, kind, attribute, child, before)
