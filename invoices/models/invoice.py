"""Invoices and their lines."""

from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, Term
from invoices.models.item import Item
from invoices.models.lists import TaxCode
from qbo.api.payloads import CanonicalEncoder, DecimalDecoder
from qbo.models import MirroredModel, MirroredQuerySet

ZERO = Decimal(0)


class EmailStatus(models.TextChoices):
    NOT_SET = "NotSet", "Not sent"
    NEED_TO_SEND = "NeedToSend", "To be sent"
    SENT = "EmailSent", "Sent"


class InvoiceQuerySet(MirroredQuerySet):
    def counted(self) -> Self:
        """What belongs in sums: neither deleted nor void."""
        return self.present().filter(is_void=False)

    def open(self) -> Self:
        return self.counted().filter(balance__gt=0)

    def overdue(self, today: date | None = None) -> Self:
        return self.open().filter(due_date__lt=today or timezone.localdate())

    def paid(self) -> Self:
        return self.counted().filter(balance__lte=0)

    def search(self, text: str) -> Self:
        """By number or customer name."""
        return self.filter(Q(doc_number__icontains=text) | Q(customer__display_name__icontains=text))

    def totals(self) -> dict[str, Any]:
        """`count`, `invoiced` and `open` of everything in this queryset that is not void."""
        sums = (
            self.counted().order_by().aggregate(count=Count("pk"), invoiced=Sum("total"), open=Sum("balance"))
        )
        return {"count": sums["count"], "invoiced": sums["invoiced"] or ZERO, "open": sums["open"] or ZERO}


class Invoice(MirroredModel):
    """An invoice (QuickBooks' Invoice).

    Sums are in the invoice's currency. Until QuickBooks has answered they are our own (`invoices.totals`);
    afterwards they are QuickBooks'. `settled` is what QuickBooks says has been paid or credited; `balance` is
    `total - settled - allocations that QuickBooks does not know yet` (`invoices.balances`).
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    doc_number = models.CharField("number", max_length=21, blank=True)
    txn_date = models.DateField("date", default=timezone.localdate)
    due_date = models.DateField(null=True, blank=True)
    terms = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    bill_email = models.CharField("e-mail", max_length=200, blank=True)
    email_status = models.CharField(
        max_length=12, choices=EmailStatus, default=EmailStatus.NOT_SET, editable=False
    )
    emailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    customer_memo = models.TextField("message to the customer", max_length=1000, blank=True)
    private_note = models.TextField("private note", max_length=4000, blank=True)
    discount_percent = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    discount_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    tax_after_discount = models.BooleanField(default=False)
    tax_code = models.ForeignKey(TaxCode, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    bill_address = models.TextField(blank=True, editable=False, help_text="As QuickBooks prints it.")

    currency = models.CharField(max_length=3, blank=True, editable=False)
    subtotal = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)
    total_tax = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)
    total = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)
    settled = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)
    balance = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)
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
        help_text="The form it was typed into, so that the same form sent twice makes one invoice.",
    )

    objects = InvoiceQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar to django-stubs

    class Meta(MirroredModel.Meta):
        ordering = ["-txn_date", "-pk"]
        indexes = [
            models.Index(fields=["company", "-txn_date", "-id"], name="invoice_list"),
            models.Index(fields=["company", "due_date"], condition=Q(balance__gt=0), name="invoice_open"),
            models.Index(fields=["company", "doc_number"], name="invoice_number"),
        ]

    def __str__(self) -> str:
        return f"Invoice {self.doc_number}" if self.doc_number else "Invoice without a number yet"

    def get_absolute_url(self) -> str:
        return reverse("invoices:detail", args=[self.company_id, self.pk])

    def get_edit_url(self) -> str:
        return reverse("invoices:edit", args=[self.company_id, self.pk])

    @property
    def discount(self) -> Decimal:
        """What the discount takes off, in money."""
        if self.discount_percent is not None:
            from invoices.totals import percent_of

            return percent_of(self.subtotal, self.discount_percent)
        return self.discount_amount or ZERO

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


class InvoiceLine(models.Model):
    """One line as people see it, or one that we do not model and only carry (`kind` other).

    `raw` is the line as QuickBooks last gave it, so that what we do not model survives an edit: QuickBooks replaces
    the whole Line array on every update.
    """

    class Kind(models.TextChoices):
        ITEM = "item", "Item"
        TEXT = "text", "Text"
        OTHER = "other", "Kept as it is"

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.ITEM, editable=False)
    line_id = models.CharField(max_length=32, blank=True, editable=False)
    item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    description = models.TextField(max_length=4000, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=5, null=True, blank=True)
    rate = models.DecimalField(max_digits=18, decimal_places=5, null=True, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO)
    taxable = models.BooleanField(default=False)
    raw = models.JSONField(
        default=dict, blank=True, editable=False, encoder=CanonicalEncoder, decoder=DecimalDecoder
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.description or str(self.item or "line")
