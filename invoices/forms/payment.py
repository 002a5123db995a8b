"""The Receive payment form: a payment and all that it pays, as one."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from django import forms
from django.forms.models import ModelChoiceField

from customers.fields import CustomerField
from customers.models import Customer
from invoices import receiving
from invoices.forms.allocations import CENT, AllocationsField, Amounts, Row, typed_rows
from invoices.forms.fields import FIRST_DAY, LAST_DAY
from invoices.forms.money import MoneyField
from invoices.models import Account, Payment, PaymentMethod
from invoices.spreading import ZERO, Payable, Problems, Spread
from qbo import formats
from qbo.forms import OpenedOn
from qbo.models import User

NO_CHECK = (
    "QuickBooks has no payment method named Check. Add it there (Settings, All lists, Payment methods), "
    "or choose another one here."
)


class PaymentForm(OpenedOn):
    """Enter or change a payment of `instance.company`.

    `spread` says where its money goes, as typed so far; `act` does what the buttons above the invoices do.
    """

    customer = CustomerField()
    total = MoneyField(label="Amount")
    allocations = AllocationsField(required=False)
    #: The one-time key of a new payment's form.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    #: The customer whose open invoices the page showed.
    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    #: The number, amount and date that a second press has been asked for.
    twin = forms.CharField(required=False, widget=forms.HiddenInput)

    #: Only the customer and the amount have to be typed, so no label says "optional".
    says_what_is_needed = True
    HIDDEN = ("key", "shown", "twin")

    class Meta:
        model = Payment
        fields = ("customer", "ref_number", "total", "txn_date", "method", "deposit_to", "private_note")
        labels = {"ref_number": "Check no.", "txn_date": "Received", "deposit_to": "Deposit to"}
        widgets = {
            "ref_number": forms.TextInput(attrs={"autocomplete": "off"}),
            "txn_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "private_note": forms.TextInput,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        payment: Payment = kwargs["instance"]
        own = receiving.own_amounts(payment)
        usual = {"allocations": own, "key": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs | {"initial": usual})
        self.amounts = Amounts(own)
        self.problems: Problems = {}
        self.twins: list[Payment] = []
        self.credits = receiving.credits_used(payment)
        self._set_up_customer(payment)
        self._set_up_method(payment)
        self._set_up_deposit(payment)

    @property
    def watched(self) -> list[str]:
        return [name for name in super().watched if name not in ("customer", *self.HIDDEN)]

    # ── What the fields offer ───────────────────────────────────────────────────────────────────

    def _set_up_customer(self, payment: Payment) -> None:
        field = cast(CustomerField, self.fields["customer"])
        field.of(payment.company, keep=payment.customer_id)
        if payment.pk:
            field.disabled = True
            field.help_text = "To move it to another customer, void this payment and enter it again."
            self.initial["customer"] = payment.customer

    def _set_up_method(self, payment: Payment) -> None:
        methods = PaymentMethod.objects.filter(company=payment.company_id)
        offered = methods.present().filter(active=True)
        field = self._choices("method", offered | methods.filter(pk=payment.method_id or 0))
        field.required = not payment.pk or payment.method_id is not None
        check = offered.filter(name__iexact="check").first()
        if payment.pk:
            return
        self.initial["method"] = self.initial.get("method") or check
        field.empty_label = "Choose one" if check is None else None
        if check is None:
            field.help_text = field.error_messages["required"] = NO_CHECK

    def _set_up_deposit(self, payment: Payment) -> None:
        accounts = Account.objects.filter(company=payment.company_id)
        offered = accounts.for_deposits()
        field = self._choices("deposit_to", offered | accounts.filter(pk=payment.deposit_to_id or 0))
        usual = offered.filter(account_sub_type="UndepositedFunds").first()
        field.required = bool(payment.deposit_to_id if payment.pk else usual)
        # Where QuickBooks puts it when told nothing (facts 9.4), unless that is among the accounts by its name.
        field.empty_label = None if field.required else "Undeposited Funds"
        if usual and not payment.pk:
            self.initial["deposit_to"] = self.initial.get("deposit_to") or usual

    def _choices(self, name: str, queryset: Any) -> "ModelChoiceField[Any]":
        field = cast("ModelChoiceField[Any]", self.fields[name])
        field.queryset = queryset
        return field

    # ── Checks ──────────────────────────────────────────────────────────────────────────────────

    def clean_total(self) -> Decimal:
        total: Decimal = self.cleaned_data["total"]
        if total < 0 or (not total and not self.credits):
            raise forms.ValidationError("The amount received must be more than zero.")
        return total

    def clean_txn_date(self) -> date:
        """QuickBooks takes nothing dated in a period whose books are closed (facts 8.3, 6210)."""
        received: date = self.cleaned_data["txn_date"]
        if not FIRST_DAY <= received <= LAST_DAY:
            raise forms.ValidationError("This date is too far away.")
        closed = self.instance.company.preference("AccountingInfoPrefs", "BookCloseDate")
        through = date.fromisoformat(closed[:10]) if closed else None
        if through and received <= through:
            first = formats.day(through + timedelta(days=1))
            raise forms.ValidationError(
                f"The books are closed through {formats.day(through)}. Date it {first} or later."
            )
        return received

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.amounts = data.get("allocations", self._read)
        if self._shows_other_invoices():
            self.amounts = Amounts({})
            self._refuse(
                {None: f"These are the open invoices of {self.payer}. Put the money on them, then save."}
            )
        else:
            self._refuse(self._judged())
        if not self.errors:
            self._ask_about_twins(data)
        return data

    def _shows_other_invoices(self) -> bool:
        """Whether a customer was chosen whose open invoices nobody has seen yet."""
        if self.instance.pk or self.payer is None:
            return False
        return bool(self.payables) and self.cleaned_data.get("shown") != str(self.payer.pk)

    def _judged(self) -> Problems:
        problems = self.spread.problems
        if not self.cleaned_data.get("total") and not self.credits:
            problems.pop(None, None)  # without an amount nothing can be more than it
        return problems | self.amounts.unreadable

    def _refuse(self, problems: Problems) -> None:
        self.problems = problems
        if problems:
            self.add_error("allocations", list(problems.values()))

    def _ask_about_twins(self, data: Mapping[str, Any]) -> None:
        """The same number, amount and date once more is worth a second press, but not forbidden."""
        asked = _check_of(data)
        if data["twin"] == asked or (self.instance.pk and asked == _check_of(self.initial)):
            return
        one = {name: data[name] for name in ("ref_number", "total", "txn_date")}
        self.twins = receiving.twins(Payment(pk=self.instance.pk, company=self.instance.company, **one))
        if self.twins:
            self.add_error("twin", "This may be the same check twice.")
            self.data = {**self.data, self.add_prefix("twin"): asked}

    def changed_message(self, name: str) -> str:
        if name != "allocations":
            return super().changed_message(name)
        now = [
            f"{formats.money_sign(payable.own, self.currency)} on {payable.invoice}"
            for payable in receiving.payables(self.instance)
            if payable.own
        ]
        return (
            f"What it pays was changed while you were editing, to {', '.join(now) or 'nothing'}. "
            "Yours is kept here: save again to use it."
        )

    # ── Where the money goes ────────────────────────────────────────────────────────────────────

    @cached_property
    def payer(self) -> Customer | None:
        """The customer, once one is chosen."""
        if self.instance.pk:
            return self.instance.customer
        return self.cleaned_data.get("customer") if self.is_bound else self.initial.get("customer")

    @property
    def currency(self) -> str:
        return self.payer.currency if self.payer else ""

    @property
    def sign(self) -> str:
        return formats.sign()

    @cached_property
    def payables(self) -> list[Payable]:
        if self.payer is None:
            return []
        self.instance.customer = self.payer
        return receiving.payables(self.instance, also={*self.amounts, *self.amounts.unreadable})

    @property
    def received(self) -> Decimal:
        """The amount so far."""
        return (self.cleaned_data.get("total") if self.is_bound else self.instance.total) or ZERO

    @property
    def spread(self) -> Spread:
        return Spread(self.payables, self.amounts, self.received + self.credits)

    @property
    def rows(self) -> list[Row]:
        wrong = next((payable.pk for payable in self.payables if payable.pk in self.problems), None)
        return [
            Row(
                payable,
                text=self._text(payable.pk),
                amount=self.amounts.get(payable.pk, ZERO),
                problem=self.problems.get(payable.pk, ""),
                takes_focus=payable.pk == wrong,
            )
            for payable in self.payables
        ]

    def _text(self, pk: int) -> str:
        """What stands in a row: as typed, as long as that is the amount meant."""
        amount = self.amounts.get(pk, ZERO)
        if pk in self.amounts.unreadable or (pk in self._typed and self._read.get(pk, ZERO) == amount):
            return self._typed[pk]
        return formats.money(amount) if amount else ""

    @cached_property
    def _typed(self) -> dict[int, str]:
        return typed_rows(self.data)

    @cached_property
    def _read(self) -> Amounts:
        return Amounts.typed(self._typed)

    @property
    def sheet_problems(self) -> list[str]:
        """What is wrong with the rows together."""
        of_rows = {problem for pk, problem in self.problems.items() if pk is not None}
        found = [
            *self.errors.get("allocations", []),
            *([self.problems[None]] if None in self.problems else []),
        ]
        return [problem for problem in dict.fromkeys(found) if problem not in of_rows]

    @property
    def label(self) -> str:
        """What the money is called so far: Check 88214."""
        data = self.cleaned_data if self.is_bound else self.initial
        method, number = data.get("method"), data.get("ref_number") or ""
        if self.instance.pk and not self.is_bound:
            return str(self.instance)
        return f"{method or 'Payment'} {number}".strip()

    @cached_property
    def unused(self) -> list[Payment]:
        """Earlier payments of the customer with money left on them."""
        if self.payer is None:
            return []
        others = Payment.objects.counted().filter(customer=self.payer, unapplied__gt=0)
        return list(others.exclude(pk=self.instance.pk).select_related("method"))

    @property
    def unused_sum(self) -> Decimal:
        return sum((payment.unapplied for payment in self.unused), ZERO)

    def act(self, name: str) -> None:
        """Do what a button says (see `Spread.act`). Nothing is refused yet: the messages at the fields go away, and
        those at the rows stay true."""
        self.full_clean()
        spread = self.spread
        after = spread.act(name)
        if after is not spread:  # what is no amount stays in its row until a button fills the rows
            self.amounts = Amounts(after.amounts)
        self.problems = self._judged()
        self.errors.clear()

    # ── Saving ──────────────────────────────────────────────────────────────────────────────────

    def save_by(self, user: User) -> Payment | None:
        """Save the valid form. None when the invoices changed since it was checked; the rows then say so."""
        invoices = {payable.pk: payable.invoice for payable in self.payables}
        if not self.instance.pk:
            self.instance.entry_key = self.cleaned_data["key"]
        try:
            return receiving.save_payment(
                self.instance, {invoices[pk]: amount for pk, amount in self.amounts.items()}, by=user
            )
        except receiving.NotAllowed as refusal:
            del self.payables  # their balances are old
            self._refuse(refusal.problems)
            return None

    def says_the_same_as(self, payment: Payment) -> bool:
        """Whether this form is the one that was saved as `payment`, sent once more."""
        self.full_clean()
        typed = [self.cleaned_data.get(name) for name in ("customer", "ref_number", "total", "txn_date")]
        saved = [payment.customer, payment.ref_number, payment.total, payment.txn_date]
        return typed == saved and self.amounts == receiving.own_amounts(payment)

    def focus(self) -> None:
        """The cursor goes into the first wrong field; on a new page into the first one. Rows take it by themselves."""
        names = [name for name in self.fields if name in self.errors] if self.is_bound else ["customer"]
        if names and names[0] in self.Meta.fields:
            self.fields[names[0]].widget.attrs["autofocus"] = True


def _check_of(data: Mapping[str, Any]) -> str:
    """What tells one check from another."""
    return f"{data['ref_number']}/{data['total'].quantize(CENT)}/{data['txn_date']}"
