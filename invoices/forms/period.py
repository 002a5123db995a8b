"""Which payments a list shows: a period and a search."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

#: Named periods, and what the list calls them.
PERIODS = {
    "this_month": "This month",
    "last_month": "Last month",
    "this_year": "This year",
    "any": "All time",
}


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both included; None is open. Its name is one of PERIODS or `custom`."""

    name: str
    start: date | None = None
    end: date | None = None


def period(name: str, today: date) -> Period:
    """One of the named periods as of today."""
    month = today.replace(day=1)
    match name:
        case "this_month":
            return Period(name, month, (month + timedelta(days=31)).replace(day=1) - timedelta(days=1))
        case "last_month":
            last = month - timedelta(days=1)
            return Period(name, last.replace(day=1), last)
        case "this_year":
            return Period(name, today.replace(month=1, day=1), today.replace(month=12, day=31))
    return Period("any")


class PeriodForm(forms.Form):
    """Filter of a list. Dates make a period of their own; a search without a period looks through all time."""

    q = forms.CharField(required=False)
    period = forms.CharField(required=False)
    start = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if start and end and end < start:
            self.add_error("end", "The last day is before the first.")
        return self.cleaned_data

    @property
    def query(self) -> str:
        return self.data.get("q", "").strip()

    @property
    def chosen(self) -> Period:
        """The period to show; the usual one while the dates make no sense."""
        data = self.cleaned_data if self.is_valid() else {}
        if data.get("start") or data.get("end"):
            return Period("custom", data["start"], data["end"])
        name = data.get("period")
        usual = "any" if self.query else "this_month"
        return period(name if name in PERIODS else usual, timezone.localdate())
