"""The documents with something open that we hold, at the end of a day.

Like QuickBooks' reports, an application counts from the later of its two documents' dates.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from invoices.models import Allocation, CreditMemo, Invoice, Payment
from invoices.proof.compare import OurDocument
from qbo.models import Company, OutboxEntry

ZERO = Decimal(0)


def open_documents(company: Company, at: date) -> list[OurDocument]:
    back = _applied_after(company, at)
    unsent = _unsent(company)
    return [
        *_invoices(company, at, back, unsent),
        *_payments(company, at, back, unsent),
        *_credit_memos(company, at, unsent),
    ]


Back = dict[tuple[str, int], Decimal]
Unsent = set[tuple[str, int]]


def _invoices(company: Company, at: date, back: Back, unsent: Unsent) -> Iterator[OurDocument]:
    touched = [pk for entity, pk in back if entity == "Invoice"]
    rows = Invoice.objects.filter(company=company, txn_date__lte=at).counted().select_related("customer")
    for invoice in (rows.exclude(balance=0) | rows.filter(pk__in=touched)).distinct():
        left = invoice.balance + back.get(("Invoice", invoice.pk), ZERO)
        # What was taken beyond its total is QuickBooks' unapplied money.
        if left:
            yield _document("Invoice", invoice, left, ("Invoice", invoice.pk) in unsent)


def _payments(company: Company, at: date, back: Back, unsent: Unsent) -> Iterator[OurDocument]:
    touched = [pk for entity, pk in back if entity == "Payment"]
    rows = Payment.objects.filter(company=company, txn_date__lte=at).counted().select_related("customer")
    for payment in (rows.exclude(unapplied=0) | rows.filter(pk__in=touched)).distinct():
        left = payment.unapplied + back.get(("Payment", payment.pk), ZERO)
        if left:
            yield _document("Payment", payment, -left, ("Payment", payment.pk) in unsent)


def _credit_memos(company: Company, at: date, unsent: Unsent) -> Iterator[OurDocument]:
    """What is left of them, with what payments of later days took from them. Until QuickBooks has a new one, all of it
    is left."""
    later = Allocation.objects.filter(
        payment__company=company, payment__gone_at=None, txn_type="CreditMemo", payment__txn_date__gt=at
    )
    back: dict[str, Decimal] = defaultdict(Decimal)
    for txn_id, amount in later.values_list("txn_id", "amount"):
        back[txn_id] += amount
    rows = CreditMemo.objects.filter(company=company, gone_at=None, txn_date__lte=at)
    rows = rows.exclude(balance=0) | rows.filter(qbo_id__in=back) | rows.filter(qbo_id="")
    for memo in rows.distinct().select_related("customer"):
        left = memo.balance + back.get(memo.qbo_id, ZERO) if memo.qbo_id else memo.total
        if left:
            yield _document("CreditMemo", memo, -left, ("CreditMemo", memo.pk) in unsent)


def _document(entity: str, obj: Invoice | Payment | CreditMemo, left: Decimal, unsent: bool) -> OurDocument:
    customer = obj.customer
    name = customer.fully_qualified_name or customer.display_name
    return OurDocument(entity, obj.pk, obj.qbo_id, str(obj), name, customer.qbo_id, left, unsent)


def _applied_after(company: Company, at: date) -> Back:
    """What was still open on the day, because payment or invoice came only after it."""
    back: Back = defaultdict(Decimal)
    rows = Allocation.objects.filter(payment__company=company, payment__gone_at=None, payment__is_void=False)
    rows = rows.exclude(invoice=None).select_related("payment", "invoice")
    later = rows.filter(payment__txn_date__gt=at) | rows.filter(invoice__txn_date__gt=at)
    for row in later:
        if row.invoice is None:
            continue
        back["Invoice", row.invoice.pk] += row.amount
        if row.payment.txn_date <= at:
            back["Payment", row.payment.pk] += row.amount
    return back


def _unsent(company: Company) -> Unsent:
    """Records that QuickBooks does not know all of: their own changes, and the invoices of an unsent payment."""
    waiting = OutboxEntry.objects.filter(company=company).unfinished()
    found = {(entity, pk) for entity, pk in waiting.values_list("entity", "object_id")}
    payments = [pk for entity, pk in found if entity == "Payment"]
    paid = Allocation.objects.filter(payment__in=payments).exclude(invoice=None)
    return found | {("Invoice", pk) for pk in paid.values_list("invoice", flat=True) if pk}
