"""What the apps above have the worker do for a company: the list `settings.QBO_ERRANDS`."""

from functools import cache
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings

from qbo.api import Client
from qbo.models import Company
from qbo.sync.leases import Held


class Errand(Protocol):
    def is_due(self, company: Company) -> bool:
        """Whether there is something to do now. Asked often, so it has to be cheap."""

    def step(self, company: Company, client: Client, lease: Held) -> bool:
        """A bounded piece of it, as every step of the worker; False when there was nothing to do."""


@cache
def errands() -> tuple[Errand, ...]:
    return tuple(cast(Errand, import_module(path)) for path in settings.QBO_ERRANDS)


def is_due(company: Company) -> bool:
    return any(errand.is_due(company) for errand in errands())


def step(company: Company, client: Client, lease: Held) -> bool:
    return any(errand.step(company, client, lease) for errand in errands())
