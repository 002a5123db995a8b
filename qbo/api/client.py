"""What the rest of the project asks QuickBooks for: parsed answers, pages as generators, typed errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from qbo.api import calls, errors, faults, payloads
from qbo.api.calls import Call
from qbo.api.errors import OutcomeUnknown, QuickBooksError
from qbo.api.query import MAX_PAGE_SIZE, Query
from qbo.api.transport import Response, Transport

Json: TypeAlias = dict[str, Any]

# Over all the entities of one answer together; there is no second page (docs/quickbooks.md section 5).
CDC_LIMIT = 1000


@dataclass(frozen=True)
class QueryPage:
    """Rows of one page. `total` only if QuickBooks volunteers it; `time` is its own clock."""

    rows: list[Json]
    start: int
    count: int
    total: int | None
    time: datetime


@dataclass(frozen=True)
class Changes:
    """What changed, by entity name. `full`: the answer hit its limit, so there may be more than it says."""

    objects: dict[str, list[Json]]
    deleted: dict[str, list[str]]
    time: datetime
    full: bool


class Client:
    """Talks to one company. Every method raises `QuickBooksError`; nothing else of the wire gets out."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def perform(self, call: Call, request_id: str | None = None) -> Json:
        """Send a call and return its parsed body, envelope included."""
        response = self._transport.perform(call, request_id=request_id)
        found = faults.parse(response.body) if not response.body.lstrip().startswith(b"{") else ()
        body = None if found else _parsed(response.body)
        found = found or faults.from_json(body)
        if found:
            raise _fault_under_success(call, response, found)
        if not isinstance(body, dict):
            raise _unreadable(call, response, "the answer is not JSON")
        return body

    def entity(self, call: Call, request_id: str | None = None) -> Json:
        """Send a call about one object and return that object, out of its `{"Invoice": {...}}`."""
        body = self.perform(call, request_id)
        found = body.get(call.entity or "")
        if not isinstance(found, dict):
            raise OutcomeUnknown(
                f"the answer holds no {call.entity}", method=call.method, path=call.path, status=200
            )
        return found

    def read(self, entity: str, id: str) -> Json:
        """One object by Id. Raises `ObjectNotFound` when it is gone."""
        return self.entity(calls.read(entity, id))

    def query(self, query: Query | str) -> QueryPage:
        """One page of rows."""
        call = calls.query(query.text if isinstance(query, Query) else query)
        return _page(call, self.perform(call))

    def pages(self, query: Query, page_size: int = MAX_PAGE_SIZE, start: int = 1) -> Iterator[QueryPage]:
        """All pages from row `start` on, by Id unless the query states an order.

        Rows that appear or vanish meanwhile shift the later pages, so a reader that needs all of them
        compares with `count()` or asks for changes afterwards.
        """
        ordered = query if query.order else query.order_by("Id")
        while True:
            page = self.query(ordered.page(start, page_size))
            yield page
            if len(page.rows) < page_size:
                return
            start += page_size

    def iterate(self, query: Query, page_size: int = MAX_PAGE_SIZE) -> Iterator[Json]:
        """All rows, fetched page by page as they are needed."""
        for page in self.pages(query, page_size):
            yield from page.rows

    def count(self, query: Query) -> int:
        """How many rows the query has, over all pages."""
        call = calls.query(query.count_text)
        total = _query_response(call, self.perform(call)).get("totalCount")
        if not isinstance(total, int):
            raise OutcomeUnknown("the answer holds no count", method=call.method, path=call.path, status=200)
        return total

    def pdf(self, entity: str, id: str) -> bytes:
        """The document as QuickBooks prints it."""
        call = calls.pdf(entity, id)
        response = self._transport.perform(call)
        if response.body.startswith(b"%PDF"):
            return response.body
        found = faults.parse(response.body)
        if found:
            raise _fault_under_success(call, response, found)
        raise _unreadable(call, response, "the answer is not a PDF")

    def report(self, name: str, **params: str) -> Json:
        """A report as QuickBooks gives it; `reports` reads it."""
        return self.perform(calls.report(name, params))

    def company_info(self) -> Json:
        """Name, addresses and settings of the company."""
        return self.entity(calls.company_info(self._transport.realm_id))

    def preferences(self) -> Json:
        """The company's preferences."""
        return self.entity(calls.preferences())

    def cdc(self, entities: Sequence[str], since: datetime) -> Changes:
        """Everything of these entities that changed since a moment at most 30 days ago."""
        call = calls.cdc(entities, since)
        body = self.perform(call)
        objects: dict[str, list[Json]] = {entity: [] for entity in entities}
        deleted: dict[str, list[str]] = {entity: [] for entity in entities}
        for entity, row in _changed_rows(call, body):
            if row.get("status") == "Deleted":
                deleted.setdefault(entity, []).append(row["Id"])
            else:
                objects.setdefault(entity, []).append(row)
        received = sum(map(len, objects.values())) + sum(map(len, deleted.values()))
        return Changes(objects, deleted, _time(call, body), full=received >= CDC_LIMIT)

    def batch(self, call: Call, request_id: str | None) -> dict[str, Json | QuickBooksError]:
        """Send a batch (see `calls.batch`); returns, for every `bId`, the object or the error it met.

        An item that QuickBooks does not mention has an unknown outcome. Raises when the batch as a whole
        failed.
        """
        items = payloads.loads(call.body or b"{}")["BatchItemRequest"]
        answered = {
            answer.get("bId"): answer for answer in _rows(self.perform(call, request_id), "BatchItemResponse")
        }
        return {item["bId"]: _item_result(call, item, answered.get(item["bId"])) for item in items}


def _parsed(body: bytes) -> Any:
    try:
        return payloads.loads(body)
    except ValueError:
        return None


def _page(call: Call, body: Json) -> QueryPage:
    response = _query_response(call, body)
    rows = next((value for value in response.values() if isinstance(value, list)), [])
    return QueryPage(
        rows=rows,
        start=response.get("startPosition", 1),
        count=response.get("maxResults", len(rows)),
        total=response.get("totalCount"),
        time=_time(call, body),
    )


def _query_response(call: Call, body: Json) -> Json:
    response = body.get("QueryResponse")
    if not isinstance(response, dict):
        raise OutcomeUnknown(
            "the answer holds no QueryResponse", method=call.method, path=call.path, status=200
        )
    return response


def _changed_rows(call: Call, body: Json) -> Iterator[tuple[str, Json]]:
    """Entity name and row of everything in a CDC answer; its parts are grouped by entity and may be empty."""
    answers = _rows(body, "CDCResponse")
    if not answers:
        # "Nothing changed" has its own form; taking this for it would move the watermark past real changes.
        raise OutcomeUnknown("the answer holds no changes", method=call.method, path=call.path, status=200)
    for answer in answers:
        found = faults.from_json(answer)
        if found:
            raise errors.from_faults(found, method=call.method, path=call.path)
        for part in _rows(answer, "QueryResponse"):
            for entity, rows in part.items():
                if isinstance(rows, list):
                    yield from ((entity, row) for row in rows)


def _rows(body: Json, name: str) -> list[Json]:
    rows = body.get(name)
    return rows if isinstance(rows, list) else []


def _item_result(call: Call, item: Mapping[str, Any], answer: Json | None) -> Json | QuickBooksError:
    path = f"batch item {item['bId']}"
    if answer is None:
        return OutcomeUnknown("the answer does not mention it", method=call.method, path=path, status=200)
    found = faults.from_json(answer)
    if found:
        return errors.from_faults(found, method=call.method, path=path)
    obj = answer.get(calls.batch_entity(item))
    if not isinstance(obj, dict):
        return OutcomeUnknown("the answer holds no object", method=call.method, path=path, status=200)
    return obj


def _time(call: Call, body: Json) -> datetime:
    try:
        return payloads.parse_time(body["time"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise OutcomeUnknown(
            "the answer holds no time", method=call.method, path=call.path, status=200
        ) from None


def _fault_under_success(call: Call, response: Response, found: tuple[faults.Fault, ...]) -> QuickBooksError:
    return errors.from_faults(
        found, method=call.method, path=call.path, status=response.status, intuit_tid=response.intuit_tid
    )


def _unreadable(call: Call, response: Response, summary: str) -> QuickBooksError:
    return OutcomeUnknown(
        summary, method=call.method, path=call.path, status=response.status, intuit_tid=response.intuit_tid
    )
