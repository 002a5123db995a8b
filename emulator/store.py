"""Everything the emulator remembers, in one SQLite file: the companies in it, and how to open one."""
# ruff: noqa: S608 - the table names are our own constants

import secrets
import sqlite3
from typing import Any

from emulator import entities, rows
from emulator.books import Company
from emulator.clock import EVERYBODY, Clock, Dial, milliseconds
from emulator.database import Database
from emulator.entities.company import company_info, preferences_of
from emulator.entities.tax import PSEUDO_CODES
from emulator.ledger import Ledger

PER_COMPANY = ("counters", "dials", "emails", "answers", "requests", "webhook_events", "files")


class Store:
    """The open file. Survives restarts; safe to use from many threads."""

    def __init__(self, path: str) -> None:
        self.database = Database(path)
        with self.database.writing() as db:
            rows.create_tables(db, entities.ALL)
        self.clock = Clock(_dials(self.database.connection()))

    def companies(self) -> list[Company]:
        found = self.database.connection().execute(
            "SELECT realm_id FROM companies ORDER BY created_ms, realm_id"
        )
        return [self._open(row["realm_id"]) for row in found]

    def company(self, realm_id: str) -> Company | None:
        """A company of the file, or None."""
        found = self.database.connection().execute("SELECT 1 FROM companies WHERE realm_id = ?", (realm_id,))
        return self._open(realm_id) if found.fetchone() else None

    def create_company(
        self,
        realm_id: str | None = None,
        name: str = "Sample Company",
        country: str = "US",
        preferences: dict[str, dict[str, Any]] | None = None,
    ) -> Company:
        """A company file with its CompanyInfo, Preferences and pseudo tax codes (TAX, NON, CustomSalesTax) and
        nothing else. `preferences` is laid over the defaults group by group, e.g.
        `{"SalesFormsPrefs": {"CustomTxnNumbers": True}}`.
        """
        realm_id = realm_id or _fresh_realm_id()
        now = self.clock.now(realm_id)
        with self.database.writing() as db:
            db.execute(
                "INSERT INTO companies (realm_id, name, country, created_ms) VALUES (?, ?, ?, ?)",
                (realm_id, name, country, milliseconds(now)),
            )
            ledger = Ledger(db, realm_id, now)
            ledger.insert(entities.get("CompanyInfo"), company_info(name, country, now))
            ledger.insert(entities.get("Preferences"), preferences_of(name, country, preferences or {}))
            for code in PSEUDO_CODES if country == "US" else ():  # TAX and NON are American (facts 10)
                ledger.insert_bare(entities.get("TaxCode"), dict(code))
        return self._open(realm_id)

    def drop_company(self, realm_id: str) -> None:
        """Remove a company with all its records; its OAuth grants stay, for it may be made anew."""
        with self.database.writing() as db:
            for kind in entities.ALL:
                db.execute(f"DELETE FROM {rows.table(kind)} WHERE realm_id = ?", (realm_id,))
            for table in (*PER_COMPANY, "companies"):
                db.execute(f"DELETE FROM {table} WHERE realm_id = ?", (realm_id,))
        self.clock.release(realm_id)

    def turn_clock(
        self, realm_id: str = EVERYBODY, *, to: float | None = None, by: float = 0, speed: float | None = None
    ) -> Dial:
        """`Clock.turn`, remembered over restarts."""
        dial = self.clock.turn(realm_id, to=to, by=by, speed=speed)
        with self.database.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO dials (realm_id, set_at, shown, speed) VALUES (?, ?, ?, ?)",
                (realm_id, dial.set_at, dial.shown, dial.speed),
            )
        return dial

    def setting(self, name: str) -> str | None:
        row = (
            self.database.connection()
            .execute("SELECT value FROM settings WHERE name = ?", (name,))
            .fetchone()
        )
        return str(row["value"]) if row else None

    def set_setting(self, name: str, value: str) -> None:
        with self.database.writing() as db:
            db.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, value))

    def _open(self, realm_id: str) -> Company:
        return Company(self.database, self.clock, realm_id)


def _dials(db: sqlite3.Connection) -> dict[str, Dial]:
    return {
        row["realm_id"]: Dial(row["set_at"], row["shown"], row["speed"])
        for row in db.execute("SELECT * FROM dials")
    }


def _fresh_realm_id() -> str:
    """Looks like a real one: 19 digits starting with 93414."""
    return f"93414{secrets.randbelow(10**14):014d}"
