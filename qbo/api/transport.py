"""Sends calls to QuickBooks Online and brings the answers back: the only module that speaks HTTP to it.

Retrying is three small pure pieces, `should_retry`, `pause_seconds` and `jitter`. Only what may be repeated
is: reads at will, writes only under a request id, with the same bytes, and only as long as the answer was not
definite.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from types import ModuleType
from typing import Protocol, TypeAlias
from urllib.parse import quote, urlencode

import requests
import urllib3

from qbo.api import errors
from qbo.api.calls import JSON, Call
from qbo.api.errors import Fate, OutcomeUnknown, QuickBooksError, TimedOut, Unreachable

# The newest there is; QuickBooks treats anything lower as 75 since August 2025 (docs/quickbooks.md section
# 2).
MINOR_VERSION = "75"

# QuickBooks cuts a request off after 120 seconds; waiting a little longer tells its answer from ours.
TIMEOUT = (3.05, 130.0)

# A longer rest is the caller's to take: it may have other companies to look after.
LONGEST_PAUSE_SECONDS = 5.0

# A day: what asks for more than that is a mistake.
LONGEST_REST_SECONDS = 86400.0

MAX_REQUEST_ID_LENGTH = 50
MAX_BATCH_REQUEST_ID_LENGTH = 36

logger = logging.getLogger("qbo.api")


@dataclass(frozen=True)
class Response:
    """A successful answer. Header names are in lower case; `intuit_tid` is what Intuit's support asks for."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    intuit_tid: str


class TokenSource(Protocol):
    """Where access tokens come from. Both methods may raise; what they raise reaches the caller as it is."""

    def access_token(self) -> str:
        """A token that is believed to be good."""

    def refreshed(self, rejected: str) -> str:
        """Another token than the one just rejected; somebody else may have fetched it already."""


class Randomness(Protocol):
    def random(self) -> float:
        """A number from 0 up to 1."""


Session: TypeAlias = requests.Session
Outcome: TypeAlias = Response | QuickBooksError


def should_retry(error: QuickBooksError, attempt: int, retries: int, *, repeatable: bool) -> bool:
    """Whether to send the call again after `attempt` (counted from 0) ended in `error`.

    QuickBooks' own verdict is final here: under the same request id it would only be given again. Nor is a time-out
    repeated at once, because the caller has waited for two minutes already, nor is a long rest sat out.
    """
    if attempt >= retries or not repeatable or pause_seconds(error, attempt) > LONGEST_PAUSE_SECONDS:
        return False
    return error.fate is Fate.RETRY and not error.is_verdict and not isinstance(error, TimedOut)


def pause_seconds(error: QuickBooksError, attempt: int) -> float:
    """How long to wait before the next attempt: what QuickBooks asked for, or else 0.5, 1, 2 ... seconds."""
    return error.retry_after if error.retry_after is not None else 0.5 * 2**attempt


def jitter(seconds: float, rng: Randomness) -> float:
    """Up to a half more, so that workers which failed together do not come back together; never less."""
    return seconds * (1 + rng.random() / 2)


def new_session() -> Session:
    """A connection pool to share among the transports of many companies and threads. It keeps no cookies."""
    session = Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


class Transport:
    """The way to one company.

    `base_url` is Intuit's host without a path. `before(call)` runs ahead of every single request and may
    raise to prevent it; `after(call, outcome)` sees what each request ended in.
    """

    def __init__(
        self,
        base_url: str,
        realm_id: str,
        tokens: TokenSource,
        *,
        session: Session | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        retries: int = 3,
        sleep: Callable[[float], object] = time.sleep,
        rng: Randomness | ModuleType = random,
        before: Callable[[Call], object] | None = None,
        after: Callable[[Call, Outcome], object] | None = None,
    ) -> None:
        if not base_url.startswith(("https://", "http://")):
            raise ValueError(f"not an address: {base_url!r}")
        self.realm_id = realm_id
        self._root = f"{base_url.rstrip('/')}/v3/company/{quote(realm_id, safe='')}/"
        self._tokens = tokens
        self._session = session or new_session()
        self._timeout = timeout
        self._retries = retries
        self._sleep = sleep
        self._rng = rng
        self._before = before
        self._after = after

    def perform(self, call: Call, *, request_id: str | None = None) -> Response:
        """Send the call and return its answer. Raises `QuickBooksError` for any other end.

        A write without `request_id` is sent once, and so is an e-mail; with it, it is repeated under the same id
        with the same bytes.
        """
        url = self._url(call, request_id)
        repeatable = call.is_read or (request_id is not None and not call.is_email)
        doubtful = False
        attempt = 0
        while True:
            try:
                return self._authorized(call, url)
            except QuickBooksError as error:
                # A refusal at the door says nothing about an earlier attempt that may have got in.
                error.doubtful = doubtful and not error.is_verdict
                if not should_retry(error, attempt, self._retries, repeatable=repeatable):
                    raise
                doubtful = not error.outcome_known
                pause = pause_seconds(error, attempt)
            self._sleep(jitter(pause, self._rng))
            attempt += 1

    def _authorized(self, call: Call, url: str) -> Response:
        """One attempt, or two when the token has just died: a refused token means that nothing was done."""
        token = self._tokens.access_token()
        try:
            return self._attempt(call, url, token)
        except errors.AuthenticationFailed:
            fresh = self._tokens.refreshed(token)
            if fresh == token:
                raise
        return self._attempt(call, url, fresh)

    def _attempt(self, call: Call, url: str, token: str) -> Response:
        if self._before:
            self._before(call)
        started = time.monotonic()
        outcome = self._outcome(call, url, token)
        _log(call, outcome, (time.monotonic() - started) * 1000)
        if self._after:
            self._after(call, outcome)
        if isinstance(outcome, QuickBooksError):
            raise outcome
        return outcome

    def _outcome(self, call: Call, url: str, token: str) -> Outcome:
        if not _SENDABLE_TOKEN.match(token):
            return errors.AuthenticationFailed(
                "the stored access token is damaged", method=call.method, path=call.path
            )
        try:
            answer = self._session.request(
                call.method,
                url,
                data=call.body,
                headers=_headers(call),
                auth=_Bearer(token),
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return _without_answer(call, error)
        return _judged(call, answer)

    def _url(self, call: Call, request_id: str | None) -> str:
        params = [*call.params, ("minorversion", MINOR_VERSION)]
        if request_id is not None:
            longest = MAX_BATCH_REQUEST_ID_LENGTH if call.path == "batch" else MAX_REQUEST_ID_LENGTH
            if not 1 <= len(request_id) <= longest:
                raise ValueError(f"a request id has 1 to {longest} characters here, not {len(request_id)}")
            params.append(("requestid", request_id))
        return f"{self._root}{call.path}?{urlencode(params, quote_via=quote)}"


class _Bearer(requests.auth.AuthBase):
    """Puts the token on the request. As an auth object, because a ~/.netrc would overwrite a plain header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


# Anything else cannot stand in a header, and the library's complaint would print it.
_SENDABLE_TOKEN = re.compile(r"[\x21-\x7e]+\Z")


def _headers(call: Call) -> dict[str, str]:
    headers = {"Accept": call.accept, "User-Agent": "billing-portal"}
    if call.content_type:
        headers["Content-Type"] = call.content_type
    return headers


def _judged(call: Call, answer: requests.Response) -> Outcome:
    tid = answer.headers.get("intuit_tid", "")
    if not 200 <= answer.status_code < 300:
        return errors.from_response(
            method=call.method,
            path=call.path,
            status=answer.status_code,
            body=answer.content,
            intuit_tid=tid,
            retry_after=parse_retry_after(answer.headers.get("Retry-After", "")),
        )
    if call.accept == JSON and not _looks_whole(answer.content):
        return OutcomeUnknown(
            "the answer is cut off or no answer of QuickBooks",
            method=call.method,
            path=call.path,
            status=answer.status_code,
            intuit_tid=tid,
        )
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status_code, answer.content, headers, tid)


def _looks_whole(body: bytes) -> bool:
    """Whether the body can be all of what was sent: a JSON object, or a fault in XML."""
    body = body.strip()
    return (body[:1], body[-1:]) in ((b"{", b"}"), (b"<", b">"))


def parse_retry_after(text: str) -> float | None:
    """Seconds from a Retry-After header, which is a number or a date; None without one that makes sense."""
    if text.strip().isdecimal():
        return min(float(text), LONGEST_REST_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return min(max(0.0, seconds), LONGEST_REST_SECONDS)


def _without_answer(call: Call, error: requests.RequestException) -> QuickBooksError:
    """Tell "never left" from "may have arrived"; whatever is not surely the first counts as the second."""
    name = type(error).__name__
    if never_sent(error):
        return Unreachable(f"no connection to QuickBooks ({name})", method=call.method, path=call.path)
    if isinstance(error, requests.Timeout):
        return TimedOut("no answer in time", method=call.method, path=call.path)
    return OutcomeUnknown(f"the connection broke off ({name})", method=call.method, path=call.path)


def never_sent(error: requests.RequestException) -> bool:
    """Whether the request surely did not leave this machine."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return True  # no such host, or nobody listening there
    # A certificate is checked before the first byte of the request.
    return "CERTIFICATE_VERIFY_FAILED" in str(reason)


def _log(call: Call, outcome: Outcome, milliseconds: float) -> None:
    """One line per request: no address parameters, no bodies, no tokens."""
    status = outcome.status if outcome.status is not None else type(outcome).__name__
    logger.info(
        "%s %s -> %s in %.0f ms, intuit_tid %s",
        call.method,
        call.path,
        status,
        milliseconds,
        outcome.intuit_tid or "-",
    )
