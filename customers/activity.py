"""Making customers inactive and active again, by QuickBooks' rules."""

from typing import Any

from customers.balances import Account, account
from customers.models import Customer
from customers.names import INACTIVE_SUFFIX, taken_by
from qbo import formats
from qbo.models import OutboxEntry
from qbo.sync import outbox
from qbo.sync.outbox import NotPossible
from qbo.sync.registry import mapping_of

__all__ = ["NotPossible", "deactivate", "plain_name", "reactivate", "refusal"]

MADE_INACTIVE, MADE_ACTIVE = "made inactive", "made active again"


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
        _save(customer, by, MADE_INACTIVE)


def reactivate(customer: Customer, by: Any) -> None:
    """Make active and save, under the old name where nobody else has taken it meanwhile."""
    if customer.active:
        return
    name = plain_name(customer)
    if taken_by(customer.company, name, besides=customer.pk) is None:
        customer.display_name = name
    customer.active = True
    _save(customer, by, MADE_ACTIVE)


def plain_name(customer: Customer) -> str:
    """The name without what QuickBooks put behind it."""
    return customer.display_name.removesuffix(INACTIVE_SUFFIX)


def _save(customer: Customer, by: Any, reason: str) -> None:
    customer.save(update_fields=["active", "display_name"])
    entry = outbox.enqueue(customer, asked_by=by)
    entry.reason = reason  # whatever else the same entry takes along
    entry.save(update_fields=["reason"])


def was_made_inactive_here(customer: Customer) -> bool:
    """Whether the last change of the kind was made here; otherwise QuickBooks told of it (one query)."""
    mine = OutboxEntry.objects.of(mapping_of(customer).entity, customer.pk)
    turns = mine.filter(reason__in=[MADE_INACTIVE, MADE_ACTIVE]).exclude(state=OutboxEntry.State.DROPPED)
    return turns.values_list("reason", flat=True).last() == MADE_INACTIVE
