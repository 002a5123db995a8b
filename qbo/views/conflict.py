"""A record that was changed on both sides: compare, decide."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from qbo.access.requests import CompanyRequest
from qbo.models import Conflict, MirroredModel
from qbo.sync import conflicts
from qbo.views.records import find, home_of

FIELD = "keep:{}"


@dataclass(frozen=True)
class Choice:
    """A group of fields that clashes, with what the person chose so far."""

    row: conflicts.Row
    chosen: str = ""

    @property
    def name(self) -> str:
        return FIELD.format(self.row.group)


@require_safe
def detail(request: CompanyRequest, company_id: int, entity: str, pk: int) -> HttpResponse:
    """Both sides beside what was last agreed. Once decided, the way goes on to the record."""
    obj = find(request.company, entity, pk)
    conflict = conflicts.open_conflict_of(obj, entity)
    if conflict is None:
        messages.info(request, f"{obj} is no longer changed on both sides.")
        return redirect(home_of(obj))
    return _page(request, conflict, obj)


def _page(
    request: CompanyRequest,
    conflict: Conflict,
    obj: MirroredModel,
    choices: Mapping[str, str] | None = None,
    problem: str = "",
) -> HttpResponse:
    rows = conflicts.describe(conflict)
    context = {
        "conflict": conflict,
        "object": obj,
        "record_url": home_of(obj),
        "choices": [Choice(row, (choices or {}).get(row.group, "")) for row in rows if row.clash],
        "merged": [row for row in rows if not row.clash],
        "problem": problem,
    }
    return render(request, "qbo/conflict.html", context, status=422 if problem else 200)


@require_POST
def resolve(request: CompanyRequest, company_id: int, entity: str, pk: int) -> HttpResponse:
    """Carry out what the person decided for each group."""
    obj = find(request.company, entity, pk)
    conflict = conflicts.open_conflict_of(obj, entity)
    if conflict is None:
        messages.info(request, f"{obj} is no longer changed on both sides: somebody has decided already.")
        return redirect(home_of(obj))
    choices = {
        row.group: value
        for row in conflicts.describe(conflict)
        if (value := request.POST.get(FIELD.format(row.group), ""))
    }
    try:
        conflicts.decide(conflict, choices, by=request.user)
    except conflicts.Undecided:
        return _page(request, conflict, obj, choices, "Choose a side for every group.")
    messages.info(request, f"{conflict.label}: decided. What you kept from here is on its way to QuickBooks.")
    return redirect(home_of(obj))
