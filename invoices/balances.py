"""What is still owed on an invoice, including payments that QuickBooks does not know yet.

    balance = total - settled - (allocations here - allocations QuickBooks has confirmed)

`settled` is QuickBooks' own TotalAmt - Balance: payments, credits and deposits, whoever made them. So a payment
entered a second ago lowers the balance at once, and the next answer from QuickBooks corrects it and never counts it
twice.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import F, Sum

from invoices.models import Allocation, Invoice


def unconfirmed(invoices: Iterable[Invoice]) -> dict[int, Decimal]:
    """By invoice pk: what is allocated here beyond what QuickBooks has confirmed (negative when it was taken back)."""
    rows = (
        Allocation.objects.filter(invoice__in=[invoice.pk for invoice in invoices])
        .exclude(amount=F("agreed_amount"))
        .values("invoice")
        .annotate(difference=Sum(F("amount") - F("agreed_amount")))
    )
    return {row["invoice"]: row["difference"] for row in rows}


def work_out(invoices: Sequence[Invoice]) -> None:
    """Bring `balance` up to date in the objects only, for whoever writes them whole."""
    differences = unconfirmed([invoice for invoice in invoices if invoice.pk])
    for invoice in invoices:
        invoice.balance = invoice.total - invoice.settled - differences.get(invoice.pk, Decimal(0))


def recompute(*invoices: Invoice) -> None:
    """Bring `balance` of these invoices up to date, in the objects and in the database.

    A plain update: a balance is not an edit, so neither the version moves nor the outbox hears of it.
    """
    work_out(invoices)
    for invoice in invoices:
        Invoice.objects.filter(pk=invoice.pk).update(balance=invoice.balance)
