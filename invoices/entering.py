"""Saving a new check, which may become several payments and use money that came earlier."""

import uuid
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from customers.models import Customer
from invoices import receiving
from invoices.dividing import Division, Part
from invoices.models import CreditMemo, Invoice, Payment
from invoices.spreading import ZERO
from qbo.formats import money_sign
from qbo.models import User


@transaction.atomic
def receive(check: Payment, division: Division, *, by: User | None) -> list[Payment]:
    """Save a new check as the payments it is divided into, and put earlier payments' money on invoices.

    `check` says what they have in common. Returns the payments made, the payer's first; none when only earlier payments
    were used, which then are returned. Queues the pushes. Raises NotAllowed with nothing saved.
    """
    _lock_all(check, division)
    changed = [_add_to(pk, puts, by) for pk, puts in sorted(division.earlier.items())]
    several = uuid.uuid4() if len(division.parts) > 1 else None
    made = [
        _make(check, part, several, first=number == 0, by=by) for number, part in enumerate(division.parts)
    ]
    return made or changed


def _lock_all(check: Payment, division: Division) -> None:
    """Payments first, then invoices, each by pk, as an edit does it: so two people never wait for each other."""
    earlier = Payment.objects.filter(company=check.company_id, pk__in=division.earlier)
    list(earlier.select_for_update().order_by("pk"))
    puts = [part.puts for part in division.parts] + list(division.earlier.values())
    invoices = Invoice.objects.filter(company=check.company_id, pk__in={pk for put in puts for pk in put})
    list(invoices.select_for_update().order_by("pk"))


def _add_to(pk: int, puts: Mapping[int, Decimal], by: User | None) -> Payment:
    payment = Payment.objects.select_related("customer").get(pk=pk)
    amounts = receiving.own_amounts(payment)
    for invoice, amount in puts.items():
        amounts[invoice] = amounts.get(invoice, ZERO) + amount
    if sum(puts.values(), ZERO) > payment.unapplied:
        left = money_sign(payment.unapplied, payment.currency)
        raise receiving.NotAllowed({f"earlier-{pk}": f"{payment} has {left} left. Use at most that."})
    return receiving.save_payment(payment, _by_invoice(payment, amounts), by=by)


def _make(check: Payment, part: Part, several: uuid.UUID | None, *, first: bool, by: User | None) -> Payment:
    payment = Payment(
        company=check.company,
        customer=Customer.objects.get(pk=part.customer_id),
        total=part.total,
        txn_date=check.txn_date,
        method=check.method,
        ref_number=check.ref_number,
        deposit_to=check.deposit_to,
        private_note=check.private_note,
        entry_key=check.entry_key if first else None,
        one_check=several,
    )
    memos = {memo: part.memos[memo.pk] for memo in CreditMemo.objects.filter(pk__in=part.memos)}
    return receiving.save_payment(payment, _by_invoice(payment, part.puts), memos=memos, by=by)


def _by_invoice(payment: Payment, amounts: Mapping[int, Decimal]) -> dict[Invoice, Decimal]:
    found = Invoice.objects.filter(company=payment.company_id, pk__in=amounts)
    return {invoice: amounts[invoice.pk] for invoice in found}


def made_together(payment: Payment) -> list[Payment]:
    """The payments that one check is kept as, this one among them."""
    if payment.one_check is None:
        return [payment]
    same = Payment.objects.filter(company=payment.company_id, one_check=payment.one_check)
    return list(same.select_related("customer", "method").order_by("pk"))
