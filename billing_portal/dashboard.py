"""The figures of the page Today. Every function asks the same few queries however much there is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q, Sum

from invoices.ages import ages
from invoices.models import Invoice, Payment
from qbo.models import Company, OutboxEntry, SyncState

ZERO = Decimal(0)


@dataclass(frozen=True)
class Part:
    """Some of the open invoices: how many, and what is owed on them."""

    label: str
    count: int
    amount: Decimal
    age: str = ""  # its name in the address of the list of invoices


@dataclass(frozen=True)
class Owed:
    """All open invoices, cut twice: by age, and by what QuickBooks has of them. Both cuts add up to the same sum."""

    ages: list[Part]
    sides: list[Part]

    @property
    def count(self) -> int:
        return sum(part.count for part in self.ages)

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.ages), ZERO)

    @property
    def overdue(self) -> Part:
        late = self.ages[1:]
        return Part("Overdue", sum(part.count for part in late), sum((part.amount for part in late), ZERO))

    @property
    def shares(self) -> list[Decimal]:
        """Each age's part of the whole in percent, for the bar."""
        whole = self.amount or Decimal(1)
        return [round(part.amount * 100 / whole, 2) for part in self.ages]


def owed(company: Company, today: date) -> Owed:
    """What is owed on open invoices, in one query."""
    by_age = ages(today)
    cuts = [*((age.label, age.condition) for age in by_age), *_sides().items()]
    sums: dict[str, Any] = {}
    for number, (_label, condition) in enumerate(cuts):
        sums[f"count{number}"] = Count("pk", filter=condition)
        sums[f"amount{number}"] = Sum("balance", filter=condition)
    found = Invoice.objects.filter(company=company).open().order_by().aggregate(**sums)
    parts = [
        Part(label, found[f"count{number}"], found[f"amount{number}"] or ZERO)
        for number, (label, _condition) in enumerate(cuts)
    ]
    aged = [replace(part, age=age.name) for part, age in zip(parts, by_age, strict=False)]
    return Owed(aged, parts[len(aged) :])


def _sides() -> Mapping[str, Q]:
    settled = Q(sync_state=SyncState.IN_QUICKBOOKS)
    return {
        "In QuickBooks": ~Q(qbo_id="") & settled,
        "Changed here since": ~Q(qbo_id="") & ~settled,
        "Not in QuickBooks yet": Q(qbo_id=""),
    }


def most_overdue(company: Company, today: date, limit: int = 5) -> list[dict[str, Any]]:
    """The customers who owe most past the due date: `customer_id`, `name`, `amount`, `days` of the oldest."""
    rows = (
        Invoice.objects.filter(company=company)
        .overdue(today)
        .order_by()
        .values("customer_id", "customer__display_name")
        .annotate(amount=Sum("balance"), oldest=Min("due_date"))
        .order_by("-amount")[:limit]
    )
    return [
        {
            "customer_id": row["customer_id"],
            "name": row["customer__display_name"],
            "amount": row["amount"],
            "days": (today - row["oldest"]).days,
        }
        for row in rows
    ]


def latest_payments(company: Company, limit: int = 6) -> list[Payment]:
    payments = Payment.objects.filter(company=company).counted().select_related("customer", "method")
    return list(payments[:limit])


def on_their_way(company: Company) -> int:
    """How many changes go to QuickBooks by themselves, now or at the next try."""
    moving = (OutboxEntry.State.WAITING, OutboxEntry.State.IN_FLIGHT)
    return OutboxEntry.objects.filter(company=company, state__in=moving).count()
