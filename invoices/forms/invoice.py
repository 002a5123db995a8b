"""The invoice form. It refuses, at the field, what QuickBooks would refuse (facts 9.3)."""

from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceField
from django.http import QueryDict
from django.utils.functional import cached_property

from customers.fields import CustomerField
from customers.forms import LongText
from customers.models import Customer, Term
from invoices import editing
from invoices.forms.fields import FIRST_DAY, LAST_DAY, AddressesField, FigureField, plain
from invoices.forms.lines import MOST_AMOUNT, LineRows, values_of
from invoices.forms.row_acts import is_redraw
from invoices.models import Invoice, InvoiceLine
from invoices.numbers import next_number, taken_by
from invoices.totals import Totals, cents, due_date
from qbo import formats
from qbo.formats import money_sign
from qbo.forms import OpenedOn, unpack
from qbo.models import Company, User

PERCENT, AMOUNT = "percent", "amount"
UNWATCHED = {"opened", "entry_key", "filled_from", "counted_due"}


class InvoiceForm(OpenedOn):
    """Create or edit an invoice of `instance.company`, lines included. Save with `save(by=...)`.

    `filled_from` and `counted_due` are what the page filled in by itself, so that `following.follow` knows what a
    person typed over. `to_send` asks for an address as well.
    """

    customer = CustomerField()
    doc_number = forms.CharField(label="Number", max_length=21, required=False)
    bill_email = AddressesField(label="Send to", required=False)
    discount = FigureField(required=False)
    discount_kind = forms.ChoiceField(label="Discount in", required=False)
    entry_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    filled_from = forms.IntegerField(required=False, widget=forms.HiddenInput)
    counted_due = forms.DateField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Invoice
        fields = (
            "customer",
            "doc_number",
            "txn_date",
            "terms",
            "due_date",
            "bill_email",
            "customer_memo",
            "private_note",
        )
        labels = {
            "customer_memo": "Message on the invoice",
            "private_note": "Note, not shown to the customer",
        }
        field_classes = {"customer_memo": LongText, "private_note": LongText}
        widgets = {
            "txn_date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "due_date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "customer_memo": forms.Textarea(attrs={"rows": 2}),
            "private_note": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(
        self, data: QueryDict | None = None, *, instance: Invoice, to_send: bool = False, **kwargs: Any
    ) -> None:
        self.company: Company = instance.company
        self.to_send = to_send
        # Without JavaScript the buttons for rows post the whole form; then it is drawn again and not judged.
        self.is_redrawn = data is not None and is_redraw(data)
        self.was_customer_id = instance.customer_id
        self.paid = instance.total - instance.balance if instance.pk else Decimal(0)
        self.stored_rows = LineRows(instance)
        self.rows = LineRows(instance, data) if data is not None else self.stored_rows
        super().__init__(data, instance=instance, initial=_initial(instance), **kwargs)
        self._fit_fields()

    def _fit_fields(self) -> None:
        customer = cast(CustomerField, self.fields["customer"])
        customer.of(self.company, keep=self.instance.customer_id)
        terms = cast("ModelChoiceField[Term]", self.fields["terms"])
        terms.queryset = _terms(self.company, self.instance.terms_id)
        terms.empty_label = "None"
        cast(forms.ChoiceField, self.fields["discount_kind"]).choices = [
            (PERCENT, "%"),
            (AMOUNT, formats.sign()),
        ]
        if not self.company.custom_numbers:
            self.fields["doc_number"].disabled = True
            if not self.instance.doc_number:
                self.fields["doc_number"].help_text = "QuickBooks gives the number."

    # ── The record changed while the form was open ──────────────────────────────────────────────

    @property
    def watched(self) -> list[str]:
        return [name for name in self.fields if name not in UNWATCHED]

    def _values_now(self) -> dict[str, Any]:
        values = super()._values_now()
        return values | {"lines": values_of(self.stored_rows.stored)} if self.instance.pk else values

    def _compare_lines(self, was: Any) -> None:
        """The lines are one field: what was left alone follows the record, else the person decides."""
        now, typed = self.now["lines"], values_of(self.lines)
        if now in (was, typed) or was is None:
            return
        if typed == was:
            self.rows = self.stored_rows
            del self.lines
            return
        shown = "; ".join(describe(line) for line in self.stored_rows.stored) or "none at all"
        message = (
            f"The lines became “{shown}” while you were editing. Yours are kept here: save again to use them."
        )
        self.add_error(None, forms.ValidationError(message, code="lines"))
        self._reopen()

    # ── Checks ──────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def lines(self) -> list[InvoiceLine]:
        return self.rows.lines() if self.rows.is_typed else list(self.rows.stored)

    def clean_txn_date(self) -> date:
        day: date = self.cleaned_data["txn_date"]
        if not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError("This date is too far away.")
        closed = str(self.company.preference("AccountingInfoPrefs", "BookCloseDate") or "")
        known = self._stored("txn_date") if self.instance.qbo_id else None
        if closed and min(day, known or day).isoformat() <= closed:
            closing = formats.full_day(date.fromisoformat(closed))
            raise forms.ValidationError(
                f"The books are closed up to {closing}. QuickBooks takes no changes there."
            )
        return day

    def clean_doc_number(self) -> str:
        number: str = self.cleaned_data["doc_number"]
        if number and self.company.custom_numbers and number != self._stored("doc_number"):
            other = taken_by(self.company, number, besides=self.instance.pk)
            if other is not None:
                free = next_number(self.company)
                raise forms.ValidationError(
                    f"This number is on the invoice to {other.customer}. The next free one is {free}."
                )
        return number

    def clean_customer(self) -> Customer:
        customer: Customer = self.cleaned_data["customer"]
        if self.paid and customer.pk != self.was_customer_id:
            raise forms.ValidationError(
                f"{money_sign(self.paid)} has been received on this invoice, so it stays with its customer."
            )
        return customer

    def clean_bill_email(self) -> str:
        email: str = self.cleaned_data["bill_email"]
        if self.to_send and not email:
            raise forms.ValidationError("Say where to send it.")
        return email

    def clean_discount_kind(self) -> str:
        return self.cleaned_data["discount_kind"] or PERCENT

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        opened = unpack(data.get("opened") or "")
        if self.instance.pk and opened is not None:
            self._compare_lines(opened.get("lines"))
        self._check_rows()
        written, due = data.get("txn_date"), data.get("due_date")
        if written and due and not written <= due <= LAST_DAY:
            self.add_error(
                "due_date",
                "The due date cannot be before the date." if due < written else "This date is too far away.",
            )
        self._take_over_money()
        if not self.errors:
            self._check_money()
        return data

    def _check_rows(self) -> None:
        if not self.rows.is_typed:
            return
        if not self.rows.is_valid():
            self.add_error(None, forms.ValidationError("The marked lines need another look.", code="lines"))
            return
        for problem in self.rows.problems():
            self.add_error(None, forms.ValidationError(problem, code="lines"))

    def _take_over_money(self) -> None:
        """What decides the sums, besides the lines, goes to the instance for them to be worked out."""
        discount = self.cleaned_data.get("discount") or None
        is_percent = self.cleaned_data.get("discount_kind") != AMOUNT
        self.instance.discount_percent = discount if is_percent else None
        self.instance.discount_amount = None if is_percent or discount is None else cents(discount)
        customer = self.cleaned_data.get("customer")
        if customer and customer.pk != self.was_customer_id:
            ticked = any(row.cleaned_data.get("taxable") for row in self.rows.filled)
            is_taxed = customer.taxable or ticked
            self.instance.tax_code = editing.default_tax_code(self.company) if is_taxed else None

    def _check_money(self) -> None:
        sums = self.totals
        if self.instance.discount_percent is not None and not 0 <= self.instance.discount_percent <= 100:
            self.add_error("discount", "A discount is between 0 and 100 percent.")
        elif sums.discount < 0:
            self.add_error("discount", "A discount cannot be negative.")
        elif sums.discount > max(sums.subtotal, Decimal(0)):
            self.add_error(
                "discount", f"The discount is more than the subtotal of {money_sign(sums.subtotal)}."
            )
        elif sums.discount and not self.allows_discount:
            self.add_error("discount", "Discounts are switched off in QuickBooks (Settings, Sales).")
        elif sums.total > MOST_AMOUNT:
            self.add_error(None, f"QuickBooks takes invoices of at most {money_sign(MOST_AMOUNT)}.")
        elif sums.total < 0:
            self.add_error(None, "An invoice cannot come to less than nothing.")
        elif sums.total < self.paid:
            self.add_error(
                None,
                f"{money_sign(self.paid)} has been received on this invoice, so it cannot come to only "
                f"{money_sign(sums.total)}. Take the payment off first, or write a second invoice.",
            )

    def _stored(self, name: str) -> Any:
        """A field's value as the invoice has it; None for a new one."""
        return self.initial.get(name) if self.instance.pk else None

    # ── Results ─────────────────────────────────────────────────────────────────────────────────

    @property
    def totals(self) -> Totals:
        """The sums of what was typed so far; a row or discount that cannot be read yet counts nothing."""
        return editing.add_up(self.instance, [*self.lines, *self.rows.carried])

    @property
    def allows_discount(self) -> bool:
        return bool(
            self.company.preference("SalesFormsPrefs", "AllowDiscount", True) or self.initial["discount"]
        )

    @property
    def followers(self) -> list[forms.BoundField]:
        """What choosing a customer, terms or a date may fill in."""
        return [self[name] for name in ("filled_from", "counted_due", "bill_email", "terms", "due_date")]

    @property
    def worries(self) -> list[str]:
        """What QuickBooks would refuse about what was typed so far; what is merely still empty does not count."""
        parts = (self, *(self.rows.filled if self.rows.is_typed else ()))
        found = [error for part in parts for errors in part.errors.values() for error in errors.as_data()]
        told = (
            str(text) for error in found if error.code not in ("lines", "required") for text in error.messages
        )
        return list(dict.fromkeys(told))

    def focus(self) -> None:
        """Put the cursor into the first mistake, or into Customer while there is nothing yet."""
        start = None if self.is_bound or self.initial["customer"] else "customer"
        first = next((name for name in self.fields if name in self.errors), start)
        if first:
            self.fields[first].widget.attrs["autofocus"] = True
        elif self.rows.filled:
            any(row.focus() for row in self.rows.filled)
        elif self.is_bound and self.rows.forms:
            self.rows.forms[0].fields["item"].widget.attrs["autofocus"] = True

    def forget_errors(self) -> None:
        for part in (self, *self.rows.forms):
            part.errors.clear()

    @property
    def changes_nothing(self) -> bool:
        """Whether the invoice says already all that was typed."""
        if not self.is_valid():
            return False
        typed = {name: self._shown(name, self.cleaned_data[name]) for name in self.watched}
        return self.now == typed | {"lines": values_of(self.lines)}

    @property
    def key(self) -> UUID | None:
        """What the form of a new invoice is known by."""
        return _uuid(str(self["entry_key"].value() or ""))

    def save(self, commit: bool = True, *, by: User | None = None) -> Invoice:
        """Write the invoice and its lines and note the push. Only ever whole, so `commit` is always true."""
        self.instance.entry_key = self.instance.entry_key or self.cleaned_data.get("entry_key")
        return editing.save_invoice(self.instance, self.lines, by=by)


class SendForm(forms.Form):
    """To whom an invoice is e-mailed."""

    to = AddressesField(label="Send to")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def describe(line: InvoiceLine) -> str:
    """A line in a few words: "Mulch, 8 × 62.50"."""
    if line.quantity is None or line.rate is None:
        return str(line.item or line.description)
    return f"{line.item or line.description}, {plain(line.quantity)} × {plain(line.rate, 2)}"


def _initial(invoice: Invoice) -> dict[str, Any]:
    is_amount = invoice.discount_percent is None and invoice.discount_amount
    return {
        "customer": invoice.customer if invoice.customer_id else None,  # its key alone is not yet a name here
        "discount": invoice.discount_amount if is_amount else invoice.discount_percent,
        "discount_kind": AMOUNT if is_amount else PERCENT,
        "entry_key": None if invoice.pk else uuid4(),
        "filled_from": invoice.customer_id,
        "counted_due": due_date(invoice.txn_date, invoice.terms),
    }


def _terms(company: Company, kept: int | None) -> QuerySet[Term]:
    """The company's active terms, and those the invoice already has."""
    return Term.objects.present().filter(Q(active=True) | Q(pk=kept), company=company)
