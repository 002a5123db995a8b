"""The page about a company's connection."""

from django.test import Client

from qbo.models import Company, Connection
from tests.factories import CompanyFactory


def page(client: Client, company: Company) -> str:
    return client.get(f"/c/{company.pk}/connection/").content.decode()


def test_facts_and_members(company: Company, manager: Client) -> None:
    html = page(manager, company)
    for word in ("Connected", company.realm_id, "in the emulator", "within 99 days", "Manager", "Disconnect"):
        assert word in html


def test_a_viewer_reads_only(company: Company, viewer: Client) -> None:
    html = page(viewer, company)
    assert "A manager can connect again" in html
    assert "<button>Sign out" in html  # the only button
    assert html.count("<button") == 3  # with the two of the list of keys


def test_other_companies_only_if_they_are_ones_own(company: Company, manager: Client) -> None:
    CompanyFactory(name="Foreign")
    html = page(manager, company)
    assert "Foreign" not in html
    assert "Connect another company" not in html  # this manager has no staff account


def test_disconnected(company: Company, manager: Client) -> None:
    company.connection = Connection.DISCONNECTED
    company.save()
    html = page(manager, company)
    assert "is not connected to QuickBooks" in html
    assert "Connect again" in html
    assert ">Disconnect<" not in html
