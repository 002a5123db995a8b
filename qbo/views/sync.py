from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def centre(request: HttpRequest, company_id: int) -> HttpResponse:
    return render(request, "base.html")


def fetch_again(request: HttpRequest, company_id: int) -> HttpResponse:
    return render(request, "base.html")


def retry_all(request: HttpRequest, company_id: int) -> HttpResponse:
    return render(request, "base.html")


def retry(request: HttpRequest, company_id: int, entry_id: int) -> HttpResponse:
    return render(request, "base.html")
