"""Spreading a payment over invoices. Pure: invoices as the payment sees them, and amounts, decide.

Amounts are in the payment's currency.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from invoices.models import Invoice
from qbo.formats import money_sign

ZERO = Decimal(0)

#: What is wrong, by invoice pk; under None what concerns the payment as a whole.
Problems = dict[int | None, str]


@dataclass(frozen=True)
class Payable:
    """An invoice as one payment sees it. `own` is what the payment has put on it so far; `why_not` says why it may
    not put more on it."""

    invoice: Invoice
    own: Decimal = ZERO
    why_not: str = ""

    @property
    def pk(self) -> int:
        return self.invoice.pk

    @property
    def open(self) -> Decimal:
        """The most this payment may put on it: never less than what it already has there."""
        return self.own if self.why_not else self.own + max(self.invoice.balance, ZERO)


def oldest_first(payables: Iterable[Payable], amount: Decimal) -> dict[int, Decimal]:
    """Spread an amount over invoices in the order given, each in full before the next: `{invoice pk: amount}`."""
    spread = {}
    for payable in payables:
        share = min(payable.open, amount)
        if share > 0:
            spread[payable.pk] = share
            amount -= share
    return spread


def check(payables: Iterable[Payable], wanted: Mapping[int, Decimal], available: Decimal) -> Problems:
    """What QuickBooks, or common sense, would refuse about these amounts by invoice pk; empty when all is well.

    `available` is the amount received plus the credit memos the payment uses.
    """
    known = {payable.pk: payable for payable in payables}
    problems: Problems = {}
    for pk in known.keys() & wanted.keys():
        if problem := _row_problem(known[pk], wanted[pk]):
            problems[pk] = problem
    applied = sum(wanted.values(), ZERO)
    if wanted.keys() - known.keys():
        problems[None] = "One of these invoices is not this customer's. Load the open invoices again."
    elif applied > available:
        problems[None] = (
            f"{money_sign(applied)} is put on invoices, {money_sign(applied - available)} more than the "
            f"{money_sign(available)} there is."
        )
    return problems


def _row_problem(payable: Payable, amount: Decimal) -> str:
    if amount < 0:
        return "An amount put on an invoice cannot be negative."
    if amount <= payable.open:
        return ""
    if payable.why_not:
        return payable.why_not
    if not payable.open:
        return f"{payable.invoice} has nothing open any more. Leave this empty."
    return f"{payable.invoice} has {money_sign(payable.open, payable.invoice.currency)} open. Put at most that on it."


@dataclass(frozen=True)
class Spread:
    """Where the money of a payment goes, saved or not: `amounts` by invoice pk, of the `available` sum."""

    payables: Sequence[Payable] = ()
    amounts: Mapping[int, Decimal] = field(default_factory=dict)
    available: Decimal = ZERO

    @property
    def problems(self) -> Problems:
        return check(self.payables, self.amounts, self.available)

    @property
    def paid(self) -> int:
        """How many invoices get something."""
        return sum(1 for amount in self.amounts.values() if amount)

    @property
    def applied(self) -> Decimal:
        return sum(self.amounts.values(), ZERO)

    @property
    def left(self) -> Decimal:
        """What stays as the customer's credit; negative when more is put on invoices than there is."""
        return self.available - self.applied

    @property
    def over(self) -> Decimal:
        return max(-self.left, ZERO)

    @property
    def open(self) -> Decimal:
        return sum((payable.open for payable in self.payables), ZERO)

    @property
    def stays_open(self) -> Decimal:
        return self.open - self.applied

    @property
    def takes_rest(self) -> Payable | None:
        """The first invoice that could take what is left over."""
        if self.left <= 0:
            return None
        return next((one for one in self.payables if one.open > self.amounts.get(one.pk, ZERO)), None)

    def act(self, name: str) -> "Spread":
        """What a button does: `oldest` first, `all` in full, `clear`, `pay-<pk>` in full or not at all, `rest-<pk>`
        for what is left over on that one. Any other name changes nothing."""
        verb, _, pk = name.partition("-")
        chosen = next((payable for payable in self.payables if str(payable.pk) == pk), None)
        match verb:
            case "oldest":
                return replace(self, amounts=oldest_first(self.payables, self.available))
            case "all":
                return replace(self, amounts={payable.pk: payable.open for payable in self.payables})
            case "clear":
                return replace(self, amounts={})
            case "pay" if chosen:
                return self._put(chosen, ZERO if self.amounts.get(chosen.pk) else chosen.open)
            case "rest" if chosen:
                more = self.amounts.get(chosen.pk, ZERO) + max(self.left, ZERO)
                return self._put(chosen, min(more, chosen.open))
        return self

    def _put(self, payable: Payable, amount: Decimal) -> "Spread":
        return replace(self, amounts={**self.amounts, payable.pk: amount})
