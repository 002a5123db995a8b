"""Customers, and the payment terms they are given."""

import re
from decimal import Decimal
from typing import Any, Self

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from qbo.models import MirroredModel, MirroredQuerySet

NO_COLON = RegexValidator(
    r"[:\t\n]", "QuickBooks takes no colon, tab or line break in a name.", inverse_match=True, code="colon"
)
#: What may be a part of a phone number: three digits at least, and what people put between them.
IN_FIGURES = re.compile(r"[+(]?(?:[0-9][-\s().+/]*){3,20}")
ADDRESS_PARTS = ("line1", "line2", "line3", "line4", "line5", "city", "region", "postal_code", "country")


class Term(MirroredModel):
    """Payment terms (QuickBooks' Term): read-only here."""

    name = models.CharField(max_length=31)
    active = models.BooleanField(default=True)
    due_days = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(999)])
    day_of_month_due = models.PositiveSmallIntegerField(null=True, blank=True)
    due_next_month_days = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(MirroredModel.Meta):
        ordering = ["due_days", "name"]

    def __str__(self) -> str:
        return self.name


class NamesakeModel(MirroredModel):
    """Somebody else on QuickBooks' one list of names, which customers, vendors and employees share. Only the name is
    kept: it tells a form what QuickBooks would refuse."""

    display_name = models.CharField(max_length=500)
    active = models.BooleanField(default=True)

    class Meta(MirroredModel.Meta):
        abstract = True
        ordering = ["display_name"]

    def __str__(self) -> str:
        return self.display_name


class Vendor(NamesakeModel):
    """Somebody who is paid (QuickBooks' Vendor): read-only here."""


class Employee(NamesakeModel):
    """Somebody on the payroll (QuickBooks' Employee): read-only here."""


class CustomerQuerySet(MirroredQuerySet):
    def active(self) -> Self:
        return self.present().filter(active=True)

    def search(self, text: str) -> Self:
        """By any name, e-mail address or phone number, however that is written."""
        columns = ("display_name", "company_name", "given_name", "family_name", "email", "phone", "mobile")
        found = Q(*((f"{column}__icontains", text) for column in columns), _connector=Q.OR)
        if IN_FIGURES.fullmatch(text):
            spaced = r"[^0-9]*".join(re.findall("[0-9]", text))
            found |= Q(phone__regex=spaced) | Q(mobile__regex=spaced)
        return self.filter(found)


class Customer(MirroredModel):
    """Somebody who is invoiced (QuickBooks' Customer). Lengths and rules are QuickBooks' own.

    `balance` and `balance_with_jobs` are QuickBooks' figures; what is owed including work that has not reached
    QuickBooks yet is summed from the invoices.
    """

    display_name = models.CharField(max_length=500, validators=[NO_COLON])
    title = models.CharField(max_length=16, blank=True)
    given_name = models.CharField("first name", max_length=100, blank=True, validators=[NO_COLON])
    middle_name = models.CharField(max_length=100, blank=True, validators=[NO_COLON])
    family_name = models.CharField("last name", max_length=100, blank=True, validators=[NO_COLON])
    suffix = models.CharField(max_length=16, blank=True)
    company_name = models.CharField(max_length=100, blank=True)
    print_on_check_name = models.CharField("name on checks", max_length=110, blank=True)
    email = models.EmailField("e-mail", max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    mobile = models.CharField(max_length=30, blank=True)
    notes = models.TextField(max_length=2000, blank=True)
    active = models.BooleanField(default=True)
    taxable = models.BooleanField(default=True)
    terms = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="customers")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="sub_customers", editable=False
    )
    fully_qualified_name = models.CharField(max_length=2500, blank=True, editable=False)
    currency = models.CharField(max_length=3, blank=True, editable=False)
    balance = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0), editable=False)
    balance_with_jobs = models.DecimalField(
        max_digits=18, decimal_places=2, default=Decimal(0), editable=False
    )

    merged_into = models.CharField(
        max_length=32,
        blank=True,
        editable=False,
        help_text="QuickBooks' id of the customer that this one was merged into there, where it said so.",
    )
    entry_key = models.UUIDField(
        null=True,
        unique=True,
        editable=False,
        help_text="The form it was typed into, so that the same form sent twice makes one customer.",
    )

    bill_line1 = models.CharField("street", max_length=500, blank=True)
    bill_line2 = models.CharField("second line", max_length=500, blank=True)
    bill_line3 = models.CharField("third line", max_length=500, blank=True)
    bill_line4 = models.CharField("fourth line", max_length=500, blank=True)
    bill_line5 = models.CharField("fifth line", max_length=500, blank=True)
    bill_city = models.CharField("city", max_length=255, blank=True)
    bill_region = models.CharField("state", max_length=255, blank=True)
    bill_postal_code = models.CharField("ZIP code", max_length=30, blank=True)
    bill_country = models.CharField("country", max_length=255, blank=True)
    ship_line1 = models.CharField("street", max_length=500, blank=True)
    ship_line2 = models.CharField("second line", max_length=500, blank=True)
    ship_line3 = models.CharField("third line", max_length=500, blank=True)
    ship_line4 = models.CharField("fourth line", max_length=500, blank=True)
    ship_line5 = models.CharField("fifth line", max_length=500, blank=True)
    ship_city = models.CharField("city", max_length=255, blank=True)
    ship_region = models.CharField("state", max_length=255, blank=True)
    ship_postal_code = models.CharField("ZIP code", max_length=30, blank=True)
    ship_country = models.CharField("country", max_length=255, blank=True)

    objects = CustomerQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar to django-stubs

    class Meta(MirroredModel.Meta):
        ordering = ["display_name"]
        indexes = [models.Index(fields=["company", "active", "display_name"], name="customer_list")]

    def __str__(self) -> str:
        return self.display_name

    def get_absolute_url(self) -> str:
        return reverse("customers:detail", args=[self.company_id, self.pk])

    def get_edit_url(self) -> str:
        return reverse("customers:edit", args=[self.company_id, self.pk])

    @property
    def survivor(self) -> "Customer | None":
        """The customer that this one was merged into in QuickBooks, if that is known and here."""
        if not self.merged_into:
            return None
        found: Customer | None = Customer.objects.filter(
            company=self.company_id, qbo_id=self.merged_into
        ).first()
        return found

    def address(self, kind: str) -> dict[str, Any]:
        """`kind` is "bill" or "ship": the parts of that address by name."""
        return {part: getattr(self, f"{kind}_{part}") for part in ADDRESS_PARTS}

    def address_lines(self, kind: str) -> list[str]:
        """That address as written on an envelope."""
        parts = self.address(kind)
        town = " ".join(part for part in (parts["city"], parts["region"], parts["postal_code"]) if part)
        return [line for line in (*(parts[f"line{n}"] for n in range(1, 6)), town, parts["country"]) if line]

    @property
    def bill_address_lines(self) -> list[str]:
        return self.address_lines("bill")

    @property
    def ship_address_lines(self) -> list[str]:
        return self.address_lines("ship")
