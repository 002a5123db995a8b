from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def badge(request: HttpRequest, company_id: int, entity: str, pk: int) -> HttpResponse:
    return render(request, "base.html")
