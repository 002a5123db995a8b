"""The invoice form."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceField

from customers.models import Term
from invoices import acts
from invoices.forms.sales import DAY, SalesFormForm, SendForm
from invoices.models import Estimate, Invoice
from invoices.totals import due_date
from qbo.formats import money_sign
from qbo.models import Company

__all__ = ["InvoiceForm", "SendForm"]


class InvoiceForm(SalesFormForm[Invoice]):
    """Create or edit an invoice of `instance.company`, lines included. Save with `save(by=...)`."""

    more = ("terms", "due_date")
    estimate = forms.ModelChoiceField(
        Estimate.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "The estimate that this was to be made from is no longer there."},
    )

    class Meta(SalesFormForm.BaseMeta):
        model = Invoice
        fields = (*SalesFormForm.FIELDS, "terms", "due_date")
        widgets = SalesFormForm.BaseMeta.widgets | {"due_date": DAY}

    def _fit_fields(self) -> None:
        super()._fit_fields()
        if self.instance.pk:  # what it was made from does not change any more
            del self.fields["estimate"]
        else:
            choice = cast("ModelChoiceField[Estimate]", self.fields["estimate"])
            choice.queryset = Estimate.objects.present().filter(company=self.company)
        terms = cast("ModelChoiceField[Term]", self.fields["terms"])
        terms.queryset = _terms(self.company, self.instance.terms_id)
        terms.empty_label = "None"

    @property
    def source(self) -> Estimate | None:
        """The estimate that a new invoice is made from."""
        if self.instance.pk:
            return None
        try:
            found: Estimate | None = self.fields["estimate"].clean(self["estimate"].value())
        except forms.ValidationError:
            return None
        return found

    def _initial(self, form: Invoice) -> dict[str, Any]:
        return super()._initial(form) | {
            "counted_due": due_date(form.txn_date, form.terms),
            "estimate": form.estimate_id,
        }

    def _settled(self, instance: Invoice) -> Decimal:
        return instance.total - instance.balance

    def clean_estimate(self) -> Estimate | None:
        estimate: Estimate | None = self.cleaned_data["estimate"]
        if estimate and (reason := acts.why_not_invoiced(estimate)):
            self.add_error(None, reason)
        return estimate

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        estimate, customer = data.get("estimate"), data.get("customer")
        if estimate and customer and customer.pk != estimate.customer_id:
            self.add_error("customer", f"{estimate} is for {estimate.customer}, so its invoice is too.")
        return data

    def _take_over_money(self) -> None:
        super()._take_over_money()
        if estimate := self.cleaned_data.get("estimate"):
            self.instance.estimate, self.instance.tax_code = estimate, estimate.tax_code
            self.instance.tax_after_discount = estimate.tax_after_discount

    def _check_dates(self) -> None:
        self._check_second_date("due_date", "due date")

    def _too_little(self, total: Decimal) -> str:
        so = f"it cannot come to only {money_sign(total)}"
        return f"{self.too_late(so)} Take the payment off first, or write a second invoice."


def _terms(company: Company, kept: int | None) -> QuerySet[Term]:
    """The company's active terms, and those the invoice already has."""
    return Term.objects.present().filter(Q(active=True) | Q(pk=kept), company=company)
