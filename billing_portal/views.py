from django.http import HttpRequest, HttpResponse


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def dashboard(request: HttpRequest, company_id: int) -> HttpResponse:
    return HttpResponse("")
