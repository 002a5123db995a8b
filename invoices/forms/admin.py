"""The portal's forms as the admin uses them: the same rules, fed from the admin's own rows."""

from typing import Any

from django import forms
from django.http import QueryDict

from invoices import credits, receiving
from invoices.forms.fields import FigureField
from invoices.forms.invoice import InvoiceForm
from invoices.forms.money_rows import APPLY, MEMO
from invoices.forms.payment import PaymentForm
from invoices.models import Account, Invoice, InvoiceLine, Item
from qbo.forms import OpenedOn

LINES = "lines"  # the prefix of the admin's rows
PORTAL_NAMES = {
    "id": "line",
    "description": "description",
    "quantity": "quantity",
    "rate": "rate",
    "taxable": "taxable",
}


class InvoiceAdminForm(InvoiceForm):
    """Header and lines are judged together, as in the portal; what is wrong in a line is said above the form."""

    def __init__(
        self, data: QueryDict | None = None, files: Any = None, *, instance: Invoice, **_: Any
    ) -> None:
        super().__init__(data if data is None else with_rows(data, instance), instance=instance)

    def _check_rows(self) -> None:
        super()._check_rows()
        for number, row in enumerate(self.rows.filled, start=1) if self.rows.is_typed else ():
            for messages in row.errors.values():
                self.add_error(None, [f"Line {number}: {message}" for message in messages])


def with_rows(data: QueryDict, invoice: Invoice) -> QueryDict:
    """What the admin posted, with its lines named as the portal's form names them."""
    rows = data.copy()
    kept = [n for n in range(_row_count(data)) if f"{LINES}-{n}-DELETE" not in data]
    names = _item_names(invoice, [data.get(f"{LINES}-{n}-item", "") for n in kept])
    rows.setlist("row", [str(n) for n in kept])
    for n in kept:
        rows[f"line-{n}-item"] = names.get(data.get(f"{LINES}-{n}-item", ""), "")
        for theirs, ours in PORTAL_NAMES.items():
            if f"{LINES}-{n}-{theirs}" in data:
                rows[f"line-{n}-{ours}"] = str(data[f"{LINES}-{n}-{theirs}"])
    return rows


def _row_count(data: QueryDict) -> int:
    text = data.get(f"{LINES}-TOTAL_FORMS", "")
    return min(int(text), 1000) if text.isdecimal() else 0


def _item_names(invoice: Invoice, keys: list[str]) -> dict[str, str]:
    """By key, as a text, what each chosen item is called; another company's items have no name here."""
    items = Item.objects.filter(company=invoice.company, pk__in=[key for key in keys if key.isdecimal()])
    return {str(item.pk): str(item) for item in items} | {
        key: f"number {key}" for key in keys if key and not items.filter(pk=key).exists()
    }


class LineAdminForm(forms.ModelForm):
    quantity = FigureField(required=False, widget=forms.TextInput(attrs={"size": 8}))
    rate = FigureField(required=False, places=2, widget=forms.TextInput(attrs={"size": 8}))

    class Meta:
        model = InvoiceLine
        fields = ("item", "description", "quantity", "rate", "taxable")
        widgets = {"description": forms.Textarea(attrs={"rows": 2, "cols": 30})}


class PaymentAdminForm(PaymentForm):
    """What a payment pays stays as it is; the rest is judged as in the portal."""

    def __init__(self, data: QueryDict | None = None, files: Any = None, **kwargs: Any) -> None:
        if data is not None:
            data = data.copy()
            payment = kwargs["instance"]
            rows = ((APPLY, receiving.own_amounts(payment)), (MEMO, credits.own_by_pk(payment)))
            for prefix, amounts in rows:
                for pk, amount in amounts.items():
                    data[f"{prefix}{pk}"] = str(amount)
        super().__init__(data, **kwargs)

    def add_error(self, field: str | None, error: Any) -> None:
        """The rows of invoices and the second look are not on this page, so what concerns them stands above it."""
        super().add_error(None if field in ("allocations", "memos", "earlier", "twin") else field, error)


class ItemAdminForm(OpenedOn):
    class Meta:
        model = Item
        fields = ("name", "description", "unit_price", "taxable", "active", "income_account")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account: Any = self.fields["income_account"]
        account.queryset = Account.objects.income().filter(company=self.instance.company)

    def clean_name(self) -> str:
        """QuickBooks makes no difference between cases."""
        name: str = self.cleaned_data["name"]
        same = Item.objects.present().filter(company=self.instance.company, name__iexact=name)
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is an item of this name already.")
        return name
