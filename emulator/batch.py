"""Batch: up to thirty operations in one request, each with its own outcome (facts 4)."""

import random
from dataclasses import dataclass
from typing import Any

from emulator import entities
from emulator.books import Company
from emulator.cdc import changes
from emulator.entities.base import Record
from emulator.faults import QuickBooksFault, missing, unsupported
from emulator.query.executor import run
from emulator.wire import dumps, loads

LARGEST = 30
LONGEST_BID = 10  # where the batch has a requestid (facts 2)
MOST_OBJECTS = 1000  # in one answer


@dataclass(frozen=True)
class BatchRules:
    """`shuffled`: in any order, as the reference warns. `longest_bid` is None where any length will do."""

    shuffled: bool = False
    longest_bid: int | None = None


def run_batch(company: Company, payload: Record, rules: BatchRules) -> str:
    """The JSON text of the BatchItemResponse array. Items run one after the other in the order they came unless they
    are to be shuffled (emulator choice), and one that fails leaves the others alone."""
    items = payload.get("BatchItemRequest")
    if not isinstance(items, list):
        raise missing("BatchItemRequest")
    if len(items) > LARGEST:
        raise QuickBooksFault(
            1040, f"Batch size limit exceeded : at most {LARGEST} items, supplied {len(items)}"
        )
    _check_ids(items, rules)
    if rules.shuffled:
        items = random.sample(items, len(items))
    batch = _Batch(company)
    return f"[{','.join(batch.outcome(item) for item in items)}]"


def _check_ids(items: list[Any], rules: BatchRules) -> None:
    for item in items:
        batch_id = str(item.get("bId", "")) if isinstance(item, dict) else ""
        if rules.longest_bid is not None and len(batch_id) > rules.longest_bid:
            raise QuickBooksFault(
                2130,
                f"Invalid Request Id Format : bId {batch_id} has more than {rules.longest_bid} characters",
            )


class _Batch:
    """One batch under way; it counts the objects that it answers."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._objects = 0

    def outcome(self, item: Any) -> str:
        try:
            members = self._run(item)
        except QuickBooksFault as refusal:
            members = f'"Fault":{dumps(refusal.body())}'
        batch_id = item.get("bId") if isinstance(item, dict) else None
        return f"{{{members}{',' + dumps('bId') + ':' + dumps(batch_id) if batch_id is not None else ''}}}"

    def _run(self, item: Any) -> str:
        if not isinstance(item, dict):
            raise QuickBooksFault(2010, "Property Name:BatchItemRequest specified is unsupported or invalid")
        if "Query" in item:
            return self._query(str(item["Query"]))
        if "ReportQuery" in item:
            raise unsupported("ReportQuery in a batch")
        payloads = [
            (name, body) for name, body in item.items() if name not in {"bId", "operation", "optionsData"}
        ]
        if len(payloads) != 1 or not isinstance(payloads[0][1], dict):
            raise missing("BatchItemRequest")
        name, body = payloads[0]
        if name == "CDCQuery":
            return self._changes(body)
        # node-quickbooks' own live suite creates without naming an operation.
        operation = str(item.get("operation") or ("update" if body.get("Id") else "create"))
        options = str(item.get("optionsData", ""))
        record = _operate(self._company, name, body, operation, options)
        self._objects += 1
        return f'"{entities.get(name).name}":{dumps(record)}'

    def _query(self, statement: str) -> str:
        found = run(self._company.ledger(), statement)
        self._count(len(found.records))
        return f'"QueryResponse":{found.json()}'

    def _changes(self, asked: Record) -> str:
        names = asked.get("Entities", "")
        listed = ",".join(names) if isinstance(names, list) else str(names)
        text = changes(self._company, listed, str(asked.get("ChangedSince", "")))
        self._count(sum(int(group.get("maxResults", 0)) for group in loads(text)["QueryResponse"]))
        return f'"CDCResponse":{text}'

    def _count(self, more: int) -> None:
        """At most a thousand objects in all (facts 4); what would go beyond is a fault (emulator choice)."""
        self._objects += more
        if self._objects > MOST_OBJECTS:
            self._objects -= more
            raise QuickBooksFault(
                10100, f"Result set too large : a batch answers at most {MOST_OBJECTS} objects"
            )


def _operate(company: Company, name: str, body: Record, operation: str, options: str) -> Record:
    kind = entities.get(name)
    duplicates = "allowduplicatedocnum" in options.lower()
    if operation == "update" and "void" in options.lower():
        kind.allow("void")
        return company.void(kind.name, body)
    if operation not in {"create", "update", "delete"}:
        raise QuickBooksFault(500, f"Operation {operation} is not supported.", "Operation")
    kind.allow(operation)
    if operation == "delete":
        return company.delete(kind.name, body)
    if operation == "update":
        return company.update(kind.name, body, allow_duplicate_number=duplicates)
    return company.create(kind.name, body, allow_duplicate_number=duplicates)
