"""The forms of estimates and credit memos."""

from decimal import Decimal
from typing import cast

from django import forms

from invoices.forms.sales import DAY, SalesFormForm
from invoices.models import CreditMemo, Estimate, EstimateStatus
from qbo.formats import money_sign


class EstimateForm(SalesFormForm[Estimate]):
    """Create or edit an estimate, lines included."""

    more = ("expires_on", "status")

    class Meta(SalesFormForm.BaseMeta):
        model = Estimate
        fields = (*SalesFormForm.FIELDS, "expires_on", "status")
        widgets = SalesFormForm.BaseMeta.widgets | {"expires_on": DAY}
        labels = {"expires_on": "Expires"}

    def _fit_fields(self) -> None:
        super()._fit_fields()
        status = cast(forms.ChoiceField, self.fields["status"])
        status.required = False
        if self.instance.status != EstimateStatus.CONVERTED:  # only QuickBooks sets that
            status.choices = [pair for pair in EstimateStatus.choices if pair[0] != EstimateStatus.CONVERTED]

    def clean_status(self) -> str:
        return self.cleaned_data["status"] or EstimateStatus.PENDING.value

    def _check_dates(self) -> None:
        self._check_second_date("expires_on", "last day")


class CreditMemoForm(SalesFormForm[CreditMemo]):
    """Create or edit a credit memo, lines included."""

    class Meta(SalesFormForm.BaseMeta):
        model = CreditMemo
        fields = SalesFormForm.FIELDS

    def _settled(self, instance: CreditMemo) -> Decimal:
        return instance.applied

    def too_late(self, so: str) -> str:
        return f"{money_sign(self.paid)} of this credit memo has been used, so {so}."
