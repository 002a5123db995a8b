"""What an invoice adds up to, and when it falls due, exactly as QuickBooks works it out. Pure: no database, no clock.

All money is `Decimal` in the invoice's currency, rounded half up to the cent wherever QuickBooks rounds (facts 11.12).
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

CENT = Decimal("0.01")
ZERO = Decimal(0)


class TermRules(Protocol):
    """The part of payment terms that decides a due date (`customers.models.Term`)."""

    due_days: int | None
    day_of_month_due: int | None
    due_next_month_days: int | None


@dataclass(frozen=True)
class LineFigures:
    """One line in figures. `charge` marks shipping and gratuity: QuickBooks keeps them out of subtotal and discount."""

    amount: Decimal
    taxable: bool = False
    charge: bool = False


@dataclass(frozen=True)
class Totals:
    """`total = subtotal - discount + charges + tax`; `taxable` is what the tax was worked out on."""

    subtotal: Decimal
    discount: Decimal
    charges: Decimal
    taxable: Decimal
    tax: Decimal
    total: Decimal


def cents(value: Decimal) -> Decimal:
    """Rounded half up to the cent; a negative half cent goes away from zero, as in QuickBooks."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def line_amount(quantity: Decimal, rate: Decimal) -> Decimal:
    """What a line comes to; QuickBooks refuses any other amount (6070)."""
    return cents(quantity * rate)


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    return cents(amount * percent / 100)


def totals(
    lines: Sequence[LineFigures],
    *,
    discount_percent: Decimal | None = None,
    discount_amount: Decimal | None = None,
    tax_percents: Sequence[Decimal] = (),
    tax_after_discount: bool = False,
) -> Totals:
    """Add up an invoice (facts 9.3, total maths; facts 10, tax).

    A discount is in percent or in money, percent winning. `tax_percents` are the rates of the invoice's tax code: each
    becomes a tax line of its own and is rounded by itself. With `tax_after_discount` the discount is spread evenly over
    the lines, so that the taxed ones lose their share of it before tax.
    """
    subtotal = sum((line.amount for line in lines if not line.charge), ZERO)
    charges = sum((line.amount for line in lines if line.charge), ZERO)
    discount = _discount(subtotal, discount_percent, discount_amount)
    taxable = sum((line.amount for line in lines if line.taxable and not line.charge), ZERO)
    if tax_after_discount and subtotal:
        taxable -= discount * taxable / subtotal
    taxable = cents(taxable + sum((line.amount for line in lines if line.taxable and line.charge), ZERO))
    tax = sum((percent_of(taxable, percent) for percent in tax_percents), ZERO)
    return Totals(subtotal, discount, charges, taxable, tax, cents(subtotal - discount + charges + tax))


def _discount(subtotal: Decimal, percent: Decimal | None, amount: Decimal | None) -> Decimal:
    if percent is not None:
        return percent_of(subtotal, percent)
    return cents(amount or ZERO)


def due_date(txn_date: date, term: TermRules | None) -> date:
    """When an invoice of that date is due (facts 9.5, Term): so many days later, or on a day of the month.

    A day that a month lacks is its last one. An invoice written on or after the day, or too few days before it, is due
    the month after. Without terms it is due at once.
    """
    if term is None:
        return txn_date
    if term.day_of_month_due is None:
        return txn_date + timedelta(days=term.due_days or 0)
    due = _day_in_month(txn_date.year, txn_date.month, term.day_of_month_due)
    if due <= txn_date or (due - txn_date).days < (term.due_next_month_days or 0):
        return _day_in_month(
            txn_date.year + txn_date.month // 12, txn_date.month % 12 + 1, term.day_of_month_due
        )
    return due


def _day_in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
