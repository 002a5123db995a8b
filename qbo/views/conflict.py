from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def detail(request: HttpRequest, company_id: int, entity: str, pk: int) -> HttpResponse:
    return render(request, "base.html")


def resolve(request: HttpRequest, company_id: int, entity: str, pk: int) -> HttpResponse:
    return render(request, "base.html")
