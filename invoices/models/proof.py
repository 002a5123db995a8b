"""Checks that both sides agree."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from qbo.api.payloads import CanonicalEncoder, DecimalDecoder
from qbo.models import Company


class Proof(models.Model):
    """One comparison of what is owed here with QuickBooks' own reports, to the cent (`invoices.proof`).

    `sums` and `differences` hold what was found (`compare.Found.as_json`); past checks are kept.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for QuickBooks"
        DONE = "done", "Done"
        FAILED = "failed", "Could not be made"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="proofs")
    as_of = models.DateField("as of", default=timezone.localdate)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    agrees = models.BooleanField(default=False)
    sums = models.JSONField(default=dict, encoder=CanonicalEncoder, decoder=DecimalDecoder)
    differences = models.JSONField(default=list, encoder=CanonicalEncoder, decoder=DecimalDecoder)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=Q(state="waiting"), name="one_waiting_proof_per_company"
            )
        ]

    def __str__(self) -> str:
        return f"{self.company} as of {self.as_of}"

    def get_absolute_url(self) -> str:
        return reverse("invoices:proof", args=[self.company_id])

    @property
    def open_count(self) -> int:
        return int(self.sums.get("open invoices", {}).get("count", 0))

    @property
    def open_amount(self) -> Decimal:
        return Decimal(self.sums.get("open invoices", {}).get("here", 0))

    @property
    def unexplained(self) -> list[dict[str, Any]]:
        return [row for row in self.differences if not row["explained"]]

    @property
    def explained(self) -> list[dict[str, Any]]:
        return [row for row in self.differences if row["explained"]]

    @property
    def checked_at(self) -> datetime:
        return self.finished_at or self.asked_at
