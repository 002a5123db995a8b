"""What the session remembers between leaving for QuickBooks and coming back.

The random `state` ties the answer to the browser that asked; it is good for one return.
"""

import secrets
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from qbo.models import Company

KEY = "connecting"


@dataclass(frozen=True)
class Attempt:
    """A person on the way to QuickBooks and back; `company_id` is set when a known company is to be reconnected."""

    state: str
    company_id: int | None

    @property
    def company(self) -> Company | None:
        return Company.objects.filter(pk=self.company_id).first() if self.company_id else None


def begin(request: HttpRequest, company: Company | None) -> Attempt:
    """Remember a new attempt; an older one of the same session is over."""
    attempt = Attempt(secrets.token_urlsafe(32), company.pk if company else None)
    request.session[KEY] = {"state": attempt.state, "company_id": attempt.company_id}
    return attempt


def finish(request: HttpRequest) -> Attempt | None:
    """The attempt that the returning browser belongs to, once; None for a forged, missing or used state."""
    kept = request.session.get(KEY)
    if kept is None or not constant_time_compare(kept["state"], request.GET.get("state", "")):
        return None
    del request.session[KEY]
    return Attempt(kept["state"], kept["company_id"])
