"""Batch: up to thirty operations in one request, each with its own outcome (facts 4)."""

from typing import Any

from emulator import entities
from emulator.books import Company
from emulator.entities.base import Record
from emulator.faults import QuickBooksFault, missing, unsupported
from emulator.query.executor import run
from emulator.wire import dumps

LARGEST = 30


def run_batch(company: Company, payload: Record) -> str:
    """The JSON text of the BatchItemResponse array. Items run one after the other in the order they came
    (emulator choice), and one that fails leaves the others alone."""
    items = payload.get("BatchItemRequest")
    if not isinstance(items, list):
        raise missing("BatchItemRequest")
    if len(items) > LARGEST:
        raise QuickBooksFault(
            1040, f"Batch size limit exceeded : at most {LARGEST} items, supplied {len(items)}"
        )
    return f"[{','.join(_outcome(company, item) for item in items)}]"


def _outcome(company: Company, item: Any) -> str:
    try:
        members = _run(company, item)
    except QuickBooksFault as refusal:
        members = f'"Fault":{dumps(refusal.body())}'
    batch_id = item.get("bId") if isinstance(item, dict) else None
    return f"{{{members}{',' + dumps('bId') + ':' + dumps(batch_id) if batch_id is not None else ''}}}"


def _run(company: Company, item: Any) -> str:
    if not isinstance(item, dict):
        raise QuickBooksFault(2010, "Property Name:BatchItemRequest specified is unsupported or invalid")
    if "Query" in item:
        return f'"QueryResponse":{run(company.ledger(), str(item["Query"])).json()}'
    payloads = [
        (name, body) for name, body in item.items() if name not in {"bId", "operation", "optionsData"}
    ]
    if len(payloads) != 1 or not isinstance(payloads[0][1], dict):
        raise missing("BatchItemRequest")
    name, body = payloads[0]
    if name in {"ReportQuery", "CDCQuery"}:
        raise unsupported(f"{name} in a batch")
    record = _operate(company, name, body, str(item.get("operation", "")), str(item.get("optionsData", "")))
    return f'"{entities.get(name).name}":{dumps(record)}'


def _operate(company: Company, name: str, body: Record, operation: str, options: str) -> Record:
    kind = entities.get(name)
    duplicates = "allowduplicatedocnum" in options.lower()
    if operation == "update" and "void" in options.lower():
        kind.allow("void")
        return company.void(kind.name, body)
    if operation not in {"create", "update", "delete"}:
        raise QuickBooksFault(500, f"Operation {operation or '(none)'} is not supported.", "Operation")
    kind.allow(operation)
    if operation == "delete":
        return company.delete(kind.name, body)
    if operation == "update":
        return company.update(kind.name, body, allow_duplicate_number=duplicates)
    return company.create(kind.name, body, allow_duplicate_number=duplicates)
