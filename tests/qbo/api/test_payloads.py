from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo.api.payloads import CanonicalEncoder, DecimalDecoder, dumps, loads, money, parse_time

AMOUNTS = st.decimals(min_value=-(10**11), max_value=10**11, places=7)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | AMOUNTS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_reads_back_equal_and_of_the_same_kind(value: Any) -> None:
    again = loads(dumps(value))
    assert again == value
    assert dumps(again) == dumps(value)


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_keys_does_not_change_the_bytes(value: dict[str, int]) -> None:
    assert dumps(dict(reversed(value.items()))) == dumps(value)


def test_the_bytes_are_compact_utf8() -> None:
    assert (
        dumps({"b": [Decimal("1.10"), 3, True, None], "a": "Café"})
        == '{"a":"Café","b":[1.10,3,true,null]}'.encode()
    )


def test_a_power_of_ten_is_spelled_out() -> None:
    assert dumps([Decimal("1E+2"), Decimal("-4E+1")]) == b"[100,-40]"


def test_a_monstrous_exponent_stays_short() -> None:
    assert dumps(loads('{"a":1e999999}')) == b'{"a":1E+999999}'


@pytest.mark.parametrize("value", [1.5, [0.0], {"Amount": {"deep": (1.0,)}}, {1: "a"}])
def test_floats_and_odd_keys_are_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        dumps(value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_no_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps({"Amount": Decimal(number)})
    with pytest.raises(ValueError, match="not JSON"):
        loads(f'{{"Amount":{number}}}')


def test_numbers_with_a_point_are_decimals_and_the_others_ints() -> None:
    parsed = loads('{"TotalAmt": 362.07, "LineNum": 1, "Rate": 0.00, "Qty": 1e2}')
    assert parsed == {
        "TotalAmt": Decimal("362.07"),
        "LineNum": 1,
        "Rate": Decimal("0.00"),
        "Qty": Decimal(100),
    }
    assert [type(value) for value in parsed.values()] == [Decimal, int, Decimal, Decimal]


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert loads(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize("text", [b"", b"{", b"<html>", b"\xff\xfe", b'{"a":1} extra'])
def test_what_is_not_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several kinds of it, each with words of its own
        loads(text)


def test_the_standard_library_takes_both_classes() -> None:
    text = json.dumps({"b": Decimal("1.10"), "a": 1}, cls=CanonicalEncoder)
    assert text == '{"a":1,"b":1.10}'
    assert json.loads(text, cls=DecimalDecoder) == {"a": 1, "b": Decimal("1.10")}
    assert json.dumps({"a": [1]}, cls=CanonicalEncoder, indent=1, ensure_ascii=True, sort_keys=False) == (
        '{\n "a": [\n  1\n ]\n}'
    )


def test_the_standard_library_recognises_bad_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads('{"a": }', cls=DecimalDecoder)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015-07-24T10:33:39.11-07:00", datetime(2015, 7, 24, 17, 33, 39, 110_000, UTC)),
        ("2015-12-23T12:55:50-08:00", datetime(2015, 12, 23, 20, 55, 50, 0, UTC)),
        ("2025-09-10T21:31:25.179851517Z", datetime(2025, 9, 10, 21, 31, 25, 179_851, UTC)),
        ("2025-09-08T20:52:31.657Z", datetime(2025, 9, 8, 20, 52, 31, 657_000, UTC)),
        ("2015-07-24T10:33:39-0700", datetime(2015, 7, 24, 17, 33, 39, 0, UTC)),
    ],
)
def test_times_keep_their_offset(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment


def test_the_offset_itself_survives() -> None:
    assert parse_time("2015-07-24T10:33:39-07:00").tzinfo == timezone(timedelta(hours=-7))


@pytest.mark.parametrize("text", ["2015-07-24", "2015-07-24T10:33:39", "yesterday", ""])
def test_a_time_without_an_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|isoformat"):
        parse_time(text)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("1861.075", "1861.08"),  # 128.35 x 14.5, which floats make 1861.0749999
        (Decimal("0.005"), "0.01"),
        ("-0.005", "-0.01"),
        ("-0.001", "0.00"),
        (7, "7.00"),
        ("99999999999.994", "99999999999.99"),
    ],
)
def test_money_rounds_half_up_to_the_cent(value: Decimal | int | str, amount: str) -> None:
    assert str(money(value)) == amount


def test_money_is_never_a_float() -> None:
    with pytest.raises(TypeError):
        money(0.1)  # type: ignore[arg-type]
