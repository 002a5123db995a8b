"""A payment that puts more on an invoice than is open there, or that QuickBooks cannot put on it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from invoices.models import Invoice, Payment
from invoices.receiving import NotAllowed, credits_used, payables, save_payment
from invoices.spreading import ZERO, Payable
from qbo.formats import money_sign
from qbo.models import Company, OutboxEntry, Verb
from qbo.sync.outbox import NotPossible
from qbo.sync.repairs import EACH, Repair, Trouble

NOT_APPLICABLE = frozenset({"620", "6000"})


def ways(company: Company, troubles: Sequence[Trouble]) -> Iterator[tuple[OutboxEntry, Repair]]:
    """Put what does not fit on the customer's other open invoices, or keep it as a credit."""
    refused = [
        one
        for one in troubles
        if one.entry.code in NOT_APPLICABLE and one.entry.verb == Verb.SAVE and isinstance(one.obj, Payment)
    ]
    for trouble in refused[:EACH]:
        for repair in _spreads(trouble.obj):
            yield trouble.entry, repair


def _spreads(payment: Any) -> Iterator[Repair]:
    rows = payables(payment)
    kept = {row.invoice: min(row.own, _room(row)) for row in rows if min(row.own, _room(row)) > 0}
    available = payment.total + credits_used(payment)
    left = available - sum(kept.values(), ZERO)
    stuck = [row.invoice for row in rows if row.own > _room(row)]
    if not stuck or left <= 0:
        return
    because = " ".join(f"{invoice} has less open in QuickBooks than it puts there." for invoice in stuck[:3])
    moved = dict(kept)
    for row in rows:
        share = min(_room(row) - moved.get(row.invoice, ZERO), left - _sum(moved, kept))
        if share > 0 and row.invoice not in stuck:
            moved[row.invoice] = moved.get(row.invoice, ZERO) + share
    new = [invoice for invoice in moved if moved[invoice] != kept.get(invoice)]
    if new:
        on = " and ".join(map(str, new[:2])) + (f" and {len(new) - 2} more" if len(new) > 2 else "")
        amount = money_sign(_sum(moved, kept), payment.currency)
        yield Repair(_key(moved), f"Put {amount} on {on}", _saves(payment, moved), because=because)
    credit = money_sign(left, payment.currency)
    yield Repair(_key(kept), f"Keep {credit} as a credit", _saves(payment, kept), because=because)


def _room(row: Payable) -> Decimal:
    """What the payment can have on an invoice. A balance below nothing says that others have paid it meanwhile."""
    return ZERO if row.why_not else max(row.own + row.invoice.balance, ZERO)


def _sum(moved: dict[Invoice, Decimal], kept: dict[Invoice, Decimal]) -> Decimal:
    return sum(moved.values(), ZERO) - sum(kept.values(), ZERO)


def _key(amounts: dict[Invoice, Decimal]) -> str:
    return "allocate:" + ",".join(f"{invoice.pk}={amount}" for invoice, amount in amounts.items())


def _saves(payment: Payment, amounts: dict[Invoice, Decimal]) -> Any:
    def save(by: Any) -> None:
        try:
            save_payment(payment, amounts, by=by)
        except NotAllowed as refusal:
            raise NotPossible(str(refusal)) from refusal

    return save
