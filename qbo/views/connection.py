"""A company's connection to QuickBooks, for those who look after it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qbo.access.requests import CompanyRequest


@require_safe
def detail(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Who connected it and until when, who may come in, and the ways to connect and disconnect."""
    members = request.company.memberships.select_related("user").order_by("user__username")
    context = {"members": members, "run": request.company.imports.first()}
    return render(request, "qbo/connection.html", context)
