"""Which customers the list shows, in what order, and the figures around it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from customers.balances import ZERO, open_invoices, with_balances
from customers.models import Customer

#: Tabs by name, with their labels.
TABS = {"active": "Active", "balance": "With balance", "overdue": "Overdue", "inactive": "Inactive"}
#: What pressing a column head asks for at first: the largest sums, but names from A on. The list starts with these.
FIRST_PRESSED = ("name", "-overdue", "-open")


class CustomerFilter(django_filters.FilterSet):
    """Search and order. The tab comes on top, so that each tab can count what the search finds in it."""

    q = django_filters.CharFilter(method="search")
    sort = django_filters.OrderingFilter(
        fields={"display_name": "name", "open_balance": "open", "overdue": "overdue"}
    )

    class Meta:
        model = Customer
        fields: list[str] = []

    def search(self, customers: Any, _name: str, text: str) -> Any:
        return customers.search(text.strip())

    @property
    def qs(self) -> Any:
        """Names decide between equals, and keys between equal names, so that no page repeats a row."""
        found = super().qs
        return found.order_by(*found.query.order_by, "display_name", "pk")


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Head:
    """A column head: how its column is sorted now (for aria-sort), and the order that pressing it asks for."""

    direction: str
    press: str


@dataclass(frozen=True)
class Found:
    """The customers of one tab that match, and the sums of all of them, whatever page is shown."""

    customers: QuerySet[Customer]
    tabs: list[Tab]
    tab: Tab
    open: Decimal
    overdue: Decimal
    query: str
    heads: dict[str, Head]


def find(customers: Any, data: Any) -> Found:
    """Apply `data` (q, tab, sort) to customers; two queries for all counts and sums.

    What is owed is counted from the open invoices, which are few beside all there ever were.
    """
    chosen = data.get("tab") if data.get("tab") in TABS else "active"
    present = customers.present()
    matching = CustomerFilter(data, with_balances(present)).qs
    searched = present.search(data["q"].strip()) if data.get("q", "").strip() else present
    counts = searched.order_by().aggregate(
        count_active=Count("pk", filter=Q(active=True)), count_inactive=Count("pk", filter=Q(active=False))
    )
    owed = _owed(searched, chosen)
    counts |= owed
    tabs = [Tab(name, label, counts[f"count_{name}"], name == chosen) for name, label in TABS.items()]
    return Found(
        customers=matching.filter(_condition(chosen)),
        tabs=tabs,
        tab=next(tab for tab in tabs if tab.is_current),
        open=owed["sum_open"] or ZERO,
        overdue=owed["sum_overdue"] or ZERO,
        query=data.get("q", "").strip(),
        heads=_heads(data.get("sort", "")),
    )


def _condition(tab: str, customer: str = "") -> Q:
    """Which customers a tab shows; `customer` is the way to them, as in "customer__"."""
    match tab:
        case "active" | "inactive":
            return Q(**{f"{customer}active": tab == "active"})
        case "overdue":
            return Q(**{f"{customer}pk__in": open_invoices().overdue().values("customer")})
        case _:
            return Q(**{f"{customer}pk__in": open_invoices().values("customer")})


def _owed(customers: Any, tab: str) -> dict[str, Any]:
    """How many of the customers owe something, how many are late, and the sums of those that the tab shows."""
    shown = Q() if tab == "balance" else _condition(tab, "customer__")
    late = Q(due_date__lt=timezone.localdate())
    found: dict[str, Any] = (
        open_invoices()
        .filter(customer__in=customers.order_by().values("pk"))
        .aggregate(
            count_balance=Count("customer", distinct=True),
            count_overdue=Count("customer", distinct=True, filter=late),
            sum_open=Sum("balance", filter=shown),
            sum_overdue=Sum("balance", filter=shown & late),
        )
    )
    return found


def _heads(sort: str) -> dict[str, Head]:
    return {first.lstrip("-"): _head(first, sort or FIRST_PRESSED[0]) for first in FIRST_PRESSED}


def _head(first: str, sort: str) -> Head:
    column = first.lstrip("-")
    if sort.lstrip("-") != column:
        return Head("", first)
    falls = sort.startswith("-")
    return Head("descending" if falls else "ascending", column if falls else f"-{column}")
