"""Where webhooks go, and what became of each POST; all of it survives a restart."""

import ipaddress
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from emulator.clock import Clock
from emulator.database import Database
from emulator.ledger import Happening
from emulator.webhooks import events, payload
from emulator.webhooks.events import Event
from emulator.wire import dumps, loads

# Facts 6.5: seconds after each failure, and the last of them for ever after.
RETRY_AFTER = (10, 20, 30, 5 * 60, 20 * 60, 2 * 3600, 4 * 3600, 6 * 3600)
WAITING, DELIVERED = "waiting", "delivered"
KEPT = 5000  # the oldest beyond these are forgotten
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Endpoint:
    """Where events of one company go, or of all that have no endpoint of their own (`realm_id` is EVERYBODY)."""

    realm_id: str
    url: str
    verifier_token: str
    format: str = payload.CLOUD_EVENTS
    content_type: str = JSON


@dataclass(frozen=True)
class Attempt:
    """One POST. `status` is 0 where nothing was answered; `answer` then says why."""

    at: datetime
    status: int
    answer: str


@dataclass(frozen=True)
class Delivery:
    number: int
    endpoint: str
    url: str
    headers: dict[str, str]
    body: str
    state: str
    due: float
    attempts: list[Attempt]


class Deliveries:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # endpoints

    def listen(self, endpoint: Endpoint) -> None:
        """Set the endpoint of a company or of everybody; without a url it is taken away, and so is what waits for it.

        Raises `ValueError` for an unknown format, and for a target that is not on this machine: nothing may leave it.
        """
        if endpoint.url:
            _require_loopback(endpoint.url)
        if endpoint.format not in payload.FORMATS:
            raise ValueError(f"unknown format {endpoint.format}; known are {', '.join(payload.FORMATS)}")
        with self._database.writing() as db:
            db.execute("DELETE FROM webhook_endpoints WHERE realm_id = ?", (endpoint.realm_id,))
            if endpoint.url:
                db.execute(
                    "INSERT INTO webhook_endpoints (realm_id, url, verifier_token, format, content_type)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (
                        endpoint.realm_id,
                        endpoint.url,
                        endpoint.verifier_token,
                        endpoint.format,
                        endpoint.content_type,
                    ),
                )
            else:
                db.execute("DELETE FROM webhook_events WHERE endpoint = ?", (endpoint.realm_id,))
                db.execute(
                    "DELETE FROM webhook_deliveries WHERE endpoint = ? AND state = ?",
                    (endpoint.realm_id, WAITING),
                )
            self._database.news.set()

    def endpoints(self) -> list[Endpoint]:
        found = self._database.connection().execute("SELECT * FROM webhook_endpoints ORDER BY realm_id")
        return [Endpoint(*row) for row in found]

    def endpoint(self, realm_id: str) -> Endpoint | None:
        """The one that hears of this company: its own, or everybody's."""
        key = events.listening(self._database.connection(), realm_id)
        return next((found for found in self.endpoints() if found.realm_id == key), None)

    # what is to be posted

    def test(
        self, realm_id: str, entity: str = "Customer", identity: str = "1", what: str = "updated"
    ) -> bool:
        """Queue a sample event, as the button of Intuit's webhooks page does (facts 6.5); False without an endpoint."""
        with self._database.writing() as db:
            endpoint = events.listening(db, realm_id)
            if endpoint is None:
                return False
            now = self._clock.now(realm_id)
            events.add(db, endpoint, realm_id or "0", entity, identity, Happening(what), now)
            self._database.news.set()
        return True

    def resend(self, number: int) -> bool:
        """Post the same body and headers once more, at once, as a delivery of its own (so that one which is under way
        stays what it is); False if that number is not remembered."""
        with self._database.writing() as db:
            added = db.execute(
                "INSERT INTO webhook_deliveries (endpoint, url, headers, body, realms, state, due, attempts)"
                " SELECT endpoint, url, headers, body, realms, ?, 0, '[]' FROM webhook_deliveries WHERE number = ?",
                (WAITING, number),
            )
            self._database.news.set()
        return added.rowcount > 0

    def write(self, endpoint: Endpoint, carried: list[Event]) -> None:
        """Make one delivery of these events. Inside the transaction that takes them from the queue."""
        headers = payload.headers(endpoint.content_type, self._clock.now(endpoint.realm_id))
        with self._database.writing() as db:
            added = db.execute(
                "INSERT INTO webhook_deliveries (endpoint, url, headers, body, realms, state, due, attempts)"
                " VALUES (?, ?, ?, ?, ?, ?, 0, '[]')",
                (
                    endpoint.realm_id,
                    endpoint.url,
                    dumps(headers),
                    payload.body(endpoint.format, carried),
                    " ".join(sorted({event.realm_id for event in carried})),
                    WAITING,
                ),
            )
            db.execute(
                "DELETE FROM webhook_deliveries WHERE number <= ?", (int(added.lastrowid or 0) - KEPT,)
            )

    def waiting(self, endpoint: str) -> list[Delivery]:
        """What this endpoint has not acknowledged yet, the oldest first."""
        return self._read("endpoint = ? AND state = ? ORDER BY number", endpoint, WAITING)

    def latest(self, realm_id: str, count: int) -> list[Delivery]:
        """The newest deliveries that told of a company, or of any company; the newest first."""
        about = "(? = '' OR ' ' || realms || ' ' LIKE '% ' || ? || ' %') ORDER BY number DESC LIMIT ?"
        return self._read(about, realm_id, realm_id, count)

    def answered(self, delivery: Delivery, attempt: Attempt) -> None:
        """Remember an attempt; all but a 200 is tried again later (facts 6.5)."""
        attempts = [*delivery.attempts, attempt]
        delay = RETRY_AFTER[min(len(attempts), len(RETRY_AFTER)) - 1]
        with self._database.writing() as db:
            db.execute(
                "UPDATE webhook_deliveries SET attempts = ?, state = ?, due = ? WHERE number = ?",
                (
                    dumps([_attempt_json(made) for made in attempts]),
                    DELIVERED if attempt.status == 200 else WAITING,
                    self._clock.seconds(delivery.endpoint) + delay,
                    delivery.number,
                ),
            )

    def _read(self, condition: str, *values: object) -> list[Delivery]:
        found = self._database.connection().execute(
            f"SELECT * FROM webhook_deliveries WHERE {condition}",  # noqa: S608 - the conditions above
            values,
        )
        return [_delivery(row) for row in found]


def _delivery(row: sqlite3.Row) -> Delivery:
    attempts = [
        Attempt(datetime.fromtimestamp(made["ms"] / 1000, UTC), made["status"], made["answer"])
        for made in loads(row["attempts"])
    ]
    return Delivery(
        row["number"],
        row["endpoint"],
        row["url"],
        loads(row["headers"]),
        row["body"],
        row["state"],
        row["due"],
        attempts,
    )


def _attempt_json(attempt: Attempt) -> dict[str, object]:
    return {
        "ms": int(attempt.at.timestamp() * 1000),
        "status": attempt.status,
        "answer": attempt.answer,
    }


def _require_loopback(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "http" or not (host == "localhost" or _is_loopback(host)):
        raise ValueError(f"{url} is not an http address on this machine (localhost, 127.0.0.1 or ::1)")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
