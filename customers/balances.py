"""What customers owe, summed from their invoices; work that QuickBooks does not have yet counts.

Invoices and payments belong to the app above this one. They are reached through their foreign keys to the customer,
so that nothing from there is imported here.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from customers.models import Customer

ZERO = Decimal(0)
MONEY: Any = DecimalField(max_digits=18, decimal_places=2)


@dataclass(frozen=True)
class Account:
    """A customer's account in its own currency: open invoices, the overdue part of them, and unused credit."""

    open: Decimal
    overdue: Decimal
    unapplied: Decimal
    open_count: int

    @property
    def credit(self) -> Decimal:
        """Unused credit as it stands in the sum."""
        return -self.unapplied

    @property
    def owes(self) -> Decimal:
        return self.open - self.unapplied


def with_balances(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """The customers with `open_balance` and `overdue`, each from one subquery."""
    invoices: Any = Customer.invoices.rel.related_model._default_manager.all()
    return customers.annotate(open_balance=_sum(invoices.open()), overdue=_sum(invoices.overdue()))


def _sum(invoices: QuerySet[Any]) -> Coalesce:
    of_customer = invoices.filter(customer=OuterRef("pk")).order_by().values("customer")
    total = Subquery(of_customer.annotate(total=Sum("balance")).values("total"), output_field=MONEY)
    return Coalesce(total, ZERO, output_field=MONEY)


def account(customer: Customer) -> Account:
    """What one customer owes (three queries)."""
    owed = customer.invoices.open().order_by().aggregate(total=Sum("balance"), count=Count("pk"))
    overdue = customer.invoices.overdue().order_by().aggregate(total=Sum("balance"))
    unapplied = customer.payments.counted().order_by().aggregate(total=Sum("unapplied"))
    return Account(
        open=owed["total"] or ZERO,
        overdue=overdue["total"] or ZERO,
        unapplied=unapplied["total"] or ZERO,
        open_count=owed["count"],
    )
