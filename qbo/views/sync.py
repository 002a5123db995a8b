"""The sync centre: what needs a person and why, what goes by itself, and the levers."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from qbo import pace, usage
from qbo.access.requests import CompanyRequest
from qbo.models import Company, InboxEntry, OutboxEntry
from qbo.sync import inbox, outbox, reconcile, repairs
from qbo.views import causes

State = OutboxEntry.State
MOVING = (State.WAITING, State.IN_FLIGHT)
SHOWN = 50
ROWS = "qbo/sync.html#rows"
#: One side for all that was changed on both: the conflict's page has the choice for each.
SIDES = (("ours", "Keep what is here"), ("theirs", "Take what QuickBooks has"))


@require_safe
def centre(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The page; for htmx with `entry` in the address, that entry's row as it is now."""
    if request.htmx and "entry" in request.GET:
        return render(request, ROWS, {"records": _asked(request, request.GET.getlist("entry"))})
    return render(request, "qbo/sync.html", _everything(request.company))


def _everything(company: Company) -> dict[str, Any]:
    moving = OutboxEntry.objects.filter(company=company, state__in=MOVING)
    count = moving.count()
    return {
        "is_paused": company.paused_until is not None and company.paused_until > timezone.now(),
        "down_since": pace.down_since(company),
        "calls": sum(row["read"] + row["written"] for row in usage.by_action(company)),
        "causes": causes.of(company),
        "sides": SIDES,
        "moving": causes.records(moving[:SHOWN]),
        "moving_count": count,
        "moving_more": max(count - SHOWN, 0),
        "unreadable": InboxEntry.objects.filter(company=company, state=InboxEntry.State.PARKED)[:SHOWN],
        "to_read": InboxEntry.objects.filter(company=company, state=InboxEntry.State.WAITING).count(),
    }


@require_POST
def retry(request: CompanyRequest, company_id: int, entry_id: int) -> HttpResponse:
    """Try one entry again now."""
    return _retried(request, [str(entry_id)])


@require_POST
def retry_all(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Try all the entries named by the form again now."""
    return _retried(request, request.POST.getlist("entry"))


@require_POST
def repair(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Put right, in the way that was pressed, all the entries named by the form, and try them again."""
    ids = request.POST.getlist("entry")
    entries = [record.entry for record in _asked(request, ids)]
    refused = repairs.carry_out(entries, request.POST.get("repair", ""), by=request.user)
    if request.htmx and not refused:
        return render(request, ROWS, {"records": _asked(request, ids)})
    for reason in refused[:SHOWN]:
        messages.warning(request, reason)
    if len(refused) < len(entries):
        messages.success(request, "Put right. It is on its way to QuickBooks.")
    if request.htmx:
        return HttpResponseClientRedirect(reverse("sync", args=[company_id]))
    return redirect("sync", company_id)


def _retried(request: CompanyRequest, ids: list[str]) -> HttpResponse:
    with transaction.atomic():
        for record in _asked(request, ids, lock=True):
            outbox.retry(record.entry)
    records = _asked(request, ids)
    if request.htmx:
        return render(request, ROWS, {"records": records})
    what = records[0].entry.label if len(records) == 1 else f"{len(records)} changes"
    messages.info(request, f"Trying {what} again.")
    return redirect("sync", request.company.pk)


@require_POST
def put_away(request: CompanyRequest, company_id: int, entry_id: int) -> HttpResponse:
    """Somebody has seen that QuickBooks deleted the record: its change is dropped, the record stays to be read."""
    for record in _asked(request, [str(entry_id)]):
        if record.is_gone:
            reconcile.give_up(record.entry)
            messages.success(request, f"{record.entry.label} is put away. What is here is kept to be read.")
    return redirect("sync", request.company.pk)


def _asked(request: CompanyRequest, ids: list[str], *, lock: bool = False) -> list[causes.Record]:
    """The company's entries with these numbers; others do not exist for it."""
    entries = OutboxEntry.objects.filter(company=request.company)
    entries = entries.filter(pk__in=[number for number in ids if number.isdecimal()]).order_by("id")
    return causes.records(entries.select_for_update() if lock else entries)


@require_POST
def fetch_again(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Look for changes in QuickBooks now; the worker does it."""
    inbox.catch_up_now(request.company)
    messages.info(request, "Looking at QuickBooks now. What changed there shows up here in a moment.")
    return redirect("sync", request.company.pk)
