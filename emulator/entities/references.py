"""References between records: each must point to something that exists and is in use."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emulator.entities.currency import NAMES
from emulator.entities.fields import Field
from emulator.faults import QuickBooksFault, business, inactive

if TYPE_CHECKING:
    from emulator.ledger import Ledger

# The two item ids that stand for a charge on the whole transaction (facts 9.3, Lines)
WHOLE_TRANSACTION_ITEMS = {"SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID"}


def resolve(
    ledger: "Ledger",
    fields: Mapping[str, Field],
    new: dict[str, Any],
    old: dict[str, Any] | None,
    path: str = "",
) -> None:
    """Check every reference of a record and fill in its name. One that an update leaves as it was may point to
    something inactive: references to inactive records stay intact (facts 9.1)."""
    for name, value in list(new.items()):
        field = fields.get(name)
        where = f"{path}.{name}" if path else name
        if field is None or field.read_only:
            continue
        before = old.get(name) if isinstance(old, dict) else None
        if field.target:
            new[name] = _resolved(ledger, field, value, before, where)
        elif field.parts and isinstance(value, dict):
            resolve(ledger, field.parts, value, before, where)
        elif field.parts and isinstance(value, list):
            known = _lines_by_id(before)
            for member in value:
                resolve(ledger, field.parts, member, known.get(member.get("Id")), where)


def _lines_by_id(lines: Any) -> dict[Any, dict[str, Any]]:
    if not isinstance(lines, list):
        return {}
    return {line["Id"]: line for line in lines if "Id" in line}


def _resolved(ledger: "Ledger", field: Field, value: Any, before: Any, where: str) -> dict[str, str]:
    identity = value["value"]
    if field.target == "Currency":
        return _currency(ledger, identity, where)
    if identity in WHOLE_TRANSACTION_ITEMS:
        return {"value": identity}
    record = ledger.glance(field.target, identity) if ledger.knows(field.target) else None
    unchanged = isinstance(before, dict) and before.get("value") == identity
    if record is None or not (record.get("Active", True) or unchanged):
        raise inactive(where)
    return {"value": identity, **({"name": ledger.display_name(field.target, record)} if field.named else {})}


def _currency(ledger: "Ledger", code: str, where: str) -> dict[str, str]:
    if code == ledger.home_currency["value"]:
        return dict(ledger.home_currency)
    if not ledger.multicurrency:
        raise business("Multicurrency is switched off in the company's preferences.", where)
    if code not in NAMES:
        raise QuickBooksFault(2500, f"Invalid Reference Id : Currency {code}", where)
    return {"value": code, "name": NAMES[code]}
