"""Receiving money: which invoices a payment may pay, and saving it together with all that it pays.

Amounts are in the payment's currency. What stays over is computed as QuickBooks does (facts 9.4):

    unapplied = amount received + credit memos used - amounts put on invoices
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum

from customers.family import below
from customers.models import Customer
from invoices import balances, credits
from invoices.models import Allocation, CreditMemo, Invoice, Payment
from invoices.spreading import ZERO, Payable, Problems, check, check_credits
from qbo.models import OutboxEntry, User, Verb
from qbo.sync import outbox

UNDOING = (Verb.VOID, Verb.DELETE)


class NotAllowed(Exception):
    """The payment cannot be saved like this; `problems` says why in words for the person."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


# ── What there is to pay ────────────────────────────────────────────────────────────────────────


def family(customer: Customer) -> list[Customer]:
    """A customer and those below it in the same currency: a check of a parent may be for their invoices too."""
    return [customer, *(one for one in below(customer) if one.currency == customer.currency)]


def payables(
    payment: Payment, also: Iterable[int] = (), customers: Collection[int] | None = None
) -> list[Payable]:
    """What a payment (saved or not) may be put on: the open invoices of its customer, or of these `customers`, and
    those it pays already, the oldest due first. `also` adds invoices of theirs by pk, whether open or not."""
    own, also = own_amounts(payment), set(also)
    customers = customers or [payment.customer_id]
    customer = Q(customer__in=customers)
    open_now = Q(is_void=False, gone_at=None, balance__gt=0)
    undone = Exists(_undone(payment.company_id).filter(object_id=OuterRef("pk")))
    invoices = (
        Invoice.objects.filter(company=payment.company_id).select_related("customer").annotate(undone=undone)
    )
    found = list(invoices.filter(customer & (open_now | Q(pk__in=also)) | Q(pk__in=list(own))))
    doomed = {invoice.pk for invoice in found if invoice.undone}
    listed = [
        _payable(customers, invoice, own, doomed)
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


def _payable(
    customers: Collection[int], invoice: Invoice, own: Mapping[int, Decimal], doomed: set[int]
) -> Payable:
    if invoice.customer_id not in customers and invoice.pk not in own:
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
    return set(_undone(company_id).values_list("object_id", flat=True))


def _undone(company_id: int) -> Any:
    entries = OutboxEntry.objects.filter(company=company_id, entity="Invoice", verb__in=UNDOING)
    return entries.unfinished()


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
    """Other payments with the same number, amount and date: perhaps the same check entered twice. The parts of a check
    that is kept as several payments count together."""
    if not payment.ref_number:
        return []
    same = Payment.objects.counted().filter(
        company=payment.company_id, ref_number=payment.ref_number, txn_date=payment.txn_date
    )
    others = same.exclude(pk=payment.pk)
    sums = others.exclude(one_check=None).order_by().values("one_check").annotate(sum=Sum("total"))
    whole = sums.filter(sum=payment.total).values("one_check")
    found = others.filter(Q(total=payment.total) | Q(one_check__in=whole))
    return list(found.select_related("customer", "method")[:3])


@transaction.atomic
def save_payment(
    payment: Payment,
    allocations: Mapping[Invoice, Decimal],
    *,
    memos: Mapping[CreditMemo, Decimal] | None = None,
    by: User | None,
) -> Payment:
    """Save a payment together with all that it puts on invoices: an invoice that is not named gets nothing, and of the
    credit memos, where `memos` says anything, one that is not named is not used.

    Allocations to other documents (journal entries) stay as they are. Invoices and credit memos are locked while
    their balances are looked at, so two payments cannot take the same money. Queues the push. Raises NotAllowed.
    """
    own = _lock(payment)
    wanted = {invoice.pk: amount for invoice, amount in allocations.items() if amount}
    invoices = _locked_invoices(payment, {*wanted, *own})
    used, of_memos = _lock_memos(payment, memos)
    available = payment.total + used
    doomed = _doomed(payment.company_id)
    customers = [payment.customer_id]
    problems = check([_payable(customers, row, own, doomed) for row in invoices], wanted, available)
    if problems := problems | of_memos:
        raise NotAllowed(problems)
    payment.unapplied = available - sum(wanted.values(), ZERO)
    if not payment.pk:
        payment.entered_by = by
        payment.currency = payment.customer.currency
    payment.save()
    _write_allocations(payment, wanted)
    if memos is not None:
        _write_memos(payment, {memo.qbo_id: amount for memo, amount in memos.items() if amount})
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


def _lock_memos(payment: Payment, memos: Mapping[CreditMemo, Decimal] | None) -> tuple[Decimal, Problems]:
    """What the payment uses besides its own money, and what is wrong with that."""
    before = credits_used(payment)
    if memos is None:
        return before, {}
    own = credits.own_memos(payment)
    pks = [memo.pk for memo in memos]
    chosen = Q(pk__in=pks, customer=payment.customer_id) | Q(qbo_id__in=own)
    known = CreditMemo.objects.filter(chosen, company=payment.company_id)
    rows = list(known.select_for_update().order_by("pk"))
    kept = before - sum((own.get(row.qbo_id, ZERO) for row in rows), ZERO)
    used = {f"memo-{memo.pk}": amount for memo, amount in memos.items() if amount}
    return kept + sum(used.values(), ZERO), check_credits(credits.as_credits(rows, own), used)


def _write_memos(payment: Payment, wanted: Mapping[str, Decimal]) -> None:
    """The same for credit memos, by QuickBooks' id. Those that we do not hold stay as they are."""
    rows = {row.txn_id: row for row in payment.allocations.filter(txn_type=credits.MEMO)}
    held = CreditMemo.objects.filter(company=payment.company_id, qbo_id__in=rows)
    changed = [rows[txn_id] for txn_id in held.values_list("qbo_id", flat=True)]
    for row in changed:
        row.amount = wanted.get(row.txn_id, ZERO)
    Allocation.objects.bulk_update(changed, ["amount"])
    Allocation.objects.bulk_create(
        Allocation(payment=payment, txn_type=credits.MEMO, txn_id=txn_id, amount=wanted[txn_id])
        for txn_id in wanted
        if txn_id not in rows
    )
    payment.allocations.filter(txn_type=credits.MEMO, amount=0, agreed_amount=0).delete()


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
