"""Taking back the check that was saved last, as if it had not been entered."""

from decimal import Decimal
from typing import Any

from invoices import receiving
from invoices.forms.payment import PaymentForm
from invoices.models import Invoice, Payment
from invoices.spreading import ZERO
from qbo.forms import pack
from qbo.models import Company, User, Verb
from qbo.sync import outbox


class Changed(Exception):
    """It cannot be taken back any more; says why. `payment` shows it."""

    def __init__(self, payment: Payment, why: str) -> None:
        super().__init__(why)
        self.payment = payment


def token(form: PaymentForm, made: list[Payment]) -> str:
    """What `undo` needs, signed: `payments` with totals, what `earlier` ones put on invoices, what was `typed`."""
    data, division = form.cleaned_data, form.division
    typed = {"customer": data["customer"].pk, "ref_number": data["ref_number"], "total": str(data["total"])}
    kept = {name: getattr(data[name], "pk", None) for name in ("method", "deposit_to")}
    own = [payment for payment in made if payment.pk not in division.earlier]
    return pack(
        {
            "company": form.instance.company_id,
            "label": str(made[0]),
            "payments": {payment.pk: str(payment.total) for payment in own},
            "earlier": {
                pk: {invoice: str(amount) for invoice, amount in puts.items()}
                for pk, puts in division.earlier.items()
            },
            "typed": typed | kept | {"txn_date": data["txn_date"].isoformat()},
        }
    )


def undo(company: Company, asked: dict[str, Any], *, by: User) -> None:
    """Void the payments, and take the earlier ones' money off the invoices. Raises Changed when one of them is no
    longer what was saved; run it inside a transaction."""
    for pk, total in asked["payments"].items():
        payment = _locked(company, int(pk))
        if payment.total != Decimal(total):
            raise Changed(payment, f"{payment} was changed since. Look at it before you void it.")
        if reason := receiving.why_fixed(payment):
            raise Changed(payment, reason)
        try:
            outbox.command(payment, Verb.VOID, asked_by=by)
        except outbox.NotPossible as error:
            raise Changed(payment, str(error)) from error
    for pk, puts in asked["earlier"].items():
        _take_off(
            _locked(company, int(pk)), {int(invoice): Decimal(amount) for invoice, amount in puts.items()}, by
        )


def _locked(company: Company, pk: int) -> Payment:
    return Payment.objects.select_for_update().get(company=company, pk=pk)


def _take_off(payment: Payment, puts: dict[int, Decimal], by: User) -> None:
    amounts = receiving.own_amounts(payment)
    for pk, amount in puts.items():
        if amounts.get(pk, ZERO) < amount:
            raise Changed(payment, f"{payment} was changed since. Look at what it pays.")
        amounts[pk] -= amount
    invoices = Invoice.objects.filter(company=payment.company_id, pk__in=amounts)
    try:
        receiving.save_payment(payment, {invoice: amounts[invoice.pk] for invoice in invoices}, by=by)
    except receiving.NotAllowed as error:
        raise Changed(payment, str(error)) from error
