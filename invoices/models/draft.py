"""Forms that are not finished: kept here, and never sent, until somebody saves them as what they are to become."""

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.urls import reverse

from qbo.models import Company


class DraftQuerySet(models.QuerySet["Draft"]):
    def kept(self) -> Self:
        return self.filter(discarded_at=None)


class Draft(models.Model):
    """What stands in a form, as it was typed: it may be half of an invoice, so it is none yet.

    `key` is the form's own (`Invoice.entry_key`), so that a draft becomes one invoice and no second. `data` holds, by
    the names of the fields, lists of texts. `revision` counts how often it was kept, so that two people do not
    overwrite each other. A discarded one stays, to be brought back.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="drafts")
    key = models.UUIDField(unique=True)
    data = models.JSONField(default=dict)
    customer_name = models.CharField(max_length=500, blank=True)
    total = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3, blank=True)
    revision = models.PositiveIntegerField(default=1)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-pk"]
        indexes = [models.Index(fields=["company", "-updated_at"], name="draft_list")]

    def __str__(self) -> str:
        return f"Draft to {self.customer_name}" if self.customer_name else "Draft without a customer"

    def get_absolute_url(self) -> str:
        return reverse("invoices:draft_open", args=[self.company_id, self.key])

    @property
    def posted(self) -> QueryDict:
        """What was typed, as a form takes it."""
        posted = QueryDict(mutable=True)
        for name, values in self.data.items():
            posted.setlist(name, values)
        return posted
