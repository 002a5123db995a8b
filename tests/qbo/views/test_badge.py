"""A record's badge, as it asks for itself."""

from collections.abc import Callable

from django.test import Client

from qbo.models import Company, OutboxEntry
from qbo.sync import states
from tests.factories import CompanyFactory, CustomerFactory
from tests.qbo.views.conftest import HTMX


def url(company: Company, entity: str, pk: int, **asked: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"/c/{company.pk}/badge/{entity}/{pk}/?{query}"


def test_on_its_way_it_asks_on_and_says_nothing(company: Company, viewer: Client) -> None:
    customer = CustomerFactory(company=company)
    answer = viewer.get(url(company, "Customer", customer.pk, seen="waiting", polls=3), headers=HTMX)
    html = answer.content.decode()
    assert "On its way" in html
    assert "polls=4" in html
    assert "hx-swap-oob" not in html
    assert "HX-Trigger" not in answer


def test_a_badge_that_waits_long_asks_less(company: Company, viewer: Client) -> None:
    customer = CustomerFactory(company=company)
    html = viewer.get(url(company, "Customer", customer.pk, polls=30)).content.decode()
    assert "load delay:10s" in html


def test_settled_it_stops_and_tells(company: Company, viewer: Client) -> None:
    customer = CustomerFactory(company=company, display_name="Oak & Ash", known=True)
    answer = viewer.get(url(company, "Customer", customer.pk, seen="waiting"), headers=HTMX)
    html = answer.content.decode()
    assert "hx-get" not in html
    assert 'hx-swap-oob="beforeend:#status"' in html
    assert "Oak &amp; Ash is in QuickBooks." in html
    assert answer["HX-Trigger"] == '{"settled": {}}'


def test_refused_it_tells_that_a_person_is_needed(
    company: Company, viewer: Client, refused: Callable[..., OutboxEntry]
) -> None:
    customer = CustomerFactory(company=company, display_name="Oak & Ash")
    refused(customer)
    html = viewer.get(url(company, "Customer", customer.pk, seen="sending")).content.decode()
    assert "Oak &amp; Ash needs you." in html


def test_seen_before_it_is_not_told_again(company: Company, viewer: Client) -> None:
    customer = CustomerFactory(company=company, known=True)
    html = viewer.get(url(company, "Customer", customer.pk, seen="in_quickbooks")).content.decode()
    assert "#status" not in html


def test_only_ones_own_records_and_only_known_kinds(company: Company, viewer: Client) -> None:
    foreign = CustomerFactory(company=CompanyFactory())
    states.refresh(foreign)
    assert viewer.get(url(company, "Customer", foreign.pk)).status_code == 404
    assert viewer.get(url(foreign.company, "Customer", foreign.pk)).status_code == 404
    assert viewer.get(url(company, "Session", 1)).status_code == 404


def test_a_strange_count_of_polls_counts_as_none(company: Company, viewer: Client) -> None:
    customer = CustomerFactory(company=company)
    assert b"polls=1" in viewer.get(url(company, "Customer", customer.pk, polls="-x")).content
