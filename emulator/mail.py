"""The emails that QuickBooks would have sent: kept, not sent."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from emulator.clock import milliseconds


@dataclass(frozen=True)
class Email:
    """One email; the PDF of `entity`/`entity_id` is its attachment."""

    number: int
    sent_at: datetime
    recipient: str
    subject: str
    message: str
    entity: str
    entity_id: str


def keep(db: sqlite3.Connection, realm_id: str, email: Email) -> None:
    """Store an email; its `number` is given by the database."""
    db.execute(
        "INSERT INTO emails (realm_id, sent_ms, recipient, subject, message, entity, entity_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            realm_id,
            milliseconds(email.sent_at),
            email.recipient,
            email.subject,
            email.message,
            email.entity,
            email.entity_id,
        ),
    )


def sent(db: sqlite3.Connection, realm_id: str) -> list[Email]:
    found = db.execute("SELECT * FROM emails WHERE realm_id = ? ORDER BY number DESC", (realm_id,))
    return [
        Email(
            row["number"],
            datetime.fromtimestamp(row["sent_ms"] / 1000, UTC),
            row["recipient"],
            row["subject"],
            row["message"],
            row["entity"],
            row["entity_id"],
        )
        for row in found
    ]
