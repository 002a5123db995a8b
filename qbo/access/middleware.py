"""Applies the policy table to every request."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.defaults import permission_denied
from django_htmx.http import HttpResponseClientRedirect

from qbo import formats
from qbo.access import policy
from qbo.models import Company


class PolicyMiddleware:
    """Puts `company` and `role` on requests for a company's pages, and refuses what the table does not allow."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.company = None  # type: ignore[attr-defined]
        request.role = None  # type: ignore[attr-defined]
        formats.use(None)
        return back_to_where_one_was(request, self.get_response(request))

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        rule = policy.rule_for(request.resolver_match.view_name if request.resolver_match else "")
        if rule is policy.Open.ANYBODY or not request.user.is_authenticated:
            return None  # LoginRequiredMiddleware has sent everybody else to the login page
        if "company_id" in kwargs:
            self._enter_company(request, kwargs["company_id"])
        if not policy.allows(rule, request.user, request.role):  # type: ignore[attr-defined]
            # Answered, not raised: Django would write a traceback into the log, and nothing is broken.
            return permission_denied(request, PermissionDenied())
        return None

    def _enter_company(self, request: HttpRequest, company_id: int) -> None:
        company = Company.objects.seen_by(request.user).filter(pk=company_id).first()
        if company is None:
            raise Http404("No such company.")
        request.company = company  # type: ignore[attr-defined]
        request.role = policy.role_of(request.user, company)  # type: ignore[attr-defined]
        formats.use(company)


def back_to_where_one_was(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """For somebody who is signed out meanwhile: the whole window goes to the sign-in page, and from there back to the
    page one was on, not to a part of it or to an address that only takes forms."""
    login = resolve_url(settings.LOGIN_URL)
    wants_page = request.method in ("GET", "HEAD") and not request.htmx  # type: ignore[attr-defined]
    if wants_page or response.status_code != 302 or not response["Location"].startswith(f"{login}?"):
        return response
    asked = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(asked, {request.get_host()}):
        asked = ""
    page = urlsplit(asked)
    back = urlunsplit(("", "", page.path, page.query, ""))
    address = f"{login}?{urlencode({'next': back})}" if back else login
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)  # type: ignore[attr-defined]
