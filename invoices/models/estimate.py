"""Estimates: what a customer might order."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from invoices.models.sales import SalesForm, SalesFormQuerySet, SalesLine
from qbo.models import MirroredModel


class EstimateStatus(models.TextChoices):
    """QuickBooks' TxnStatus. It sets Closed, or Converted, once an invoice is made of it."""

    PENDING = "Pending", "Pending"
    ACCEPTED = "Accepted", "Accepted"
    CLOSED = "Closed", "Closed"
    REJECTED = "Rejected", "Rejected"
    CONVERTED = "Converted", "Converted"


class Estimate(SalesForm):
    """An estimate (QuickBooks' Estimate). It moves no money."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="estimates")
    expires_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=EstimateStatus, default=EstimateStatus.PENDING)

    objects = SalesFormQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar to django-stubs

    class Meta(MirroredModel.Meta):
        ordering = ["-txn_date", "-pk"]
        indexes = [models.Index(fields=["company", "-txn_date", "-id"], name="estimate_list")]

    def __str__(self) -> str:
        return f"Estimate {self.doc_number}" if self.doc_number else "Estimate without a number yet"

    def get_absolute_url(self) -> str:
        return reverse("invoices:estimate_detail", args=[self.company_id, self.pk])

    def get_edit_url(self) -> str:
        return reverse("invoices:estimate_edit", args=[self.company_id, self.pk])

    @property
    def days_past(self) -> int:
        """Days since a pending one expired; 0 when it has not."""
        if self.status != EstimateStatus.PENDING or self.expires_on is None:
            return 0
        return max((timezone.localdate() - self.expires_on).days, 0)

    @property
    def invoice(self) -> Any:
        """The invoice made of it that counts; None while there is none."""
        return self.invoices.filter(gone_at=None, is_void=False).first()


class EstimateLine(SalesLine):
    """A line of an estimate."""

    form_field = "estimate"
    estimate = models.ForeignKey(Estimate, on_delete=models.CASCADE, related_name="lines")
