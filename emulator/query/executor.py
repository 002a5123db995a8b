"""A parsed query into SQL over one entity's table, and its rows into a QueryResponse (facts 3)."""
# ruff: noqa: S608 - the names of tables and columns come from the entities' own tables, values are always bound

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from emulator import entities, rows
from emulator.clock import milliseconds, parse_time, today
from emulator.entities.base import Entity
from emulator.entities.columns import Column, Kind, SqlValue
from emulator.faults import QuickBooksFault
from emulator.query.parser import CURRENT_DATE, Condition, Query, Value, parse
from emulator.wire import dumps, loads

if TYPE_CHECKING:
    from emulator.ledger import Ledger

COUNTED = {"TaxCode", "TaxRate"}  # facts 3: totalCount stands beside the rows for some entities only
Clause = tuple[str, list[SqlValue]]


@dataclass
class Result:
    """An answer whose records are still the JSON text of their table: most of them only travel on."""

    entity: str = ""
    records: list[str] = field(default_factory=list)
    start: int = 1
    total: int | None = None

    def json(self) -> str:
        """The QueryResponse object as text."""
        parts = []
        if self.records:
            parts.append(f'"{self.entity}":[{",".join(self.records)}]')
            parts.append(f'"startPosition":{self.start},"maxResults":{len(self.records)}')
        if self.total is not None:
            parts.append(f'"totalCount":{self.total}')
        return "{" + ",".join(parts) + "}"

    def parsed(self) -> dict[str, Any]:
        answer: dict[str, Any] = loads(self.json())
        return answer


def run(ledger: "Ledger", text: str) -> Result:
    """Raises `QuickBooksFault` 4000, 4001 or 501."""
    query = parse(text)
    kind = _kind(query.entity)
    condition, values = _where(ledger, kind, query)
    if query.count:
        return Result(total=_count(ledger, kind, condition, values))
    names = [_projected(kind, name) for name in query.projection]
    found = _rows(ledger, kind, query, condition, values)
    result = Result(kind.name, [_part(record, names) for record in found] if names else found, query.start)
    if result.records and (kind.name in COUNTED or _names_invoices(query, kind)):
        result.total = _count(ledger, kind, condition, values)
    return result


def _projected(kind: Entity, name: str) -> str:
    """An attribute by its spelling in QuickBooks; 4001 for one that the entity lacks."""
    first, _, rest = name.partition(".")
    known = next((field for field in kind.fields if field.casefold() == first.casefold()), None)
    if known is None:
        raise QuickBooksFault(4001, f"QueryValidationError: Property {name} not found for Entity {kind.name}")
    return f"{known}.{rest}" if rest else known


def _part(record: str, names: Sequence[str]) -> str:
    """Only the attributes asked for, and a `sparse` that says so (Intuit's Attachable page)."""
    whole: dict[str, Any] = loads(record)
    part: dict[str, Any] = {"sparse": True}
    for name in names:
        source, target = whole, part
        *above, last = name.split(".")
        for step in above:
            source, target = source.get(step, {}), target.setdefault(step, {})
        if last in source:
            target[last] = source[last]
    return dumps(part)


def _kind(name: str) -> Entity:
    kind = entities.get(name)
    kind.allow("query")
    return kind


def _names_invoices(query: Query, kind: Entity) -> bool:
    return kind.name == "Invoice" and any(
        condition.attribute.upper() == "ID" for condition in query.conditions
    )


def _count(ledger: "Ledger", kind: Entity, condition: str, values: Sequence[SqlValue]) -> int:
    found = ledger.db.execute(f"SELECT COUNT(*) FROM {rows.table(kind)} WHERE {condition}", values)
    return int(found.fetchone()[0])


def _rows(
    ledger: "Ledger", kind: Entity, query: Query, condition: str, values: Sequence[SqlValue]
) -> list[str]:
    """One page. The inner query finds it in an index alone, so that a late page costs little more than the first."""
    table, order = rows.table(kind), _order(kind, query)
    found = ledger.db.execute(
        f"SELECT json FROM {table} WHERE rowid IN"
        f" (SELECT rowid FROM {table} WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?) ORDER BY {order}",
        [*values, query.limit, query.start - 1],
    )
    return [row[0] for row in found]


def _order(kind: Entity, query: Query) -> str:
    """Queries without an order go by Id upwards, and ties by Id in the direction of the last order, so that an index
    can be read as it lies (emulator choice: facts 3 know both directions)."""
    parts = []
    direction = "ASC"
    for order in query.orders:
        column = _column(kind, order.attribute)
        if not column.sortable:
            raise QuickBooksFault(4001, f"QueryValidationError: property '{column.path}' is not sortable")
        direction = "DESC" if order.descending else "ASC"
        parts.append(f"{column.sql} {direction}")
        if column.kind is Kind.ID:  # nothing after the Id can matter
            return ", ".join(parts)
    return ", ".join([*parts, f"number {direction}"])


def _column(kind: Entity, attribute: str) -> Column:
    column = kind.column(attribute)
    if column is None or not (column.filterable or column.sortable):
        known = next((name for name in kind.fields if name.casefold() == attribute.casefold()), None)
        if known:
            raise QuickBooksFault(4001, f"QueryValidationError: property '{known}' is not queryable")
        raise QuickBooksFault(
            4001, f"QueryValidationError: Property {attribute} not found for Entity {kind.name}"
        )
    return column


def _where(ledger: "Ledger", kind: Entity, query: Query) -> tuple[str, list[SqlValue]]:
    clauses: list[Clause] = [("realm_id = ?", [ledger.realm_id])]
    clauses += [_clause(ledger, kind, condition) for condition in query.conditions]
    clauses.append(("deleted = 0", []))
    if kind.has_active and not any(condition.attribute.upper() == "ACTIVE" for condition in query.conditions):
        clauses.append(("active = 1", []))  # inactive records are hidden unless asked for
    return " AND ".join(sql for sql, _ in clauses), [value for _, values in clauses for value in values]


def _clause(ledger: "Ledger", kind: Entity, condition: Condition) -> Clause:
    column = _column(kind, condition.attribute)
    if not column.filterable:
        raise QuickBooksFault(4001, f"QueryValidationError: property '{column.path}' is not queryable")
    if column.kind is Kind.ID:
        return _id_clause(condition)
    if condition.operator == "LIKE":
        return _like_clause(column, condition.values[0].text)
    if column.kind is Kind.MOMENT:
        return _moment_clause(ledger, column, condition)
    if condition.operator == "=" and condition.values[0] == Value(" ", True):  # the null test of facts 3
        return f"({column.sql} IS NULL OR {column.sql} = '')", []
    values = [_sql_value(ledger, column, value) for value in condition.values]
    return f"{column.sql} {_operator(condition.operator, len(values))}", values


def _operator(operator: str, count: int) -> str:
    return f"IN ({', '.join('?' * count)})" if operator == "IN" else f"{operator} ?"


def _id_clause(condition: Condition) -> Clause:
    if condition.operator not in {"=", "IN"}:
        raise QuickBooksFault(
            4001, f"QueryValidationError: operator {condition.operator} is not supported for Id"
        )
    names = [value.text.strip() for value in condition.values]
    values: list[SqlValue] = [rows.sort_number(name) for name in names if rows.is_id(name)]
    return f"number IN ({', '.join('?' * len(values))})", values


def _like_clause(column: Column, pattern: str) -> Clause:
    """Only `%` is a wildcard; `_` means itself (facts 3)."""
    if column.kind in {Kind.NUMBER, Kind.FLAG, Kind.MOMENT}:
        raise QuickBooksFault(4001, f"QueryValidationError: operator LIKE is not supported for {column.path}")
    escaped = pattern.casefold().replace("\\", "\\\\").replace("_", "\\_")
    return f"{column.sql} LIKE ? ESCAPE '\\'", [escaped]


def _moment_clause(ledger: "Ledger", column: Column, condition: Condition) -> Clause:
    """Times are compared by the whole second, as they are shown (emulator choice)."""
    clauses = []
    for value in condition.values:
        second = _moment(ledger, value) // 1000 * 1000
        after = second + 1000
        clauses.append(
            {
                "=": (f"({column.sql} >= ? AND {column.sql} < ?)", [second, after]),
                "IN": (f"({column.sql} >= ? AND {column.sql} < ?)", [second, after]),
                "<": (f"{column.sql} < ?", [second]),
                "<=": (f"{column.sql} < ?", [after]),
                ">": (f"{column.sql} >= ?", [after]),
                ">=": (f"{column.sql} >= ?", [second]),
            }[condition.operator]
        )
    text = " OR ".join(sql for sql, _ in clauses)
    return (f"({text})" if len(clauses) > 1 else text), [value for _, values in clauses for value in values]


def _moment(ledger: "Ledger", value: Value) -> int:
    text = today(ledger.now).isoformat() if _is_today(value) else value.text.strip().replace(" ", "+")
    try:
        return milliseconds(parse_time(text))
    except ValueError:
        raise QuickBooksFault(4001, f"QueryValidationError: Invalid date {value.text}") from None


def _is_today(value: Value) -> bool:
    return not value.quoted and value.text == CURRENT_DATE


def _sql_value(ledger: "Ledger", column: Column, value: Value) -> SqlValue:
    text = today(ledger.now).isoformat() if _is_today(value) else value.text
    try:
        if column.kind is Kind.NUMBER:
            return float(Decimal(text.strip()))
        if column.kind is Kind.FLAG:
            return ("false", "true").index(text.strip().casefold())
        if column.kind is Kind.DAY:
            return date.fromisoformat(text.strip()[:10]).isoformat()
    except (InvalidOperation, ValueError):
        raise QuickBooksFault(4001, f"QueryValidationError: Invalid value {text} for {column.path}") from None
    return text.casefold()
