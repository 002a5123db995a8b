"""What a request carries by the time a view sees it (types only)."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from qbo.models import Company, Role, User


class SignedInRequest(HttpRequest):
    """After sign-in and the htmx middleware."""

    user: User
    htmx: HtmxDetails


class CompanyRequest(SignedInRequest):
    """On a company's pages, after the policy middleware."""

    company: Company
    role: Role
