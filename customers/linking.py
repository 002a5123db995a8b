"""A customer entered here whom QuickBooks has already: the two become one, or keep apart under two names."""

from typing import Any

from django.db import transaction

from customers.models import Customer
from customers.names import free_name, taken_by
from qbo.models import MirroredModel
from qbo.sync import outbox
from qbo.sync.outbox import NotPossible

__all__ = ["NotPossible", "create_beside", "link", "namesake"]


def namesake(customer: Customer) -> Customer | None:
    """The other customer of this name, if it is one that QuickBooks has."""
    other = taken_by(customer.company, customer.display_name, besides=customer.pk)
    return other if isinstance(other, Customer) and other.qbo_id else None


@transaction.atomic
def link(customer: Customer, other: Customer, *, by: Any) -> None:
    """Put everything of a customer whom QuickBooks never had on `other`, and withdraw it. Raises NotPossible.

    Nothing of it is written into the other one; its row stays to be read.
    """
    if other.is_gone or other.company_id != customer.company_id or other.pk == customer.pk:
        raise NotPossible(f"{other} cannot take over anything.")
    if (other.currency or customer.company.home_currency) != (
        customer.currency or customer.company.home_currency
    ):
        raise NotPossible(f"{other} is kept in {other.currency}; nothing can go over.")
    outbox.withdraw(customer)
    for row, field in _rows_of(customer):
        outbox.point_frozen_edits(row, customer, other)
        setattr(row, field, other)
        row.save(update_fields=[field])
        outbox.enqueue(row, reason="other customer", asked_by=by)


def _rows_of(customer: Customer) -> list[tuple[MirroredModel, str]]:
    """Whatever is mirrored and belongs to the customer, with the name of its field for it."""
    return [
        (row, relation.field.name)
        for relation in Customer._meta.related_objects
        if issubclass(relation.related_model, MirroredModel)
        for row in relation.related_model.objects.present()
        .select_for_update(of=("self",))
        .filter(**{relation.field.name: customer})
    ]


def create_beside(customer: Customer, *, by: Any) -> str:
    """Give a customer whose name is taken one that is free, and have it sent; returns that name."""
    customer.display_name = free_name(customer.company, customer.display_name, city=customer.bill_city)
    customer.save(update_fields=["display_name"])
    outbox.enqueue(customer, reason="edited", asked_by=by)
    return customer.display_name
