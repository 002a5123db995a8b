"""Which estimates or credit memos a list shows, in what order, and the sums of all that match."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Length

from customers.models import Customer
from invoices.filters import Head, InvoiceFilter, Tab, head
from invoices.kinds import Kind
from invoices.models import CreditMemo, EstimateStatus

ZERO = Decimal(0)
COLUMNS: dict[str, list[Any]] = {
    "number": [Length("doc_number"), F("doc_number")],
    "customer": [F("customer__display_name")],
    "date": [F("txn_date")],
    "expires": [F("expires_on")],
    "total": [F("total")],
    "left": [F("balance")],
}
#: By kind: what pressing a column head asks for at first.
COMMON = ("-number", "customer", "-date", "-total")
Status = EstimateStatus
#: Tabs of a list: name, label and what is under it. Without one in the address it is the first.
ESTIMATE_TABS = {
    "open": ("Open", Q(status__in=[Status.PENDING, Status.ACCEPTED])),
    "pending": ("Pending", Q(status=Status.PENDING)),
    "accepted": ("Accepted", Q(status=Status.ACCEPTED)),
    "closed": ("Closed", Q(status__in=[Status.CLOSED, Status.CONVERTED])),
    "rejected": ("Rejected", Q(status=Status.REJECTED)),
    "all": ("All", Q()),
}
CREDIT_TABS = {
    "open": ("Open", Q(balance__gt=0)),
    "used": ("Used", Q(balance__lte=0)),
    "all": ("All", Q()),
}


@dataclass(frozen=True)
class Found:
    """The records of one tab that match, and the sums of all of them, whatever page is shown."""

    rows: QuerySet[Any]
    form: forms.Form
    customer: Customer | None
    tabs: list[Tab]
    tab: Tab
    total: Decimal
    left: Decimal
    heads: dict[str, Head]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.customer or any(self.form.cleaned_data.values()))


def find(kind: Kind[Any], rows: Any, data: Any) -> Found:
    """Apply `data` (q, customer, start, end, tab, sort) to a company's records; one query for counts and sums."""
    is_credit = kind.model is CreditMemo
    parts = CREDIT_TABS if is_credit else ESTIMATE_TABS
    chosen = data.get("tab") if data.get("tab") in parts else next(iter(parts))
    customer = _customer(rows, data.get("customer", ""))
    present = rows.present().filter(customer=customer) if customer else rows.present()
    searched = InvoiceFilter(data, present)
    shown = parts[chosen][1]
    sums = {"total": Sum("total", filter=shown)}
    if is_credit:
        sums["left"] = Sum("balance", filter=shown)
    counts = {f"count_{name}": Count("pk", filter=condition) for name, (_, condition) in parts.items()}
    figures = searched.qs.order_by().aggregate(**counts, **sums)
    tabs = [Tab(name, label, figures[f"count_{name}"], name == chosen) for name, (label, _) in parts.items()]
    first = (*COMMON, "-left" if is_credit else "expires")
    sort = data.get("sort", "") if data.get("sort", "").lstrip("-") in _names(first) else "-date"
    return Found(
        rows=searched.qs.filter(shown).order_by(*_order(sort), "-pk"),
        form=searched.form,
        customer=customer,
        tabs=tabs,
        tab=next(tab for tab in tabs if tab.is_current),
        total=figures["total"] or ZERO,
        left=figures.get("left") or ZERO,
        heads={name.lstrip("-"): head(name, sort) for name in first},
    )


def _names(first: tuple[str, ...]) -> set[str]:
    return {name.lstrip("-") for name in first}


def _order(sort: str) -> list[Any]:
    columns = COLUMNS[sort.lstrip("-")]
    return [column.desc() if sort.startswith("-") else column.asc() for column in columns]


def _customer(rows: Any, key: str) -> Customer | None:
    """The customer asked for, as far as there is a record of theirs."""
    if not key.isdecimal() or len(key) >= 19:
        return None
    row = rows.filter(customer=key).select_related("customer").first()
    return row.customer if row else None
