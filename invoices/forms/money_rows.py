"""Where the money of a payment form goes: the rows of open invoices and of credits, as typed so far."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from customers.models import Customer
from invoices import credits, receiving
from invoices.dividing import Part, divide
from invoices.forms.allocations import Amounts, CreditRow, Row, typed_rows
from invoices.models import Payment
from invoices.spreading import ZERO, Credit, Payable, Problems, Spread
from qbo import formats
from qbo.forms import OpenedOn

APPLY, MEMO, EARLIER = "apply-", "memo-", "earlier-"


class MoneyRows(OpenedOn):
    """The part of the payment form that `spread` stands for. `problems` is what is wrong with its rows."""

    instance: Payment
    amounts: Amounts
    memos_used: Amounts
    earlier_used: Amounts
    problems: Problems

    def use_rows(self, amounts: Amounts, memos: Amounts, earlier: Amounts) -> None:
        self.amounts, self.memos_used, self.earlier_used = amounts, memos, earlier

    # ── Whose ───────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def payer(self) -> Customer | None:
        """The customer, once one is chosen."""
        if self.instance.pk:
            return self.instance.customer
        return self.cleaned_data.get("customer") if self.is_bound else self.initial.get("customer")

    @cached_property
    def customers(self) -> list[Customer]:
        """Those whose invoices it may pay: the customer's, and in a new one those of the customers below."""
        if self.payer is None:
            return []
        return [self.payer] if self.instance.pk else receiving.family(self.payer)

    @property
    def several(self) -> bool:
        """Whether a row has to say whose invoice it is."""
        return (
            len({one.invoice.customer_id for one in self.payables} | {one.pk for one in self.customers[:1]})
            > 1
        )

    @property
    def currency(self) -> str:
        return self.payer.currency if self.payer else ""

    @property
    def sign(self) -> str:
        return formats.sign()

    # ── What there is ───────────────────────────────────────────────────────────────────────────

    @cached_property
    def payables(self) -> list[Payable]:
        if self.payer is None:
            return []
        self.instance.customer = self.payer
        also = {*self.amounts, *self.amounts.unreadable}
        return receiving.payables(self.instance, also, [one.pk for one in self.customers])

    @cached_property
    def credits(self) -> list[Credit]:
        """Credit memos, and for a new payment what is left on earlier ones."""
        if self.payer is None:
            return []
        pks = [one.pk for one in self.customers]
        unused = [] if self.instance.pk else credits.earlier(self.instance, pks)
        return credits.memos(self.instance, pks) + unused

    @property
    def credits_left(self) -> Decimal:
        return sum((one.open for one in self.credits), ZERO)

    @cached_property
    def kept(self) -> Decimal:
        """What credit memos that we do not hold add to a payment."""
        return receiving.credits_used(self.instance) - sum((one.own for one in self.credits), ZERO)

    @property
    def received(self) -> Decimal:
        """The amount so far."""
        return (self.cleaned_data.get("total") if self.is_bound else self.initial.get("total")) or ZERO

    @property
    def used(self) -> dict[str, Decimal]:
        """What of each credit is used, by its key."""
        rows = ((MEMO, self.memos_used), (EARLIER, self.earlier_used))
        return {f"{prefix}{pk}": amount for prefix, amounts in rows for pk, amount in amounts.items()}

    @property
    def spread(self) -> Spread:
        kept = self.kept if self.instance.pk else ZERO
        return Spread(self.payables, self.amounts, self.received, self.credits, self.used, kept)

    @property
    def parts(self) -> list[tuple[Customer, Part]]:
        """The payments that one check becomes, as long as it is more than one."""
        if not self.several or self.instance.pk or self.payer is None or self.spread.left < 0:
            return []
        parts = divide(self.spread, self.payer.pk).parts
        by_pk = {customer.pk: customer for customer in self.customers}
        return [(by_pk[part.customer_id], part) for part in parts] if len(parts) > 1 else []

    # ── Rows ────────────────────────────────────────────────────────────────────────────────────

    @property
    def rows(self) -> list[Row]:
        wrong = next((one.pk for one in self.payables if one.pk in self.problems), None)
        return [
            Row(
                payable,
                text=self._text(APPLY, payable.pk, self.amounts),
                amount=self.amounts.get(payable.pk, ZERO),
                problem=self.problems.get(payable.pk, ""),
                takes_focus=payable.pk == wrong,
            )
            for payable in self.payables
        ]

    @property
    def credit_rows(self) -> list[CreditRow]:
        rows_wrong = any(one.pk in self.problems for one in self.payables)
        wrong = (
            None if rows_wrong else next((one.key for one in self.credits if one.key in self.problems), None)
        )
        return [
            CreditRow(
                credit,
                text=self._credit_text(credit),
                amount=self.used.get(credit.key, ZERO),
                problem=self.problems.get(credit.key, ""),
                takes_focus=credit.key == wrong,
            )
            for credit in self.credits
        ]

    @property
    def rows_in_page(self) -> list[Row]:
        """Those that a sent page has. One that came to be since is seen when the rows are drawn anew."""
        return [row for row in self.rows if row.name in self.data]

    @property
    def credit_rows_in_page(self) -> list[CreditRow]:
        return [row for row in self.credit_rows if row.credit.key in self.data]

    def _credit_text(self, credit: Credit) -> str:
        is_memo = credit.key.startswith(MEMO)
        return self._text(
            MEMO if is_memo else EARLIER, credit.source.pk, self.memos_used if is_memo else self.earlier_used
        )

    def _text(self, prefix: str, pk: int, amounts: Amounts) -> str:
        """What stands in a row: as typed, as long as that is the amount meant."""
        amount, typed, read = amounts.get(pk, ZERO), self._typed(prefix), self._read(prefix)
        if pk in amounts.unreadable or (pk in typed and read.get(pk, ZERO) == amount):
            return typed[pk]
        return formats.money(amount) if amount else ""

    def _typed(self, prefix: str) -> Mapping[int, str]:
        return self._typed_rows[prefix]

    def _read(self, prefix: str) -> Amounts:
        return self._read_rows[prefix]

    @cached_property
    def _typed_rows(self) -> dict[str, dict[int, str]]:
        """By prefix; each of many rows asks for it, so it is read once."""
        return {prefix: typed_rows(self.data, prefix) for prefix in (APPLY, MEMO, EARLIER)}

    @cached_property
    def _read_rows(self) -> dict[str, Amounts]:
        return {prefix: Amounts.typed(texts) for prefix, texts in self._typed_rows.items()}

    @property
    def unreadable(self) -> Problems:
        of_credits = ((MEMO, self.memos_used), (EARLIER, self.earlier_used))
        return self.amounts.unreadable | {
            f"{prefix}{pk}": problem for prefix, rows in of_credits for pk, problem in rows.unreadable.items()
        }

    # ── What changed since the page was made ────────────────────────────────────────────────────

    @property
    def seen_now(self) -> str:
        """What each invoice has open, for the page to bring back."""
        return Amounts({one.pk: one.open for one in self.payables}).packed()

    def changed_since_seen(self) -> Problems:
        """Invoices that get money and have another amount open than the page said."""
        seen = _seen(self.data.get("seen", ""))
        problems: Problems = {}
        for one in self.payables:
            was, amount = seen.get(one.pk), self.amounts.get(one.pk)
            if was is None or not amount or was == one.open or one.why_not:
                continue
            had = f"It had {formats.money_sign(was, self.currency)} open when you began"
            has = formats.money_sign(one.open, self.currency)
            go_on = "Save again to go on." if amount <= one.open else "Put at most that on it."
            problems[one.pk] = (
                f"{had} and has {has} now. {go_on}"
                if one.open
                else f"{had} and is paid now. Leave this empty."
            )
        return problems

    def sheet_problems_of(self, found: list[Any]) -> list[str]:
        """What is wrong with the rows together, of all that was found."""
        of_rows = {problem for key, problem in self.problems.items() if key is not None}
        together = [*found, *([self.problems[None]] if None in self.problems else [])]
        return [problem for problem in dict.fromkeys(together) if problem not in of_rows]


def _seen(text: str) -> Amounts:
    try:
        return Amounts.unpacked(text)
    except (ValueError, ArithmeticError):
        return Amounts({})
