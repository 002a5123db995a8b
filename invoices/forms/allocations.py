"""The rows of the payment form: what is typed beside each open invoice and each credit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from invoices.forms.money import MoneyField
from invoices.spreading import ZERO, Credit, Payable

PREFIX = "apply-"
CENT = Decimal("0.01")


class Amounts(dict[int, Decimal]):
    """Amounts by pk, without zeros. `unreadable` says what is wrong with the rows that hold no amount."""

    def __init__(self, amounts: Mapping[int, Decimal], unreadable: Mapping[int, str] | None = None) -> None:
        super().__init__({pk: amount for pk, amount in amounts.items() if amount})
        self.unreadable = dict(unreadable or {})

    @classmethod
    def typed(cls, texts: Mapping[int, str]) -> "Amounts":
        field = MoneyField(required=False)
        amounts, unreadable = {}, {}
        for pk, text in texts.items():
            try:
                amounts[pk] = field.clean(text) or ZERO
            except forms.ValidationError as error:
                unreadable[pk] = error.messages[0]
        return cls(amounts, unreadable)

    @classmethod
    def unpacked(cls, text: str) -> "Amounts":
        pairs = (pair.split("=") for pair in text.split())
        return cls({int(pk): Decimal(amount) for pk, amount in pairs})

    def packed(self) -> str:
        """One text for the whole: `12=100.00 15=20.00`."""
        return " ".join(f"{pk}={self[pk].quantize(CENT)}" for pk in sorted(self))


def typed_rows(data: Mapping[str, Any], prefix: str = PREFIX) -> dict[int, str]:
    """What stands in the rows of a sent form, by pk."""
    texts = {key.removeprefix(prefix): data[key] for key in data if key.startswith(prefix)}
    return {int(pk): text for pk, text in texts.items() if pk.isdecimal() and len(pk) < 19}


class ApplyInputs(forms.Widget):
    """One text field per row; the page's own table draws them."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[int, str]:
        return typed_rows(data, self.prefix)


class AllocationsField(forms.Field):
    """All rows as one value, so that they change, and clash with somebody else's change, as one."""

    def __init__(self, prefix: str = PREFIX, **kwargs: Any) -> None:
        super().__init__(widget=ApplyInputs(prefix), **kwargs)

    def prepare_value(self, value: Mapping[int, Decimal] | None) -> str:
        return Amounts(value or {}).packed()

    def to_python(self, value: Mapping[int, str] | str | Any) -> Amounts:
        return Amounts.unpacked(value) if isinstance(value, str) else Amounts.typed(value)


@dataclass(frozen=True)
class Row:
    """An open invoice with its amount field."""

    payable: Payable
    text: str
    amount: Decimal
    problem: str = ""
    takes_focus: bool = False

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.payable.pk}"

    @property
    def stays_open(self) -> Decimal:
        return self.payable.open - self.amount

    @property
    def days_late(self) -> int | None:
        """Days since the due date, negative before it; None without one."""
        due = self.payable.invoice.due_date
        return (timezone.localdate() - due).days if due else None

    @property
    def days_left(self) -> int:
        return -(self.days_late or 0)


@dataclass(frozen=True)
class CreditRow:
    """A credit memo, or an earlier payment, with its amount field."""

    credit: Credit
    text: str
    amount: Decimal
    problem: str = ""
    takes_focus: bool = False

    @property
    def stays(self) -> Decimal:
        return self.credit.open - self.amount
