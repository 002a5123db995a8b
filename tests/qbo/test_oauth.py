from __future__ import annotations

import base64
import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from qbo import oauth
from qbo.oauth import OAuthConfig, Tokens
from tests.qbo.scripted_server import Answer, ScriptedServer, ok, serve

SECRET = "client-secret-of-ours"
ANSWER = {
    "token_type": "bearer",
    "access_token": "access-1",
    "refresh_token": "refresh-1",
    "expires_in": 3600,
    "x_refresh_token_expires_in": 8640000,
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Its address is new for each test, so that no test finds another's discovery document."""
    with serve() as scripted:
        yield scripted


@pytest.fixture
def config(server: ScriptedServer) -> OAuthConfig:
    return OAuthConfig(
        "client-id", SECRET, "https://portal.example/connect/callback/", f"{server.url}/discovery"
    )


def discovery(server: ScriptedServer, **changes: Any) -> Answer:
    names = ("authorization", "token", "revocation", "userinfo")
    endpoints = {f"{name}_endpoint": f"{server.url}/{name}" for name in names}
    return ok({**endpoints, "issuer": server.url, "jwks_uri": f"{server.url}/jwks", **changes})


def paths(server: ScriptedServer) -> list[str]:
    return [seen.path for seen in server.seen]


def id_token(**claims: Any) -> str:
    """An unsigned id_token whose base64 holds both characters that the library cannot read."""
    header = {"alg": "RS256", "kid": "k"}
    payload = {"sub": "¿¿¿???>>>ÿÿÿ", "aud": ["client-id"], **claims}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part, ensure_ascii=False).encode()) for part in (header, payload)
    ]
    token = b".".join([*parts, b"c2ln"]).decode()
    assert "-" in token or "_" in token
    return token


def test_the_consent_address(server: ScriptedServer, config: OAuthConfig) -> None:
    server.will(discovery(server))
    address = urlsplit(oauth.authorization_url(config, "state & more"))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{server.url}/authorization"
    assert {name: values[0] for name, values in parse_qs(address.query).items()} == {
        "client_id": "client-id",
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting openid email",
        "redirect_uri": "https://portal.example/connect/callback/",
        "state": "state & more",
    }


def test_no_consent_without_a_state_of_our_own(config: OAuthConfig) -> None:
    with pytest.raises(ValueError, match="state"):
        oauth.authorization_url(config, "")


def test_exchange(server: ScriptedServer, config: OAuthConfig) -> None:
    server.will(
        discovery(server), ok({**ANSWER, "x_refresh_token_hard_expires_in": 157680000, "new": "field"})
    )
    assert oauth.exchange(config, "the-code", "123") == Tokens(
        "access-1", "refresh-1", 3600, 8640000, 157680000
    )
    asked = server.seen[1]
    assert (asked.method, asked.path) == ("POST", "/token")
    assert {name: values[0] for name, values in parse_qs(asked.body.decode()).items()} == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "https://portal.example/connect/callback/",
    }
    assert (
        asked.headers["authorization"] == "Basic " + base64.b64encode(f"client-id:{SECRET}".encode()).decode()
    )
    assert asked.headers["x-include-refresh-token-hard-expires-in"] == "true"


def test_refresh(server: ScriptedServer, config: OAuthConfig) -> None:
    server.will(discovery(server), ok({**ANSWER, "refresh_token": "refresh-2"}))
    assert oauth.refresh(config, "refresh-1") == Tokens("access-1", "refresh-2", 3600, 8640000, None)
    assert parse_qs(server.seen[1].body.decode())["refresh_token"] == ["refresh-1"]


@pytest.mark.parametrize("token", [id_token(), "not.a.jwt", "x", "", 5, None])
def test_an_odd_id_token_does_not_cost_the_tokens(
    server: ScriptedServer, config: OAuthConfig, token: Any
) -> None:
    """The code is spent by then: an exception here would lose the connection."""
    server.will(discovery(server), ok({**ANSWER, "id_token": token}))
    assert oauth.exchange(config, "the-code", "123").refresh_token == "refresh-1"
    assert paths(server) == ["/discovery", "/token"]


def test_the_answer_cannot_rewrite_the_client(server: ScriptedServer, config: OAuthConfig) -> None:
    hostile = {"headers": "x", "auth": 1, "close": None, "answer": "x", "request": 0, "client_id": "theirs"}
    server.will(discovery(server), ok({**ANSWER, **hostile}), ok({"sub": "1", **hostile}))
    assert oauth.refresh(config, "refresh-1").access_token == "access-1"
    assert oauth.user_info(config, "access-1")["client_id"] == "theirs"


def test_lifetimes_left_out_are_intuits_usual_ones(server: ScriptedServer, config: OAuthConfig) -> None:
    server.will(discovery(server), ok({"access_token": "a", "refresh_token": "r"}))
    assert oauth.refresh(config, "refresh-1") == Tokens("a", "r", 3600, 8640000)


def test_revoke(server: ScriptedServer, config: OAuthConfig) -> None:
    server.will(discovery(server), Answer(200))
    oauth.revoke(config, "refresh-1")
    assert (server.seen[1].path, json.loads(server.seen[1].body)) == ("/revocation", {"token": "refresh-1"})


def test_user_info(server: ScriptedServer, config: OAuthConfig) -> None:
    info = {"sub": "1", "email": "j@example.com", "emailVerified": True}
    server.will(discovery(server), ok(info))
    assert oauth.user_info(config, "access-1") == info
    assert server.seen[1].headers["authorization"] == "Bearer access-1"


# Discovery


def test_discovery_is_asked_once_by_many_threads(server: ScriptedServer, config: OAuthConfig) -> None:
    server.will(discovery(server))
    start = threading.Barrier(8)

    def ask(number: int) -> str:
        start.wait()
        return oauth.authorization_url(config, f"state-{number}")

    with ThreadPoolExecutor(8) as pool:
        addresses = list(pool.map(ask, range(8)))
    assert len(set(addresses)) == 8
    assert paths(server) == ["/discovery"]


def test_discovery_is_read_again_after_a_day_and_an_old_one_is_better_than_none(
    server: ScriptedServer, config: OAuthConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will(discovery(server))
    oauth.authorization_url(config, "s")
    monkeypatch.setattr(oauth, "DISCOVERY_SECONDS", 0)
    server.will(discovery(server, authorization_endpoint="https://moved.example/consent"), Answer(503))
    assert oauth.authorization_url(config, "s").startswith("https://moved.example/consent?")
    assert oauth.authorization_url(config, "s").startswith("https://moved.example/consent?")
    assert paths(server) == ["/discovery"] * 3


@pytest.mark.parametrize(
    "answer",
    [Answer(503), Answer(404), Answer(200, b"<html>"), ok([]), ok({"issuer": "x"}), Answer(then="hang up")],
)
def test_an_unusable_discovery_document_is_not_kept(
    server: ScriptedServer, config: OAuthConfig, answer: Answer
) -> None:
    server.will(answer, discovery(server))
    with pytest.raises(oauth.OAuthUnreachable):
        oauth.authorization_url(config, "s")
    assert oauth.authorization_url(config, "s")


# Errors


@pytest.mark.parametrize(
    ("answer", "error", "outcome_known"),
    [
        (Answer(400, b'{"error":"invalid_grant"}'), oauth.InvalidGrant, True),
        (
            Answer(400, b'{"error_description":"Token invalid","error":"invalid_grant"}'),
            oauth.InvalidGrant,
            True,
        ),
        (Answer(401, b'{"error":"invalid_client"}'), oauth.InvalidClient, True),
        (Answer(400, b'{"error":"invalid_client"}'), oauth.InvalidClient, True),
        (Answer(400, b'{"error":"invalid_request"}'), oauth.OAuthFailed, True),
        (Answer(400, b"<html>"), oauth.OAuthFailed, True),
        (Answer(302, headers={"Location": "/elsewhere"}), oauth.OAuthFailed, True),
        (Answer(429), oauth.OAuthUnreachable, True),
        (Answer(503), oauth.OAuthUnreachable, False),
        (Answer(then="reset"), oauth.OAuthUnreachable, False),
        (Answer(200, b'{"access_token": "acc', then="cut"), oauth.OAuthUnreachable, False),
        (Answer(200, b'{"access_token": "acc'), oauth.OAuthUnreachable, False),
        (Answer(200), oauth.OAuthUnreachable, False),
        (ok({"access_token": "access-1"}), oauth.OAuthFailed, False),
        (ok({**ANSWER, "expires_in": "soon"}), oauth.OAuthFailed, False),
    ],
)
def test_what_a_refusal_stands_for(
    server: ScriptedServer,
    config: OAuthConfig,
    answer: Answer,
    error: type[oauth.OAuthFailed],
    outcome_known: bool,
) -> None:
    server.will(discovery(server), answer)
    with pytest.raises(oauth.OAuthFailed) as met:
        oauth.refresh(config, "refresh-1")
    assert (type(met.value), met.value.outcome_known) == (error, outcome_known)
    assert len(server.seen) == 2


def test_an_error_can_be_pasted_into_a_ticket(server: ScriptedServer, config: OAuthConfig) -> None:
    server.will(discovery(server), Answer(400, b'{"error":"invalid_grant"}', {"intuit_tid": "1-ab"}))
    with pytest.raises(oauth.InvalidGrant) as met:
        oauth.refresh(config, "refresh-1")
    assert str(met.value) == "Intuit sign-in: HTTP 400, invalid_grant [intuit_tid 1-ab]"


def test_nobody_listening() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = OAuthConfig("id", SECRET, "https://portal.example/", f"http://127.0.0.1:{port}/discovery")
    with pytest.raises(oauth.OAuthUnreachable) as met:
        oauth.refresh(config, "refresh-1")
    assert met.value.outcome_known


@pytest.mark.parametrize("at", ["discovery", "token"])
def test_nothing_waits_for_ever(
    server: ScriptedServer, config: OAuthConfig, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(oauth, "TIMEOUT", (1, 0.05))
    enough = threading.Event()
    answers = {"discovery": discovery(server), "token": ok(ANSWER)}
    answers[at].wait_for = enough
    server.will(*answers.values())
    try:
        with pytest.raises(oauth.OAuthUnreachable) as met:
            oauth.refresh(config, "refresh-1")
    finally:
        enough.set()
    assert "ReadTimeout" in str(met.value)


# Secrets


def test_nothing_shows_a_secret(
    server: ScriptedServer, config: OAuthConfig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.will(discovery(server), ok(ANSWER), Answer(400, b'{"error":"invalid_grant"}'))
    dead = "-".join(["refresh", "0"])  # a traceback shows the source lines of this test
    tokens = oauth.refresh(config, dead)
    with pytest.raises(oauth.InvalidGrant) as met:
        oauth.refresh(config, dead)
    shown = f"{config!r} {tokens!r} {tokens} {caplog.text} {''.join(traceback.format_exception(met.value))}"
    assert not any(secret in shown for secret in (SECRET, "access-1", "refresh-1", dead))
    assert "POST" in caplog.text
    assert f"{server.url}/token -> 200" in caplog.text


Call = Callable[[OAuthConfig], object]
CALLS: list[Call] = [
    lambda config: oauth.exchange(config, "c", "1"),
    lambda config: oauth.refresh(config, "r"),
    lambda config: oauth.revoke(config, "r"),
    lambda config: oauth.user_info(config, "a"),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_netrc_does_not_replace_the_credentials(
    server: ScriptedServer, config: OAuthConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.will(discovery(server), ok(ANSWER))
    call(config)
    theirs = "Basic " + base64.b64encode(b"someone:else").decode()
    assert server.seen[1].headers["authorization"] != theirs
