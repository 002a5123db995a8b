"""Making customers inactive and active again, by QuickBooks' rules."""

from typing import Any

from customers.balances import Account, account
from customers.models import Customer
from customers.names import taken_by
from qbo import formats
from qbo.sync import outbox
from qbo.sync.outbox import NotPossible

__all__ = ["INACTIVE_SUFFIX", "NotPossible", "deactivate", "reactivate", "refusal"]

#: What QuickBooks puts behind the name of an inactive customer, and leaves there (facts 9.1).
INACTIVE_SUFFIX = " (deleted)"


def refusal(customer: Customer, state: Account) -> str:
    """Why QuickBooks would not let the customer become inactive; empty when nothing we know of stands against it."""
    if state.open:
        owed = formats.money_sign(state.open, customer.currency)
        return f"{customer} has {owed} in open invoices. QuickBooks keeps customers active until nothing is open."
    if state.unapplied:
        credit = formats.money_sign(state.unapplied, customer.currency)
        return (
            f"{customer} has {credit} of unused credit. QuickBooks keeps customers active until it is used."
        )
    return ""


def deactivate(customer: Customer, by: Any) -> None:
    """Make inactive and save; raises NotPossible with the reason."""
    if reason := refusal(customer, account(customer)):
        raise NotPossible(reason)
    if customer.active:
        customer.active = False
        _save(customer, by)


def reactivate(customer: Customer, by: Any) -> None:
    """Make active and save, under the old name where nobody else has taken it meanwhile."""
    if customer.active:
        return
    name = customer.display_name.removesuffix(INACTIVE_SUFFIX)
    if taken_by(customer.company, name, besides=customer.pk) is None:
        customer.display_name = name
    customer.active = True
    _save(customer, by)


def _save(customer: Customer, by: Any) -> None:
    customer.save(update_fields=["active", "display_name"])
    outbox.enqueue(customer, reason="edited", asked_by=by)
