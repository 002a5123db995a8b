"""The queue of events: what happened in a company and is still to be told, in the order it happened (facts 6.3)."""

import sqlite3
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from emulator.clock import EVERYBODY, milliseconds
from emulator.ledger import Happening, Ledger

LETTERS = {"created": "C", "updated": "U", "deleted": "D", "merged": "M", "voided": "V", "emailed": "E"}
# Facts 6.3. What is missing (TaxCode, TaxRate, CompanyInfo) has no events.
TOLD = {
    "Account": "CUDM", "Bill": "CUD", "BillPayment": "CUDV", "Budget": "CU", "Class": "CUDM", "CreditMemo": "CUDVE",
    "Currency": "CU", "Customer": "CUDM", "Department": "CUDM", "Deposit": "CUD", "Employee": "CUDM",
    "Estimate": "CUDE", "Invoice": "CUDVE", "Item": "CUDM", "JournalCode": "CU", "JournalEntry": "CUD",
    "Payment": "CUDVE", "PaymentMethod": "CUM", "Preferences": "U", "Purchase": "CUDV", "PurchaseOrder": "CUDE",
    "RefundReceipt": "CUDVE", "SalesReceipt": "CUDVE", "TaxAgency": "CU", "Term": "CU", "TimeActivity": "CUD",
    "Transfer": "CUDV", "Vendor": "CUDM", "VendorCredit": "CUD",
}  # fmt: skip
NAMES = {"CompanyCurrency": "Currency"}  # what the table calls by another name


@dataclass(frozen=True)
class Event:
    """One event. `number` is its place in the queue, `uid` stays the same however often it is delivered; the
    rest is what faults did to it (see `gathering`)."""

    number: int
    uid: str
    realm_id: str
    entity: str
    entity_id: str
    what: str
    deleted_id: str
    happened: datetime
    struck: bool
    due: float
    behind: bool
    again: bool

    @property
    def type(self) -> str:
        """`qbo.invoice.updated.v1` (facts 6.2)."""
        return f"qbo.{self.entity.lower()}.{self.what}.v1"


def told(entity: str, what: str) -> str:
    """What is told of something that happened to an entity: itself, an update where the table has no word for it
    (emulator choice), or nothing."""
    letters = TOLD.get(NAMES.get(entity, entity), "")
    if LETTERS[what] in letters:
        return what
    return "updated" if what in {"merged", "voided", "emailed"} and "U" in letters else ""


def queue(ledger: Ledger) -> bool:
    """Put what happened in these books into the queue of the endpoint that listens, if one does. Only companies
    connected by OAuth are told about (facts 6.5). True if there is something to deliver."""
    endpoint = listening(ledger.db, ledger.realm_id) if ledger.happened else None
    if endpoint is None or not _is_connected(ledger.db, ledger.realm_id):
        return False
    queued = False
    for (entity, identity), happening in ledger.happened.items():
        if what := told(entity, happening.what):
            named = NAMES.get(entity, entity)
            add(
                ledger.db,
                endpoint,
                ledger.realm_id,
                named,
                identity,
                happening._replace(what=what),
                ledger.now,
            )
            queued = True
    return queued


def add(
    db: sqlite3.Connection,
    endpoint: str,
    realm_id: str,
    entity: str,
    identity: str,
    happening: Happening,
    now: datetime,
) -> None:
    db.execute(
        "INSERT INTO webhook_events (uid, endpoint, realm_id, entity, entity_id, what, deleted_id, happened_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            str(uuid.uuid4()),
            endpoint,
            realm_id,
            entity,
            identity,
            happening.what,
            happening.deleted_id,
            milliseconds(now),
        ),
    )


def listening(db: sqlite3.Connection, realm_id: str) -> str | None:
    """The key of the endpoint for a company: its own realm id, `EVERYBODY`'s, or None without an endpoint."""
    row = db.execute(
        "SELECT realm_id FROM webhook_endpoints WHERE realm_id IN (?, ?) ORDER BY realm_id DESC LIMIT 1",
        (realm_id, EVERYBODY),
    ).fetchone()
    return str(row["realm_id"]) if row else None


def waiting(db: sqlite3.Connection, endpoint: str) -> list[Event]:
    """The queue of one endpoint, first come first."""
    found = db.execute("SELECT * FROM webhook_events WHERE endpoint = ? ORDER BY number", (endpoint,))
    return [
        Event(
            row["number"],
            row["uid"],
            row["realm_id"],
            row["entity"],
            row["entity_id"],
            row["what"],
            row["deleted_id"],
            datetime.fromtimestamp(row["happened_ms"] / 1000, UTC),
            bool(row["struck"]),
            row["due"],
            bool(row["behind"]),
            bool(row["again"]),
        )
        for row in found
    ]


def forget(db: sqlite3.Connection, realm_id: str) -> None:
    """Nothing that is still waiting for this company will be told."""
    db.execute("DELETE FROM webhook_events WHERE realm_id = ?", (realm_id,))


def _is_connected(db: sqlite3.Connection, realm_id: str) -> bool:
    return (
        db.execute("SELECT 1 FROM grants WHERE realm_id = ? AND revoked = 0 LIMIT 1", (realm_id,)).fetchone()
        is not None
    )
