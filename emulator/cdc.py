"""Change data capture: what changed since a moment, at most a thousand records over all entities (facts 5)."""
# ruff: noqa: S608 - table names come from the entities' own tables, values are always bound

from datetime import datetime, timedelta

from emulator import entities, rows
from emulator.books import Company
from emulator.clock import milliseconds, parse_time
from emulator.entities.base import Entity
from emulator.faults import QuickBooksFault, missing

MOST = 1000
LOOK_BACK = timedelta(days=30)


def changes(company: Company, names: str, since: str) -> str:
    """The JSON text of the CDCResponse's one member. Entities are filled in the order they were asked for, and what
    does not fit is left out in silence (emulator choice on the order)."""
    if not names.strip():
        raise missing("entities")
    moment = _since(company, since)
    left = MOST
    groups = []
    for kind in [_kind(name.strip()) for name in names.split(",")]:
        records = _changed(company, kind, milliseconds(moment), left)
        left -= len(records)
        groups.append(_group(kind, records))
    return f'{{"QueryResponse":[{",".join(groups)}]}}'


def _since(company: Company, since: str) -> datetime:
    if not since:
        raise missing("changedSince")
    try:
        moment = parse_time(since.replace(" ", "+"))  # an unescaped plus sign arrives as a space
    except ValueError:
        raise QuickBooksFault(2060, f"Invalid Date Format : {since}", "changedSince") from None
    if company.now - moment > LOOK_BACK:  # emulator choice (facts 5)
        raise QuickBooksFault(
            2070, "Invalid Date Value : changedSince is more than 30 days ago", "changedSince"
        )
    return moment


def _kind(name: str) -> Entity:
    kind = entities.get(name)
    if not kind.in_changes:
        raise QuickBooksFault(2000, f"Unknown object name : {name} is not available for change data capture")
    return kind


def _changed(company: Company, kind: Entity, since_ms: int, most: int) -> list[str]:
    """Ordered by their last update, the deleted ones after the live ones."""
    found = company.ledger().db.execute(
        f"SELECT json FROM {rows.table(kind)} WHERE realm_id = ? AND updated_ms >= ?"
        " ORDER BY deleted, updated_ms, number LIMIT ?",
        (company.realm_id, since_ms, most),
    )
    return [row[0] for row in found]


def _group(kind: Entity, records: list[str]) -> str:
    if not records:
        return "{}"
    count = len(records)
    return (
        f'{{"{kind.name}":[{",".join(records)}],"startPosition":1,"maxResults":{count},"totalCount":{count}}}'
    )
