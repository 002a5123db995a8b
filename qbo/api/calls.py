"""The calls that QuickBooks Online understands, as values: built here, sent by `transport`.

A `Call` holds everything that goes over the wire except the address, the token and the request id, so it can
be stored before it leaves and sent again, byte for byte, when its outcome is unknown.
Reference: https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from qbo.api import payloads

JSON = "application/json"
MAX_BATCH_ITEMS = 30
MAX_BATCH_ID_LENGTH = 10

# Longer statements go as a POST body: proxies and servers cut long addresses off.
_LONGEST_QUERY_IN_ADDRESS = 1000

_BATCH_OPERATIONS = frozenset({"create", "update", "delete"})
_BATCH_ITEM_WORDS = frozenset({"bId", "operation", "optionsData"})


@dataclass(frozen=True)
class Call:
    """One request. `path` follows `/v3/company/{realm}/`; `entity` is the name the answer is wrapped in."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    content_type: str | None = None
    accept: str = JSON
    entity: str | None = None

    @property
    def is_read(self) -> bool:
        """Whether the call only asks: it may be repeated at will, and Intuit meters it."""
        return self.method == "GET" or self.path == "query"

    @property
    def is_email(self) -> bool:
        """Whether it has QuickBooks send an e-mail, of which nobody knows if a request id keeps it from going twice."""
        return self.path.endswith("/send")


def create(entity: str, payload: Mapping[str, Any], *, include: Sequence[str] = ()) -> Call:
    """Create an object; `include` takes options such as `allowduplicatedocnum`."""
    if "Id" in payload:
        raise ValueError(f"a new {entity} has no Id; use update()")
    params = (("include", ",".join(include)),) if include else ()
    return _write(entity, payload, params)


def update(entity: str, payload: Mapping[str, Any]) -> Call:
    """Update an object. The payload carries Id, SyncToken and, if it is not complete, `"sparse": True`."""
    missing = [name for name in ("Id", "SyncToken") if not payload.get(name)]
    if missing:
        raise ValueError(f"an update of {entity} needs {' and '.join(missing)}")
    return _write(entity, payload)


def delete(entity: str, id: str, sync_token: str) -> Call:
    """Delete a transaction for good; QuickBooks answers with a stub whose `status` is `Deleted`."""
    return _write(entity, {"Id": id, "SyncToken": sync_token}, (("operation", "delete"),))


def void(entity: str, id: str, sync_token: str) -> Call:
    """Void a transaction: it stays in the books with zero amounts. `ValueError` where there is no void."""
    if entity == "Invoice":
        return _write(entity, {"Id": id, "SyncToken": sync_token}, (("operation", "void"),))
    if entity in ("Payment", "SalesReceipt"):
        payload = {"Id": id, "SyncToken": sync_token, "sparse": True}
        return _write(entity, payload, (("operation", "update"), ("include", "void")))
    raise ValueError(f"QuickBooks cannot void a {entity} through its API")


def send(entity: str, id: str, to: str | None = None) -> Call:
    """Have QuickBooks e-mail the document, to its own billing address unless `to` names another."""
    params = (("sendTo", to),) if to else ()
    path = f"{_object_path(entity, id)}/send"
    return Call("POST", path, params, body=b"", content_type="application/octet-stream", entity=entity)


def read(entity: str, id: str) -> Call:
    """Read one object whole."""
    return Call("GET", _object_path(entity, id), entity=entity)


def pdf(entity: str, id: str) -> Call:
    """QuickBooks' own printed form of a document."""
    return Call("GET", f"{_object_path(entity, id)}/pdf", accept="application/pdf", entity=entity)


def query(text: str) -> Call:
    """Run a statement of the query language (see `query.Query`)."""
    if len(text) > _LONGEST_QUERY_IN_ADDRESS:
        return Call("POST", "query", body=text.encode(), content_type="application/text")
    return Call("GET", "query", (("query", text),))


def batch(items: Sequence[Mapping[str, Any]]) -> Call:
    """Up to 30 independent writes in one request, each `{"bId", "operation", "<Entity>": {...}}`.

    QuickBooks promises no order among them and matches answers by `bId`. Raises `ValueError` for a malformed
    item.
    """
    if not 1 <= len(items) <= MAX_BATCH_ITEMS:
        raise ValueError(f"a batch holds 1 to {MAX_BATCH_ITEMS} items, not {len(items)}")
    for item in items:
        _check_batch_item(item)
    if len({item["bId"] for item in items}) < len(items):
        raise ValueError("two items of a batch share a bId")
    return Call("POST", "batch", body=payloads.dumps({"BatchItemRequest": items}), content_type=JSON)


def batch_entity(item: Mapping[str, Any]) -> str:
    """The entity that a batch item is about. Raises `ValueError` unless there is exactly one."""
    entities = list(item.keys() - _BATCH_ITEM_WORDS)
    if len(entities) != 1:
        raise ValueError(f"batch item {item.get('bId')}: exactly one entity belongs to it")
    return entities[0]


def cdc(entities: Iterable[str], changed_since: datetime) -> Call:
    """Everything of these entities that changed since a moment, at most 30 days ago (change data capture)."""
    if changed_since.tzinfo is None:
        raise ValueError("changed_since needs a time zone")
    since = changed_since.isoformat(timespec="seconds")
    return Call("GET", "cdc", (("entities", ",".join(entities)), ("changedSince", since)))


def report(name: str, params: Mapping[str, str]) -> Call:
    """One of QuickBooks' reports, such as AgedReceivables."""
    return Call("GET", f"reports/{quote(name, safe='')}", tuple(params.items()))


def company_info(realm_id: str) -> Call:
    """Name, addresses and settings of the company."""
    return Call("GET", f"companyinfo/{quote(realm_id, safe='')}", entity="CompanyInfo")


def preferences() -> Call:
    """The company's preferences: numbering, taxes, currencies, the closing date of the books."""
    return Call("GET", "preferences", entity="Preferences")


def _write(entity: str, payload: Mapping[str, Any], params: tuple[tuple[str, str], ...] = ()) -> Call:
    body = payloads.dumps(payload)
    return Call("POST", entity.lower(), params, body=body, content_type=JSON, entity=entity)


def _object_path(entity: str, id: str) -> str:
    if not id:
        raise ValueError(f"no Id given for {entity}")
    return f"{entity.lower()}/{quote(id, safe='')}"


def _check_batch_item(item: Mapping[str, Any]) -> None:
    bid = item.get("bId")
    if not isinstance(bid, str) or not 1 <= len(bid) <= MAX_BATCH_ID_LENGTH:
        raise ValueError(f"a batch item's bId has 1 to {MAX_BATCH_ID_LENGTH} characters, not {bid!r}")
    if item.get("operation") not in _BATCH_OPERATIONS:
        raise ValueError(f"batch item {bid}: operation is one of {', '.join(sorted(_BATCH_OPERATIONS))}")
    batch_entity(item)
