"""JSON, money and times as QuickBooks writes them.

One canonical codec serves the wire, the stored request bodies and the JSON columns: amounts are `Decimal` in
both directions, so that 0.1 + 0.2 never meets a ledger, and the same value always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import simplejson

CENT = Decimal("0.01")

# Wider than any amount QuickBooks takes; a power of ten beyond it is left in its short form instead of being
# spelled out, because "1e999999999" in a payload must not become a gigabyte of zeros.
_LONGEST_NUMBER = 25


class CanonicalEncoder(json.JSONEncoder):
    """Sorted keys, no spaces, UTF-8, Decimals as plain numbers; floats and NaN are refused.

    Usable as `encoder=` of a Django `JSONField`. Of the formatting options that `json.dumps` hands over only `indent`
    and `default` are heeded: the rest is what makes the form canonical.
    """

    def encode(self, o: Any) -> str:
        # The standard library cannot write a Decimal as a number; simplejson can.
        return simplejson.dumps(
            _plain(o),
            use_decimal=True,
            sort_keys=True,
            ensure_ascii=False,
            allow_nan=False,
            indent=self.indent,
            separators=(",", ":") if self.indent is None else (",", ": "),
            default=self.default,
        )

    def iterencode(self, o: Any, _one_shot: bool = False) -> Iterator[str]:
        yield self.encode(o)


class DecimalDecoder(json.JSONDecoder):
    """Numbers with a point or an exponent become `Decimal`; NaN is refused. Usable as `decoder=` of a `JSONField`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"parse_float": Decimal, "parse_constant": _refuse_constant, **options})


def dumps(value: Any) -> bytes:
    """Canonical JSON: equal values give equal bytes, whatever the order of their keys."""
    return CanonicalEncoder().encode(value).encode()


def loads(text: bytes | str) -> Any:
    """Parse JSON, fractional numbers as `Decimal`. Raises `ValueError` when it is not JSON or not UTF-8."""
    return DecimalDecoder().decode(text.decode("utf-8-sig") if isinstance(text, bytes) else text)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def parse_time(text: str) -> datetime:
    """An aware datetime from ISO text: an offset or Z, and up to nine fraction digits (cut to six).

    Raises `ValueError` for a time without an offset: which zone QuickBooks means by it is not documented.
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        raise ValueError(f"time without an offset: {text!r}")
    return moment


def money(value: Decimal | int | str) -> Decimal:
    """An amount in cents' precision, rounded half up as QuickBooks does. Raises `TypeError` for a float."""
    if isinstance(value, float):
        raise TypeError("money is never a float; pass a Decimal, an int or a str")
    # Adding zero turns the "-0.00" of a tiny negative amount into "0.00".
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP) + 0


def _plain(value: Any) -> Any:
    """A copy fit for the encoder: no floats anywhere, and 1E+2 spelled as 100."""
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        raise TypeError(f"float {value!r} in a payload; use Decimal")
    if isinstance(value, Decimal):
        return _spelled_out(value)
    return value


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"JSON key {key!r} is not text")
    return key


def _spelled_out(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0 and number.adjusted() < _LONGEST_NUMBER:
        return number.quantize(Decimal(1))
    return number
