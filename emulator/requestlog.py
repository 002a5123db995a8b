"""Every request that reached the emulator, for tests and for the page that shows them."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from emulator.clock import milliseconds
from emulator.database import Database

KEPT = 50_000  # the oldest beyond these are forgotten
LONGEST_BODY = 100_000


@dataclass(frozen=True)
class LoggedRequest:
    """One request. `status` is what was answered, or would have been had a fault not eaten the answer."""

    id: int
    time: datetime
    realm_id: str
    method: str
    path: str
    query: str
    body: str
    status: int


class RequestLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, request: LoggedRequest) -> None:
        """Add a request; its id is given here."""
        with self._database.writing() as db:
            added = db.execute(
                "INSERT INTO requests (time_ms, realm_id, method, path, query, body, status)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    milliseconds(request.time),
                    request.realm_id,
                    request.method,
                    request.path,
                    request.query,
                    request.body[:LONGEST_BODY],
                    request.status,
                ),
            )
            number = int(added.lastrowid or 0)
            if number % 1000 == 0:
                db.execute("DELETE FROM requests WHERE id <= ?", (number - KEPT,))

    def read(self, realm_id: str = "", since: int = 0, limit: int = 10_000) -> list[LoggedRequest]:
        """Requests with an id above `since`, the oldest first."""
        found = self._database.connection().execute(
            "SELECT * FROM requests WHERE id > ? AND (? = '' OR realm_id = ?) ORDER BY id LIMIT ?",
            (since, realm_id, realm_id, limit),
        )
        return [_logged(row) for row in found]

    def latest(self, realm_id: str, count: int) -> list[LoggedRequest]:
        """The newest requests of one company, the newest first."""
        found = self._database.connection().execute(
            "SELECT * FROM requests WHERE realm_id = ? ORDER BY id DESC LIMIT ?", (realm_id, count)
        )
        return [_logged(row) for row in found]


def _logged(row: sqlite3.Row) -> LoggedRequest:
    return LoggedRequest(
        row["id"],
        datetime.fromtimestamp(row["time_ms"] / 1000, UTC),
        row["realm_id"],
        row["method"],
        row["path"],
        row["query"],
        row["body"],
        row["status"],
    )
