"""How long invoices are past their due date: the cut that the page Today and the list of invoices share."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q


@dataclass(frozen=True)
class Age:
    """One part of the cut; `name` stands in addresses. The parts cover every due date once, and those without one."""

    name: str
    label: str
    condition: Q


def ages(today: date) -> list[Age]:
    """The youngest first."""

    def due(youngest: int, oldest: int) -> Q:
        return Q(due_date__lte=today - timedelta(youngest), due_date__gte=today - timedelta(oldest))

    return [
        Age("not-due", "Not due", Q(due_date=None) | Q(due_date__gte=today)),
        Age("1-30", "1–30 days", due(1, 30)),
        Age("31-60", "31–60 days", due(31, 60)),
        Age("61-90", "61–90 days", due(61, 90)),
        Age("over-90", "Over 90 days", Q(due_date__lt=today - timedelta(90))),
    ]
