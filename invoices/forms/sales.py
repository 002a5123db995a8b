"""What the forms of invoices, estimates and credit memos share. They refuse, at the field, what QuickBooks would
refuse (facts 9.3)."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar, cast
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property

from customers.fields import CustomerField
from customers.forms import LongText
from customers.models import Customer
from invoices import editing
from invoices.forms.fields import FIRST_DAY, LAST_DAY, AddressesField, FigureField, plain
from invoices.forms.lines import MOST_AMOUNT, LineRows, values_of, with_article
from invoices.forms.row_acts import is_redraw
from invoices.models import SalesForm, SalesLine
from invoices.numbers import next_number, taken_by
from invoices.readiness import Mistake, Verdict, judge
from invoices.totals import Totals, cents
from qbo import formats
from qbo.formats import money_sign
from qbo.forms import OpenedOn, unpack
from qbo.models import Company, User

PERCENT, AMOUNT = "percent", "amount"
#: Fields that carry what the form needs to know and nobody types into.
UNWATCHED = {"opened", "entry_key", "filled_from", "counted_due", "estimate"}
F = TypeVar("F", bound=SalesForm)
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SalesFormForm(OpenedOn, Generic[F]):
    """Create or edit a sales form of `instance.company`, lines included. Save with `save(by=...)`.

    Subclasses have a Meta with their model and `FIELDS`, and name in `more` the fields that stand beside the date.
    `proposed` are the lines that a new one starts with. `filled_from` and `counted_due` are what the page filled in by
    itself, so that `following.follow` knows what a person typed over. `to_send` asks for an address as well.
    """

    customer = CustomerField()
    doc_number = forms.CharField(label="Number", max_length=21, required=False)
    bill_email = AddressesField(label="Send to", required=False)
    bill_email_cc = AddressesField(label="Copy to", required=False)
    discount = FigureField(required=False)
    discount_kind = forms.ChoiceField(label="Discount in", required=False)
    entry_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    filled_from = forms.IntegerField(required=False, widget=forms.HiddenInput)
    counted_due = forms.DateField(required=False, widget=forms.HiddenInput)

    FIELDS = (
        "customer",
        "doc_number",
        "txn_date",
        "bill_email",
        "bill_email_cc",
        "customer_memo",
        "private_note",
    )
    more: ClassVar[tuple[str, ...]] = ()

    class BaseMeta:
        field_classes: ClassVar[dict[str, Any]] = {"customer_memo": LongText, "private_note": LongText}
        widgets: ClassVar[dict[str, Any]] = {
            "txn_date": DAY,
            "customer_memo": forms.Textarea(attrs={"rows": 2}),
            "private_note": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        instance: F,
        to_send: bool = False,
        proposed: Sequence[SalesLine] = (),
        **kwargs: Any,
    ) -> None:
        self.noun = str(instance._meta.verbose_name)
        self.company: Company = instance.company
        self.to_send = to_send
        # Without JavaScript the buttons for rows post the whole form; then it is drawn again and not judged.
        self.is_redrawn = data is not None and is_redraw(data)
        self.was_customer_id = instance.customer_id
        self.paid = self._settled(instance) if instance.pk else Decimal(0)
        self.stored_rows = LineRows(instance, proposed=proposed)
        self.rows = LineRows(instance, data) if data is not None else self.stored_rows
        super().__init__(data, instance=instance, initial=self._initial(instance), **kwargs)
        self._fit_fields()

    def _fit_fields(self) -> None:
        customer = cast(CustomerField, self.fields["customer"])
        customer.of(self.company, keep=self.instance.customer_id)
        self.fields["customer_memo"].label = f"Message on the {self.noun}"
        self.fields["private_note"].label = "Note, not shown to the customer"
        cast(forms.ChoiceField, self.fields["discount_kind"]).choices = [
            (PERCENT, "%"),
            (AMOUNT, formats.sign()),
        ]
        if not self.company.custom_numbers:
            self.fields["doc_number"].disabled = True
            if not self.instance.doc_number:
                self.fields["doc_number"].help_text = "QuickBooks gives the number."

    def _settled(self, instance: F) -> Decimal:
        """What payments and the like have to do with it already, so that it may not come to less."""
        return Decimal(0)

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
    def lines(self) -> list[SalesLine]:
        return self.rows.lines() if self.rows.is_typed else list(self.rows.stored)

    def clean_txn_date(self) -> date:
        day: date = self.cleaned_data["txn_date"]
        if not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError("This date is too far away.")
        closed = self.company.books_closed_through
        known = self._stored("txn_date") if self.instance.qbo_id else None
        if closed and min(day, known or day) <= closed:
            raise forms.ValidationError(
                f"The books are closed up to {formats.full_day(closed)}. QuickBooks takes no changes there.",
                code="closed",
            )
        return day

    def clean_doc_number(self) -> str:
        number: str = self.cleaned_data["doc_number"]
        if number and self.company.custom_numbers and number != self._stored("doc_number"):
            kind = type(self.instance)
            other = taken_by(kind, self.company, number, besides=self.instance.pk)
            if other is not None:
                free = next_number(kind, self.company)
                raise forms.ValidationError(
                    f"This number is on the {self.noun} to {other.customer}. The next free one is {free}."
                )
        return number

    def clean_customer(self) -> Customer:
        customer: Customer = self.cleaned_data["customer"]
        if self.paid and customer.pk != self.was_customer_id:
            raise forms.ValidationError(self.too_late("it stays with its customer"))
        return customer

    def too_late(self, so: str) -> str:
        """Why something about it cannot change any more."""
        return f"{money_sign(self.paid)} has been received on this {self.noun}, so {so}."

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
        self._check_dates()
        self._take_over_money()
        if not self.errors:
            self._check_money()
        return data

    def _check_dates(self) -> None:
        """What else has to hold of the dates."""

    def _check_second_date(self, name: str, label: str) -> None:
        """One that cannot be before the form's own."""
        written, second = self.cleaned_data.get("txn_date"), self.cleaned_data.get(name)
        if written and second and not written <= second <= LAST_DAY:
            early = f"The {label} cannot be before the date."
            self.add_error(name, early if second < written else "This date is too far away.")

    def _check_rows(self) -> None:
        if not self.rows.is_typed:
            return
        if not self.rows.is_valid():
            self.add_error(None, forms.ValidationError("The marked lines need another look.", code="marked"))
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
            self.add_error(
                None,
                f"QuickBooks takes {self.instance._meta.verbose_name_plural} of at most {money_sign(MOST_AMOUNT)}.",
            )
        elif sums.total < 0:
            self.add_error(None, f"{with_article(self.noun)} cannot come to less than nothing.")
        elif sums.total < self.paid:
            self.add_error(None, self._too_little(sums.total))

    def _too_little(self, total: Decimal) -> str:
        return self.too_late(f"it cannot come to only {money_sign(total)}")

    def _stored(self, name: str) -> Any:
        """A field's value as the record has it; None for a new one."""
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
        names = ("filled_from", "counted_due", "bill_email", "terms", "due_date")
        return [self[name] for name in names if name in self.fields]

    @property
    def beside_the_date(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more]

    @property
    def verdicts(self) -> list[Verdict]:
        """What QuickBooks would say about what was typed so far."""
        verdicts = judge([*_mistakes(self), *self._row_mistakes()])
        if self.company.custom_numbers:
            return verdicts
        return [verdict for verdict in verdicts if verdict.check.name != "number"]

    def _row_mistakes(self) -> Iterator[Mistake]:
        for row in self.rows.filled if self.rows.is_typed else ():
            yield from _mistakes(row, "line-")

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
        """Whether the record says already all that was typed."""
        if not self.is_valid():
            return False
        typed = {name: self._shown(name, self.cleaned_data[name]) for name in self.watched}
        return self.now == typed | {"lines": values_of(self.lines)}

    @property
    def key(self) -> UUID | None:
        """What the form of a new record is known by."""
        return _uuid(str(self["entry_key"].value() or ""))

    def save(self, commit: bool = True, *, by: User | None = None) -> F:
        """Write the record and its lines and note the push. Only ever whole, so `commit` is always true."""
        self.instance.entry_key = self.instance.entry_key or self.cleaned_data.get("entry_key")
        return editing.save_form(cast("F", self.instance), self.lines, by=by)

    def _initial(self, form: F) -> dict[str, Any]:
        is_amount = form.discount_percent is None and form.discount_amount
        return {
            "customer": form.customer if form.customer_id else None,  # its key alone is not yet a name here
            "discount": form.discount_amount if is_amount else form.discount_percent,
            "discount_kind": AMOUNT if is_amount else PERCENT,
            "entry_key": None if form.pk else uuid4(),
            "filled_from": form.customer_id,
        }


class SendForm(forms.Form):
    """To whom a sales form is e-mailed."""

    to = AddressesField(label="Send to", error_messages={"required": "Say where to send it."})
    cc = AddressesField(label="Copy to", required=False)


def _mistakes(form: forms.BaseForm, prefix: str = "") -> Iterator[Mistake]:
    """The errors of a form; what only repeats those of its lines is left out."""
    for name, errors in form.errors.items():
        for error in errors.as_data():
            told = "" if name == "__all__" else f"{prefix}{name}"
            if error.code != "marked":
                yield Mistake(told, error.code or "", " ".join(map(str, error.messages)))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def describe(line: SalesLine) -> str:
    """A line in a few words: "Mulch, 8 × 62.50"."""
    if line.quantity is None or line.rate is None:
        return str(line.item or line.description)
    return f"{line.item or line.description}, {plain(line.quantity)} × {plain(line.rate, 2)}"
