"""Invoices and their lines."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, Term
from invoices.models.estimate import Estimate
from invoices.models.sales import ZERO, SalesForm, SalesFormQuerySet, SalesLine
from qbo.models import MirroredModel


class InvoiceQuerySet(SalesFormQuerySet):
    def counted(self) -> Self:
        """What belongs in sums: neither deleted nor void."""
        return self.present().filter(is_void=False)

    def open(self) -> Self:
        return self.counted().filter(balance__gt=0)

    def overdue(self, today: date | None = None) -> Self:
        return self.open().filter(due_date__lt=today or timezone.localdate())

    def paid(self) -> Self:
        return self.counted().filter(balance__lte=0)

    def totals(self) -> dict[str, Any]:
        """`count`, `invoiced` and `open` of everything in this queryset that is not void."""
        sums = (
            self.counted().order_by().aggregate(count=Count("pk"), invoiced=Sum("total"), open=Sum("balance"))
        )
        return {"count": sums["count"], "invoiced": sums["invoiced"] or ZERO, "open": sums["open"] or ZERO}


class Invoice(SalesForm):
    """An invoice (QuickBooks' Invoice).

    `settled` is what QuickBooks says has been paid or credited; `balance` is `total - settled - allocations that
    QuickBooks does not know yet` (`invoices.balances`).
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    due_date = models.DateField(null=True, blank=True)
    terms = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)
    balance = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)
    is_void = models.BooleanField(default=False, editable=False)
    estimate = models.ForeignKey(
        Estimate,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="invoices",
        help_text="The estimate that it was made from.",
    )

    objects = InvoiceQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar to django-stubs

    class Meta(MirroredModel.Meta):
        ordering = ["-txn_date", "-pk"]
        indexes = [
            models.Index(fields=["company", "-txn_date", "-id"], name="invoice_list"),
            models.Index(fields=["company", "due_date"], condition=Q(balance__gt=0), name="invoice_open"),
            models.Index(fields=["company", "doc_number"], name="invoice_number"),
            # What customers owe, read from the index alone.
            models.Index(
                fields=["customer", "due_date", "balance"],
                condition=Q(balance__gt=0, is_void=False, gone_at=None),
                name="invoice_owed",
            ),
        ]

    def __str__(self) -> str:
        return f"Invoice {self.doc_number}" if self.doc_number else "Invoice without a number yet"

    def get_absolute_url(self) -> str:
        return reverse("invoices:detail", args=[self.company_id, self.pk])

    def get_edit_url(self) -> str:
        return reverse("invoices:edit", args=[self.company_id, self.pk])

    @property
    def voided(self) -> bool:
        return self.is_void

    @property
    def days_overdue(self) -> int:
        """Days past the due date of an open invoice; 0 when it is not late."""
        if self.balance <= 0 or self.is_void or self.due_date is None:
            return 0
        return max((timezone.localdate() - self.due_date).days, 0)

    @property
    def status(self) -> str:
        """One of gone, void, paid, overdue, part_paid, open."""
        if self.is_gone:
            return "gone"
        if self.is_void:
            return "void"
        if self.balance <= 0:
            return "paid"
        if self.days_overdue:
            return "overdue"
        return "part_paid" if self.balance < self.total else "open"


class InvoiceLine(SalesLine):
    """A line of an invoice."""

    form_field = "invoice"
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
