"""What every page of a company shows: its name, the others, and what waits for a person."""

from functools import cache
from typing import Any

from django.http import HttpRequest

from qbo.access import policy
from qbo.models import Company
from qbo.sync import states


class Permissions:
    """`may.invoices_new` in a template: whether the signed-in person may open the page `invoices:new`."""

    def __init__(self, request: HttpRequest) -> None:
        self._user = request.user
        self._role = getattr(request, "role", None)

    def __getitem__(self, name: str) -> bool:
        app, _, view = name.partition("_")
        view_name = f"{app}:{view}" if app in ("customers", "invoices") else name
        rule = policy.rule_for(view_name)
        if rule is None:
            raise KeyError(name)
        return policy.allows(rule, self._user, self._role)


def company(request: HttpRequest) -> dict[str, Any]:
    current: Company | None = getattr(request, "company", None)
    found: dict[str, Any] = {
        "company": current,
        "may": Permissions(request),
        "may_connect_new": policy.may_connect_new(request.user),
    }
    if current is not None:
        # Templates call them: asked only where shown, and once.
        found["companies"] = cache(lambda: list(Company.objects.seen_by(request.user)))
        found["needs_you_count"] = cache(lambda: states.needs_you_count(current.pk))
    return found
