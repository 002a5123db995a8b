"""Which invoices the list shows, in what order, and the figures around it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, F, OrderBy, Q, QuerySet, Sum
from django.db.models.functions import Length
from django.utils import timezone

from customers.models import Customer
from invoices.ages import Age, ages
from invoices.models import Invoice
from qbo.models import SyncState

ZERO = Decimal(0)
COUNTED = Q(is_void=False)
OPEN = COUNTED & Q(balance__gt=0)
STUCK = Q(sync_state__in=[SyncState.NEEDS_YOU, SyncState.CONFLICT])

#: Tabs by name: label, and how the list is ordered at first. Without one in the address it is the open ones.
TABS = {
    "all": ("All", "-date"),
    "open": ("Open", "due"),
    "overdue": ("Overdue", "due"),
    "paid": ("Paid", "-date"),
}
#: Columns that can be sorted by. A number is text, so that shorter ones come first: 999 before 1000.
COLUMNS: dict[str, list[F | Length]] = {
    "number": [Length("doc_number"), F("doc_number")],
    "customer": [F("customer__display_name")],
    "date": [F("txn_date")],
    "due": [F("due_date")],
    "total": [F("total")],
    "balance": [F("balance")],
}
#: What pressing a column head asks for at first: the latest dates and largest sums, but names and due dates upwards.
FIRST_PRESSED = ("-number", "customer", "-date", "due", "-total", "-balance")


class InvoiceFilter(django_filters.FilterSet):
    """Search, customer and dates. The tab comes on top, so that each tab can count what is found in it."""

    q = django_filters.CharFilter(method="search")
    start = django_filters.DateFilter(
        "txn_date", "gte", label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    end = django_filters.DateFilter(
        "txn_date", "lte", label="To", widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = Invoice
        fields: list[str] = []

    def search(self, invoices: Any, _name: str, text: str) -> Any:
        return invoices.search(text.strip())


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
    """The invoices of one tab that match, and the sums of all of them, whatever page is shown."""

    invoices: QuerySet[Invoice]
    form: forms.Form
    customer: Customer | None
    age: Age | None
    tabs: list[Tab]
    tab: Tab
    sums: dict[str, Any]
    heads: dict[str, Head]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab limits the list."""
        return bool(self.customer or self.age or any(self.form.cleaned_data.values()))


def find(invoices: Any, data: Any) -> Found:
    """Apply `data` (q, customer, age, start, end, tab, sort) to a company's invoices; one query for counts and sums."""
    chosen = data.get("tab") if data.get("tab") in TABS else "open"
    customer = _customer(invoices, data.get("customer", ""))
    age = next((age for age in ages(timezone.localdate()) if age.name == data.get("age")), None)
    present = invoices.present().filter(customer=customer) if customer else invoices.present()
    searched = InvoiceFilter(data, present.filter(age.condition) if age else present)
    matching = searched.qs
    conditions = _conditions()
    figures = matching.order_by().aggregate(
        **{f"count_{name}": Count("pk", filter=conditions[name]) for name in TABS},
        **_sums(conditions[chosen], conditions["overdue"]),
    )
    tabs = [Tab(name, label, figures[f"count_{name}"], name == chosen) for name, (label, _) in TABS.items()]
    sort = _sort(data.get("sort", ""), chosen)
    return Found(
        invoices=matching.filter(conditions[chosen]).order_by(*_order(sort), "-pk"),
        form=searched.form,
        customer=customer,
        age=age,
        tabs=tabs,
        tab=next(tab for tab in tabs if tab.is_current),
        sums={name: figures[name] or ZERO for name in ("invoiced", "open", "late", "late_count")},
        heads={first.lstrip("-"): head(first, sort) for first in FIRST_PRESSED},
    )


def stuck(invoices: Any) -> dict[str, Any]:
    """`count` and `total` of a company's invoices that need a person before QuickBooks has them."""
    figures: dict[str, Any] = (
        invoices.present().filter(STUCK).order_by().aggregate(count=Count("pk"), total=Sum("total"))
    )
    return figures


def _customer(invoices: Any, key: str) -> Customer | None:
    if not key.isdecimal() or len(key) >= 19:
        return None
    return Customer.objects.filter(pk=key, invoices__in=invoices.filter(customer=key)).first()


def _conditions() -> dict[str, Q]:
    late = OPEN & Q(due_date__lt=timezone.localdate())
    return {"open": OPEN, "overdue": late, "paid": COUNTED & Q(balance__lte=0), "all": Q()}


def _sums(shown: Q, late: Q) -> dict[str, Any]:
    return {
        "invoiced": Sum("total", filter=shown & COUNTED),
        "open": Sum("balance", filter=shown & COUNTED),
        "late": Sum("balance", filter=shown & late),
        "late_count": Count("pk", filter=shown & late),
    }


def _sort(asked: str, tab: str) -> str:
    return asked if asked.lstrip("-") in COLUMNS else TABS[tab][1]


def _order(sort: str) -> list[OrderBy]:
    columns = COLUMNS[sort.lstrip("-")]
    return [column.desc() if sort.startswith("-") else column.asc() for column in columns]


def head(first: str, sort: str) -> Head:
    column = first.lstrip("-")
    if sort.lstrip("-") != column:
        return Head("", first)
    falls = sort.startswith("-")
    return Head("descending" if falls else "ascending", column if falls else f"-{column}")
