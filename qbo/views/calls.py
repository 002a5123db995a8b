"""What a company has asked QuickBooks this month, and for what."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qbo import usage
from qbo.access.requests import CompanyRequest


@require_safe
def detail(request: CompanyRequest, company_id: int) -> HttpResponse:
    """This month's calls by purpose, and how much of the plan's reads all companies have used together."""
    rows = usage.by_action(request.company)
    context = {
        "rows": rows,
        "read": sum(row["read"] for row in rows),
        "written": sum(row["written"] for row in rows),
        "failed": sum(row["without"] for row in rows),
        "budget": usage.budget(),
    }
    return render(request, "qbo/calls.html", context)
