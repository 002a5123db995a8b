"""Figures as the people of a company write them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from qbo import formats
from qbo.models import Company

US = Company(country="US", home_currency="USD")
UK = Company(country="GB", home_currency="GBP")
CANADA_ISO3 = Company(country="CAN", home_currency="CAD")


@pytest.fixture(autouse=True)
def usual_again() -> Iterator[None]:
    yield
    formats.use(None)


@pytest.mark.parametrize(
    ("value", "row", "sentence"),
    [
        (Decimal("1234.5"), "1,234.50", "$1,234.50"),
        (Decimal(-12), "−12.00", "−$12.00"),
        (Decimal(0), "0.00", "$0.00"),
        (Decimal("48310000.005"), "48,310,000.00", "$48,310,000.00"),
    ],
)
def test_money(value: Decimal, row: str, sentence: str) -> None:
    formats.use(US)
    assert formats.money(value) == row
    assert formats.money_sign(value) == sentence


def test_money_of_another_country_and_of_another_currency() -> None:
    formats.use(UK)
    assert (formats.money_sign(Decimal(5)), formats.sign()) == ("£5.00", "£")
    assert formats.money_sign(Decimal(5), "USD") == "US$5.00"


def test_an_unknown_country_writes_as_usual() -> None:
    formats.use(CANADA_ISO3)
    assert formats.money_sign(Decimal(5)) == "CA$5.00"


@time_machine.travel(datetime(2026, 11, 23, 20, 0, tzinfo=UTC))
def test_days_and_times() -> None:
    formats.use(US)
    assert formats.day(date(2026, 11, 3)) == "Nov 3"
    assert formats.day(date(2025, 11, 3)) == "Nov 3, 2025"
    assert formats.full_day(date(2026, 11, 3)) == "Nov 3, 2026"
    assert formats.weekday(date(2026, 11, 23)) == "Monday, November 23"
    assert formats.clock(datetime(2026, 11, 23, 17, 40, tzinfo=UTC)) == "09:40"  # Los Angeles
    assert formats.moment(datetime(2026, 11, 23, 17, 40, tzinfo=UTC)) == "09:40"
    assert formats.moment(datetime(2026, 11, 23, 0, 20, tzinfo=UTC)) == "Nov 22, 16:20"
    formats.use(UK)
    assert formats.day(date(2026, 11, 3)) == "3 Nov"
    assert formats.weekday(date(2026, 11, 23)) == "Monday, 23 November"


FRANCE = Company(country="FR", home_currency="EUR")
BRAZIL = Company(country="BR", home_currency="BRL")
INDIA = Company(country="IN", home_currency="INR")
JAPAN = Company(country="JP", home_currency="JPY")
NARROW, HARD = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("company", "row", "sentence", "count"),
    [
        (FRANCE, f"1{NARROW}234{NARROW}567,50", f"1{NARROW}234{NARROW}567,50{HARD}€", f"12{NARROW}480"),
        (BRAZIL, "1.234.567,50", f"R${HARD}1.234.567,50", "12.480"),
        (INDIA, "12,34,567.50", "₹12,34,567.50", "12,480"),
        (JAPAN, "1,234,568", "￥1,234,568", "12,480"),
    ],
)
def test_figures_are_as_the_country_writes_them(
    company: Company, row: str, sentence: str, count: str
) -> None:
    formats.use(company)
    value = Decimal("1234567.50")
    assert (formats.money(value), formats.money_sign(value)) == (row, sentence)
    assert (formats.whole(12480), formats.whole(-3)) == (count, "−3")


@pytest.mark.parametrize("company", [US, UK, FRANCE, BRAZIL, INDIA])
def test_what_is_printed_can_be_typed_again(company: Company) -> None:
    formats.use(company)
    for value in (Decimal("1234567.50"), Decimal("-0.05")):
        assert formats.read_money(formats.money(value)) == value


@time_machine.travel(datetime(2026, 11, 23, 20, 0, tzinfo=UTC))
def test_dates_keep_english_names_in_the_order_of_the_country() -> None:
    formats.use(BRAZIL)
    assert formats.day(date(2026, 11, 3)) == "3 Nov"
    assert formats.full_day(date(2026, 11, 3)) == "3 Nov 2026"
