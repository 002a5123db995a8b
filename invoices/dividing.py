"""Dividing one check among the payments that QuickBooks keeps it as. Pure.

A payment in QuickBooks pays invoices of its own customer, with that customer's credit memos. So a check for several
sub-customers becomes one payment for each, all with the check's number, and what is left over stays with the one who
sent it. Money left on earlier payments is put on invoices by those payments, not by the new one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from invoices.models import Payment
from invoices.spreading import ZERO, Credit, Spread


@dataclass(frozen=True)
class Part:
    """A payment to be made: `puts` by invoice pk, `memos` by credit memo pk."""

    customer_id: int
    total: Decimal
    puts: dict[int, Decimal] = field(default_factory=dict)
    memos: dict[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Division:
    """`parts`, the payer's first; `earlier` is `{payment pk: {invoice pk: amount}}` to be added to earlier payments."""

    parts: list[Part]
    earlier: dict[int, dict[int, Decimal]]


def divide(spread: Spread, payer_id: int) -> Division:
    """How a spread without problems is kept. Together the totals of the parts are the amount received."""
    owners = dict.fromkeys([payer_id, *(one.invoice.customer_id for one in spread.payables)])
    earlier: dict[int, dict[int, Decimal]] = {}
    parts = [_part_of(spread, owner, earlier) for owner in owners]
    rest = spread.received - sum((part.total for part in parts), ZERO)
    payers = parts[0]
    parts[0] = Part(payer_id, payers.total + rest, payers.puts, payers.memos)
    return Division([part for part in parts if part.total or part.puts], earlier)


def _part_of(spread: Spread, owner: int, earlier: dict[int, dict[int, Decimal]]) -> Part:
    puts = {
        one.pk: spread.amounts[one.pk]
        for one in spread.payables
        if one.invoice.customer_id == owner and spread.amounts.get(one.pk)
    }
    memos = {}
    for credit, amount in _used(spread, owner):
        if isinstance(credit.source, Payment):
            earlier[credit.source.pk] = _take(puts, amount)
        else:
            memos[credit.source.pk] = amount
    total = sum(puts.values(), ZERO) - sum(memos.values(), ZERO)
    return Part(owner, total, {pk: amount for pk, amount in puts.items() if amount}, memos)


def _used(spread: Spread, owner: int) -> Iterator[tuple[Credit, Decimal]]:
    for credit in spread.credits:
        if credit.source.customer_id == owner and spread.used.get(credit.key):
            yield credit, spread.used[credit.key]


def _take(puts: dict[int, Decimal], amount: Decimal) -> dict[int, Decimal]:
    """Take an amount out of what is put on invoices, the first ones first."""
    taken = {}
    for pk in puts:
        if share := min(puts[pk], amount):
            taken[pk] = share
            puts[pk] -= share
            amount -= share
    return taken
