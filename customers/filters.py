"""Which customers the list shows, in what order, and the figures around it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet, Sum

from customers.balances import ZERO, with_balances
from customers.models import Customer

#: Tabs by name: label and condition on `with_balances`.
TABS: dict[str, tuple[str, Q]] = {
    "active": ("Active", Q(active=True)),
    "balance": ("With balance", Q(open_balance__gt=0)),
    "overdue": ("Overdue", Q(overdue__gt=0)),
    "inactive": ("Inactive", Q(active=False)),
}
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
    """Apply `data` (q, tab, sort) to customers; one query for all counts and sums."""
    chosen = data.get("tab") if data.get("tab") in TABS else "active"
    matching = CustomerFilter(data, with_balances(customers.present())).qs
    counts = {f"count_{name}": Count("pk", filter=condition) for name, (_, condition) in TABS.items()}
    condition = TABS[chosen][1]
    figures = matching.order_by().aggregate(
        **counts,
        sum_open=Sum("open_balance", filter=condition),
        sum_overdue=Sum("overdue", filter=condition),
    )
    tabs = [Tab(name, label, figures[f"count_{name}"], name == chosen) for name, (label, _) in TABS.items()]
    return Found(
        customers=matching.filter(condition),
        tabs=tabs,
        tab=next(tab for tab in tabs if tab.is_current),
        open=figures["sum_open"] or ZERO,
        overdue=figures["sum_overdue"] or ZERO,
        query=data.get("q", "").strip(),
        heads=_heads(data.get("sort", "")),
    )


def _heads(sort: str) -> dict[str, Head]:
    return {first.lstrip("-"): _head(first, sort or FIRST_PRESSED[0]) for first in FIRST_PRESSED}


def _head(first: str, sort: str) -> Head:
    column = first.lstrip("-")
    if sort.lstrip("-") != column:
        return Head("", first)
    falls = sort.startswith("-")
    return Head("descending" if falls else "ascending", column if falls else f"-{column}")
