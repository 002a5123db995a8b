"""What can be used beside the money received: credit memos, and money left on earlier payments.

A credit memo's `balance` is QuickBooks'. What payments here use of it without QuickBooks' knowledge yet comes off:

    left = balance - (used here - used as QuickBooks has confirmed)
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from invoices.models import Allocation, CreditMemo, Payment
from invoices.spreading import ZERO, Credit
from qbo.models import OutboxEntry, Verb

MEMO = "CreditMemo"


def own_memos(payment: Payment) -> dict[str, Decimal]:
    """`{QuickBooks id: amount}` of the credit memos that a payment uses now."""
    if not payment.pk:
        return {}
    rows = payment.allocations.filter(txn_type=MEMO).exclude(amount=0)
    return dict(rows.values_list("txn_id", "amount"))


def own_by_pk(payment: Payment) -> dict[int, Decimal]:
    """The same by credit memo pk, of those that we hold."""
    own = own_memos(payment)
    held = CreditMemo.objects.filter(company=payment.company_id, qbo_id__in=own) if own else []
    return {memo.pk: own[memo.qbo_id] for memo in held}


def memos(payment: Payment, customers: Collection[int]) -> list[Credit]:
    """The credit memos with something left of these customers, and those that the payment uses, oldest first."""
    own = own_memos(payment)
    of_company = CreditMemo.objects.filter(company=payment.company_id).select_related("customer")
    open_ones = of_company.filter(customer__in=customers, gone_at=None, balance__gt=0)
    open_ones = open_ones.exclude(pk__in=_undone(payment, MEMO))
    found = list((open_ones | of_company.filter(qbo_id__in=own)).order_by("txn_date", "pk"))
    return as_credits(found, own)


def as_credits(found: Collection[CreditMemo], own: dict[str, Decimal]) -> list[Credit]:
    unconfirmed = _unconfirmed(found)
    credits = [
        Credit(
            memo,
            left=memo.balance - unconfirmed.get(memo.qbo_id, ZERO),
            own=own.get(memo.qbo_id, ZERO),
            why_not=_why_not(memo),
        )
        for memo in found
    ]
    return [credit for credit in credits if credit.open or credit.why_not]


def _why_not(memo: CreditMemo) -> str:
    if memo.is_gone:
        return f"{memo} is no longer in QuickBooks."
    return (
        "" if memo.qbo_id else f"{memo} is on its way to QuickBooks. It can be used as soon as it is there."
    )


def _unconfirmed(found: Collection[CreditMemo]) -> dict[str, Decimal]:
    """By QuickBooks id: what is used here beyond what QuickBooks has confirmed."""
    ids = [memo.qbo_id for memo in found if memo.qbo_id]
    if not ids:
        return {}
    company = next(iter(found)).company_id
    rows = Allocation.objects.filter(payment__company=company, txn_type=MEMO, txn_id__in=ids)
    differences = rows.exclude(amount=F("agreed_amount")).values("txn_id")
    return dict(
        differences.annotate(difference=Sum(F("amount") - F("agreed_amount"))).values_list(
            "txn_id", "difference"
        )
    )


def earlier(payment: Payment, customers: Collection[int]) -> list[Credit]:
    """Other payments of these customers with money left on them, oldest first."""
    others = Payment.objects.counted().filter(customer__in=customers, unapplied__gt=0).exclude(pk=payment.pk)
    found = others.exclude(pk__in=_undone(payment, "Payment"))
    found = found.select_related("customer", "method").order_by("txn_date", "pk")
    return [Credit(other, left=other.unapplied) for other in found]


def _undone(payment: Payment, entity: str) -> Any:
    """Keys of what is about to be voided or deleted in the payment's company."""
    entries = OutboxEntry.objects.filter(
        company=payment.company_id, entity=entity, verb__in=(Verb.VOID, Verb.DELETE)
    )
    return entries.unfinished().values("object_id")
