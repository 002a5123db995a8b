"""Connecting: consent, code, tokens and their end, through intuit-oauth as this client brings it along."""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from intuitlib.utils import validate_id_token
from quickbooks import QuickBooks
from quickbooks.exceptions import AuthorizationException, QuickbooksException
from quickbooks.objects.company_info import CompanyInfo

from tests.emulator_process import EmulatorCompany, EmulatorProcess
from tests.third_party.conftest import CALLBACK, Connect

SCOPES = [Scopes.ACCOUNTING, Scopes.OPENID, Scopes.EMAIL, Scopes.PROFILE]
DAY = 24 * 3600


class ConsentForm(HTMLParser):
    """What a browser would send when a button of the page's form is pressed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.companies: list[str] = []
        self.buttons: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "input" and found["type"] == "hidden":
            self.fields[found["name"]] = found["value"]
        if tag == "input" and found["type"] == "radio":
            self.companies.append(found["value"])
        if tag == "button" and found.get("name") == "decision":
            self.buttons.append(found["value"])


@pytest.fixture
def auth(emulator: EmulatorProcess) -> Iterator[AuthClient]:
    with AuthClient(
        "emulator-client-id", "emulator-client-secret", CALLBACK, environment=emulator.discovery_url
    ) as client:
        yield client


def answer(auth: AuthClient, decision: str, realm_id: str = "") -> dict[str, str]:
    """Open the authorization URL, press a button, and return what the callback is told."""
    url = auth.get_authorization_url(SCOPES, state_token="our-own-state")
    page = requests.get(url, timeout=10)
    form = ConsentForm(page.text)
    assert decision in form.buttons
    if realm_id:
        assert realm_id in form.companies
    pressed = requests.post(
        page.url,
        data={**form.fields, "realm_id": realm_id, "decision": decision},
        allow_redirects=False,
        timeout=10,
    )
    target = urlsplit(pressed.headers["Location"])
    assert (pressed.status_code, f"{target.scheme}://{target.netloc}{target.path}") == (302, CALLBACK)
    return {name: value for name, (value,) in parse_qs(target.query).items()}


def connected(auth: AuthClient, company: EmulatorCompany) -> str:
    """Go through consent; returns the code that was spent."""
    told = answer(auth, "allow", company.realm_id)
    assert (told["state"], told["realmId"]) == ("our-own-state", company.realm_id)
    auth.get_bearer_token(told["code"], realm_id=told["realmId"])
    return told["code"]


def company_name(auth: AuthClient, company: EmulatorCompany) -> str:
    qb = QuickBooks(auth_client=auth, company_id=company.realm_id, minorversion=75)
    qb.api_url_v3 = f"{company.emulator.url}/v3"
    return str(CompanyInfo.get(company.realm_id, qb=qb).CompanyName)


def test_from_consent_to_the_first_call(auth: AuthClient, company: EmulatorCompany) -> None:
    connected(auth, company)

    assert (auth.realm_id, auth.expires_in, auth.x_refresh_token_expires_in) == (
        company.realm_id,
        3600,
        8640000,
    )
    assert company_name(auth, company).startswith("Company ")


def test_refusing(auth: AuthClient) -> None:
    assert answer(auth, "deny") == {"error": "access_denied", "state": "our-own-state"}


def test_the_id_token_is_signed_and_names_the_company(auth: AuthClient, company: EmulatorCompany) -> None:
    connected(auth, company)

    assert auth.id_token  # the library keeps it only after checking issuer, audience, time and signature
    claims = jwt.decode(auth.id_token, options={"verify_signature": False})
    assert (claims["aud"], claims["iss"]) == (["emulator-client-id"], auth.issuer_uri)
    assert claims["realmid"] == company.realm_id


def test_a_forged_id_token_is_noticed(auth: AuthClient, company: EmulatorCompany) -> None:
    connected(auth, company)
    signed, _, signature = auth.id_token.rpartition(".")
    header, _, payload = signed.partition(".")

    def is_valid(token: str, client_id: str = auth.client_id) -> bool:
        return bool(validate_id_token(token, client_id, auth.issuer_uri, auth.jwks_uri))

    assert is_valid(auth.id_token)
    assert not is_valid(f"{signed}.{signature[::-1]}")
    assert not is_valid(auth.id_token, "another-app")
    claims = {**jwt.decode(auth.id_token, options={"verify_signature": False}), "realmid": "1"}
    other = jwt.encode(claims, "x" * 32).split(".")[1]
    assert not is_valid(f"{header}.{other}.{signature}")
    assert payload != other


def test_user_info(auth: AuthClient, company: EmulatorCompany) -> None:
    connected(auth, company)

    told = auth.get_user_info().json()
    assert (told["emailVerified"], "@" in told["email"]) == (True, True)
    assert {"sub", "givenName", "familyName"} <= told.keys()


def test_a_code_is_good_once_and_twice_ends_everything(auth: AuthClient, company: EmulatorCompany) -> None:
    code = connected(auth, company)

    with pytest.raises(AuthClientError) as refused:
        auth.get_bearer_token(code)
    assert (refused.value.status_code, b"invalid_grant" in refused.value.content) == (400, True)
    with pytest.raises(AuthorizationException):
        company_name(auth, company)


def test_refresh(auth: AuthClient, company: EmulatorCompany) -> None:
    connected(auth, company)
    access, refresh = auth.access_token, auth.refresh_token
    auth.refresh()

    assert (auth.access_token == access, auth.refresh_token == refresh) == (False, True)
    assert company_name(auth, company)


def test_the_refresh_token_changes_after_a_day(auth: AuthClient, company: EmulatorCompany) -> None:
    connected(auth, company)
    old = auth.refresh_token
    company.turn_clock(advance=DAY + 60)
    with pytest.raises(AuthorizationException):
        company_name(auth, company)
    auth.refresh()

    assert auth.refresh_token != old
    assert company_name(auth, company)
    with pytest.raises(AuthClientError) as refused:
        auth.refresh(old)
    assert (refused.value.status_code, b"invalid_grant" in refused.value.content) == (400, True)


def test_the_client_refreshes_by_itself_when_it_has_no_access_token(
    auth: AuthClient, company: EmulatorCompany
) -> None:
    qb = QuickBooks(
        auth_client=auth, refresh_token=company.refresh_token, company_id=company.realm_id, minorversion=75
    )
    qb.api_url_v3 = f"{company.emulator.url}/v3"

    assert CompanyInfo.get(company.realm_id, qb=qb).Id == "1"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_both(auth: AuthClient, company: EmulatorCompany, which: str) -> None:
    connected(auth, company)
    assert auth.revoke(getattr(auth, which)) is True

    with pytest.raises(AuthorizationException):
        company_name(auth, company)
    with pytest.raises(AuthClientError):
        auth.refresh()


def test_the_wrong_secret(auth: AuthClient, company: EmulatorCompany) -> None:
    auth.client_secret = "not the secret"

    with pytest.raises(AuthClientError) as refused:
        auth.refresh(company.refresh_token)
    assert (refused.value.status_code, b"invalid_client" in refused.value.content) == (401, True)


def test_another_company_is_out_of_reach(
    company: EmulatorCompany, emulator: EmulatorProcess, connect: Connect
) -> None:
    qb = connect(company)
    qb.company_id = emulator.company().realm_id

    with pytest.raises(QuickbooksException, match="3100"):
        CompanyInfo.get(qb.company_id, qb=qb)
