"""The invoice form."""

from decimal import Decimal
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceField

from customers.models import Term
from invoices.forms.sales import DAY, SalesFormForm, SendForm
from invoices.models import Invoice
from invoices.totals import due_date
from qbo.formats import money_sign
from qbo.models import Company

__all__ = ["InvoiceForm", "SendForm"]


class InvoiceForm(SalesFormForm[Invoice]):
    """Create or edit an invoice of `instance.company`, lines included. Save with `save(by=...)`."""

    more = ("terms", "due_date")

    class Meta(SalesFormForm.BaseMeta):
        model = Invoice
        fields = (*SalesFormForm.FIELDS, "terms", "due_date")
        widgets = SalesFormForm.BaseMeta.widgets | {"due_date": DAY}

    def _fit_fields(self) -> None:
        super()._fit_fields()
        terms = cast("ModelChoiceField[Term]", self.fields["terms"])
        terms.queryset = _terms(self.company, self.instance.terms_id)
        terms.empty_label = "None"

    def _initial(self, form: Invoice) -> dict[str, Any]:
        return super()._initial(form) | {"counted_due": due_date(form.txn_date, form.terms)}

    def _settled(self, instance: Invoice) -> Decimal:
        return instance.total - instance.balance

    def _check_dates(self) -> None:
        self._check_second_date("due_date", "due date")

    def _too_little(self, total: Decimal) -> str:
        so = f"it cannot come to only {money_sign(total)}"
        return f"{self.too_late(so)} Take the payment off first, or write a second invoice."


def _terms(company: Company, kept: int | None) -> QuerySet[Term]:
    """The company's active terms, and those the invoice already has."""
    return Term.objects.present().filter(Q(active=True) | Q(pk=kept), company=company)
