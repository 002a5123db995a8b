"""Credit memos: what a customer need not pay any more."""

from typing import Any

from django.db import models
from django.db.models import Q

from customers.models import Customer
from invoices.models.sales import ZERO, SalesForm, SalesLine
from qbo.models import MirroredModel


class CreditMemo(SalesForm):
    """A credit memo (QuickBooks' CreditMemo). `balance` is what is left of it to be put on invoices, by QuickBooks."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credit_memos")
    balance = models.DecimalField(max_digits=18, decimal_places=2, default=ZERO, editable=False)

    class Meta(MirroredModel.Meta):
        ordering = ["-txn_date", "-pk"]
        indexes = [
            models.Index(fields=["company", "-txn_date", "-id"], name="credit_memo_list"),
            models.Index(fields=["company", "customer"], condition=Q(balance__gt=0), name="credit_memo_open"),
        ]

    def __str__(self) -> str:
        return f"Credit memo {self.doc_number}" if self.doc_number else "Credit memo without a number yet"

    def get_absolute_url(self) -> Any:
        return self.customer.get_absolute_url()


class CreditMemoLine(SalesLine):
    """A line of a credit memo."""

    form_field = "credit_memo"
    credit_memo = models.ForeignKey(CreditMemo, on_delete=models.CASCADE, related_name="lines")
