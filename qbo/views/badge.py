"""The sync state of one record, asked for by its badge."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from qbo.access.requests import CompanyRequest
from qbo.models import SyncState
from qbo.sync.registry import mapping_of
from qbo.templatetags import ledger
from qbo.views.records import find

NEWS = {
    SyncState.IN_QUICKBOOKS: "{} is in QuickBooks.",
    SyncState.NEEDS_YOU: "{} needs you.",
    SyncState.CONFLICT: "{} was changed on both sides.",
    SyncState.GONE: "{} is gone from QuickBooks.",
}


@require_safe
@never_cache
def badge(request: CompanyRequest, company_id: int, entity: str, pk: int) -> HttpResponse:
    """The badge as it is now; with the news for the status line when its state changed since `seen`."""
    obj = find(request.company, entity, pk)
    polls = request.GET.get("polls", "")
    context = ledger.badge(obj, request.company, int(polls) if polls.isdecimal() else 0)
    if context["state"] != request.GET.get("seen"):
        context["news"] = NEWS.get(context["state"], "").format(mapping_of(obj).label(obj))
    response = render(request, "components/badge.html", context)
    # Heard by the row around the badge, where there is more to bring up to date.
    return response if context["asks"] else trigger_client_event(response, "settled")
