"""Connecting, reconnecting and disconnecting, against a real emulator's consent page."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from customers.models import Customer
from qbo.models import Company, Connection, ImportRun, Membership, OutboxEntry, Role, User
from qbo.sync import worker
from tests.customers.conftest import signed_in
from tests.emulator_process import EmulatorCompany, EmulatorProcess, start_emulator
from tests.factories import CustomerFactory, UserFactory

CALLBACK = "/connect/callback/"


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorProcess]:
    process = start_emulator()
    yield process
    process.stop()


@pytest.fixture
def qb(emulator: EmulatorProcess, settings: Any, transactional_db: None) -> EmulatorCompany:
    """A company in QuickBooks; no transaction of the test is open around the calls to it."""
    found = emulator.company(name="Harbor & Pine")
    settings.QBO_EMULATOR_URL = emulator.url
    settings.QBO_CLIENT_ID, settings.QBO_CLIENT_SECRET = found.client_id, found.client_secret
    return found


@pytest.fixture
def staff(qb: EmulatorCompany) -> User:
    user: User = UserFactory(is_staff=True)
    return user


@pytest.fixture
def browser(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def leave(browser: Client, company: Company | None = None) -> str:
    """Press the button; where it leads."""
    answer = browser.post("/connect/", {"company": company.pk} if company else {})
    assert answer.status_code == 302
    return str(answer["Location"])


def consent(address: str, qb: EmulatorCompany, decision: str = "allow") -> dict[str, str]:
    """Decide on the consent page; what the browser comes back with."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = requests.post(
        address.partition("?")[0],
        data={**asked, "realm_id": qb.realm_id, "decision": decision},
        allow_redirects=False,
        timeout=10,
    )
    back = urlsplit(answer.headers["Location"])
    assert back.path == CALLBACK
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def connect(browser: Client, qb: EmulatorCompany) -> Company:
    browser.get(CALLBACK, consent(leave(browser), qb))
    return Company.objects.get(realm_id=qb.realm_id)


def refused(answer: Any, title: str, status: int = 400) -> None:
    assert answer.status_code == status
    assert title in answer.content.decode()
    assert not Company.objects.exists()


# ── Connecting ──────────────────────────────────────────────────────────────────────────────────


def test_from_the_button_to_the_import(browser: Client, staff: User, qb: EmulatorCompany) -> None:
    assert "Connect to QuickBooks" in browser.get("/connect/").content.decode()
    answer = browser.get(CALLBACK, consent(leave(browser), qb))
    company = Company.objects.get()
    assert answer["Location"] == f"/c/{company.pk}/import/"
    assert (company.name, company.environment, company.connection) == (
        "Harbor & Pine",
        "emulator",
        "connected",
    )
    assert company.connected_by == staff
    assert company.preferences["SalesFormsPrefs"]
    assert Membership.objects.get().role == Role.MANAGER
    assert ImportRun.objects.get().asked_by == staff


def test_each_attempt_has_a_state_of_its_own(browser: Client) -> None:
    states = {parse_qs(urlsplit(leave(browser)).query)["state"][0] for _ in range(3)}
    assert len(states) == 3
    assert all(len(state) >= 32 for state in states)


def test_a_known_company_keeps_working_while_it_is_connected_again(
    browser: Client, qb: EmulatorCompany
) -> None:
    company = connect(browser, qb)
    worker.run(company.pk)
    browser.post(f"/c/{company.pk}/connection/disconnect/")
    CustomerFactory(company=company, display_name="Entered meanwhile")
    browser.get(CALLBACK, consent(leave(browser, company), qb))
    worker.run(company.pk)
    assert Company.objects.count() == Membership.objects.count() == 1
    assert not OutboxEntry.objects.unfinished().exists()
    assert [row["DisplayName"] for row in qb.all("Customer")] == ["Entered meanwhile"]
    assert Customer.objects.get().qbo_id == qb.all("Customer")[0]["Id"]


def test_a_company_that_cannot_be_read_is_connected_all_the_same(
    browser: Client, qb: EmulatorCompany
) -> None:
    qb.fault("403", path="companyinfo")
    assert connect(browser, qb).is_connected


# ── What is refused ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", ["", "forged"])
def test_a_forged_or_missing_state(browser: Client, qb: EmulatorCompany, state: str) -> None:
    back = {**consent(leave(browser), qb), "state": state}
    refused(browser.get(CALLBACK, back), "This sign-in did not start here")


def test_a_state_is_good_for_one_return_and_one_browser(
    browser: Client, staff: User, qb: EmulatorCompany
) -> None:
    back = consent(leave(browser), qb)
    other = Client()
    other.force_login(staff)
    refused(other.get(CALLBACK, back), "This sign-in did not start here")
    assert browser.get(CALLBACK, back).status_code == 302
    answer = browser.get(CALLBACK, back)
    assert answer.status_code == 400
    assert Company.objects.get().is_connected  # and the first one stands


def test_a_code_that_was_used_already(browser: Client, qb: EmulatorCompany) -> None:
    used = consent(leave(browser), qb)
    connect(browser, qb)
    Company.objects.all().delete()
    fresh = consent(leave(browser), qb)
    browser.get(CALLBACK, fresh)
    Company.objects.all().delete()
    again = {**used, "code": fresh["code"], "state": consent(leave(browser), qb)["state"]}
    refused(browser.get(CALLBACK, again), "QuickBooks did not accept this sign-in")


def test_a_person_who_refuses_reads_a_friendly_page(browser: Client, qb: EmulatorCompany) -> None:
    back = consent(leave(browser), qb, "deny")
    refused(browser.get(CALLBACK, back), "Nothing is connected", 200)
    refused(browser.get(CALLBACK, {"error": "access_denied"}), "Nothing is connected", 200)


@pytest.mark.parametrize(
    ("error", "title"),
    [("invalid_scope", "does not give this portal access"), ("server_error", "QuickBooks did not let us in")],
)
def test_other_errors_of_the_consent_page(browser: Client, error: str, title: str) -> None:
    refused(browser.get(CALLBACK, {"error": error}), title)


@pytest.mark.parametrize("missing", ["code", "realmId"])
def test_half_an_answer(browser: Client, qb: EmulatorCompany, missing: str) -> None:
    back = consent(leave(browser), qb)
    del back[missing]
    refused(browser.get(CALLBACK, back), "The answer from QuickBooks is incomplete")


def test_wrong_keys_name_the_settings(browser: Client, qb: EmulatorCompany, settings: Any) -> None:
    back = consent(leave(browser), qb)
    settings.QBO_CLIENT_SECRET = "another"
    refused(browser.get(CALLBACK, back), "QuickBooks does not know this portal", 502)


def test_quickbooks_out_of_reach(browser: Client, settings: Any) -> None:
    settings.QBO_EMULATOR_URL = "http://127.0.0.1:9"
    refused(browser.post("/connect/"), "QuickBooks does not answer", 502)


def test_somebody_without_a_staff_account_connects_nothing_new(qb: EmulatorCompany, browser: Client) -> None:
    guest = Client()
    guest.force_login(UserFactory())
    assert "it may not connect a new one" in guest.get("/connect/").content.decode()
    assert guest.post("/connect/").status_code == 403


# ── Whose company ───────────────────────────────────────────────────────────────────────────────


def test_nobody_steals_a_company(browser: Client, qb: EmulatorCompany) -> None:
    company = connect(browser, qb)
    before = Company.objects.get().refresh_token
    stranger = Client()
    stranger.force_login(UserFactory(is_staff=True))
    answer = stranger.get(CALLBACK, consent(leave(stranger), qb))
    assert answer.status_code == 403
    assert "Others have connected this company already" in answer.content.decode()
    assert Company.objects.get().refresh_token == before
    assert Membership.objects.filter(company=company).count() == 1
    assert stranger.post("/connect/", {"company": company.pk}).status_code == 404


def test_a_biller_does_not_connect_again(browser: Client, qb: EmulatorCompany) -> None:
    company = connect(browser, qb)
    biller = signed_in(company, Role.BILLER)
    assert biller.post("/connect/", {"company": company.pk}).status_code == 403
    assert biller.post(f"/c/{company.pk}/connection/disconnect/").status_code == 403


def test_choosing_another_company_is_noticed(
    browser: Client, qb: EmulatorCompany, emulator: EmulatorProcess
) -> None:
    company = connect(browser, qb)
    other = emulator.company(clientId=qb.client_id, clientSecret=qb.client_secret)
    back = consent(leave(browser, company), other)
    answer = browser.get(CALLBACK, back)
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "You chose another company" in html
    assert "Go back and choose Harbor &amp; Pine" in html
    assert "Connect the other one beside it" in html
    assert Company.objects.count() == 1
    # The code was not spent on it: connecting it beside the first works.
    connect(browser, other)
    assert Company.objects.count() == 2


# ── Disconnecting ───────────────────────────────────────────────────────────────────────────────


def test_disconnecting_forgets_and_revokes(browser: Client, qb: EmulatorCompany) -> None:
    company = connect(browser, qb)
    token = company.refresh_token
    path = f"/c/{company.pk}/connection/disconnect/"
    assert "keeps its link" in browser.get(path).content.decode()
    answer = browser.post(path, follow=True)
    assert "is disconnected. Everything is kept here." in answer.content.decode()
    company.refresh_from_db()
    assert company.connection == Connection.DISCONNECTED
    assert (company.access_token, company.refresh_token) == ("", "")
    dead = requests.post(
        f"{qb.emulator.url}/oauth2/v1/tokens/bearer",
        data={"grant_type": "refresh_token", "refresh_token": token},
        auth=(qb.client_id, qb.client_secret),
        timeout=10,
    )
    assert dead.status_code == 400


def test_disconnecting_works_while_quickbooks_is_away(
    browser: Client, qb: EmulatorCompany, settings: Any
) -> None:
    company = connect(browser, qb)
    settings.QBO_EMULATOR_URL = "http://127.0.0.1:9"
    answer = browser.post(f"/c/{company.pk}/connection/disconnect/", follow=True)
    assert "QuickBooks did not confirm it" in answer.content.decode()
    company.refresh_from_db()
    assert company.refresh_token == ""
