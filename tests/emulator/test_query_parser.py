"""Facts 3: the parser alone, over generated statements."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.faults import QuickBooksFault
from emulator.query.parser import Condition, Order, Query, Value, parse

WORDS = st.text(string.ascii_letters, min_size=1, max_size=12).filter(
    lambda word: (
        word.upper()
        not in {
            "WHERE",
            "ORDERBY",
            "ORDER",
            "STARTPOSITION",
            "MAXRESULTS",
            "AND",
            "IN",
            "LIKE",
            "FROM",
            "COUNT",
        }
        and word.upper() not in {"TRUE", "FALSE", "ASC", "DESC", "BY", "SELECT", "CURRENT"}
    )
)
VALUES = st.one_of(
    st.builds(Value, st.text(max_size=20), st.just(True)),
    st.sampled_from([Value("TRUE", False), Value("FALSE", False), Value("CURRENT_DATE", False)]),
)
CONDITIONS = st.one_of(
    st.builds(Condition, WORDS, st.sampled_from(["=", "<", ">", "<=", ">="]), st.tuples(VALUES)),
    st.builds(Condition, WORDS, st.just("IN"), st.lists(VALUES, min_size=1, max_size=4).map(tuple)),
    st.builds(
        Condition, WORDS, st.just("LIKE"), st.tuples(st.builds(Value, st.text(max_size=9), st.just(True)))
    ),
)
QUERIES = st.builds(
    Query,
    entity=WORDS,
    count=st.booleans(),
    conditions=st.lists(CONDITIONS, max_size=3),
    orders=st.lists(st.builds(Order, WORDS, st.booleans()), max_size=3),
    start=st.integers(1, 10**6),
    limit=st.integers(1, 1000),
    paged=st.just(True),
)
GAPS = st.sampled_from([" ", "  ", "\n", "\t "])


def quoted(value: Value) -> str:
    if not value.quoted:
        return value.text
    return "'" + value.text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def written(query: Query, gap: str, order_by: str) -> str:
    parts = ["SELECT", "COUNT(*)" if query.count else "*", "FROM", query.entity]
    for place, condition in enumerate(query.conditions):
        values = ", ".join(quoted(value) for value in condition.values)
        right = f"({values})" if condition.operator == "IN" else values
        parts += ["WHERE" if place == 0 else "and", condition.attribute, condition.operator, right]
    if query.orders:
        directions = ((order, "desc" if order.descending else "") for order in query.orders)
        parts += [order_by, ", ".join(f"{order.attribute} {direction}" for order, direction in directions)]
    return gap.join([*parts, "STARTPOSITION", str(query.start), "maxresults", str(query.limit)])


@given(QUERIES, GAPS, st.sampled_from(["ORDERBY", "order by", "ORDER  BY"]))
def test_what_is_written_is_what_is_read(query: Query, gap: str, order_by: str) -> None:
    assert parse(written(query, gap, order_by)) == query


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_as_quickbooks_does(text: str) -> None:
    with suppress(QuickBooksFault):  # any other error fails the test
        parse(text)


@given(QUERIES, st.data())
def test_the_place_of_an_error_is_inside_the_text(query: Query, data: st.DataObject) -> None:
    text = written(query, " ", "ORDERBY")
    cut = text[: data.draw(st.integers(0, len(text) - 1))] + " ; "
    with pytest.raises(QuickBooksFault) as refused:
        parse(cut)
    column = (
        int(refused.value.detail.split("column ")[1].split(".")[0]) if "column" in refused.value.detail else 1
    )
    assert 1 <= column <= len(cut) + 1
