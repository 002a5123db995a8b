"""JSON as QuickBooks writes it: numbers stay exact (`Decimal`), and money has cents."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import simplejson

CENT = Decimal("0.01")


def dumps(value: Any) -> str:
    return simplejson.dumps(value, use_decimal=True, separators=(",", ":"), ensure_ascii=False)


def loads(text: str | bytes) -> Any:
    """Parse JSON; fractions become `Decimal`. Raises `ValueError` (also for NaN and Infinity, which JSON lacks)."""
    return simplejson.loads(text, use_decimal=True, parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def cents(value: Decimal | int) -> Decimal:
    """Rounded half up to the cent, the way QuickBooks rounds (facts 8.3, 6070)."""
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)


def amount(value: Decimal | int) -> Decimal | int:
    """Money as answers show it: `52.00`, but a bare `0` for nothing (facts 2, types in JSON)."""
    rounded = cents(value)
    return rounded if rounded else 0
