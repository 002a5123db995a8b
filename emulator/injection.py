"""Faults on request: which requests they hit, and how often. What they do is done in `traffic` and `api`."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from emulator.database import Database
from emulator.faults import KINDS as CODES
from emulator.wire import dumps, loads

KINDS = (
    "lost_answer", "reset", "delay", "401", "403", "429", "500", "503", "fault_200", "code", "stale_token", "truncated",
    "webhook_dropped", "webhook_doubled", "webhook_delayed", "webhook_reordered",
)  # fmt: skip


@dataclass
class Rule:
    """One fault. Empty text matches everything; `path` matches a part of the path, `entity` the path's entity, the
    entity of a query and those of a batch. `after` lets that many matches pass first, `count` is how many then fail
    (0 for all). `seconds` is the length of a delay, `changes` what `stale_token` changes in the record, and `code` the
    row of facts 8.3 that the kind "code" answers with."""

    kind: str
    realm_id: str = ""
    method: str = ""
    path: str = ""
    entity: str = ""
    after: int = 0
    count: int = 1
    seconds: float = 0
    changes: dict[str, Any] | None = None
    code: int = 0
    id: int = 0
    hits: int = 0

    def matches(self, realm_id: str, method: str, path: str, entities: Sequence[str]) -> bool:
        return (
            not self.is_of_webhooks
            and self.realm_id in {"", realm_id}
            and self.method.upper() in {"", method}
            and self.path in path
            and (not self.entity or self.entity.lower() in entities)
        )

    @property
    def is_of_webhooks(self) -> bool:
        """It hits events on their way out, not requests on their way in."""
        return self.kind.startswith("webhook_")

    def matches_event(self, realm_id: str, type: str, entity: str) -> bool:
        """`path` matches a part of the event's type, such as `invoice.voided`."""
        return (
            self.is_of_webhooks
            and self.realm_id in {"", realm_id}
            and self.path in type
            and self.entity.lower() in {"", entity.lower()}
        )


class Faults:
    """The rules in force; they survive a restart.

    Who needs both takes the database's turn to write first and the lock second: the webhooks' courier asks for its
    faults in the middle of a write.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        found = database.connection().execute("SELECT id, rule FROM faults ORDER BY id")
        self._rules = [Rule(**{**loads(row["rule"]), "id": row["id"]}) for row in found]

    def add(self, rule: Rule) -> Rule:
        """Put a rule in force. Raises `ValueError` for a kind that does not exist."""
        if rule.kind not in KINDS:
            raise ValueError(f"unknown kind {rule.kind!r}; known are {', '.join(KINDS)}")
        if rule.kind == "code" and rule.code not in CODES:
            raise ValueError(f"unknown code {rule.code}; known are {', '.join(map(str, sorted(CODES)))}")
        with self._database.writing() as db, self._lock:
            added = db.execute("INSERT INTO faults (rule) VALUES (?)", (dumps(asdict(rule)),))
            rule.id = int(added.lastrowid or 0)
            self._rules.append(rule)
        return rule

    def rules(self, realm_id: str = "") -> list[Rule]:
        with self._lock:
            return [rule for rule in self._rules if not realm_id or rule.realm_id in {"", realm_id}]

    def clear(self, realm_id: str = "") -> None:
        """Forget all rules, or those of one company."""
        with self._database.writing() as db, self._lock:
            gone = [rule for rule in self._rules if not realm_id or rule.realm_id == realm_id]
            self._rules = [rule for rule in self._rules if rule not in gone]
            db.executemany("DELETE FROM faults WHERE id = ?", [(rule.id,) for rule in gone])

    def strike(self, realm_id: str, method: str, path: str, entities: Sequence[str]) -> Rule | None:
        """The fault that this request meets, if any; it is counted."""
        return self._first(lambda rule: rule.matches(realm_id, method, path, entities))

    def strike_event(self, realm_id: str, type: str, entity: str) -> Rule | None:
        """The fault that this webhook event meets, if any; it is counted."""
        return self._first(lambda rule: rule.matches_event(realm_id, type, entity))

    def _first(self, matches: Callable[[Rule], bool]) -> Rule | None:
        if not any(matches(rule) for rule in self.rules()):
            return None  # as nearly always, and without waiting for a turn to write
        with self._database.writing() as db, self._lock:
            return next((rule for rule in self._rules if matches(rule) and self._hit(db, rule)), None)

    def _hit(self, db: sqlite3.Connection, rule: Rule) -> bool:
        if rule.count and rule.hits >= rule.after + rule.count:
            return False
        rule.hits += 1
        db.execute("UPDATE faults SET rule = ? WHERE id = ?", (dumps(asdict(rule)), rule.id))
        return rule.hits > rule.after
