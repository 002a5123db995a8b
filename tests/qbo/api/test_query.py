from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo.api import Query
from qbo.api.query import literal

# How the language reads a string: apostrophes around it, a backslash in front of what is meant as itself.
STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
TRICKY = st.text(alphabet=st.sampled_from("a'\\% \n\"(),;é=")) | st.text()


def test_the_whole_statement() -> None:
    query = (
        Query("Invoice")
        .where("Balance", ">", Decimal("0"))
        .where("CustomerRef", "=", "123")
        .where_in("Id", ["1", "2"])
        .order_by("TxnDate", descending=True)
        .order_by("Id")
        .page(101, 50)
    )
    filters = "WHERE Balance > '0' AND CustomerRef = '123' AND Id IN ('1', '2')"
    assert query.text == (
        f"SELECT * FROM Invoice {filters} ORDERBY TxnDate DESC, Id ASC STARTPOSITION 101 MAXRESULTS 50"
    )
    assert query.count_text == f"SELECT COUNT(*) FROM Invoice {filters}"


def test_the_shortest_statement() -> None:
    assert Query("Term").text == "SELECT * FROM Term"
    assert Query("Term").count_text == "SELECT COUNT(*) FROM Term"


def test_inactive_records_and_hidden_fields_have_to_be_asked_for() -> None:
    assert Query("Item").with_fields("Sku").including_inactive().text == (
        "SELECT *, Sku FROM Item WHERE Active IN (true, false)"
    )


def test_a_query_does_not_change() -> None:
    query = Query("Customer")
    query.where("DisplayName", "LIKE", "A%").order_by("Id").page(1)
    assert query.text == "SELECT * FROM Customer"


@given(TRICKY)
def test_no_value_breaks_out_of_its_quotes(value: str) -> None:
    text = Query("Customer").where("DisplayName", "=", value).where("Active", "=", True).text
    matched = re.fullmatch(
        rf"SELECT \* FROM Customer WHERE DisplayName = {STRING.pattern} AND Active = true", text, re.DOTALL
    )
    assert matched
    assert re.sub(r"\\(.)", r"\1", matched[1], flags=re.DOTALL) == value


@given(st.lists(TRICKY, min_size=1, max_size=5))
def test_neither_does_one_of_many(values: list[str]) -> None:
    text = Query("Customer").where_in("DisplayName", values).text
    assert (
        STRING.sub("?", text)
        == f"SELECT * FROM Customer WHERE DisplayName IN ({', '.join('?' * len(values))})"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Adam's Candy Shop", r"'Adam\'s Candy Shop'"),
        ("C:\\", r"'C:\\'"),
        (True, "true"),
        (False, "false"),
        (7, "'7'"),
        (Decimal("1E+3"), "'1000'"),
        (Decimal("0.10"), "'0.10'"),
        (None, "' '"),
        (date(2026, 11, 3), "'2026-11-03'"),
        (datetime(2026, 11, 3, 9, 30, 1, 5, UTC), "'2026-11-03T09:30:01+00:00'"),
        (datetime(2026, 7, 3, 9, 30, tzinfo=timezone(timedelta(hours=-7))), "'2026-07-03T09:30:00-07:00'"),
    ],
)
def test_how_values_are_written(value: Any, text: str) -> None:
    assert literal(value) == text


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), object(), b"1"])
def test_values_that_cannot_be_written(value: Any) -> None:
    with pytest.raises(TypeError):
        literal(value)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        literal(datetime(2026, 11, 3))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("operator", ["!=", "<>", "OR", "IN", "NOT LIKE", "= '1' OR Id ="])
def test_operators_that_the_language_lacks(operator: str) -> None:
    with pytest.raises(ValueError, match="operator"):
        Query("Invoice").where("Balance", operator, 1)


@pytest.mark.parametrize("name", ["", "balance", "Id = '1' AND Id", "A.B.C", "Line[0]", "Id\n", "MetaData."])
def test_names_that_are_no_properties(name: str) -> None:
    builders: list[Callable[[Query], Query]] = [
        lambda query: query.where(name, "=", "1"),
        lambda query: query.where_in(name, ["1"]),
        lambda query: query.order_by(name),
        lambda query: query.with_fields(name),
    ]
    for build in builders:
        with pytest.raises(ValueError, match="property"):
            build(Query("Invoice"))


def test_references_are_compared_by_bare_name() -> None:
    with pytest.raises(ValueError, match="property"):
        Query("Invoice").where("CustomerRef.value", "=", "1")


@pytest.mark.parametrize("entity", ["", "invoice", "Invoice; DROP", "Invoice WHERE"])
def test_names_that_are_no_entities(entity: str) -> None:
    with pytest.raises(ValueError, match="entity"):
        Query(entity)


def test_an_id_is_only_compared_for_equality() -> None:
    with pytest.raises(ValueError, match="Id"):
        Query("Invoice").where("Id", ">", "1")


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        Query("Invoice").where_in("Id", [])


@pytest.mark.parametrize(("start", "size"), [(0, 10), (-1, 10), (1, 0), (1, 1001)])
def test_pages_outside_the_limits(start: int, size: int) -> None:
    with pytest.raises(ValueError, match="page"):
        Query("Invoice").page(start, size)
