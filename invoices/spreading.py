"""Spreading a payment over invoices. Pure: invoices and credits as the payment sees them, and amounts, decide.

Amounts are in the payment's currency.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from invoices.models import CreditMemo, Invoice, Payment
from qbo.formats import money_sign

ZERO = Decimal(0)

#: What is wrong, by invoice pk or key of a credit; under None what concerns the payment as a whole.
Problems = dict[int | str | None, str]


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


@dataclass(frozen=True)
class Credit:
    """A credit memo, or an earlier payment with money left, as one payment sees it. `own` is what the payment uses of
    it so far, `left` what nobody uses; `why_not` says why no more of it may be used."""

    source: CreditMemo | Payment
    left: Decimal
    own: Decimal = ZERO
    why_not: str = ""

    @property
    def key(self) -> str:
        """Names it among the credits: memo-5 or earlier-7."""
        return f"{'memo' if isinstance(self.source, CreditMemo) else 'earlier'}-{self.source.pk}"

    @property
    def open(self) -> Decimal:
        return self.own if self.why_not else self.own + max(self.left, ZERO)


def oldest_first(
    payables: Iterable[Payable], amount: Decimal, credits: Mapping[int, Decimal] | None = None
) -> dict[int, Decimal]:
    """Spread money over invoices in the order given, each in full before the next: `{invoice pk: amount}`.

    `credits` is, by customer, what may go on that customer's own invoices only; it goes there before the rest does.
    """
    spread, credits = {}, dict(credits or {})
    for payable in payables:
        owner = payable.invoice.customer_id
        credit = min(payable.open, credits.get(owner, ZERO))
        cash = min(payable.open - credit, amount)
        if credit + cash > 0:
            spread[payable.pk] = credit + cash
        credits[owner] = credits.get(owner, ZERO) - credit
        amount -= cash
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


def check_credits(credits: Iterable[Credit], used: Mapping[str, Decimal]) -> Problems:
    """What is wrong with using so much of each credit, by its key."""
    problems: Problems = {}
    for credit in credits:
        amount, currency = used.get(credit.key, ZERO), credit.source.currency
        if amount < 0:
            problems[credit.key] = "A credit used cannot be negative."
        elif amount > credit.open:
            left = f"{credit.source} has {money_sign(credit.open, currency)} left. Use at most that."
            problems[credit.key] = credit.why_not or left
    if used.keys() - {credit.key for credit in credits}:
        problems[None] = "One of these credits is not this customer's. Load the open invoices again."
    return problems


@dataclass(frozen=True)
class Spread:
    """Where the money of a payment goes, saved or not: `amounts` by invoice pk, and what of the credits is `used` by
    their keys. `kept` is what documents that we do not know add to it."""

    payables: Sequence[Payable] = ()
    amounts: Mapping[int, Decimal] = field(default_factory=dict)
    received: Decimal = ZERO
    credits: Sequence[Credit] = ()
    used: Mapping[str, Decimal] = field(default_factory=dict)
    kept: Decimal = ZERO

    @property
    def problems(self) -> Problems:
        credits = check_credits(self.credits, self.used) or self._idle_credits()
        return check(self.payables, self.amounts, self.available) | credits

    def _idle_credits(self) -> Problems:
        """A credit pays its own customer's invoices; used beyond them it would only become another credit."""
        put, used = self.applied_by_customer, self.used_by_customer
        problems: Problems = {}
        for credit in self.credits:
            owner = credit.source.customer
            if used[owner.pk] > put[owner.pk] and self.used.get(credit.key, ZERO) > credit.own:
                problems[credit.key] = (
                    f"{money_sign(used[owner.pk])} of credit is used, but only {money_sign(put[owner.pk])} is put on "
                    f"invoices of {owner}."
                )
        return problems

    @property
    def applied_by_customer(self) -> dict[int, Decimal]:
        return _summed((one.invoice.customer_id, self.amounts.get(one.pk, ZERO)) for one in self.payables)

    @property
    def used_by_customer(self) -> dict[int, Decimal]:
        return _summed((one.source.customer_id, self.used.get(one.key, ZERO)) for one in self.credits)

    @property
    def credit(self) -> Decimal:
        """All that is used besides the money received."""
        return sum(self.used.values(), self.kept)

    @property
    def available(self) -> Decimal:
        return self.received + self.credit

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
        for what is left over on that one, and the key of a credit for using it or not. Any other name changes nothing.
        """
        verb, _, pk = name.partition("-")
        chosen = next((payable for payable in self.payables if str(payable.pk) == pk), None)
        credit = next((credit for credit in self.credits if credit.key == name), None)
        if credit:
            return self._use(credit)
        match verb:
            case "oldest":
                cash, credits = self.received + self.kept, self.used_by_customer
                return replace(self, amounts=oldest_first(self.payables, cash, credits))
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

    def _use(self, credit: Credit) -> "Spread":
        """In full, or as much as its customer's invoices can take; not at all if some of it is used already."""
        owner = credit.source.customer_id
        open_there = sum((one.open for one in self.payables if one.invoice.customer_id == owner), ZERO)
        room = max(open_there - self.used_by_customer[owner], ZERO)
        amount = ZERO if self.used.get(credit.key) else min(credit.open, room)
        return replace(self, used={**self.used, credit.key: amount})

    def _put(self, payable: Payable, amount: Decimal) -> "Spread":
        return replace(self, amounts={**self.amounts, payable.pk: amount})


def _summed(pairs: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for key, amount in pairs:
        sums[key] += amount
    return sums
