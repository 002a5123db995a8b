"""Payments received, and how they are spread over invoices."""

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from invoices.models.invoice import Invoice
from invoices.models.lists import Account, PaymentMethod
from invoices.models.sales import ZERO
from qbo.models import MirroredModel, MirroredQuerySet


class PaymentQuerySet(MirroredQuerySet):
    def counted(self) -> Self:
        return self.present().filter(is_void=False)

    def search(self, text: str) -> Self:
        """By check number or customer name."""
        return self.filter(Q(ref_number__icontains=text) | Q(customer__display_name__icontains=text))

    def totals(self) -> dict[str, Any]:
        sums = (
            self.counted()
            .order_by()
            .aggregate(count=Count("pk"), received=Sum("total"), unapplied=Sum("unapplied"))
        )
        return {
            "count": sums["count"],
            "received": sums["received"] or ZERO,
            "unapplied": sums["unapplied"] or ZERO,
        }


class Payment(MirroredModel):
    """Money received from a customer (QuickBooks' Payment), such as one check over several invoices.

    What is not allocated stays as `unapplied` credit of the customer.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments")
    txn_date = models.DateField("date", default=timezone.localdate)
    method = models.ForeignKey(
        PaymentMethod, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ref_number = models.CharField("check number", max_length=21, blank=True)
    total = models.DecimalField(
        "amount",
        max_digits=18,
        decimal_places=2,
        validators=[MinValueValidator(ZERO), MaxValueValidator(Decimal("9999999999.99"))],
    )
    unapplied = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)
    deposit_to = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    private_note = models.TextField("note", max_length=4000, blank=True)
    currency = models.CharField(max_length=3, blank=True, editable=False)
    is_void = models.BooleanField(default=False, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who typed it in here; empty when it came from QuickBooks.",
    )
    entry_key = models.UUIDField(
        null=True,
        unique=True,
        editable=False,
        help_text="The form it was typed into, so that the same form sent twice makes one payment.",
    )
    one_check = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        db_index=True,
        help_text="Shared by the payments that one check for several customers is kept as.",
    )

    objects = PaymentQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar to django-stubs

    class Meta(MirroredModel.Meta):
        ordering = ["-txn_date", "-pk"]
        indexes = [models.Index(fields=["company", "-txn_date", "-id"], name="payment_list")]

    def __str__(self) -> str:
        method = self.method.name if self.method else "Payment"
        return f"{method} {self.ref_number}".strip()

    def get_absolute_url(self) -> str:
        return reverse("invoices:payment", args=[self.company_id, self.pk])

    def get_edit_url(self) -> str:
        return reverse("invoices:payment_edit", args=[self.company_id, self.pk])


class Allocation(models.Model):
    """A part of a payment put on one document.

    `invoice` is set where we mirror it; other documents (credit memos, journal entries) are carried by
    `txn_type` and `txn_id` and sent back untouched. `agreed_amount` is what QuickBooks last confirmed, so that
    `amount - agreed_amount` is what the invoice's balance there does not show yet.
    """

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="allocations")
    invoice = models.ForeignKey(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="allocations"
    )
    txn_type = models.CharField(max_length=30, default="Invoice", editable=False)
    txn_id = models.CharField(max_length=32, blank=True, editable=False)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    agreed_amount = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="one_allocation_per_invoice"),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False) | ~Q(txn_id=""), name="allocation_names_its_document"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} on {self.invoice or f'{self.txn_type} {self.txn_id}'}"
