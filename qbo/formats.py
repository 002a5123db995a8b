"""Money, dates and times the way the people of a company write them.

Which company that is belongs to the request: the policy middleware calls `use(company)`, and everything that prints
a figure, template filters first of all, follows. Texts are English, names of months too; figures and the order of a
date are the country's. Where Babel knows how English is written in a country, that is taken; otherwise figures are as
in the country's own language and dates as English is written around the world.
"""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError, localedata
from babel.dates import format_date, format_skeleton, get_date_format
from babel.numbers import (
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    parse_decimal,
)
from django.utils import timezone

from qbo.models import Company

MINUS = "−"


@dataclass(frozen=True)
class Format:
    """Locales as Babel names them, for figures and for dates, and an ISO currency."""

    locale: str = "en_US"
    dates: str = "en_US"
    currency: str = "USD"


USUAL = Format()
_current: ContextVar[Format] = ContextVar("format", default=USUAL)


def use(company: Company | None) -> None:
    """From here on, in this thread, print figures as this company's people do; None for the usual ones."""
    _current.set(Format(*_locales(company.country), company.home_currency) if company else USUAL)


@lru_cache
def _locales(country: str) -> tuple[str, str]:
    """For figures and for dates."""
    if localedata.exists(f"en_{country}"):
        return f"en_{country}", f"en_{country}"
    try:
        return str(Locale.parse(f"und_{country}", resolve_likely_subtags=True)), "en_001"
    except (UnknownLocaleError, ValueError):
        return Format.locale, Format.dates


@lru_cache
def _pattern(locale: str, least: int, most: int) -> str:
    """The locale's own grouping, with that many decimals."""
    grouping = str(Locale.parse(locale).decimal_formats[None].pattern).split(".")[0]
    decimals = "0" * least + "#" * (most - least)
    return f"{grouping}.{decimals}" if decimals else grouping


def _number(value: Decimal | int, least: int, most: int) -> str:
    locale = _current.get().locale
    return format_decimal(value, _pattern(locale, least, most), locale=locale).replace("-", MINUS)


def money(value: Decimal | int) -> str:
    """1,234.50 or −12.00, without a sign: for rows of a table."""
    decimals = get_currency_precision(_current.get().currency)
    return _number(value, decimals, decimals)


def money_sign(value: Decimal | int, currency: str = "") -> str:
    """$1,234.50 or −$12.00: for sums and sentences. `currency` where it is not the company's own."""
    form = _current.get()
    text = format_currency(abs(Decimal(value)), currency or form.currency, locale=form.locale)
    return f"{MINUS}{text}" if value < 0 else text


def whole(value: int) -> str:
    """12,480: a count."""
    return _number(value, 0, 0)


def figure(value: Decimal | int, places: int = 0) -> str:
    """1,234.5 with up to five decimals, at least `places` of them: for quantities, rates and percentages."""
    return _number(value, places, 5)


def read_money(text: str) -> Decimal:
    """An amount the way somebody types it: 7,450.00 or $7,450 or 7450. ValueError when it is none, as 7,45 is."""
    plain = "".join(text.replace(sign(), "").replace(MINUS, "-").split())
    if not set(plain) <= set("0123456789.,-"):
        raise ValueError(f"{text!r} is not an amount")
    return parse_decimal(plain, locale=_current.get().locale, strict=True)


def sign() -> str:
    """The currency's sign, for the front of a field."""
    form = _current.get()
    return get_currency_symbol(form.currency, locale=form.locale)


def day(value: date) -> str:
    """Nov 23, or Nov 23, 2025 when that is another year."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    skeleton = "MMMd" if value.year == timezone.localdate().year else "yMMMd"
    return format_skeleton(skeleton, value, locale=_current.get().dates)


def weekday(value: date) -> str:
    """Monday, November 23: the heading of a day."""
    locale = _current.get().dates
    whole = get_date_format("full", locale=locale).pattern
    return format_date(value, re.sub(r",?\s*y+$", "", whole), locale=locale)


def full_day(value: date) -> str:
    """Nov 23, 2026: always with its year, as a document has it."""
    return format_date(value, "medium", locale=_current.get().dates)


def clock(value: datetime) -> str:
    """09:40, in the portal's time zone."""
    return timezone.localtime(value).strftime("%H:%M")


def moment(value: datetime) -> str:
    """09:40 when that was today, otherwise Nov 22, 16:20."""
    local = timezone.localtime(value)
    return clock(value) if local.date() == timezone.localdate() else f"{day(local)}, {clock(value)}"
