"""What invoices, credit memos and estimates have in common: QuickBooks' sales forms."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from invoices.models.item import Item
from invoices.models.lists import TaxCode
from qbo.api.payloads import CanonicalEncoder, DecimalDecoder
from qbo.models import MirroredModel, MirroredQuerySet

if TYPE_CHECKING:
    from customers.models import Customer

ZERO = Decimal(0)


class EmailStatus(models.TextChoices):
    NOT_SET = "NotSet", "Not sent"
    NEED_TO_SEND = "NeedToSend", "To be sent"
    SENT = "EmailSent", "Sent"


class SalesFormQuerySet(MirroredQuerySet):
    def search(self, text: str) -> Self:
        """By number or customer name."""
        return self.filter(Q(doc_number__icontains=text) | Q(customer__display_name__icontains=text))


class SalesForm(MirroredModel):
    """A form with lines, discount and tax.

    Sums are in the form's currency. Until QuickBooks has answered they are our own (`invoices.totals`); afterwards they
    are QuickBooks'.
    """

    doc_number = models.CharField("number", max_length=21, blank=True)
    txn_date = models.DateField("date", default=timezone.localdate)
    bill_email = models.CharField("e-mail", max_length=200, blank=True)
    bill_email_cc = models.CharField("copy to", max_length=200, blank=True)
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
        help_text="The form it was typed into, so that the same form sent twice makes one record.",
    )

    if TYPE_CHECKING:
        customer: Customer | models.ForeignKey[Any, Any]
        customer_id: int | None
        lines: Any

        def get_absolute_url(self) -> str: ...

    class Meta(MirroredModel.Meta):
        abstract = True

    @property
    def voided(self) -> bool:
        """Whether QuickBooks has taken all amounts out of it; only some kinds can be void."""
        return False

    @property
    def discount(self) -> Decimal:
        """What the discount takes off, in money."""
        if self.discount_percent is not None:
            from invoices.totals import percent_of

            return percent_of(self.subtotal, self.discount_percent)
        return self.discount_amount or ZERO


class SalesLine(models.Model):
    """One line as people see it, or one that we do not model and only carry (`kind` other).

    `raw` is the line as QuickBooks last gave it, so that what we do not model survives an edit: QuickBooks replaces
    the whole Line array on every update.
    """

    class Kind(models.TextChoices):
        ITEM = "item", "Item"
        TEXT = "text", "Text"
        OTHER = "other", "Kept as it is"

    #: The name of the foreign key to the form.
    form_field: ClassVar[str]

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
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.description or str(self.item or "line")

    @property
    def form(self) -> Any:
        """The invoice, credit memo or estimate that it stands on."""
        return getattr(self, self.form_field)
