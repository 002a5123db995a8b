"""The form of services and non-inventory items. It refuses, at the field, what QuickBooks would refuse (facts 9.5)."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.forms.models import ModelChoiceField

from customers.forms import LongText
from invoices.forms.fields import FigureField
from invoices.models import Account, Item
from qbo.forms import OpenedOn


class ItemForm(OpenedOn):
    """Create or edit an item of `instance.company`. Its type is chosen once: QuickBooks changes none."""

    unit_price = FigureField(label="Price", required=False, places=2)

    class Meta:
        model = Item
        fields = ("name", "item_type", "sku", "description", "unit_price", "income_account", "taxable")
        field_classes = {"description": LongText}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        labels = {"taxable": "Taxable"}
        help_texts = {
            "description": "New lines begin with it.",
            "taxable": "New lines charge sales tax, where the customer pays any.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = cast(forms.ChoiceField, self.fields["item_type"])
        kinds.choices = [pair for pair in cast(Any, kinds.choices) if pair[0] in Item.EDITABLE_TYPES]
        if self.instance.pk:
            del self.fields["item_type"]
        if self.instance.qbo_id:
            del self.fields["sku"]  # QuickBooks' lists do not tell it, so that edits could not be compared
        accounts = cast("ModelChoiceField[Account]", self.fields["income_account"])
        kept = Q(pk=self.instance.income_account_id)
        accounts.queryset = Account.objects.filter(kept | Q(pk__in=Account.objects.income().values("pk")))
        accounts.queryset = accounts.queryset.filter(company=self.instance.company)
        accounts.required = True
        accounts.empty_label = "Choose one"

    def clean_name(self) -> str:
        """One made inactive in QuickBooks has a suffix and holds no name."""
        name: str = self.cleaned_data["name"].strip()
        if Item.objects.called(name, self.instance.company, besides=self.instance.pk).exists():
            raise forms.ValidationError("There is an item of this name already.")
        return name

    def clean_unit_price(self) -> Decimal:
        price: Decimal = self.cleaned_data["unit_price"] or Decimal(0)
        if price < 0:
            raise forms.ValidationError("A price cannot be negative. Discounts are given on the invoice.")
        return price

    def focus(self) -> None:
        """The cursor goes into the first wrong field; on a new page into the first one."""
        wrong = [name for name in self.fields if name in self.errors] if self.is_bound else ["name"]
        for name in wrong[:1]:
            self.fields[name].widget.attrs["autofocus"] = True
