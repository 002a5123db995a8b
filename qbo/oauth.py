"""Intuit's sign-in: the only wrapper of `intuit-oauth`, and the only module that sees it.

The library goes to the network in its constructor and for the keys of every id_token, all without a time
limit, copies whatever it is answered onto itself, and can crash on an id_token after the code that came with
it is already spent (docs/quickbooks.md section 1.9). So each operation gets a client of its own that is
thrown away, the discovery document is fetched once a day for the whole process, every request has a time
limit, and answers are read here, not there. Who connected is asked of `user_info` over TLS; the id_token is
not looked at.

Nothing here stores anything. Callers keep the newest tokens before they use them, and refresh one at a time:
two refreshes with the same token can end the connection.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError

from qbo.api import payloads
from qbo.api.transport import never_sent

SCOPES = [Scopes.ACCOUNTING, Scopes.OPENID, Scopes.EMAIL]

TIMEOUT = (3.05, 30.0)

DISCOVERY_SECONDS = 24 * 3600

# Intuit's lifetimes, for an answer that leaves them out: an hour, and a hundred days.
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 100 * 24 * 3600

_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
    "issuer",
    "jwks_uri",
)

logger = logging.getLogger("qbo.oauth")


class OAuthFailed(Exception):
    """Intuit refused, or answered something that makes no sense. Base of the errors below; its text holds no
    secret.

    `error` is OAuth's own word for it, `outcome_known` is False when the request may have been carried out.
    """

    def __init__(
        self,
        summary: str = "",
        *,
        status: int | None = None,
        error: str = "",
        intuit_tid: str = "",
        outcome_known: bool = True,
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.status = status
        self.error = error
        self.intuit_tid = intuit_tid
        self.outcome_known = outcome_known

    def __str__(self) -> str:
        answer = f"HTTP {self.status}, " if self.status is not None else ""
        ticket = f" [intuit_tid {self.intuit_tid}]" if self.intuit_tid else ""
        return f"Intuit sign-in: {answer}{self.error or self.summary}{ticket}"


class InvalidGrant(OAuthFailed):
    """The code was used or is too old, or the refresh token is dead. Seen during outages too: look twice."""


class InvalidClient(OAuthFailed):
    """Client id and secret do not belong together, or not to this environment."""


class OAuthUnreachable(OAuthFailed):
    """No answer, or one from a server in trouble: try again."""


@dataclass(frozen=True)
class OAuthConfig:
    """The app's keys. `environment` is `sandbox`, `production`, or the address of a discovery document."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    environment: str


@dataclass(frozen=True)
class Tokens:
    """A pair of tokens with their lifetimes in seconds from now.

    `hard_expires_in` counts to the day when no refresh helps any more (five years after consent), if Intuit
    tells it.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_in: int
    refresh_expires_in: int
    hard_expires_in: int | None = None


def authorization_url(config: OAuthConfig, state: str) -> str:
    """Where to send the browser for consent. `state` is ours to make unguessable and to check on return."""
    if not state:
        raise ValueError("a consent request needs a state")
    with _client(config) as client:
        return str(client.get_authorization_url(SCOPES, state_token=state))


def exchange(config: OAuthConfig, code: str, realm_id: str) -> Tokens:
    """The first tokens, for the code from the callback. A code works once; repeating it may revoke them."""
    return _tokens(config, lambda client: client.get_bearer_token(code, realm_id=realm_id))


def refresh(config: OAuthConfig, refresh_token: str) -> Tokens:
    """Fresh tokens; the refresh token may be a new one, and the old one is dead from then on."""
    return _tokens(config, lambda client: client.refresh(refresh_token=refresh_token))


def revoke(config: OAuthConfig, token: str) -> None:
    """End the app's access to the company; either token will do, and both are dead afterwards."""
    with _client(config) as client:
        client.revoke(token=token)


def user_info(config: OAuthConfig, access_token: str) -> dict[str, Any]:
    """Who gave consent: `sub`, `email`, `emailVerified` ... in Intuit's own camelCase."""
    with _client(config) as client:
        client.get_user_info(access_token=access_token)
        return client.json()


def _tokens(config: OAuthConfig, ask: Callable[[_Client], object]) -> Tokens:
    with _client(config) as client:
        client.include_refresh_token_hard_expires_in = True
        ask(client)
        body = client.json()
    try:
        return Tokens(
            access_token=body["access_token"],
            refresh_token=body["refresh_token"],
            access_expires_in=int(body.get("expires_in", ACCESS_SECONDS)),
            refresh_expires_in=int(body.get("x_refresh_token_expires_in", REFRESH_SECONDS)),
            hard_expires_in=_seconds(body.get("x_refresh_token_hard_expires_in")),
        )
    except (KeyError, TypeError, ValueError):
        raise OAuthFailed(
            "the answer holds no complete pair of tokens", status=200, outcome_known=False
        ) from None


def _seconds(value: Any) -> int | None:
    return None if value is None else int(value)


class _Client(AuthClient):
    """The library's client with a time limit, a cached discovery document, and its hands off the answers."""

    def __init__(self, config: OAuthConfig) -> None:
        super().__init__(config.client_id, config.client_secret, config.redirect_uri, config.environment)
        # A do-nothing auth object keeps a ~/.netrc from replacing the library's Authorization header.
        self.auth = _unchanged
        self.answer = b""

    def get(self, url: str, **options: Any) -> requests.Response:
        """The constructor's request for the discovery document."""
        return _discovery(url)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Every other request. A success is kept in `answer`; the library gets it without the body."""
        started = time.monotonic()
        response: requests.Response = super().request(
            method, url, **{**options, "timeout": TIMEOUT, "allow_redirects": False}
        )
        milliseconds = (time.monotonic() - started) * 1000
        tid = response.headers.get("intuit_tid", "-")
        status = response.status_code
        logger.info("%s %s -> %s in %.0f ms, intuit_tid %s", method, url, status, milliseconds, tid)
        if status != 200:
            return response
        self.answer = response.content
        bare = requests.Response()
        bare.status_code = status
        return bare

    def json(self) -> dict[str, Any]:
        """The last answer. Raises `OAuthUnreachable`, outcome unknown, when it cannot be read."""
        try:
            body = payloads.loads(self.answer)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise OAuthUnreachable("the answer cannot be read", status=200, outcome_known=False)
        return body


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


@contextmanager
def _client(config: OAuthConfig) -> Iterator[_Client]:
    """A client for one operation, its errors translated and, as they hold secrets, not chained."""
    try:
        with _Client(config) as client:
            yield client
    except AuthClientError as error:
        raise _refusal(error.status_code, error.content, error.intuit_tid or "") from None
    except requests.RequestException as error:
        summary = f"no answer ({type(error).__name__})"
        raise OAuthUnreachable(summary, outcome_known=never_sent(error)) from None


def _refusal(status: int, content: bytes, intuit_tid: str) -> OAuthFailed:
    """The error for an answer other than 200. Intuit answers a wrong client with 400 or 401."""
    try:
        body = payloads.loads(content)
    except ValueError:
        body = None
    error = str(body.get("error", "")) if isinstance(body, dict) else ""
    if error == "invalid_grant":
        return InvalidGrant(status=status, error=error, intuit_tid=intuit_tid)
    if error == "invalid_client":
        return InvalidClient(status=status, error=error, intuit_tid=intuit_tid)
    if status == 429 or status >= 500:
        return OAuthUnreachable(
            "a server in trouble",
            status=status,
            error=error,
            intuit_tid=intuit_tid,
            outcome_known=status < 500,
        )
    return OAuthFailed("refused without a reason", status=status, error=error, intuit_tid=intuit_tid)


_discovered: dict[str, tuple[float, requests.Response]] = {}
_discovery_lock = threading.Lock()


def _discovery(url: str) -> requests.Response:
    """The discovery document, at most a day old; an older one is better than none.

    The lock is held during the request: threads that need the document at the same time would all have to
    wait for it anyway, and so only one of them asks.
    """
    with _discovery_lock:
        fetched, held = _discovered.get(url, (0.0, None))
        if held is not None and time.monotonic() - fetched < DISCOVERY_SECONDS:
            return held
        try:
            document = _fetched(url)
        except (requests.RequestException, OAuthFailed):
            if held is None:
                raise
            document = held
        _discovered[url] = (time.monotonic(), document)
        return document


def _fetched(url: str) -> requests.Response:
    response = requests.get(url, timeout=TIMEOUT, headers={"Accept": "application/json"})
    try:
        body = payloads.loads(response.content) if response.status_code == 200 else None
    except ValueError:
        body = None
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in _ENDPOINTS):
        raise OAuthUnreachable("no usable discovery document", status=response.status_code)
    return response
