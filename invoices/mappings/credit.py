"""Credit memos as QuickBooks sees them (facts 9.3): like invoices, but there is no voiding them through the API."""

from collections.abc import Collection

from django.utils import timezone

from invoices.mappings.sales import SALES_FIELDS, ZERO, SalesMapping, amount
from invoices.models import CreditMemo, CreditMemoLine
from qbo.models import Verb
from qbo.sync.mapping import Payload


class CreditMemoMapping(SalesMapping[CreditMemo]):
    entity = "CreditMemo"
    model = CreditMemo
    line_model = CreditMemoLine
    commands = frozenset({Verb.SEND, Verb.DELETE})
    parts = {CreditMemoLine: "credit_memo"}
    fields = SALES_FIELDS

    def load(self, obj: CreditMemo, payload: Payload, keep: Collection[str] = ()) -> None:
        super().load(obj, payload, keep)
        obj.balance = amount(payload.get("Balance"))

    def confirm(self, obj: CreditMemo, payload: Payload) -> None:
        obj.balance = amount(payload.get("Balance"))
        self.model.objects.filter(pk=obj.pk).exclude(balance=obj.balance).update(balance=obj.balance)

    def withdraw(self, obj: CreditMemo) -> None:
        self.model.objects.filter(pk=obj.pk).update(gone_at=timezone.now(), balance=ZERO)
        obj.refresh_from_db(fields=["gone_at", "balance"])
