"""Credit memos: what a customer need not pay any more."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models import Customer
from invoices.models.sales import ZERO, SalesForm, SalesFormQuerySet, SalesLine
from qbo.models import MirroredModel


class CreditMemo(SalesForm):
    """A credit memo (QuickBooks' CreditMemo). `balance` is what is left of it to be put on invoices, by QuickBooks."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credit_memos")
    balance = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)

    objects = SalesFormQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar to django-stubs

    class Meta(MirroredModel.Meta):
        ordering = ["-txn_date", "-pk"]
        indexes = [
            models.Index(fields=["company", "-txn_date", "-id"], name="credit_memo_list"),
            models.Index(fields=["company", "customer"], condition=Q(balance__gt=0), name="credit_memo_open"),
        ]

    def __str__(self) -> str:
        return f"Credit memo {self.doc_number}" if self.doc_number else "Credit memo without a number yet"

    def get_absolute_url(self) -> str:
        return reverse("invoices:credit_detail", args=[self.company_id, self.pk])

    def get_edit_url(self) -> str:
        return reverse("invoices:credit_edit", args=[self.company_id, self.pk])

    @property
    def voided(self) -> bool:
        """People can void one inside QuickBooks: no money is left and the note begins so (facts 9.3)."""
        return not self.total and self.private_note.startswith("Voided")

    @property
    def applied(self) -> Decimal:
        """What of it has been put on invoices or paid out, by QuickBooks."""
        return self.total - self.balance

    @property
    def status(self) -> str:
        """One of gone, void, used, part_used, open."""
        if self.is_gone:
            return "gone"
        if self.voided:
            return "void"
        if self.balance <= 0:
            return "used"
        return "part_used" if self.balance < self.total else "open"


class CreditMemoLine(SalesLine):
    """A line of a credit memo."""

    form_field = "credit_memo"
    credit_memo = models.ForeignKey(CreditMemo, on_delete=models.CASCADE, related_name="lines")
