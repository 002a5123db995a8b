"""Facts 1: discovery, consent, tokens, rotation, revocation, identity; driven by intuit-oauth and by hand."""

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError

from tests.emulator_process import SECONDS, EmulatorCompany, EmulatorProcess

CALLBACK = "http://localhost:9/callback"
DAY = 24 * 3600


@pytest.fixture
def client(emulator: EmulatorProcess, company: EmulatorCompany) -> AuthClient:
    return AuthClient(company.client_id, company.client_secret, CALLBACK, emulator.discovery_url)


def decide(client: AuthClient, realm_id: str, decision: str = "allow", **changes: str) -> dict[str, str]:
    """Answer the consent page; the query parameters of the callback."""
    url = urlsplit(client.get_authorization_url([Scopes.ACCOUNTING, Scopes.OPENID, Scopes.EMAIL], "my-state"))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()} | changes
    answered = requests.post(
        f"{url.scheme}://{url.netloc}{url.path}",
        data=asked | {"decision": decision, "realm_id": realm_id},
        allow_redirects=False,
        timeout=SECONDS,
    )
    assert answered.status_code == 302, answered.text
    assert answered.headers["Location"].startswith(CALLBACK)
    return {
        name: values[0] for name, values in parse_qs(urlsplit(answered.headers["Location"]).query).items()
    }


def exchange(emulator: EmulatorProcess, company: EmulatorCompany, **form: str) -> requests.Response:
    return requests.post(
        f"{emulator.url}/oauth2/v1/tokens/bearer",
        data=form,
        auth=(company.client_id, company.client_secret),
        timeout=SECONDS,
    )


def refresh(company: EmulatorCompany, token: str = "") -> requests.Response:
    return exchange(
        company.emulator, company, grant_type="refresh_token", refresh_token=token or company.refresh_token
    )


@pytest.mark.parametrize("path", ["openid_sandbox_configuration", "openid_configuration/"])
def test_1_1_discovery_names_every_endpoint_of_this_origin(emulator: EmulatorProcess, path: str) -> None:
    document = requests.get(f"{emulator.url}/.well-known/{path}", timeout=SECONDS).json()
    endpoints = [
        value for name, value in document.items() if name.endswith(("endpoint", "uri")) or name == "issuer"
    ]
    assert len(endpoints) == 6
    assert all(value.startswith(f"{emulator.url}/") for value in endpoints)
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]


def test_1_3_consent_comes_back_with_code_state_and_realm(
    client: AuthClient, company: EmulatorCompany
) -> None:
    callback = decide(client, company.realm_id)
    assert callback.keys() == {"code", "state", "realmId"}
    assert (callback["state"], callback["realmId"]) == ("my-state", company.realm_id)


def test_1_3_refusal_is_access_denied(client: AuthClient, company: EmulatorCompany) -> None:
    assert decide(client, company.realm_id, "deny") == {"error": "access_denied", "state": "my-state"}


def test_1_3_unknown_scope_is_sent_back(emulator: EmulatorProcess, company: EmulatorCompany) -> None:
    asked = {
        "client_id": company.client_id, "response_type": "code", "scope": "everything",
        "redirect_uri": CALLBACK, "state": "s",
    }  # fmt: skip
    answered = requests.get(
        f"{emulator.url}/connect/oauth2", params=asked, allow_redirects=False, timeout=SECONDS
    )
    assert "error=invalid_scope" in answered.headers["Location"]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ""},
        {"client_id": "nobody"},
        {"redirect_uri": "http://evil.example/cb"},
        {"redirect_uri": f"{CALLBACK}?x=1"},
        {"response_type": "token"},
    ],
)
def test_1_2_a_wrong_request_is_never_redirected(
    emulator: EmulatorProcess, company: EmulatorCompany, changes: dict[str, str]
) -> None:
    asked = {
        "client_id": company.client_id, "response_type": "code", "scope": "openid",
        "redirect_uri": CALLBACK, "state": "s",
    }  # fmt: skip
    answered = requests.get(
        f"{emulator.url}/connect/oauth2", params=asked | changes, allow_redirects=False, timeout=SECONDS
    )
    assert answered.status_code == 400


def test_1_2_the_consent_page_offers_the_companies(
    emulator: EmulatorProcess, company: EmulatorCompany, client: AuthClient
) -> None:
    page = requests.get(client.get_authorization_url([Scopes.ACCOUNTING], "s"), timeout=SECONDS)
    assert page.status_code == 200
    assert company.realm_id in page.text


def test_1_4_intuit_oauth_exchanges_the_code_and_believes_the_id_token(
    client: AuthClient, company: EmulatorCompany
) -> None:
    callback = decide(client, company.realm_id)
    client.get_bearer_token(callback["code"], realm_id=callback["realmId"])
    assert client.expires_in == 3600
    assert client.x_refresh_token_expires_in == 8_640_000
    assert client.id_token  # intuit-oauth keeps it only if signature, issuer, audience and expiry are right


def test_1_4_the_new_token_opens_the_company(client: AuthClient, company: EmulatorCompany) -> None:
    callback = decide(client, company.realm_id)
    client.get_bearer_token(callback["code"], realm_id=callback["realmId"])
    company.access_token = client.access_token
    assert company.query("SELECT * FROM Term")


def test_1_4_a_code_is_good_once_and_the_second_use_kills_the_first_tokens(
    client: AuthClient, company: EmulatorCompany
) -> None:
    callback = decide(client, company.realm_id)
    client.get_bearer_token(callback["code"])
    company.access_token = client.access_token
    with pytest.raises(AuthClientError) as refused:
        client.get_bearer_token(callback["code"])
    assert refused.value.status_code == 400
    assert b'"error":"invalid_grant"' in refused.value.content
    assert company.call("GET", "preferences").status == 401


def test_1_7_the_redirect_uri_of_the_exchange_must_be_the_one_of_the_consent(
    emulator: EmulatorProcess, client: AuthClient, company: EmulatorCompany
) -> None:
    code = decide(client, company.realm_id)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": f"{CALLBACK}/"}
    answered = exchange(emulator, company, **form)
    assert (answered.status_code, answered.json()["error"]) == (400, "invalid_grant")


def test_1_7_wrong_secret_is_invalid_client(emulator: EmulatorProcess, company: EmulatorCompany) -> None:
    company.client_secret = "wrong"
    answered = refresh(company)
    assert (answered.status_code, answered.json()) == (401, {"error": "invalid_client"})


def test_1_4_the_secret_may_come_in_the_form(emulator: EmulatorProcess, company: EmulatorCompany) -> None:
    form = {
        "grant_type": "refresh_token", "refresh_token": company.refresh_token,
        "client_id": company.client_id, "client_secret": company.client_secret,
    }  # fmt: skip
    assert (
        requests.post(f"{emulator.url}/oauth2/v1/tokens/bearer", data=form, timeout=SECONDS).status_code
        == 200
    )


def test_1_5_within_a_day_the_refresh_token_keeps_its_value(company: EmulatorCompany) -> None:
    answered = refresh(company)
    assert answered.json()["refresh_token"] == company.refresh_token
    assert answered.json()["access_token"] != company.access_token
    assert answered.headers["Cache-Control"] == "no-cache, no-store"


def test_1_5_after_a_day_it_changes_and_the_old_value_is_dead_at_once(company: EmulatorCompany) -> None:
    company.turn_clock(advance=DAY)
    rotated = refresh(company).json()["refresh_token"]
    assert rotated != company.refresh_token
    assert refresh(company).json()["error"] == "invalid_grant"
    assert refresh(company, rotated).status_code == 200


def test_1_5_by_a_switch_the_use_of_a_replaced_token_ends_the_connection(company: EmulatorCompany) -> None:
    company.switch("rotation", killChain=True)
    company.turn_clock(advance=DAY)
    newest = refresh(company).json()
    assert refresh(company, newest["refresh_token"]).status_code == 200
    assert refresh(company).json()["error"] == "invalid_grant"
    assert refresh(company, newest["refresh_token"]).json()["error"] == "invalid_grant"
    company.access_token = newest["access_token"]
    assert company.call("GET", "preferences").status == 401


def test_1_5_by_a_switch_a_replaced_token_works_for_a_while(company: EmulatorCompany) -> None:
    company.switch("rotation", graceSeconds=60, killChain=True)
    company.turn_clock(advance=DAY)
    newest = refresh(company).json()["refresh_token"]
    company.turn_clock(advance=30)
    assert refresh(company).json()["refresh_token"] == newest
    company.turn_clock(advance=60)
    assert refresh(company).status_code == 400


def test_1_5_after_five_years_no_refresh_helps(company: EmulatorCompany) -> None:
    token = company.refresh_token
    for _ in range(20):
        company.turn_clock(advance=90 * DAY)
        token = refresh(company, token).json()["refresh_token"]
    company.turn_clock(advance=24 * DAY)
    left = refresh(company, token).json()
    assert left["x_refresh_token_expires_in"] == pytest.approx(DAY, abs=60)
    company.turn_clock(advance=DAY)
    assert refresh(company, left["refresh_token"]).json()["error"] == "invalid_grant"


def test_1_5_each_use_extends_the_hundred_days(company: EmulatorCompany) -> None:
    company.turn_clock(advance=99 * DAY)
    rotated = refresh(company).json()["refresh_token"]
    company.turn_clock(advance=99 * DAY)
    assert refresh(company, rotated).status_code == 200


def test_1_5_unused_for_a_hundred_days_it_dies(company: EmulatorCompany) -> None:
    company.turn_clock(advance=100 * DAY + 1)
    assert refresh(company).status_code == 400


def test_1_5_the_hard_limit_is_told_only_to_those_who_ask(company: EmulatorCompany) -> None:
    assert "x_refresh_token_hard_expires_in" not in refresh(company).json()
    company.turn_clock(advance=DAY)
    asked = requests.post(
        f"{company.emulator.url}/oauth2/v1/tokens/bearer",
        data={"grant_type": "refresh_token", "refresh_token": company.refresh_token},
        auth=(company.client_id, company.client_secret),
        headers={"x-include-refresh-token-hard-expires-in": "true"},
        timeout=SECONDS,
    )
    assert 157_680_000 - DAY - 60 < asked.json()["x_refresh_token_hard_expires_in"] <= 157_680_000 - DAY


def test_1_5_an_access_token_lives_an_hour(company: EmulatorCompany) -> None:
    company.turn_clock(advance=3599 - 60)
    assert company.call("GET", "preferences").status == 200
    company.turn_clock(advance=120)
    answer = company.call("GET", "preferences")
    assert answer.status == 401
    assert answer.body["fault"]["error"][0]["detail"] == f"Token expired: {company.access_token}"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_1_6_revoking_either_token_kills_both(company: EmulatorCompany, which: str) -> None:
    client = AuthClient(
        company.client_id, company.client_secret, CALLBACK, company.emulator.discovery_url,
        refresh_token=company.refresh_token, access_token=company.access_token,
    )  # fmt: skip
    assert client.revoke(getattr(company, which)) is True
    assert company.call("GET", "preferences").status == 401
    assert refresh(company).json()["error"] == "invalid_grant"


def test_1_6_a_form_may_revoke_too_and_an_unknown_token_is_an_error(company: EmulatorCompany) -> None:
    url, keys = f"{company.emulator.url}/v2/oauth2/tokens/revoke", (company.client_id, company.client_secret)
    assert requests.post(url, data={"token": "nothing"}, auth=keys, timeout=SECONDS).status_code == 400
    assert (
        requests.post(url, data={"token": company.access_token}, auth=keys, timeout=SECONDS).status_code
        == 200
    )


def test_1_6_disconnecting_inside_quickbooks_ends_both_tokens(company: EmulatorCompany) -> None:
    company.disconnect()
    assert company.call("GET", "preferences").status == 401
    assert refresh(company).status_code == 400


def test_1_8_user_info_is_camel_case_and_follows_the_scopes(emulator: EmulatorProcess) -> None:
    company = emulator.company(scopes="openid email profile")
    answered = requests.get(
        f"{emulator.url}/v1/openid_connect/userinfo",
        headers={"Authorization": f"Bearer {company.access_token}"},
        timeout=SECONDS,
    )
    assert answered.json().keys() == {"sub", "email", "emailVerified", "givenName", "familyName"}


def test_1_8_the_id_token_has_intuits_claims(emulator: EmulatorProcess, company: EmulatorCompany) -> None:
    token = refresh(company).json()["id_token"]
    keys = requests.get(f"{emulator.url}/op/v1/jwks", timeout=SECONDS).json()
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, ["RS256"], audience=company.client_id)
    assert claims["aud"] == [company.client_id]
    assert claims["realmid"] == company.realm_id
    assert claims["iss"] == f"{emulator.url}/op/v1"


def test_1_4_without_the_openid_scope_there_is_no_id_token(emulator: EmulatorProcess) -> None:
    assert "id_token" not in refresh(emulator.company(scopes="com.intuit.quickbooks.accounting")).json()


def test_8_2_a_token_of_one_company_is_3100_for_another(
    emulator: EmulatorProcess, company: EmulatorCompany
) -> None:
    other = emulator.company()
    company.access_token = other.access_token
    answer = company.call("GET", "preferences")
    assert answer.status == 403
    assert answer.body["fault"] == {
        "error": [
            {
                "message": "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",
                "detail": None,
                "code": "3100",
                "element": None,
            }
        ],
        "type": "SERVICE",
    }


def test_8_2_a_malformed_token_is_told_so(company: EmulatorCompany) -> None:
    company.access_token = "short"
    answer = company.call("GET", "preferences")
    assert answer.status == 401
    assert answer.body["fault"]["error"][0]["code"] == "3200"
    assert answer.body["fault"]["error"][0]["detail"] == "Malformed bearer token: too short or too long"


def test_1_4_a_broken_basic_header_is_invalid_client(emulator: EmulatorProcess) -> None:
    garbage = base64.b64encode(b"\xff\xfe").decode()
    answered = requests.post(
        f"{emulator.url}/oauth2/v1/tokens/bearer",
        headers={"Authorization": f"Basic {garbage}"},
        timeout=SECONDS,
    )
    assert answered.status_code == 401
