"""Invoices as QuickBooks sees them (facts 9.3)."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.utils import timezone

from invoices import balances
from invoices.mappings.sales import LINES_AND_TAX, SALES_FIELDS, ZERO, SalesMapping, amount, is_void
from invoices.models import Invoice, InvoiceLine
from qbo.models import Company, Verb
from qbo.sync.fields import JSON, Date, Field, Ref, reference, resolve
from qbo.sync.mapping import Payload, View
from qbo.sync.merge import Group


class EstimateLink(Field):
    """The estimate that an invoice was made from. Of the other links the payments are QuickBooks' own."""

    def view(self, value: JSON) -> JSON:
        links = (link for link in value or [] if link.get("TxnType") == "Estimate")
        return [{"TxnId": str(link["TxnId"]), "TxnType": "Estimate"} for link in links][:1] or None

    def dump(self, obj: Any, strict: bool) -> JSON:
        if obj.estimate is None:
            return None
        return [{"TxnId": reference(obj.estimate, strict)["value"], "TxnType": "Estimate"}]

    def load(self, obj: Any, piece: JSON, company: Company) -> None:
        obj.estimate = resolve(company, "Estimate", piece[0]["TxnId"]) if piece else None


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
        EstimateLink("LinkedTxn", "estimate"),
    )
    groups = (
        LINES_AND_TAX,
        Group("terms and due date", ("SalesTermRef", "DueDate", "TxnDate")),
    )
    always_ask = frozenset({"CustomerRef", "DocNumber", "lines and tax", "terms and due date"})
    related = ("customer", "terms", "tax_code", "estimate", "lines__item")

    def update_payload(self, keys: Collection[str], view: View, agreed: Payload) -> Payload:
        """An invoice keeps its estimate: nothing here takes it away."""
        return super().update_payload([key for key in keys if key != "LinkedTxn" or view[key]], view, agreed)

    def references(self, payload: Payload) -> Iterator[tuple[str, str]]:
        yield from super().references(payload)
        for link in EstimateLink("LinkedTxn", "estimate").view(payload.get("LinkedTxn")) or []:
            yield "Estimate", link["TxnId"]

    def touched(self, before: View | None, after: View) -> set[tuple[str, str]]:
        """The estimate that it closed, or opened again."""
        links = [(view or {}).get("LinkedTxn") or [] for view in (before, after)]
        if links[0] == links[1]:
            return set()
        return {("Estimate", link["TxnId"]) for some in links for link in some}

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
