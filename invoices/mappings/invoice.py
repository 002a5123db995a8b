"""Invoices as QuickBooks sees them (facts 9.3)."""

from collections.abc import Collection, Sequence

from django.utils import timezone

from invoices import balances
from invoices.mappings.sales import LINES_AND_TAX, SALES_FIELDS, ZERO, SalesMapping, amount, is_void
from invoices.models import Invoice, InvoiceLine
from qbo.models import Verb
from qbo.sync.fields import Date, Ref
from qbo.sync.mapping import Payload
from qbo.sync.merge import Group


class InvoiceMapping(SalesMapping[Invoice]):
    entity = "Invoice"
    model = Invoice
    line_model = InvoiceLine
    commands = frozenset({Verb.SEND, Verb.VOID, Verb.DELETE})
    parts = {InvoiceLine: "invoice"}
    fields = (
        *SALES_FIELDS,
        Date("DueDate", "due_date"),
        Ref("SalesTermRef", "terms", entity="Term"),
    )
    groups = (
        LINES_AND_TAX,
        Group("terms and due date", ("SalesTermRef", "DueDate", "TxnDate")),
    )
    always_ask = frozenset({"CustomerRef", "DocNumber", "lines and tax", "terms and due date"})
    related = ("customer", "terms", "tax_code", "lines__item")

    def load(self, obj: Invoice, payload: Payload, keep: Collection[str] = ()) -> None:
        super().load(obj, payload, keep)
        obj.settled = amount(payload.get("TotalAmt")) - amount(payload.get("Balance"))
        obj.is_void = is_void(payload)

    def store_parts(self, obj: Invoice, payload: Payload, keep: Collection[str], *, pushed: bool) -> None:
        super().store_parts(obj, payload, keep, pushed=pushed)
        balances.recompute(obj)

    def before_many(self, objects: Sequence[Invoice]) -> None:
        balances.work_out(objects)

    def confirm(self, obj: Invoice, payload: Payload) -> None:
        settled = amount(payload.get("TotalAmt")) - amount(payload.get("Balance"))
        if obj.settled != settled:
            obj.settled = settled
            self.model.objects.filter(pk=obj.pk).update(settled=settled)
            balances.recompute(obj)

    def is_done(self, obj: Invoice, verb: Verb) -> bool:
        return verb == Verb.VOID and obj.is_void

    def withdraw(self, obj: Invoice) -> None:
        self.model.objects.filter(pk=obj.pk).update(gone_at=timezone.now(), balance=ZERO)
        obj.refresh_from_db(fields=["gone_at", "balance"])
