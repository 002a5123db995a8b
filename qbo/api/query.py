"""Statements in QuickBooks' query language, built so that a value can never become syntax.

    Query("Invoice").where("Balance", ">", Decimal("0")).order_by("Id").page(1, 100).text

The language has no OR, no joins and no NOT; strings are quoted with apostrophes and escaped with a backslash.
Reference:
https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/data-queries
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = str | bool | int | Decimal | date | datetime | None

MAX_PAGE_SIZE = 1000
DEFAULT_PAGE_SIZE = 100
OPERATORS = frozenset({"=", "<", ">", "<=", ">=", "LIKE"})

_ENTITY = re.compile(r"[A-Z][A-Za-z]*\Z")
_PROPERTY = re.compile(r"[A-Z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]*)?\Z")


@dataclass(frozen=True)
class Query:
    """One immutable SELECT; each method returns a new one and refuses (`ValueError`) bad syntax."""

    entity: str
    conditions: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    start: int | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        if not _ENTITY.match(self.entity):
            raise ValueError(f"not an entity name: {self.entity!r}")

    def where(self, prop: str, operator: str, value: Value) -> Query:
        """Add `prop operator value`, joined by AND. `None` asks for rows without a value."""
        operator = operator.upper()
        if operator not in OPERATORS:
            raise ValueError(f"not an operator of the query language: {operator!r}")
        if prop == "Id" and operator != "=":
            raise ValueError("Id can only be compared with = or IN")
        return self._and(f"{_property(prop)} {operator} {literal(value)}")

    def where_in(self, prop: str, values: Iterable[Value]) -> Query:
        """Add `prop IN (...)`. An empty list is refused: asking for nothing would be a call for nothing."""
        literals = ", ".join(literal(value) for value in values)
        if not literals:
            raise ValueError(f"no values for {prop} IN (...)")
        return self._and(f"{_property(prop)} IN ({literals})")

    def including_inactive(self) -> Query:
        """Ask for inactive records as well; QuickBooks hides them otherwise."""
        return self.where_in("Active", [True, False])

    def with_fields(self, *names: str) -> Query:
        """Ask for fields that `*` leaves out of lists, such as an item's `Sku`."""
        return replace(self, fields=(*self.fields, *(_property(name) for name in names)))

    def order_by(self, prop: str, *, descending: bool = False) -> Query:
        """Add an order; the earlier ones weigh more."""
        return replace(self, order=(*self.order, f"{_property(prop)} {'DESC' if descending else 'ASC'}"))

    def page(self, start: int, size: int = DEFAULT_PAGE_SIZE) -> Query:
        """Rows `start` (counted from 1) to `start + size - 1`; at most 1,000 at a time."""
        if start < 1:
            raise ValueError(f"pages start at 1, not at {start}")
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise ValueError(f"a page holds 1 to {MAX_PAGE_SIZE} rows, not {size}")
        return replace(self, start=start, size=size)

    @property
    def text(self) -> str:
        """The statement that asks for the rows."""
        parts = [f"SELECT {', '.join(('*', *self.fields))} FROM {self.entity}", *self._filter()]
        if self.order:
            parts.append("ORDERBY " + ", ".join(self.order))
        if self.start is not None:
            parts.append(f"STARTPOSITION {self.start} MAXRESULTS {self.size}")
        return " ".join(parts)

    @property
    def count_text(self) -> str:
        """The statement that asks how many rows there are, over all pages."""
        return " ".join([f"SELECT COUNT(*) FROM {self.entity}", *self._filter()])

    def _and(self, condition: str) -> Query:
        return replace(self, conditions=(*self.conditions, condition))

    def _filter(self) -> list[str]:
        return ["WHERE " + " AND ".join(self.conditions)] if self.conditions else []


def literal(value: Value) -> str:
    """A value as it stands in a statement: booleans bare, all else quoted, even numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{_escaped(_as_text(value))}'"


def _as_text(value: Value) -> str:
    if value is None:
        return " "  # The language's own way to say "no value".
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be compared with QuickBooks' times")
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"{value!r} cannot stand in a query")


def _escaped(text: str) -> str:
    # The backslash first, or a name that ends in one would swallow its closing quote.
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _property(name: str) -> str:
    """A property name such as `Id` or `MetaData.LastUpdatedTime`; references are compared by bare name."""
    if not _PROPERTY.match(name):
        raise ValueError(f"not a property name: {name!r}")
    return name
