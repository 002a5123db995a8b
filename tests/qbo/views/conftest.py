from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qbo.models import Company, OutboxEntry, Role
from qbo.sync import states
from tests.customers.conftest import signed_in
from tests.factories import CompanyFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def company(db: None) -> Company:
    made: Company = CompanyFactory(name="Kestrel Ridge")
    return made


@pytest.fixture
def biller(company: Company) -> Client:
    return signed_in(company, Role.BILLER)


@pytest.fixture
def viewer(company: Company) -> Client:
    return signed_in(company, Role.VIEWER)


@pytest.fixture
def manager(company: Company) -> Client:
    return signed_in(company, Role.MANAGER)


@pytest.fixture
def refused() -> Callable[..., OutboxEntry]:
    """Let QuickBooks have refused what waits for a record."""

    def refuse(
        obj: Any, code: str = "6240", problem: str = "The name supplied already exists."
    ) -> OutboxEntry:
        entry = OutboxEntry.objects.get(entity=type(obj).__name__, object_id=obj.pk)
        entry.state, entry.code, entry.problem = OutboxEntry.State.NEEDS_YOU, code, problem
        entry.save()
        states.refresh(obj)
        return entry

    return refuse
