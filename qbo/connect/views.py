"""To QuickBooks for consent, and back (facts 1.2 to 1.4)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from qbo import oauth, tokens
from qbo.access import policy
from qbo.access.requests import CompanyRequest, SignedInRequest
from qbo.connect import attempt, service
from qbo.connect.refusals import REFUSALS, Refusal, of_consent, of_oauth
from qbo.models import Company


@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: SignedInRequest) -> HttpResponse:
    """What connecting means; POST leaves for QuickBooks. `company` names the one to reconnect."""
    company = _company_to_reconnect(request)
    may = company is not None or policy.may_connect_new(request.user)
    if request.method != "POST":
        return render(request, "qbo/connect.html", {"reconnect": company, "may_connect": may})
    if not may:
        raise PermissionDenied("Connecting a new company needs a staff account.")
    begun = attempt.begin(request, company)
    try:
        return redirect(oauth.authorization_url(tokens.oauth_config(), begun.state))
    except oauth.OAuthFailed as error:
        return _refused(request, of_oauth(error), company)


def _company_to_reconnect(request: SignedInRequest) -> Company | None:
    number = request.POST.get("company", "") or request.GET.get("company", "")
    if not number:
        return None
    companies = Company.objects.seen_by(request.user)
    company = companies.filter(pk=number).first() if number.isdecimal() else None
    if company is None:
        raise Http404("No such company.")
    if not policy.may(request.user, company, "disconnect"):
        raise PermissionDenied("Only a manager of the company can connect it again.")
    return company


@require_safe
@never_cache
def callback(request: SignedInRequest) -> HttpResponse:
    """The way back. Nothing is stored unless everything fits."""
    begun = attempt.finish(request)
    wanted = begun.company if begun else None
    if "error" in request.GET:
        return _refused(request, of_consent(request.GET["error"]), wanted)
    if begun is None:
        return _refused(request, REFUSALS["state"])
    code, realm_id = request.GET.get("code", ""), request.GET.get("realmId", "")
    if not code or not realm_id.isdecimal():
        return _refused(request, REFUSALS["incomplete"], wanted)
    if wanted is not None and wanted.realm_id != realm_id:
        return _other_company(request, wanted, realm_id)
    return _connect(request, realm_id, code, wanted)


def _connect(request: SignedInRequest, realm_id: str, code: str, wanted: Company | None) -> HttpResponse:
    try:
        company = service.connect(request.user, realm_id, code)
    except service.NotYours:
        return _refused(request, REFUSALS["not_yours"])
    except service.MayNotConnect:
        return _refused(request, REFUSALS["may_not"])
    except oauth.OAuthFailed as error:
        return _refused(request, of_oauth(error), wanted)
    messages.info(request, f"{company.name} is connected.")
    return redirect("import_progress", company.pk)


def _other_company(request: SignedInRequest, wanted: Company, realm_id: str) -> HttpResponse:
    """Another company than the one to reconnect was chosen. Its code stays unspent and ends by itself."""
    chosen = Company.objects.seen_by(request.user).filter(realm_id=realm_id).first()
    context = {
        "wanted": wanted,
        "chosen": chosen,
        "realm_id": realm_id,
        "may_add": chosen is None and policy.may_connect_new(request.user),
    }
    return render(request, "qbo/connect_other.html", context, status=409)


def _refused(request: SignedInRequest, refusal: Refusal, company: Company | None = None) -> HttpResponse:
    context = {"refusal": refusal, "reconnect": company}
    return render(request, "qbo/connect_refused.html", context, status=refusal.status)


@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Say what disconnecting means; POST does it."""
    if request.method != "POST":
        return render(request, "qbo/disconnect.html")
    if service.disconnect(request.company):
        messages.info(request, f"{request.company.name} is disconnected. Everything is kept here.")
    else:
        messages.warning(
            request,
            f"{request.company.name} is disconnected here, but QuickBooks did not confirm it. "
            "To be sure, remove the app in QuickBooks too: Settings, Apps.",
        )
    return redirect("connection", request.company.pk)
