"""What can be done with an invoice, estimate or credit memo besides editing it, and in plain words why not. Pages and
admin both come here."""

from decimal import Decimal

from invoices.editing import is_carried, lines_of
from invoices.models import Allocation, CreditMemo, Estimate, EstimateStatus, Invoice, SalesForm
from qbo.formats import money_sign
from qbo.models import OutboxEntry, User, Verb
from qbo.sync import outbox
from qbo.sync.outbox import NotPossible

__all__ = [
    "NotPossible",
    "applied_to",
    "delete",
    "received_on",
    "send",
    "uses_of",
    "void",
    "why_fixed",
    "why_not_invoiced",
    "why_not_undone",
]

UNDOING = (Verb.VOID, Verb.DELETE)


def send(invoice: SalesForm, to: str, *, by: User) -> OutboxEntry | None:
    """Have QuickBooks e-mail it as it is now. Raises NotPossible."""
    if reason := why_fixed(invoice):
        raise NotPossible(reason)
    return outbox.command(invoice, Verb.SEND, asked_by=by, to=to)


def void(invoice: SalesForm, *, by: User) -> OutboxEntry | None:
    """Take all amounts out of it and keep it in the books; None when QuickBooks never had it. Raises NotPossible."""
    return _undo(invoice, Verb.VOID, by)


def delete(invoice: SalesForm, *, by: User) -> OutboxEntry | None:
    """Remove it from QuickBooks for good; None when QuickBooks never had it. Raises NotPossible."""
    return _undo(invoice, Verb.DELETE, by)


def _undo(invoice: SalesForm, verb: Verb, by: User) -> OutboxEntry | None:
    if reason := why_not_undone(invoice, verb):
        raise NotPossible(reason)
    return outbox.command(invoice, verb, asked_by=by)


def why_fixed(invoice: SalesForm) -> str:
    """Why it cannot be changed or sent any more; empty when it can."""
    if invoice.is_gone:
        return f"{invoice} is no longer in QuickBooks."
    if invoice.voided:
        return f"{invoice} is void."
    if entry := outbox.pending(invoice, *UNDOING):
        return f"{invoice}: a {entry.get_verb_display().lower()} is on its way."
    return ""


def why_not_undone(form: SalesForm, verb: Verb) -> str:
    """Why it cannot be voided or deleted; empty when it can."""
    if isinstance(form, Invoice):
        return _why_invoice_stays(form, verb)
    if reason := why_fixed(form):
        return reason
    if isinstance(form, Estimate) and (invoice := form.invoice):
        return f"{form} cannot be deleted while {invoice} is made of it. Void or delete the invoice first."
    if isinstance(form, CreditMemo) and form.applied:
        used = money_sign(form.applied, form.currency)
        return f"{form} cannot be deleted while {used} of it is used. Take that off the invoices first."
    return ""


def _why_invoice_stays(invoice: Invoice, verb: Verb) -> str:
    """A void invoice may still be deleted.

    QuickBooks wants payments taken off first (facts 9.3, Delete); what a void would do with them nobody says.
    """
    if reason := why_fixed(invoice):
        return (
            ""
            if verb == Verb.DELETE and invoice.is_void and not outbox.pending(invoice, *UNDOING)
            else reason
        )
    received = received_on(invoice)
    if not received and not applied_to(invoice):
        return ""
    from_what = (
        ", ".join(str(row.payment) for row in applied_to(invoice)) or "payments or credits in QuickBooks"
    )
    act = "voided" if verb == Verb.VOID else "deleted"
    return (
        f"{invoice} cannot be {act} while {money_sign(received, invoice.currency)} is applied to it ({from_what}). "
        "Take that off the invoice first."
    )


def received_on(invoice: Invoice) -> Decimal:
    """What payments and credits have taken off the invoice, here and in QuickBooks. One that is gone owes nothing
    either, but nobody paid that."""
    return Decimal(0) if invoice.is_gone else invoice.total - invoice.balance


def why_not_invoiced(estimate: Estimate) -> str:
    """Why no invoice can be made of it; empty when one can."""
    if reason := why_fixed(estimate):
        return reason
    if invoice := estimate.invoice:
        return f"{invoice} was made of {estimate} already."
    if estimate.status in (EstimateStatus.CLOSED, EstimateStatus.CONVERTED):
        return f"{estimate} is closed, and QuickBooks makes no invoice of a closed one. Open it again first."
    if any(is_carried(line) for line in lines_of(estimate)):
        return (
            f"{estimate} has lines, such as bundles or shipping, that only QuickBooks can put on an invoice."
        )
    return ""


def uses_of(memo: CreditMemo) -> list[Allocation]:
    """The payments that put some of a credit memo on invoices, the oldest first, as far as they are mirrored here."""
    if not memo.qbo_id:
        return []
    rows = Allocation.objects.filter(
        payment__company=memo.company, payment__gone_at=None, txn_type="CreditMemo", txn_id=memo.qbo_id
    )
    return list(
        rows.exclude(amount=0)
        .select_related("payment__method", "payment__entered_by")
        .order_by("payment__txn_date", "pk")
    )


def applied_to(invoice: Invoice) -> list[Allocation]:
    """The payments on the invoice, the oldest first, as far as they are mirrored here."""
    rows = invoice.allocations.filter(payment__is_void=False, payment__gone_at=None).exclude(amount=0)
    found = rows.select_related("payment__method", "payment__entered_by")
    return list(found.order_by("payment__txn_date", "pk"))
