from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.totals import LineFigures, due_date, line_amount, percent_of, totals

D = Decimal
money = st.decimals(D("0"), D("99999.99"), places=2)
percents = st.decimals(D("0"), D("100"), places=5)
lines = st.lists(st.builds(LineFigures, money, st.booleans(), st.booleans()), max_size=8)


@pytest.mark.parametrize(
    ("quantity", "rate", "amount"),
    [
        ("128.35", "14.50", "1861.08"),  # 1861.075: the sum that floats get wrong (facts 8.3, 6070)
        ("3", "0.335", "1.01"),
        ("1", "0.004", "0.00"),
        ("2", "-0.0025", "-0.01"),
        ("22.5", "95", "2137.50"),
    ],
)
def test_a_line_is_rounded_half_up_to_the_cent(quantity: str, rate: str, amount: str) -> None:
    assert line_amount(D(quantity), D(rate)) == D(amount)


def test_the_sum_quickbooks_prints_in_its_own_example() -> None:
    """50 less 10 percent, 2 shipping, 10 percent tax on the 50: 52 (facts 9.3, total maths)."""
    sums = totals(
        [LineFigures(D(50), taxable=True), LineFigures(D(2), charge=True)],
        discount_percent=D(10),
        tax_percents=[D(10)],
    )

    figures = (sums.subtotal, sums.discount, sums.charges, sums.tax, sums.total)
    assert figures == (D(50), D(5), D(2), D(5), D(52))


def test_tax_after_the_discount_is_on_the_taxed_lines_share_of_what_is_left() -> None:
    basket = [LineFigures(D("2145.00")), LineFigures(D("500.00"), taxable=True)]

    sums = totals(basket, discount_percent=D(5), tax_percents=[D("6.25")], tax_after_discount=True)

    assert (sums.discount, sums.taxable, sums.tax) == (D("132.25"), D("475.00"), D("29.69"))
    assert sums.total == D("2542.44")


def test_each_rate_of_a_tax_code_is_rounded_by_itself() -> None:
    sums = totals([LineFigures(D("0.70"), taxable=True)], tax_percents=[D("0.75"), D("0.75")])

    assert sums.tax == D("0.02")  # not 0.01, which is what 1.5 percent would come to


def test_a_discount_in_money_is_taken_as_it_is() -> None:
    sums = totals([LineFigures(D(100))], discount_amount=D("12.34"))

    assert (sums.discount, sums.total) == (D("12.34"), D("87.66"))


def test_nothing_adds_up_to_nothing() -> None:
    assert totals([], discount_percent=D(10), tax_percents=[D(8)], tax_after_discount=True).total == 0


@given(lines, percents, st.lists(percents, max_size=3), st.booleans())
def test_the_sum_comes_out_to_the_cent(
    basket: list[LineFigures], percent: Decimal, rates: list[Decimal], after: bool
) -> None:
    sums = totals(basket, discount_percent=percent, tax_percents=rates, tax_after_discount=after)

    assert sums.total == sums.subtotal - sums.discount + sums.charges + sums.tax
    assert all(
        figure == figure.quantize(D("0.01")) for figure in (sums.discount, sums.taxable, sums.tax, sums.total)
    )
    assert 0 <= sums.discount <= sums.subtotal


@given(lines, percents, percents)
def test_taxing_after_the_discount_never_costs_more(
    basket: list[LineFigures], percent: Decimal, rate: Decimal
) -> None:
    before = totals(basket, discount_percent=percent, tax_percents=[rate])
    after = totals(basket, discount_percent=percent, tax_percents=[rate], tax_after_discount=True)

    assert after.tax <= before.tax


@given(lines, money, st.lists(percents, max_size=3), st.booleans(), st.randoms())
def test_the_order_of_the_lines_does_not_matter(
    basket: list[LineFigures], amount: Decimal, rates: list[Decimal], after: bool, random: object
) -> None:
    shuffled = list(basket)
    random.shuffle(shuffled)
    settings = {"discount_amount": amount, "tax_percents": rates, "tax_after_discount": after}

    assert totals(basket, **settings) == totals(shuffled, **settings)  # type: ignore[arg-type]


@given(money, percents)
def test_a_percentage_is_within_half_a_cent(amount: Decimal, percent: Decimal) -> None:
    assert abs(percent_of(amount, percent) - amount * percent / 100) <= D("0.005")


def terms(
    due_days: int | None = None, day: int | None = None, next_month: int | None = None
) -> SimpleNamespace:
    return SimpleNamespace(due_days=due_days, day_of_month_due=day, due_next_month_days=next_month)


@pytest.mark.parametrize(
    ("written", "term", "due"),
    [
        (date(2026, 11, 23), None, date(2026, 11, 23)),
        (date(2026, 11, 23), terms(0), date(2026, 11, 23)),
        (date(2026, 11, 23), terms(15), date(2026, 12, 8)),
        (date(2026, 11, 23), terms(999), date(2029, 8, 18)),
        (date(2026, 11, 3), terms(day=15), date(2026, 11, 15)),
        (date(2026, 11, 15), terms(day=15), date(2026, 12, 15)),
        (date(2026, 11, 10), terms(day=15, next_month=5), date(2026, 11, 15)),
        (date(2026, 11, 11), terms(day=15, next_month=5), date(2026, 12, 15)),
        (date(2026, 12, 20), terms(day=10), date(2027, 1, 10)),
        (date(2027, 1, 31), terms(day=31), date(2027, 2, 28)),
        (date(2027, 2, 3), terms(day=31), date(2027, 2, 28)),
    ],
)
def test_due_dates(written: date, term: SimpleNamespace | None, due: date) -> None:
    assert due_date(written, term) == due


@given(
    st.dates(date(2000, 1, 1), date(2099, 1, 1)),
    st.integers(1, 31),
    st.integers(0, 30),
)
def test_a_day_of_the_month_comes_after_the_invoice_and_leaves_time_to_pay(
    written: date, day: int, next_month: int
) -> None:
    due = due_date(written, terms(day=day, next_month=next_month))

    assert due > written
    assert due.day == day or (due + timedelta(days=1)).day == 1
    assert due - written <= timedelta(days=62)
