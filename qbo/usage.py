"""The budget meter: every call, by company, day and purpose, and how much of the month's metered reads is used.

Intuit meters the reads that it answers, over all companies of an app together, and refuses more than the plan allows
(facts 7.2). Writes are free.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from qbo.api import Call, QuickBooksError, Response
from qbo.models import Company, Usage

#: What calls are made for, in the words of the page.
PUSH, NEWS, CHANGES, IMPORT, PROOF = "Sending", "Reading news", "Looking for changes", "Reading all", "Proof"
PAGE, OTHER = "For a page", "Other"
#: People are warned when this part of the month's reads is used.
WARN_AT = 0.8

_action: ContextVar[str] = ContextVar("action", default=OTHER)


@contextmanager
def doing(action: str) -> Iterator[None]:
    """Calls inside the block are made for this purpose."""
    token = _action.set(action)
    try:
        yield
    finally:
        _action.reset(token)


def record(
    company_id: int, call: Call, outcome: Response | QuickBooksError, action: str | None = None
) -> None:
    """Count a call that was made, whatever came of it."""
    answered = isinstance(outcome, Response)
    counted = {
        "reads": int(call.is_read),
        "writes": int(not call.is_read),
        "metered": int(call.is_read and answered),
        "failed": int(not answered),
    }
    where = {"company_id": company_id, "day": timezone.localdate(), "action": action or _action.get()}
    if _add(where, counted):
        return
    try:
        with transaction.atomic():
            Usage.objects.create(**where, **counted)
    except IntegrityError:  # another process has just begun the same row
        _add(where, counted)


def _add(where: dict[str, object], counted: dict[str, int]) -> int:
    more = {name: F(name) + number for name, number in counted.items() if number}
    return Usage.objects.filter(**where).update(**more)


@dataclass(frozen=True)
class Budget:
    """This month's metered reads of all companies together; `allowed` is None where nothing is metered."""

    used: int
    allowed: int | None

    @property
    def part(self) -> float:
        return self.used / self.allowed if self.allowed else 0.0

    @property
    def is_short(self) -> bool:
        return self.part >= WARN_AT


def budget(today: date | None = None) -> Budget:
    used = of_month(Usage.objects.all(), today).aggregate(used=Sum("metered"))["used"] or 0
    return Budget(used, settings.QBO_MONTHLY_READS or None)


def of_month(rows: QuerySet[Usage], today: date | None = None) -> QuerySet[Usage]:
    today = today or timezone.localdate()
    return rows.filter(day__gte=today.replace(day=1), day__lte=today)


def by_action(company: Company, today: date | None = None) -> list[dict[str, Any]]:
    """This month's calls of one company for each purpose, the most read first."""
    rows = of_month(Usage.objects.filter(company=company), today).values("action").order_by()
    sums = rows.annotate(
        read=Sum("reads"), written=Sum("writes"), counted=Sum("metered"), without=Sum("failed")
    )
    return [dict(row) for row in sums.order_by("-read", "action")]
