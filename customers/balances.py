"""What customers owe, summed from their documents; work that QuickBooks does not have yet counts.

Invoices, payments and credit memos belong to the app above this one. They are reached through their foreign keys to the
customer, so that nothing from there is imported here.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any, Self

from django.db.models import Count, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

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


@dataclass(frozen=True)
class Figures:
    """All that was ever invoiced, paid and credited, and what is left of it. They can be added up."""

    invoices: int = 0
    open_count: int = 0
    emails: int = 0
    payments: int = 0
    credits: int = 0
    estimates: int = 0
    invoiced: Decimal = ZERO
    open: Decimal = ZERO
    overdue: Decimal = ZERO
    received: Decimal = ZERO
    unapplied: Decimal = ZERO
    unused: Decimal = ZERO

    def __add__(self, other: Self) -> "Figures":
        return Figures(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    @property
    def paid(self) -> Decimal:
        """What payments have taken off invoices, as it stands in the sum."""
        return self.unapplied - self.received

    @property
    def otherwise(self) -> Decimal:
        """What came off the invoices in another way: credit memos, and entries that are not kept here."""
        return self.open - self.invoiced - self.paid

    @property
    def account(self) -> Account:
        return Account(self.open, self.overdue, self.unapplied + self.unused, self.open_count)


def with_balances(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """The customers with `open_balance` and `overdue`, each from one subquery."""
    invoices: Any = Customer.invoices.rel.related_model._default_manager.all()
    return customers.annotate(open_balance=_sum(invoices.open()), overdue=_sum(invoices.overdue()))


def open_invoices() -> Any:
    """Invoices on which something is owed, of whatever customers; `overdue()` of them are those past their due date."""
    invoices: Any = Customer.invoices.rel.related_model._default_manager.all()
    return invoices.open().order_by()


def _sum(invoices: QuerySet[Any]) -> Coalesce:
    of_customer = invoices.filter(customer=OuterRef("pk")).order_by().values("customer")
    total = Subquery(of_customer.annotate(total=Sum("balance")).values("total"), output_field=MONEY)
    return Coalesce(total, ZERO, output_field=MONEY)


def account(customer: Customer) -> Account:
    """What one customer owes (one query)."""
    return figures_of([customer]).get(customer.pk, Figures()).account


def figures_of(customers: Iterable[Customer]) -> dict[int, Figures]:
    """The figures by customer, those without any document left out; one query."""
    wanted = [customer.pk for customer in customers]
    branches = [
        _branch("invoices", wanted, _open_invoices(), late=_open_invoices() & _late()),
        _branch("payments", wanted, Q(is_void=False), left="unapplied"),
        _branch("credit_memos", wanted, Q()),
        _branch("estimates", wanted, Q(), left="total"),
    ]
    found: dict[int, Figures] = {}
    for row in branches[0].union(*branches[1:], all=True):
        found[row[0]] = found.get(row[0], Figures()) + _figures(*row[1:])
    return found


def _open_invoices() -> Q:
    return Q(is_void=False, balance__gt=0)


def _late() -> Q:
    return Q(due_date__lt=timezone.localdate())


def _branch(
    relation: str, customers: list[int], counts: Q, *, left: str = "balance", late: Q | None = None
) -> QuerySet[Any, Any]:
    """Per customer: kind, documents, those with something left, e-mails, whole sum, what is left, what is late."""
    model: Any = getattr(Customer, relation).rel.related_model
    nothing: Any = Value(ZERO, output_field=MONEY)
    in_sums = Q(is_void=False) if hasattr(model, "is_void") else Q()
    rows = model._default_manager.present().filter(customer__in=customers).order_by()
    found: QuerySet[Any, Any] = (
        rows.values("customer")
        .annotate(
            kind=Value(relation),
            documents=Count("pk"),
            open=Count("pk", filter=counts),
            emails=Count("emailed_at") if hasattr(model, "emailed_at") else Value(0),
            whole=Coalesce(Sum("total", filter=in_sums), ZERO, output_field=MONEY),
            left=Coalesce(Sum(left, filter=counts), ZERO, output_field=MONEY),
            late=Coalesce(Sum(left, filter=late), ZERO, output_field=MONEY) if late else nothing,
        )
        .values_list("customer", "kind", "documents", "open", "emails", "whole", "left", "late")
    )
    return found


def _figures(
    kind: str, documents: int, open: int, emails: int, whole: Decimal, left: Decimal, late: Decimal
) -> Figures:
    match kind:
        case "invoices":
            return Figures(
                invoices=documents, open_count=open, emails=emails, invoiced=whole, open=left, overdue=late
            )
        case "payments":
            return Figures(payments=documents, received=whole, unapplied=left)
        case "credit_memos":
            return Figures(credits=documents, emails=emails, unused=left)
        case _:
            return Figures(estimates=documents, emails=emails)
