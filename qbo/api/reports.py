"""Reading QuickBooks' report JSON: columns, and rows that may stand in sections of sections.

    {"Columns": {"Column": [{"ColTitle", "ColType", "MetaData"?}]},
     "Rows": {"Row": [{"ColData": [{"value", "id"?}]}                                 a row
                    | {"Header": {"ColData"}, "Rows": {"Row": [...]}, "Summary": {"ColData"}, "group"?}]}}   a section

Reference: https://developer.intuit.com/app/developer/qbo/docs/api/accounting/report-entities/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

Json = Mapping[str, Any]
ZERO = Decimal(0)


class UnreadableReport(ValueError):
    """The report has not the form, or not the columns, that it was asked for."""


@dataclass(frozen=True)
class Cell:
    value: str
    id: str = ""

    @property
    def money(self) -> Decimal:
        """The amount in it; an empty cell means nothing. Raises UnreadableReport."""
        try:
            return Decimal(self.value.replace(",", "")) if self.value.strip() else ZERO
        except InvalidOperation:
            raise UnreadableReport(f"{self.value!r} is not an amount") from None


@dataclass(frozen=True)
class OpenDocument:
    """A document of AgedReceivableDetail or CustomerBalanceDetail with something open, in home currency: credits and
    unapplied payments are negative."""

    txn_type: str
    id: str
    number: str
    date: str
    customer: str
    customer_id: str
    open: Decimal


def open_documents(report: Json) -> list[OpenDocument]:
    """All documents of an AgedReceivableDetail. Raises UnreadableReport."""
    keys = _keys(report)
    for needed in ("txn_type", "cust_name", "subt_open_bal"):
        if needed not in keys:
            raise UnreadableReport(f"the report has no column {needed}")
    return [_document(dict(zip(keys, cells, strict=False))) for cells in _rows(report.get("Rows") or {})]


def grand_total(report: Json) -> Decimal:
    """The last figure of the last row of a summary such as AgedReceivables; nothing when it has no rows."""
    rows = (report.get("Rows") or {}).get("Row") or []
    if not rows:
        return ZERO
    cells = _cells((rows[-1].get("Summary") or rows[-1]).get("ColData") or [])
    if not cells:
        raise UnreadableReport("the last row has no figures")
    return cells[-1].money


def _document(cells: dict[str, Cell]) -> OpenDocument:
    kind, customer, blank = cells["txn_type"], cells["cust_name"], Cell("")
    return OpenDocument(
        kind.value,
        kind.id,
        cells.get("doc_num", blank).value,
        cells.get("tx_date", blank).value,
        customer.value,
        customer.id,
        cells["subt_open_bal"].money,
    )


def _keys(report: Json) -> list[str]:
    """What each column is: its key where QuickBooks gives one, else its type."""
    columns = (report.get("Columns") or {}).get("Column")
    if not isinstance(columns, list):
        raise UnreadableReport("the report has no columns")
    return [_key(column) for column in columns]


def _key(column: Json) -> str:
    named = {str(pair.get("Name")): str(pair.get("Value")) for pair in column.get("MetaData") or []}
    return named.get("ColKey") or str(column.get("ColType"))


def _rows(rows: Json) -> Iterator[list[Cell]]:
    """The data rows of every section, without headings and sums."""
    for row in rows.get("Row") or []:
        if "ColData" in row:
            yield _cells(row["ColData"])
        if "Rows" in row:
            yield from _rows(row["Rows"])


def _cells(data: Any) -> list[Cell]:
    return [Cell(str(cell.get("value") or ""), str(cell.get("id") or "")) for cell in data]
