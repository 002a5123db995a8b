"""Estimates: what a customer might order."""

from typing import Any

from django.db import models

from customers.models import Customer
from invoices.models.sales import SalesForm, SalesLine
from qbo.models import MirroredModel


class EstimateStatus(models.TextChoices):
    """QuickBooks' TxnStatus. Closed is set by QuickBooks once an invoice is made of it."""

    PENDING = "Pending", "Pending"
    ACCEPTED = "Accepted", "Accepted"
    CLOSED = "Closed", "Closed"
    REJECTED = "Rejected", "Rejected"


class Estimate(SalesForm):
    """An estimate (QuickBooks' Estimate). It moves no money."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="estimates")
    expires_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=EstimateStatus, default=EstimateStatus.PENDING)

    class Meta(MirroredModel.Meta):
        ordering = ["-txn_date", "-pk"]
        indexes = [models.Index(fields=["company", "-txn_date", "-id"], name="estimate_list")]

    def __str__(self) -> str:
        return f"Estimate {self.doc_number}" if self.doc_number else "Estimate without a number yet"

    def get_absolute_url(self) -> Any:
        return self.customer.get_absolute_url()


class EstimateLine(SalesLine):
    """A line of an estimate."""

    form_field = "estimate"
    estimate = models.ForeignKey(Estimate, on_delete=models.CASCADE, related_name="lines")
