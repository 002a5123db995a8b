import pytest
from django.test import Client

from qbo.models import Company, Role
from tests.customers.conftest import signed_in
from tests.factories import CompanyFactory


@pytest.fixture
def company(db: None) -> Company:
    made: Company = CompanyFactory()
    return made


@pytest.fixture
def biller(company: Company) -> Client:
    return signed_in(company, Role.BILLER)


@pytest.fixture
def viewer(company: Company) -> Client:
    return signed_in(company, Role.VIEWER)
