"""What is sold: products and services (QuickBooks' Item)."""

from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models import NO_COLON
from invoices.models.lists import Account
from qbo.models import Company, MirroredModel, MirroredQuerySet


class ItemQuerySet(MirroredQuerySet):
    def search(self, text: str) -> Self:
        """By name, SKU or description."""
        columns = ("name", "fully_qualified_name", "sku", "description")
        return self.filter(Q(*((f"{column}__icontains", text) for column in columns), _connector=Q.OR))

    def called(self, name: str, company: Company, *, besides: int | None = None) -> Self:
        """Who has this name; QuickBooks makes no difference between cases."""
        return self.present().filter(company=company, name__iexact=name).exclude(pk=besides)

    def sellable(self) -> Self:
        """What an invoice line may name: active, and neither a category nor a bundle."""
        return self.present().filter(active=True, item_type__in=["Service", "NonInventory", "Inventory"])


class Item(MirroredModel):
    """A product or service. Inventory, bundles and categories are shown but not changed here."""

    EDITABLE_TYPES = ("Service", "NonInventory")

    name = models.CharField(max_length=100, validators=[NO_COLON])
    fully_qualified_name = models.CharField(max_length=500, blank=True, editable=False)
    sku = models.CharField("SKU", max_length=100, blank=True)
    description = models.TextField(max_length=4000, blank=True)
    item_type = models.CharField(
        "type",
        max_length=20,
        default="Service",
        choices=[
            ("Service", "Service"),
            ("NonInventory", "Non-inventory"),
            ("Inventory", "Inventory"),
            ("Group", "Bundle"),
            ("Category", "Category"),
        ],
    )
    unit_price = models.DecimalField(
        "rate",
        max_digits=18,
        decimal_places=5,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(Decimal(99999999999))],
    )
    taxable = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    income_account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )

    objects = ItemQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar to django-stubs

    class Meta(MirroredModel.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.fully_qualified_name or self.name

    def get_absolute_url(self) -> str:
        return reverse("invoices:item", args=[self.company_id, self.pk])

    def get_edit_url(self) -> str:
        return reverse("invoices:item_edit", args=[self.company_id, self.pk])
