"""A company file: the one door to a company's records, for the API, the pages, the seeds and the controls alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from emulator import entities, mail, operations
from emulator.clock import Clock
from emulator.database import Database
from emulator.entities.base import Record
from emulator.ledger import Ledger
from emulator.merging import merge_customers
from emulator.query.executor import run
from emulator.taxservice import create_tax_code
from emulator.webhooks.events import queue

if TYPE_CHECKING:
    from emulator.mail import Email


class Company:
    """One company. Each method is one transaction; what QuickBooks refuses is raised as `QuickBooksFault`.

    Records go in and come out as the JSON objects of the API (`{"Id": "7", "DisplayName": ...}`), with numbers as
    `Decimal` or `int`. `at` writes history: it becomes the MetaData times and the default TxnDate.
    """

    def __init__(self, database: Database, clock: Clock, realm_id: str) -> None:
        self.realm_id = realm_id
        self._database = database
        self._clock = clock

    @property
    def name(self) -> str:
        """As CompanyInfo has it now."""
        return str(self.get("CompanyInfo", "1")["CompanyName"])

    @property
    def country(self) -> str:
        """ISO code of two letters."""
        return str(self._row()["country"])

    @property
    def now(self) -> datetime:
        """This company's time, in UTC."""
        return self._clock.now(self.realm_id)

    def create(
        self,
        entity: str,
        payload: Record,
        *,
        at: datetime | None = None,
        allow_duplicate_number: bool = False,
        inside: bool = False,
    ) -> Record:
        """`inside`: as somebody inside QuickBooks makes it, who may also make bundles."""
        with self._writing(at) as ledger:
            ledger.allow_duplicate_number, ledger.inside = allow_duplicate_number, inside
            return operations.create(ledger, entities.get(entity), payload)

    def update(
        self,
        entity: str,
        payload: Record,
        *,
        at: datetime | None = None,
        allow_duplicate_number: bool = False,
    ) -> Record:
        """Full update, or sparse if the payload says `"sparse": True`; Id and SyncToken are needed."""
        with self._writing(at) as ledger:
            ledger.allow_duplicate_number = allow_duplicate_number
            return operations.update(ledger, entities.get(entity), payload)

    def create_tax_code(self, payload: Record) -> Record:
        """A TaxService request: a tax code with its rates."""
        with self._writing() as ledger:
            return create_tax_code(ledger, payload)

    def edit(self, entity: str, identity: str, changes: Record) -> Record:
        """A sparse change as somebody inside QuickBooks makes it: no token needed, and settings that only
        QuickBooks' own pages can change may be changed."""
        with self._writing() as ledger:
            ledger.inside = True
            return operations.edit(ledger, entities.get(entity), identity, changes)

    def touch(self, entity: str, identity: str, changes: Record | None = None) -> None:
        """Somebody else saves the record: its SyncToken moves on, with or without changes."""
        with self._writing() as ledger:
            if changes:
                operations.edit(ledger, entities.get(entity), identity, changes)
            else:
                operations.touch(ledger, entities.get(entity), identity)

    def delete(self, entity: str, payload: Record, *, at: datetime | None = None) -> Record:
        """Delete a transaction; answers the stub `{"status": "Deleted", "domain": "QBO", "Id": ...}`."""
        with self._writing(at) as ledger:
            return operations.delete(ledger, entities.get(entity), payload)

    def void(self, entity: str, payload: Record, *, at: datetime | None = None) -> Record:
        with self._writing(at) as ledger:
            return operations.void(ledger, entities.get(entity), payload)

    def merge(self, survivor_id: str, loser_id: str) -> Record:
        """Merge a customer into another, inside QuickBooks; answers the one that stays."""
        with self._writing() as ledger:
            return merge_customers(ledger, survivor_id, loser_id)

    def send(
        self, entity: str, identity: str, to: str | None = None, *, at: datetime | None = None
    ) -> Record:
        """Email a sales form (it lands in `emails()`); answers the record as it is afterwards."""
        with self._writing(at) as ledger:
            return operations.send(ledger, entities.get(entity), identity, to)

    def attach(self, payload: Record, content: bytes) -> Record:
        """Store a file with its Attachable, which tells its size and where it lies (facts 9.5)."""
        kind = entities.get("Attachable")
        with self._writing() as ledger:
            made = operations.create(ledger, kind, payload)
            where = f"/v3/company/{self.realm_id}/download/{made['Id']}"
            whole = {**made, "FileAccessUri": where, "Size": len(content)}
            ledger.db.execute(
                "INSERT INTO files (realm_id, attachable_id, content) VALUES (?, ?, ?)",
                (self.realm_id, made["Id"], content),
            )
            return ledger.save(kind, whole, made, token=False)

    def file(self, identity: str) -> bytes | None:
        """The file of an Attachable that is still there."""
        row = (
            self._database.connection()
            .execute(
                "SELECT content FROM files WHERE realm_id = ? AND attachable_id = ?",
                (self.realm_id, identity),
            )
            .fetchone()
        )
        return bytes(row["content"]) if row and self._reading().find("Attachable", identity) else None

    def get(self, entity: str, identity: str) -> Record:
        return operations.read(self._reading(), entities.get(entity), identity)

    def query(self, text: str) -> dict[str, Any]:
        """The `QueryResponse` member of an answer, e.g. `{"Customer": [...], "startPosition": 1, "maxResults": 2}`."""
        return run(self._reading(), text).parsed()

    def all(self, entity: str) -> list[Record]:
        """Every record that is not deleted, inactive ones included, by Id."""
        return self._reading().where(entity, "1")

    def emails(self) -> list["Email"]:
        """What was sent, newest first."""
        return mail.sent(self._database.connection(), self.realm_id)

    def ledger(self) -> Ledger:
        """The books opened for reading."""
        return self._reading()

    @contextmanager
    def _writing(self, at: datetime | None = None) -> Iterator[Ledger]:
        with self._database.writing() as db:
            ledger = Ledger(db, self.realm_id, (at or self.now).astimezone(UTC))
            yield ledger
            if at is None and queue(ledger):  # written history is no news
                self._database.news.set()

    def _reading(self) -> Ledger:
        return Ledger(self._database.connection(), self.realm_id, self.now)

    def _row(self) -> Any:
        return (
            self._database.connection()
            .execute("SELECT name, country FROM companies WHERE realm_id = ?", (self.realm_id,))
            .fetchone()
        )
