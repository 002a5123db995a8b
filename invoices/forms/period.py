"""Which payments a list shows: a period and a search."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

PERIODS = {
    "this_month": "This month",
    "last_month": "Last month",
    "this_year": "This year",
    "any": "Any time",
    "custom": "From and to",
}


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both included; None is open."""

    name: str
    start: date | None = None
    end: date | None = None

    @property
    def label(self) -> str:
        return PERIODS[self.name]


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
    """Filter of a list. Two dates make a period of their own; a search without a period looks through all time."""

    q = forms.CharField(required=False)
    period = forms.ChoiceField(choices=list(PERIODS.items()), required=False)
    start = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        start, end = data.get("start"), data.get("end")
        if start and end and end < start:
            self.add_error("end", "This is before the first date.")
        return data

    @property
    def query(self) -> str:
        self.full_clean()
        return str(self.cleaned_data.get("q", "")).strip()

    @property
    def chosen(self) -> Period:
        """The period to show; the usual one while the dates make no sense."""
        data = self.cleaned_data if self.is_valid() else {}
        start, end, name = data.get("start"), data.get("end"), data.get("period")
        if name == "custom" or (not name and (start or end)):
            return Period("custom", start, end)
        return period(name or ("any" if self.query else "this_month"), timezone.localdate())
