from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def connect(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


def callback(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


def disconnect(request: HttpRequest, company_id: int) -> HttpResponse:
    return render(request, "base.html")
