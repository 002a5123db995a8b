"""Records in SQL: one table per entity, the record as JSON beside the columns that queries use."""
# ruff: noqa: S608 - the names of tables and columns come from the entities' own tables, values are always bound

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from emulator.clock import milliseconds, parse_time
from emulator.entities.base import Entity, Record
from emulator.wire import dumps, loads


@dataclass(frozen=True)
class Stored:
    """A record as it lies in its table."""

    record: Record
    deleted: bool


def create_tables(db: sqlite3.Connection, kinds: Sequence[Entity]) -> None:
    for kind in kinds:
        stored = "".join(f", {column.sql}" for column in kind.columns if column.stored)
        db.execute(
            f"CREATE TABLE IF NOT EXISTS {table(kind)} (realm_id TEXT NOT NULL, id TEXT NOT NULL,"
            " number INTEGER NOT NULL, active INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,"
            " created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, json TEXT NOT NULL"
            f"{stored}, UNIQUE (realm_id, id))"
        )
        # deleted and active stand behind number so that paging through the list never leaves this index
        _index(db, kind, "page", "number, deleted, active")
        _index(db, kind, "created", "created_ms, number")
        _index(db, kind, "updated", "updated_ms, number")
        for column in kind.columns:
            if column.stored:
                _index(db, kind, column.sql, f"{column.sql}, number")


def _index(db: sqlite3.Connection, kind: Entity, name: str, columns: str) -> None:
    db.execute(f"CREATE INDEX IF NOT EXISTS {table(kind)}_{name} ON {table(kind)} (realm_id, {columns})")


def table(kind: Entity) -> str:
    return f"record_{kind.name.lower()}"


def find(db: sqlite3.Connection, realm_id: str, kind: Entity, identity: str) -> Stored | None:
    row = db.execute(
        f"SELECT json, deleted FROM {table(kind)} WHERE realm_id = ? AND id = ?", (realm_id, identity)
    ).fetchone()
    return Stored(loads(row["json"]), bool(row["deleted"])) if row else None


def where(
    db: sqlite3.Connection, realm_id: str, kind: Entity, condition: str, values: Sequence[object]
) -> list[Record]:
    """Records that are not deleted and meet an SQL condition over the kind's columns, by Id."""
    found = db.execute(
        f"SELECT json FROM {table(kind)} WHERE realm_id = ? AND deleted = 0 AND {condition} ORDER BY number",
        (realm_id, *values),
    )
    return [loads(row["json"]) for row in found]


def save(
    db: sqlite3.Connection,
    realm_id: str,
    kind: Entity,
    record: Record,
    *,
    updated_ms: int,
    deleted: bool = False,
) -> None:
    """Write a record whole, new or not; its columns are taken from its JSON."""
    meta = record["MetaData"]
    created = meta.get("CreateTime", meta["LastUpdatedTime"])
    values = {
        "realm_id": realm_id,
        "id": record["Id"],
        "number": sort_number(record["Id"]),
        "active": int(record.get("Active", True)),
        "deleted": int(deleted),
        "created_ms": milliseconds(parse_time(created)),
        "updated_ms": updated_ms,
        "json": dumps(record),
    }
    for column in kind.columns:
        if column.stored:
            values[column.sql] = column.extract(record)
    db.execute(_upsert(kind), tuple(values.values()))


@cache
def _upsert(kind: Entity) -> str:
    names = ["realm_id", "id", "number", "active", "deleted", "created_ms", "updated_ms", "json"]
    names += [column.sql for column in kind.columns if column.stored]
    changes = ", ".join(f"{name} = excluded.{name}" for name in names[2:])
    return (
        f"INSERT INTO {table(kind)} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        f" ON CONFLICT (realm_id, id) DO UPDATE SET {changes}"
    )


PSEUDO_IDS = {"TAX": -3, "NON": -2, "CustomSalesTax": -1}  # facts 9.5: the pseudo tax codes come first


def is_id(text: str) -> bool:
    return text in PSEUDO_IDS or (text.isdecimal() and len(text) < 19)


def sort_number(identity: str) -> int:
    """The number that an Id sorts by and is found by in queries."""
    return int(identity) if identity.isdecimal() else PSEUDO_IDS[identity]
