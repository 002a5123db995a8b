"""The Receive payment form: a payment and all that it pays, as one."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from django import forms
from django.db import transaction
from django.forms.models import ModelChoiceField

from customers.fields import CustomerField
from customers.models import Customer
from invoices import credits, entering, receiving
from invoices.dividing import Division, divide
from invoices.forms.allocations import CENT, AllocationsField, Amounts
from invoices.forms.fields import FIRST_DAY, LAST_DAY
from invoices.forms.money import MoneyField
from invoices.forms.money_rows import APPLY, EARLIER, MEMO, MoneyRows
from invoices.models import Account, CreditMemo, Payment, PaymentMethod
from invoices.spreading import ZERO, Problems
from qbo import formats
from qbo.models import User

NO_CHECK = (
    "QuickBooks has no payment method named Check. Add it there (Settings, All lists, Payment methods), "
    "or choose another one here."
)


class PaymentForm(MoneyRows):
    """Enter or change a payment of `instance.company`.

    `spread` says where its money goes, as typed so far; `act` does what the buttons above the invoices do.
    """

    customer = CustomerField(guess=True)
    total = MoneyField(label="Amount")
    allocations = AllocationsField(required=False)
    memos = AllocationsField(MEMO, required=False)
    earlier = AllocationsField(EARLIER, required=False)
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
        own, memos = receiving.own_amounts(payment), credits.own_by_pk(payment)
        usual = {"allocations": own, "memos": memos, "key": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs | {"initial": usual})
        self.use_rows(Amounts(self.initial["allocations"]), Amounts(memos), Amounts({}))
        self.problems: Problems = {}
        self.acting = False
        self.twins: list[Payment] = []
        self.unknown_customer = ""
        self._set_up_customer(payment)
        self._set_up_method(payment)
        self._set_up_deposit(payment)

    @property
    def watched(self) -> list[str]:
        return [name for name in super().watched if name not in ("customer", "earlier", *self.HIDDEN)]

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
        offered = methods.present().filter(active=True) | methods.filter(pk=payment.method_id or 0)
        rows, field = list(offered), self._choices("method")
        field.required = not payment.pk or payment.method_id is not None
        check = next((one for one in rows if one.name.lower() == "check"), None)
        none = "" if payment.pk else "Choose one"
        if not payment.pk:
            self.initial["method"] = self.initial.get("method") or check
            if check is None:
                field.help_text = field.error_messages["required"] = NO_CHECK
        self._offer(field, offered, rows, none if check is None or payment.pk else None)

    def _set_up_deposit(self, payment: Payment) -> None:
        accounts = Account.objects.filter(company=payment.company_id)
        offered = accounts.for_deposits() | accounts.filter(pk=payment.deposit_to_id or 0)
        rows, field = list(offered), self._choices("deposit_to")
        usual = next((one for one in rows if one.account_sub_type == "UndepositedFunds"), None)
        field.required = bool(payment.deposit_to_id if payment.pk else usual)
        if usual and not payment.pk:
            self.initial["deposit_to"] = self.initial.get("deposit_to") or usual
        # Where QuickBooks puts it when told nothing (facts 9.4), unless that is among the accounts by its name.
        self._offer(field, offered, rows, None if field.required else "Undeposited Funds")

    def _choices(self, name: str) -> "ModelChoiceField[Any]":
        return cast("ModelChoiceField[Any]", self.fields[name])

    def _offer(
        self, field: "ModelChoiceField[Any]", queryset: Any, rows: list[Any], none: str | None
    ) -> None:
        """Offer these rows, which are read already; `none` stands for no choice at all where that may be."""
        field.queryset = queryset
        empty = [] if none is None else [("", none)]
        field.choices = empty + [(row.pk, str(row)) for row in rows]

    def _get_validation_exclusions(self) -> set[str]:
        """The fields have found these rows already."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"customer", "method", "deposit_to"}

    # ── Checks ──────────────────────────────────────────────────────────────────────────────────

    def clean_total(self) -> Decimal:
        total: Decimal = self.cleaned_data["total"]
        if total < 0 or (not total and not self._uses_credit()):
            raise forms.ValidationError("The amount received must be more than zero.")
        return total

    def _uses_credit(self) -> bool:
        """Then no money need have come."""
        return bool(self.kept or self._read(MEMO) or self._read(EARLIER))

    def clean_txn_date(self) -> date:
        """QuickBooks takes nothing dated in a period whose books are closed (facts 8.3, 6210)."""
        received: date = self.cleaned_data["txn_date"]
        if not FIRST_DAY <= received <= LAST_DAY:
            raise forms.ValidationError("This date is too far away.")
        through = self.instance.company.books_closed_through
        if through and received <= through:
            first = formats.day(through + timedelta(days=1))
            raise forms.ValidationError(
                f"The books are closed through {formats.day(through)}. Date it {first} or later."
            )
        return received

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        rows = (("allocations", APPLY), ("memos", MEMO), ("earlier", EARLIER))
        self.use_rows(*(data.get(name, self._read(prefix)) for name, prefix in rows))
        self._write_name_out()
        if self._shows_other_invoices():
            self.use_rows(Amounts({}), Amounts({}), Amounts({}))
            self._refuse(
                {None: f"These are the open invoices of {self.payer}. Put the money on them, then save."}
            )
        else:
            self._refuse(self._judged() | self.changed_since_seen())
        if not self.errors and not self.acting:
            self._ask_about_twins(data)
        return data

    def _shows_other_invoices(self) -> bool:
        """Whether a customer was chosen whose open invoices nobody has seen yet."""
        if self.instance.pk or self.payer is None:
            return False
        return bool(self.payables or self.credits) and self.cleaned_data.get("shown") != str(self.payer.pk)

    def _judged(self) -> Problems:
        problems = self.spread.problems
        if not self.cleaned_data.get("total") and not self.spread.credit:
            problems.pop(None, None)  # without an amount nothing can be more than it
        return problems | self.unreadable

    def _write_name_out(self) -> None:
        """The customer's whole name where only a part of it was typed."""
        if self.payer and self.data.get("customer") != self.payer.display_name and not self.instance.pk:
            self.data = {**_plain(self.data), "customer": self.payer.display_name}

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
            self.data = {**_plain(self.data), self.add_prefix("twin"): asked}

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

    # ── What it is called, and the buttons ──────────────────────────────────────────────────────

    @property
    def sheet_problems(self) -> list[str]:
        """What is wrong with the rows together."""
        names = ("allocations", "memos", "earlier")
        return self.sheet_problems_of([error for name in names for error in self.errors.get(name, [])])

    @property
    def label(self) -> str:
        """What the money is called so far: Check 88214."""
        data = self.cleaned_data if self.is_bound else self.initial
        method, number = data.get("method"), data.get("ref_number") or ""
        if self.instance.pk and not self.is_bound:
            return str(self.instance)
        return f"{method or 'Payment'} {number}".strip()

    def act(self, name: str) -> None:
        """Do what a button says (see `Spread.act`). Nothing is refused yet: the messages at the fields go away, and
        those at the rows stay true."""
        self.acting = True
        self.full_clean()
        spread = self.spread
        after = spread.act(name)
        if (
            after.amounts is not spread.amounts
        ):  # what is no amount stays in its row until a button fills the rows
            self.amounts = Amounts(after.amounts)
        if after.used is not spread.used:
            self.memos_used, self.earlier_used = _by_kind(after.used)
        self.problems = self._judged()
        if self.data.get("customer", "").strip():
            self.unknown_customer = " ".join(str(error) for error in self.errors.get("customer", []))
        self.errors.clear()

    # ── Saving ──────────────────────────────────────────────────────────────────────────────────

    def save_by(self, user: User) -> list[Payment] | None:
        """Save the valid form: the payments made or changed, the one to show first. None when the invoices changed
        since it was checked; the rows then say so."""
        try:
            with transaction.atomic():
                return [self._changed(user)] if self.instance.pk else self._received(user)
        except receiving.NotAllowed as refusal:
            del self.payables, self.credits  # their balances are old
            self._refuse(refusal.problems)
            return None

    def _changed(self, user: User) -> Payment:
        invoices = {payable.pk: payable.invoice for payable in self.payables}
        memos = {one.source.pk: one.source for one in self.credits if isinstance(one.source, CreditMemo)}
        return receiving.save_payment(
            self.instance,
            {invoices[pk]: amount for pk, amount in self.amounts.items()},
            memos={memos[pk]: amount for pk, amount in self.memos_used.items()},
            by=user,
        )

    @cached_property
    def division(self) -> Division:
        """What a new check that is all right becomes."""
        return divide(self.spread, cast(Customer, self.payer).pk)

    def _received(self, user: User) -> list[Payment]:
        self.instance.entry_key = self.cleaned_data["key"]
        return entering.receive(self.instance, self.division, by=user)

    def says_the_same_as(self, payment: Payment) -> bool:
        """Whether this form is the one that was saved as `payment`, sent once more."""
        self.full_clean()
        made = entering.made_together(payment)
        amounts = Amounts({pk: put for one in made for pk, put in receiving.own_amounts(one).items()})
        typed = [self.cleaned_data.get(name) for name in ("ref_number", "total", "txn_date")]
        saved = [payment.ref_number, sum((one.total for one in made), ZERO), payment.txn_date]
        payer = payment.one_check or self.cleaned_data.get("customer") == payment.customer
        return bool(payer) and typed == saved and (bool(self.earlier_used) or self.amounts == amounts)

    def focus(self) -> None:
        """The cursor goes into the first wrong field; on a new page into the first one. Rows take it by themselves."""
        names = [name for name in self.fields if name in self.errors] if self.is_bound else ["customer"]
        if names and names[0] in self.Meta.fields:
            self.fields[names[0]].widget.attrs["autofocus"] = True


def _check_of(data: Mapping[str, Any]) -> str:
    """What tells one check from another."""
    return f"{data['ref_number']}/{data['total'].quantize(CENT)}/{data['txn_date']}"


def _by_kind(used: Mapping[str, Decimal]) -> tuple[Amounts, Amounts]:
    """Credit memos and earlier payments apart, by pk."""

    def of(prefix: str) -> Amounts:
        return Amounts({int(key.removeprefix(prefix)): used[key] for key in used if key.startswith(prefix)})

    return of(MEMO), of(EARLIER)


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in data}
