from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def progress(request: HttpRequest, company_id: int) -> HttpResponse:
    return render(request, "base.html")


def start(request: HttpRequest, company_id: int) -> HttpResponse:
    return render(request, "base.html")
