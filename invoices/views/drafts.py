"""The list of drafts, and throwing one away."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from invoices import drafts
from invoices.models import Draft
from qbo.access.requests import CompanyRequest

PAGE_SIZE = 50


@require_GET
def listing(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The drafts of everybody in the company, the latest first; `discarded` names one that can be brought back."""
    found = Draft.objects.filter(company=request.company).select_related("kept_by")
    page = Paginator(found.kept(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "invoices/draft_list.html", {"page": page, "discarded": _discarded(request)})


def _discarded(request: CompanyRequest) -> Draft | None:
    try:
        key = UUID(request.GET.get("discarded", ""))
    except ValueError:
        return None
    return Draft.objects.filter(company=request.company, key=key).exclude(discarded_at=None).first()


@require_POST
def discard(request: CompanyRequest, company_id: int, key: UUID) -> HttpResponse:
    """Throw a draft away, or with `undo` take that back."""
    draft = get_object_or_404(Draft, company=request.company, key=key)
    if "undo" in request.POST:
        drafts.bring_back(draft)
        messages.success(request, f"{draft} is back.")
        return redirect(draft)
    drafts.discard(draft)
    return redirect(f"{reverse('invoices:drafts', args=[request.company.pk])}?discarded={key}")
