"""Payments as QuickBooks sees them (facts 9.4)."""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, cast

from django.db.models import F

from invoices import balances
from invoices.mappings.sales import ZERO, amount, is_void
from invoices.models import Allocation, CreditMemo, Invoice, Payment
from qbo.api import Query
from qbo.models import Company, Verb
from qbo.sync.fields import (
    JSON,
    Computed,
    Date,
    Field,
    Number,
    Ref,
    Text,
    reference,
    references_at_hand,
    resolve,
)
from qbo.sync.mapping import Mapping, Payload, View
from qbo.sync.merge import Group

Key = tuple[str, str]


class Allocations(Field):
    """The Line array: all or nothing on every update, sparse ones too. Order means nothing, so it is sorted, and what
    is put on one document counts together."""

    def view(self, value: JSON) -> JSON:
        applied = _amounts({"Amount": line.get("Amount"), "LinkedTxn": _links(line)} for line in value or [])
        return _sorted(
            {"Amount": put, "LinkedTxn": [{"TxnId": txn_id, "TxnType": txn_type}]}
            for (txn_type, txn_id), put in applied.items()
            if put
        )

    def dump(self, obj: Any, strict: bool) -> JSON:
        rows = obj.allocations.select_related("invoice").exclude(amount=0) if obj.pk else []
        return _sorted({"Amount": row.amount, "LinkedTxn": [_link(row, strict)]} for row in rows)

    def load(self, obj: Any, piece: JSON, company: Company) -> None:
        """Rows of their own; `store` writes them."""


class PaymentMapping(Mapping[Payment]):
    entity = "Payment"
    model = Payment
    pushable = True
    commands = frozenset({Verb.VOID, Verb.DELETE})
    parts = {Allocation: "payment"}
    fields = (
        Ref("CustomerRef", "customer", entity="Customer"),
        Date("TxnDate", "txn_date"),
        Ref("PaymentMethodRef", "method", entity="PaymentMethod"),
        Text("PaymentRefNum", "ref_number"),
        Number("TotalAmt", "total"),
        Ref("DepositToAccountRef", "deposit_to", entity="Account"),
        Text("PrivateNote", "private_note"),
        Allocations("Line", "allocations"),
        Computed("CurrencyRef", "currency", convert=lambda ref: (ref or {}).get("value", "")),
    )
    groups = (Group("amount and what it pays", ("CustomerRef", "TotalAmt", "Line")),)
    always_ask = frozenset({"amount and what it pays", "TxnDate", "DepositToAccountRef"})

    def label(self, obj: Payment) -> str:
        return f"{obj} from {obj.customer}"

    def load(self, obj: Payment, payload: Payload, keep: Collection[str] = ()) -> None:
        super().load(obj, payload, keep)
        obj.is_void = is_void(payload)
        if "Line" not in keep:
            obj.unapplied = amount(payload.get("UnappliedAmt"))

    def store_parts(self, obj: Payment, payload: Payload, keep: Collection[str], *, pushed: bool) -> None:
        _store_allocations(obj, payload.get("Line") or [], keep_amounts="Line" in keep, pushed=pushed)

    def store_parts_of_many(self, pairs: Sequence[tuple[Payment, Payload]], *, pushed: bool) -> None:
        if pushed:  # what is confirmed counts in sums that other payments share, so one after the other
            super().store_parts_of_many(pairs, pushed=pushed)
        elif pairs:
            _store_new_allocations(pairs)

    def amount(self, obj: Payment) -> Decimal | None:
        return obj.total

    def is_done(self, obj: Payment, verb: Verb) -> bool:
        return verb == Verb.VOID and obj.is_void

    def natural_key(self, view: View) -> Query | None:
        """Customer, date and, where it has one, number. The amount cannot be queried: `same_money` compares it."""
        query = Query("Payment").where("CustomerRef", "=", view["CustomerRef"]["value"])
        query = query.where("TxnDate", "=", view["TxnDate"])
        number = view.get("PaymentRefNum")
        return query.where("PaymentRefNum", "=", number) if number else query

    def same_money(self, sent: View, found: View) -> bool:
        return bool(sent["TotalAmt"] == found["TotalAmt"])

    def touched(self, before: View | None, after: View) -> set[Key]:
        """The forms whose allocation this payment changed: their balance and SyncToken moved too."""
        was, now = _amounts((before or {}).get("Line") or []), _amounts(after.get("Line") or [])
        return {
            key
            for key in was.keys() | now.keys()
            if was.get(key) != now.get(key) and key[0] in ("Invoice", "CreditMemo")
        }

    def withdraw(self, obj: Payment) -> None:
        """Its allocations count no longer, here or there; the invoices are read again where QuickBooks had them."""
        super().withdraw(obj)
        rows = list(obj.allocations.select_related("invoice"))
        obj.allocations.update(amount=0, agreed_amount=0)
        balances.recompute(*(row.invoice for row in rows if row.invoice))


def _sorted(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: [(link["TxnType"], link["TxnId"]) for link in line["LinkedTxn"]])


def _links(line: dict[str, Any]) -> list[dict[str, str]]:
    return [{"TxnId": str(link["TxnId"]), "TxnType": link["TxnType"]} for link in line.get("LinkedTxn") or []]


def _link(row: Allocation, strict: bool) -> dict[str, str]:
    txn_id = reference(row.invoice, strict)["value"] if row.invoice else row.txn_id
    return {"TxnId": txn_id, "TxnType": row.txn_type}


def _amounts(lines: Iterable[dict[str, Any]]) -> dict[Key, Decimal]:
    """What a payment puts on each document."""
    found: dict[Key, Decimal] = {}
    for line in lines:
        for link in line["LinkedTxn"]:
            key = (link["TxnType"], link["TxnId"])
            found[key] = found.get(key, ZERO) + amount(line["Amount"])
    return found


def _store_allocations(
    payment: Payment, lines: list[dict[str, Any]], *, keep_amounts: bool, pushed: bool
) -> None:
    """Write what QuickBooks has applied over our rows.

    With `keep_amounts` the person's newer allocation stays and only what QuickBooks confirmed is noted. After our own
    push the invoices count as settled by that much already, and the credit memos as used: QuickBooks has just accepted
    it, and reading them again will say the same.
    """
    rows = {_row_key(row): row for row in payment.allocations.select_related("invoice")}
    applied = _applied(lines)
    for key in applied.keys() | rows.keys():
        row = rows.get(key) or _new_row(payment, key)
        confirmed = applied.get(key, ZERO)
        if pushed:
            _settle(row, confirmed - row.agreed_amount)
        row.agreed_amount = confirmed
        if not keep_amounts:
            row.amount = confirmed
        if row.amount or row.agreed_amount:
            row.save()
        elif row.pk:
            row.delete()
        rows[key] = row
    balances.recompute(*{row.invoice for row in rows.values() if row.invoice})


def _store_new_allocations(pairs: Sequence[tuple[Payment, Payload]]) -> None:
    """The same for payments that are new here, all confirmed by QuickBooks."""
    applied = [(payment, _applied(payload.get("Line") or [])) for payment, payload in pairs]
    ids = [key for _, amounts in applied for key in amounts if key[0] == "Invoice"]
    with references_at_hand(pairs[0][0].company, ids):
        rows = [_new_row(payment, key) for payment, amounts in applied for key in amounts]
        for row, put in zip(rows, (put for _, amounts in applied for put in amounts.values()), strict=True):
            row.amount = row.agreed_amount = put
        Allocation.objects.bulk_create(row for row in rows if row.amount)


def _applied(lines: Iterable[dict[str, Any]]) -> dict[Key, Decimal]:
    return _amounts({"Amount": line.get("Amount"), "LinkedTxn": _links(line)} for line in lines)


def _settle(row: Allocation, difference: Decimal) -> None:
    if difference and row.invoice:
        row.invoice.settled += difference
        Invoice.objects.filter(pk=row.invoice.pk).update(settled=F("settled") + difference)
    elif difference and row.txn_type == "CreditMemo":
        memo = CreditMemo.objects.filter(company=row.payment.company_id, qbo_id=row.txn_id)
        memo.update(balance=F("balance") - difference)


def _row_key(row: Allocation) -> Key:
    return (
        (row.txn_type, row.invoice.qbo_id or f"new:{row.invoice.pk}")
        if row.invoice
        else (row.txn_type, row.txn_id)
    )


def _new_row(payment: Payment, key: Key) -> Allocation:
    txn_type, txn_id = key
    invoice = cast(Invoice, resolve(payment.company, "Invoice", txn_id)) if txn_type == "Invoice" else None
    named = {"invoice": invoice, "txn_type": txn_type, "txn_id": "" if invoice else txn_id}
    return Allocation(payment=payment, amount=ZERO, **named)
