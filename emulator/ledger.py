"""One company's books inside one transaction: what the rules of each entity read and write."""

import sqlite3
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from emulator import entities, rows
from emulator.clock import metadata_time, milliseconds, parse_time
from emulator.entities.base import Entity, Record
from emulator.faults import QuickBooksFault, not_found, stale
from emulator.wire import amount


class Happening(NamedTuple):
    """What became of one record in one transaction: created, updated, deleted, merged, voided or emailed."""

    what: str
    deleted_id: str = ""


class Ledger:
    """The open books. `now` is the company's time, or the past that a seed writes."""

    def __init__(self, db: sqlite3.Connection, realm_id: str, now: datetime) -> None:
        self.db = db
        self.realm_id = realm_id
        self.now = now
        self.allow_duplicate_number = False
        self.inside = False  # written by somebody inside QuickBooks, who may do what clients may not
        self.happened: dict[tuple[str, str], Happening] = {}  # what webhooks will tell of this transaction
        self._glances: dict[tuple[str, str], Record | None] = {}

    # reading

    def find(self, entity: str, identity: str) -> Record | None:
        """A record that exists, or None if it never did or was deleted."""
        stored = rows.find(self.db, self.realm_id, entities.get(entity), identity)
        return stored.record if stored and not stored.deleted else None

    def glance(self, entity: str, identity: str) -> Record | None:
        """`find` for looking only: remembered while these books are open, since every line of a form asks for the
        same items and tax codes. The record must not be changed."""
        key = (entity, identity)
        if key not in self._glances:
            self._glances[key] = self.find(entity, identity)
        return self._glances[key]

    def need(self, entity: str, identity: str) -> Record:
        """A record, or the fault 610."""
        record = self.find(entity, identity)
        if record is None:
            raise not_found()
        return record

    def where(self, entity: str, condition: str, *values: object) -> list[Record]:
        return rows.where(self.db, self.realm_id, entities.get(entity), condition, values)

    def knows(self, entity: str) -> bool:
        """False for the entities that references may name and this emulator lacks, such as CustomerType."""
        return entity in entities.BY_NAME

    def spelled(self, entity: str) -> str | None:
        """The name of an entity as QuickBooks spells it, or None for one that is not there."""
        return next((name for name in entities.BY_NAME if name.lower() == entity.lower()), None)

    def display_name(self, entity: str, record: Record) -> str:
        """What a reference to this record shows as its name."""
        return str(record.get(entities.get(entity).display, ""))

    @cached_property
    def preferences(self) -> Record:
        return self.need("Preferences", "1")

    @cached_property
    def country(self) -> str:
        row = self.db.execute("SELECT country FROM companies WHERE realm_id = ?", (self.realm_id,)).fetchone()
        return str(row["country"])

    @cached_property
    def home_currency(self) -> dict[str, str]:
        home: dict[str, str] = self.preferences["CurrencyPrefs"]["HomeCurrency"]
        return home

    @property
    def multicurrency(self) -> bool:
        return bool(self.prefers("CurrencyPrefs", "MultiCurrencyEnabled"))

    def prefers(self, group: str, name: str) -> Any:
        """One setting of Preferences; None where it is absent."""
        return self.preferences.get(group, {}).get(name)

    def prefers_other(self, name: str) -> bool:
        """One of the settings that stand in OtherPrefs as a name and a text."""
        pairs = self.prefers("OtherPrefs", "NameValue") or []
        return any(pair.get("Name") == name and pair.get("Value") == "true" for pair in pairs)

    # writing

    def count(self, sequence: str) -> int:
        """The next number of a sequence of this company, from 1."""
        row = self.db.execute(
            "INSERT INTO counters (realm_id, name, value) VALUES (?, ?, 1)"
            " ON CONFLICT (realm_id, name) DO UPDATE SET value = value + 1 RETURNING value",
            (self.realm_id, sequence),
        ).fetchone()
        return int(row["value"])

    def insert(self, kind: Entity, record: Record, identity: str | None = None) -> Record:
        """Give a new record its Id, token and times, and store it."""
        stamp = metadata_time(self.now)
        record["domain"] = "QBO"
        record["sparse"] = False
        record["Id"] = identity or self._fresh_id(kind)
        record["SyncToken"] = "0"
        record["MetaData"] = {"CreateTime": stamp, "LastUpdatedTime": stamp}
        self._store(kind, record)
        self.report(kind, record["Id"], "created")
        self._owe(kind, record, None)
        return record

    def _fresh_id(self, kind: Entity) -> str:
        """The next Id. Kinds that clients cannot make may hold Ids that a seed chose, which are passed over."""
        identity = str(self.count(kind.sequence or kind.name))
        while "create" not in kind.operations and rows.find(self.db, self.realm_id, kind, identity):
            identity = str(self.count(kind.sequence or kind.name))
        return identity

    def insert_bare(self, kind: Entity, record: Record) -> None:
        """A record with an Id of its own and no SyncToken, domain or sparse: the pseudo tax codes (facts 9.5)."""
        stamp = metadata_time(self.now)
        self._store(kind, {**record, "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}})

    def save(self, kind: Entity, record: Record, old: Record, *, token: bool = True) -> Record:
        """Store a changed record. Every write of an object counts its SyncToken up by one (facts 2);
        `token=False` is for changes that only move along, such as a customer's balance (emulator choice)."""
        if token:
            record["SyncToken"] = str(int(old["SyncToken"]) + 1)
            self.report(kind, record["Id"], "updated")
        record["sparse"] = False
        moment = self._not_before(old)
        record["MetaData"] = {**old["MetaData"], "LastUpdatedTime": metadata_time(moment)}
        self._store(kind, record, moment)
        self._owe(kind, record, old)
        return record

    def rewrite(self, entity: str, record: Record, old: Record, *, token: bool = True) -> Record:
        """`save` for the rules of one entity that change a record of another."""
        return self.save(entities.get(entity), record, old, token=token)

    def enter(self, entity: str, record: Record) -> Record:
        """A record that QuickBooks makes by itself while it writes another; its references must be good."""
        kind = entities.get(entity)
        kind.fill(self, record)
        kind.settle(self, record, None)
        self.insert(kind, record)
        kind.spread(self, record, None)
        return record

    def remove(self, kind: Entity, old: Record) -> None:
        """Delete for good; the row stays as the stub that change data capture reports (facts 5)."""
        self._owe(kind, None, old)
        self.report(kind, old["Id"], "deleted")
        stub = {
            "status": "Deleted",
            "domain": "QBO",
            "Id": old["Id"],
            "MetaData": {"LastUpdatedTime": metadata_time(self.now)},
        }
        rows.save(self.db, self.realm_id, kind, stub, updated_ms=milliseconds(self.now), deleted=True)

    def report(self, kind: Entity, identity: str, what: str, deleted_id: str = "") -> None:
        """Remember what becomes of a record here, for the webhooks (facts 6.3); an update tells less than whatever was
        said of the record before. `deleted_id` is the record that a merge took in."""
        key = (kind.name, identity)
        if what != "updated" or key not in self.happened:
            self.happened[key] = Happening(what, deleted_id)

    def check_token(self, kind: Entity, old: Record, token: Any) -> None:
        """5010 unless the request was made from the newest version (facts 8.1)."""
        if token is None or not str(token).strip():
            raise QuickBooksFault(2020, "Required parameter SyncToken is missing in the request", "SyncToken")
        if str(token) != old.get("SyncToken"):
            raise stale(kind.name.lower())

    def _store(self, kind: Entity, record: Record, moment: datetime | None = None) -> None:
        self._glances.pop((kind.name, record["Id"]), None)
        rows.save(self.db, self.realm_id, kind, record, updated_ms=milliseconds(moment or self.now))

    def _not_before(self, old: Record) -> datetime:
        """A seed may write history out of order; an update is still never older than what it updates."""
        return max(parse_time(old["MetaData"]["LastUpdatedTime"]), self.now)

    # balances

    def _owe(self, kind: Entity, new: Record | None, old: Record | None) -> None:
        """Move the customer's balance by what this write changed (facts 9.4, effects on the rest)."""
        changes: dict[str, Decimal] = {}
        for record, sign in ((new, 1), (old, -1)):
            for customer, owed in (kind.owed_by(self, record) if record is not None else {}).items():
                changes[customer] = changes.get(customer, Decimal(0)) + sign * owed
        for customer, change in changes.items():
            if change:
                self._add_to_balance(customer, change)

    def _add_to_balance(self, identity: str, change: Decimal) -> None:
        """The customer's own Balance, and BalanceWithJobs up to the topmost parent. LastUpdatedTime moves and
        SyncToken stays (emulator choice; the published samples show such customers with token 0)."""
        kind = entities.get("Customer")
        own = True
        while identity:
            customer = self.need("Customer", identity)
            if own:
                customer["Balance"] = amount(Decimal(customer["Balance"]) + change)
            customer["BalanceWithJobs"] = amount(Decimal(customer["BalanceWithJobs"]) + change)
            self.save(kind, customer, dict(customer), token=False)
            own = False
            identity = customer.get("ParentRef", {}).get("value", "")
