"""The pages that look at everything at once."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing_portal import dashboard as figures
from invoices.models import Invoice
from invoices.proof import errand
from qbo.access.requests import CompanyRequest, SignedInRequest
from qbo.models import Company
from qbo.sync import importing
from qbo.views import causes

SHOWN_CAUSES = 5


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """The first of one's companies; without any, the way to connect one."""
    company = Company.objects.seen_by(request.user).first()
    return redirect("dashboard", company.pk) if company else redirect("connect")


@require_safe
def dashboard(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Today: what is owed, what waits for a person, what came in, and whether QuickBooks is in step."""
    company, today = request.company, timezone.localdate()
    found = causes.of(company)
    context = {
        "today": today,
        "run": importing.running(company),
        "is_empty": not Invoice.objects.filter(company=company).exists(),
        "owed": figures.owed(company, today),
        "causes": found[:SHOWN_CAUSES],
        "cause_count": len(found),
        "moving": figures.on_their_way(company),
        "proof": errand.latest(company),
        "most_overdue": figures.most_overdue(company, today),
        "payments": figures.latest_payments(company),
    }
    return render(request, "billing_portal/dashboard.html", context)
