from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def detail(request: HttpRequest, company_id: int) -> HttpResponse:
    return render(request, "base.html")
