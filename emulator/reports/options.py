"""What a request asks of a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from emulator.clock import today
from emulator.faults import QuickBooksFault, unsupported
from emulator.ledger import Ledger

# Parameters of Intuit's pages that would change the answer, and that only these values are supported of.
ONLY = {
    "arpaid": {"Unpaid"}, "qzurl": {"false"}, "summarize_column_by": {"Total"}, "accounting_method": {"Accrual"},
    "department": set(), "shipvia": set(), "custom1": set(), "custom2": set(), "custom3": set(), "sort_by": set(),
}  # fmt: skip
MONTHS = {"month": 1, "fiscal quarter": 3, "fiscal year": 12}


@dataclass(frozen=True)
class Options:
    """`customers` and `terms` are Ids, empty for all. Ages are counted to `aged_at`; of the `periods` each has
    `period_days` and the last has no end. `start` is set where a date macro was asked for."""

    name: str
    report_date: date
    aged_at: date
    customers: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    due_from: str = ""
    due_to: str = "9999-12-31"
    past_due: int | None = None
    periods: int = 4
    period_days: int = 30
    descending: bool = False
    macro: str = ""
    start: date | None = None


def read_options(ledger: Ledger, name: str, arguments: Mapping[str, str]) -> Options:
    now = today(ledger.now)
    for parameter, supported in ONLY.items():
        if arguments.get(parameter, "") not in {"", *supported}:
            raise unsupported(f"{parameter}={arguments[parameter]} of a report")
    macro = arguments.get("date_macro", "")
    start, end = _span(macro, now) if macro else (None, now)
    report_date = _day(arguments, "report_date") or _day(arguments, "end_date") or end
    return Options(
        name,
        report_date,
        now if arguments.get("aging_method", "").lower() == "current" else report_date,
        customers=_several(arguments, "customer"),
        terms=_several(arguments, "term"),
        columns=_several(arguments, "columns"),
        due_from=str(_day(arguments, "start_duedate") or ""),
        due_to=str(_day(arguments, "end_duedate") or "9999-12-31"),
        past_due=_count(arguments, "past_due", None),
        periods=_count(arguments, "num_periods", 4) or 4,
        period_days=_count(arguments, "aging_period", 30) or 30,
        descending=arguments.get("sort_order", "").lower() == "descend",
        macro=macro,
        start=_day(arguments, "start_date") or start,
    )


def _several(arguments: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in arguments.get(name, "").split(",") if part.strip())


def _day(arguments: Mapping[str, str], name: str) -> date | None:
    written = arguments.get(name, "")
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise QuickBooksFault(2060, f"Invalid Date Format : {written}", name) from None


def _count(arguments: Mapping[str, str], name: str, default: int | None) -> int | None:
    written = arguments.get(name, "")
    if not written:
        return default
    if not written.isdecimal():
        raise QuickBooksFault(2080, f"Invalid Number : {written}", name)
    return int(written)


def _span(macro: str, now: date) -> tuple[date, date]:
    """First and last day of "Last Fiscal Quarter", "This Week-to-date" and so on. The fiscal year is the calendar's
    (emulator choice)."""
    wanted = macro.strip().lower().removesuffix("-to-date")
    if macro.lower() == "all":
        return date.min, now
    if wanted in {"today", "yesterday"}:
        day = now - timedelta(days=wanted == "yesterday")
        return day, day
    which, _, unit = wanted.partition(" ")
    if which not in {"last", "this", "next"} or unit not in {"week", *MONTHS}:
        raise unsupported(f"date_macro={macro}")
    ahead = ("last", "this", "next").index(which) - 1
    first = _first_of(unit, now, ahead)
    end = _first_of(unit, now, ahead + 1) - timedelta(days=1)
    return first, (
        min(end, first + (now - _first_of(unit, now, 0))) if macro.lower().endswith("to-date") else end
    )


def _first_of(unit: str, now: date, ahead: int) -> date:
    """The first day of the week, month, quarter or year that is so many units ahead. Weeks begin on Sunday."""
    if unit == "week":
        return now - timedelta(days=(now.weekday() + 1) % 7) + timedelta(weeks=ahead)
    length = MONTHS[unit]
    months = now.year * 12 + (now.month - 1) // length * length + ahead * length
    return date(months // 12, months % 12 + 1, 1)
