"""Receiving money: which invoices a payment may pay, and saving it together with all that it pays.

Amounts are in the payment's currency. What stays over is computed as QuickBooks does (facts 9.4):

    unapplied = amount received + credit memos used - amounts put on invoices
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum

from invoices import balances
from invoices.models import Allocation, Invoice, Payment
from invoices.spreading import ZERO, Payable, Problems, check
from qbo.models import OutboxEntry, User, Verb
from qbo.sync import outbox

UNDOING = (Verb.VOID, Verb.DELETE)


class NotAllowed(Exception):
    """The payment cannot be saved like this; `problems` says why in words for the person."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


# ── What there is to pay ────────────────────────────────────────────────────────────────────────


def payables(payment: Payment, also: Iterable[int] = ()) -> list[Payable]:
    """What a payment (saved or not) may be put on: its customer's open invoices and those it pays already, the
    oldest due first. `also` adds invoices of the customer by pk, whether open or not."""
    own, also = own_amounts(payment), set(also)
    customer = Q(customer=payment.customer_id)
    open_now = Q(is_void=False, gone_at=None, balance__gt=0)
    invoices = Invoice.objects.filter(company=payment.company_id).select_related("customer")
    doomed = _doomed(payment.company_id)
    found = invoices.filter(customer & (open_now | Q(pk__in=also)) | Q(pk__in=list(own)))
    listed = [
        _payable(payment, invoice, own, doomed)
        for invoice in found
        if invoice.pk not in doomed or invoice.pk in own or invoice.pk in also
    ]
    return sorted(listed, key=_by_due_date)


def own_amounts(payment: Payment) -> dict[int, Decimal]:
    """`{invoice pk: amount}` of what a payment pays now."""
    if not payment.pk:
        return {}
    rows = payment.allocations.filter(invoice__isnull=False).exclude(amount=0)
    return dict(rows.values_list("invoice", "amount"))


def credits_used(payment: Payment) -> Decimal:
    """The credit memos that a payment spends besides its own money."""
    if not payment.pk:
        return ZERO
    total = payment.allocations.filter(txn_type="CreditMemo").aggregate(total=Sum("amount"))["total"]
    return total or ZERO


def _by_due_date(payable: Payable) -> tuple[date, date, int]:
    invoice = payable.invoice
    return (invoice.due_date or invoice.txn_date, invoice.txn_date, invoice.pk)


def _payable(payment: Payment, invoice: Invoice, own: Mapping[int, Decimal], doomed: set[int]) -> Payable:
    if invoice.customer_id != payment.customer_id and invoice.pk not in own:
        return Payable(
            invoice, why_not=f"{invoice} belongs to another customer, so this payment cannot pay it."
        )
    return Payable(invoice, own.get(invoice.pk, ZERO), _why_not(invoice, doomed))


def _why_not(invoice: Invoice, doomed: set[int]) -> str:
    if invoice.is_gone:
        return f"{invoice} is no longer in QuickBooks."
    if invoice.is_void:
        return f"{invoice} is void."
    return f"{invoice} is about to be voided or deleted." if invoice.pk in doomed else ""


def _doomed(company_id: int) -> set[int]:
    """Invoices of a company whose void or delete is on its way."""
    entries = OutboxEntry.objects.filter(company=company_id, entity="Invoice", verb__in=UNDOING).unfinished()
    return set(entries.values_list("object_id", flat=True))


# ── Saving ──────────────────────────────────────────────────────────────────────────────────────


def why_fixed(payment: Payment) -> str:
    """Why a payment cannot be changed any more; empty when it can."""
    if payment.is_gone:
        return f"{payment} is no longer in QuickBooks."
    if payment.is_void:
        return f"{payment} is void."
    if entry := outbox.pending(payment, *UNDOING):
        return f"{payment}: a {entry.get_verb_display().lower()} is on its way."
    return ""


def why_not_undone(payment: Payment, verb: Verb) -> str:
    """Why it cannot be voided or deleted; empty when it can. What is void may still be deleted."""
    if verb == Verb.DELETE and payment.is_void and not payment.is_gone:
        return ""
    return why_fixed(payment)


def twins(payment: Payment) -> list[Payment]:
    """Other payments with the same number, amount and date: perhaps the same check entered twice."""
    if not payment.ref_number:
        return []
    same = Payment.objects.counted().filter(
        company=payment.company_id,
        ref_number=payment.ref_number,
        total=payment.total,
        txn_date=payment.txn_date,
    )
    return list(same.exclude(pk=payment.pk).select_related("customer", "method")[:3])


@transaction.atomic
def save_payment(payment: Payment, allocations: Mapping[Invoice, Decimal], *, by: User | None) -> Payment:
    """Save a payment together with all that it puts on invoices: an invoice that is not named gets nothing.

    Allocations to other documents (credit memos, journal entries) stay as they are. The invoices are locked while
    their balances are looked at, so two payments cannot take the same money. Queues the push. Raises NotAllowed.
    """
    own = _lock(payment)
    wanted = {invoice.pk: amount for invoice, amount in allocations.items() if amount}
    invoices = _locked_invoices(payment, {*wanted, *own})
    available = payment.total + credits_used(payment)
    doomed = _doomed(payment.company_id)
    problems = check([_payable(payment, row, own, doomed) for row in invoices], wanted, available)
    if problems:
        raise NotAllowed(problems)
    payment.unapplied = available - sum(wanted.values(), ZERO)
    if not payment.pk:
        payment.entered_by = by
        payment.currency = payment.customer.currency
    payment.save()
    _write_allocations(payment, wanted)
    balances.recompute(*invoices)
    outbox.enqueue(payment, reason="edited", asked_by=by)
    return payment


def _lock(payment: Payment) -> dict[int, Decimal]:
    """Lock a payment that exists and return what it may keep on invoices; NotAllowed when it cannot be changed."""
    if not payment.pk:
        return {}
    stored = Payment.objects.select_for_update().get(pk=payment.pk)
    if reason := why_fixed(stored):
        raise NotAllowed({None: reason})
    if stored.customer_id != payment.customer_id:
        return {}
    return own_amounts(stored)


def _locked_invoices(payment: Payment, pks: set[int]) -> list[Invoice]:
    """Always in the order of their pks, so that two payments never wait for each other."""
    taken = Q(pk__in=pks) | Q(allocations__payment=payment) if payment.pk else Q(pk__in=pks)
    chosen = Invoice.objects.filter(taken, company=payment.company_id).values("pk")
    return list(Invoice.objects.filter(pk__in=chosen).select_for_update().order_by("pk"))


def _write_allocations(payment: Payment, wanted: Mapping[int, Decimal]) -> None:
    """Bring the rows in line. One that QuickBooks knows stays with amount 0 until QuickBooks has confirmed that.

    Written in bulk, without signals: saving the payment has noted the whole for QuickBooks.
    """
    rows = list(payment.allocations.filter(invoice__isnull=False))
    for row in rows:
        row.amount = wanted.get(row.invoice_id or 0, ZERO)
    paid = {row.invoice_id for row in rows}
    new = [Allocation(payment=payment, invoice_id=pk, amount=wanted[pk]) for pk in wanted if pk not in paid]
    Allocation.objects.bulk_create(new)
    Allocation.objects.bulk_update(rows, ["amount"])
    payment.allocations.filter(invoice__isnull=False, amount=0, agreed_amount=0).delete()
