"""Intuit's OAuth 2.0 and OpenID Connect hosts, all on this origin (facts 1)."""

import base64
import binascii
import uuid
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from emulator.identity import id_token, key_set, user_info
from emulator.service import emulator
from emulator.tokens import ACCESS_SECONDS, SCOPES, InvalidGrant, Issued
from emulator.wire import dumps

blueprint = Blueprint("oauth", __name__)
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"  # facts 1.5


@blueprint.get("/.well-known/openid_sandbox_configuration", strict_slashes=False)
@blueprint.get("/.well-known/openid_configuration", strict_slashes=False)
@blueprint.get("/.well-known/openid_sandbox_configuration/", strict_slashes=False)
@blueprint.get("/.well-known/openid_configuration/", strict_slashes=False)
def discovery() -> Response:
    """Facts 1.1, with every host replaced by this one."""
    origin = _origin()
    return _json(
        {
            "issuer": f"{origin}/op/v1",
            "authorization_endpoint": f"{origin}/connect/oauth2",
            "token_endpoint": f"{origin}/oauth2/v1/tokens/bearer",
            "userinfo_endpoint": f"{origin}/v1/openid_connect/userinfo",
            "revocation_endpoint": f"{origin}/v2/oauth2/tokens/revoke",
            "jwks_uri": f"{origin}/op/v1/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
        }
    )


@blueprint.get("/connect/oauth2")
def consent() -> AnyResponse | str | tuple[str, int]:
    """The page where the user chooses a company, or refuses."""
    asked = request.args
    if problem := _problem(asked):
        return _page_of_problem(problem)
    scopes = asked["scope"].split()
    if not scopes or not SCOPES.issuperset(scopes):
        return _back(asked, {"error": "invalid_scope"})
    return render_template(
        "consent.html",
        app_name=emulator().tokens.app_name(asked["client_id"]),
        client_id=asked["client_id"],
        redirect_uri=asked["redirect_uri"],
        state=asked["state"],
        scopes=scopes,
        companies=[
            {"realm_id": company.realm_id, "name": company.name, "country": company.country}
            for company in emulator().store.companies()
        ],
    )


@blueprint.post("/connect/oauth2")
def decide() -> AnyResponse | tuple[str, int]:
    """The user's answer, carried back to the app (facts 1.3)."""
    asked = request.values
    if problem := _problem(asked):
        return _page_of_problem(problem)
    if asked.get("decision") != "allow":
        return _back(asked, {"error": "access_denied"})
    realm_id = asked.get("realm_id", "")
    if emulator().store.company(realm_id) is None:
        return _page_of_problem("Choose a company.")
    scopes = frozenset(asked["scope"].split()) & SCOPES
    code = emulator().tokens.consent(asked["client_id"], realm_id, asked["redirect_uri"], scopes)
    return _back(asked, {"code": code, "realmId": realm_id})


@blueprint.post("/oauth2/v1/tokens/bearer")
def bearer() -> Response:
    """Code exchange and refresh (facts 1.4, 1.5)."""
    client_id = _client()
    if client_id is None:
        return _json({"error": "invalid_client"}, 401)
    form = request.form
    tokens = emulator().tokens
    try:
        match form.get("grant_type"):
            case "authorization_code":
                issued = tokens.exchange(client_id, form.get("code", ""), form.get("redirect_uri", ""))
            case "refresh_token":
                issued = tokens.refresh(client_id, form.get("refresh_token", ""))
            case _:
                return _json({"error": "unsupported_grant_type"}, 400)
    except InvalidGrant as refusal:
        return _json({"error": "invalid_grant", "error_description": str(refusal)}, 400)
    return _json(_token_body(issued))


@blueprint.post("/v2/oauth2/tokens/revoke")
def revoke() -> Response:
    """JSON as the SDKs send it, or a form as Intuit's curl line does (facts 1.6)."""
    client_id = _client()
    if client_id is None:
        return _json({"error": "invalid_client"}, 401)
    sent = request.get_json(silent=True) if request.is_json else request.form
    token = str((sent or {}).get("token", ""))
    if not emulator().tokens.revoke(client_id, token):
        return _json({"error": "invalid_request"}, 400)
    return Response(status=200)


@blueprint.get("/v1/openid_connect/userinfo")
def userinfo() -> Response:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    access = emulator().tokens.check(token)
    if access.grant is None or "openid" not in access.grant.scopes:
        return _json({"error": "invalid_token"}, 401)
    return _json(user_info(access.grant.scopes))


@blueprint.get("/op/v1/jwks")
def jwks() -> Response:
    return _json(key_set(emulator().store))


def _problem(asked: MultiDict[str, str]) -> str:
    """What is so wrong with an authorization request that the user must not be sent back anywhere."""
    for needed in (
        "client_id",
        "response_type",
        "scope",
        "redirect_uri",
        "state",
    ):  # facts 1.2: state is mandatory
        if not asked.get(needed):
            return f"The request lacks {needed}."
    if emulator().tokens.app_name(asked["client_id"]) is None:
        return "This client_id is unknown."
    if asked["response_type"] != "code":
        return "Only response_type=code is supported."
    uri = urlsplit(asked["redirect_uri"])
    if uri.query or uri.fragment or not (uri.scheme == "https" or uri.hostname in LOCAL_HOSTS):
        return (
            "This redirect_uri is not one that could be registered: https or localhost, and no query string."
        )
    return ""


def _page_of_problem(problem: str) -> tuple[str, int]:
    return render_template("problem.html", title="This app cannot connect", text=problem), 400


def _back(asked: MultiDict[str, str], outcome: dict[str, str]) -> AnyResponse:
    return redirect(f"{asked['redirect_uri']}?{urlencode({**outcome, 'state': asked['state']})}")


def _client() -> str | None:
    """The app that authenticates itself, by Basic header or by form fields."""
    client_id, secret = request.form.get("client_id", ""), request.form.get("client_secret", "")
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
    return client_id if emulator().tokens.knows(client_id, secret) else None


def _token_body(issued: Issued) -> dict[str, Any]:
    body: dict[str, Any] = {
        "token_type": "bearer",
        "expires_in": ACCESS_SECONDS,
        "refresh_token": issued.refresh_token,
        "x_refresh_token_expires_in": issued.refresh_expires_in,
        "access_token": issued.access_token,
    }
    if "openid" in issued.grant.scopes:
        running = emulator()
        body["id_token"] = id_token(running.store, issued.grant, f"{_origin()}/op/v1", running.store.clock)
    if request.headers.get(HARD_EXPIRY_HEADER, "").lower() == "true":
        body["x_refresh_token_hard_expires_in"] = issued.hard_expires_in
    return body


def _origin() -> str:
    return request.host_url.rstrip("/")


def _json(body: dict[str, Any], status: int = 200) -> Response:
    response = Response(dumps(body), status, content_type="application/json;charset=UTF-8")
    response.headers["intuit_tid"] = f"1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}"
    response.headers["Cache-Control"] = "no-cache, no-store"
    response.headers["Pragma"] = "no-cache"
    return response
