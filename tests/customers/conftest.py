from typing import Any

import pytest
from django.test import Client

from qbo.models import Company, Role
from tests.factories import CompanyFactory, MembershipFactory


@pytest.fixture
def company(db: None) -> Company:
    made: Company = CompanyFactory()
    return made


def signed_in(company: Company, role: Role) -> Client:
    client = Client()
    client.force_login(MembershipFactory(company=company, role=role).user)
    return client


@pytest.fixture
def biller(company: Company) -> Client:
    return signed_in(company, Role.BILLER)


@pytest.fixture
def viewer(company: Company) -> Client:
    return signed_in(company, Role.VIEWER)


@pytest.fixture
def typed() -> dict[str, Any]:
    """The least that makes a customer."""
    return {"display_name": "Otter Creek Clinic", "taxable": "on", "ship_same": "on"}
