"""Whether an address answers, and what time it is there: for finding out what is wrong with an installation."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests

TIMEOUT = (3.05, 10.0)


@dataclass(frozen=True)
class Reached:
    """`status` is None where nobody answered, and `problem` says why. `skew` is how many seconds their clock is ahead
    of ours, to about a second; None where they do not say."""

    status: int | None
    text: str = ""
    problem: str = ""
    skew: float | None = None


def reach(url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reached:
    """GET the address, or POST `body` to it. Never raises for what the network does."""
    try:
        answer = requests.request(
            "GET" if body is None else "POST",
            url,
            data=body,
            headers=dict(headers or {}),
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return Reached(None, problem=type(error).__name__)
    return Reached(answer.status_code, answer.text[:500], skew=_skew(answer.headers.get("Date", "")))


def _skew(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return None
