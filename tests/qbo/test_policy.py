"""The policy table against every address there is, for everybody there is."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from qbo.access import policy
from qbo.access.policy import Open
from qbo.models import Company, Role
from qbo.sync import outbox
from tests.factories import (
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    MembershipFactory,
    PaymentFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def view_names(patterns: Any = None, prefix: str = "") -> list[str]:
    """Every named page, with its namespace."""
    found = []
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            found += view_names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            found.append(f"{prefix}{pattern.name}")
    return found


NAMES = [name for name in view_names() if not name.startswith("admin:")]
COMPANY_PAGES = [name for name in NAMES if isinstance(policy.rule_for(name), Role)]


def test_every_page_has_a_rule() -> None:
    assert [name for name in view_names() if policy.rule_for(name) is None] == []


def test_every_rule_has_a_page() -> None:
    assert sorted(policy.POLICY.keys() - set(NAMES)) == []


@pytest.fixture
def company() -> Company:
    company: Company = CompanyFactory()
    return company


def address(name: str, company: Company) -> str:
    """The page's address for a record of the company that exists, and that QuickBooks does not have yet."""
    if name.startswith("customers:"):
        record = CustomerFactory(company=company)
    elif "payment" in name:
        record = PaymentFactory(company=company)
    else:
        record = InvoiceFactory(company=company)
    entry = outbox.enqueue(record)
    shapes: list[dict[str, Any]] = [
        {},
        {"pk": record.pk},
        {"key": uuid4()},
        {"entry_id": entry.pk},
        {"entity": "Invoice", "pk": record.pk},
    ]
    found = [url for shape in shapes if (url := _reversed(name, {"company_id": company.pk, **shape}))]
    return found[0]


def _reversed(name: str, arguments: dict[str, Any]) -> str:
    try:
        return reverse(name, kwargs=arguments)
    except NoReverseMatch:
        return ""


@pytest.mark.parametrize("name", COMPANY_PAGES)
def test_only_those_with_the_role_come_in(name: str, company: Company, client: Client) -> None:
    url = address(name, company)
    needed = policy.POLICY[name]
    assert isinstance(needed, Role)

    assert client.get(url).status_code == 302, "nobody is sent to the login page"
    assert client.get(url).headers["Location"].startswith(reverse("login"))
    client.force_login(MembershipFactory(role=Role.MANAGER).user)
    assert client.get(url).status_code == 404, "for a stranger the company does not exist"
    assert client.post(url).status_code == 404
    for role in Role:
        client.force_login(MembershipFactory(company=company, role=role).user)
        for status in (client.get(url).status_code, client.post(url).status_code):
            assert (status == 403) is (role.rank < needed.rank), (role, status)
            assert status < 500


@pytest.mark.parametrize("name", [name for name in view_names() if name.startswith("admin:")])
def test_the_admin_is_for_the_installations_admin(name: str) -> None:
    assert policy.rule_for(name) is Open.ADMIN


def test_nobody_else_enters_the_admin(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True))

    assert client.get(reverse("admin:index")).status_code == 403


def test_a_refusal_leaves_no_traceback_in_the_log(
    company: Company, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.force_login(MembershipFactory(company=company, role=Role.VIEWER).user)

    assert client.get(reverse("customers:new", args=[company.pk])).status_code == 403
    assert [record.exc_info for record in caplog.records if record.name == "django.request"] == [None]
