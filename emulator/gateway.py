"""Answers in the shapes of facts 8.2, with the headers that QuickBooks sends."""

import uuid
from datetime import datetime
from typing import Any

from flask import Response

from emulator import faults
from emulator.clock import envelope_time, milliseconds
from emulator.faults import QuickBooksFault
from emulator.limits import Refusal
from emulator.wire import dumps

JSON = "application/json;charset=UTF-8"


def answer(text: str, status: int = 200, content_type: str = JSON) -> Response:
    response = Response(text, status, content_type=content_type)
    response.headers["intuit_tid"] = f"1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}"
    return response


def enveloped(members: str, now: datetime) -> str:
    """`{"Invoice": {...}, "time": "..."}` from the members' JSON text."""
    return f'{{{members},"time":"{envelope_time(now)}"}}'


def fault_text(refusal: QuickBooksFault, now: datetime) -> str:
    return enveloped(f'"Fault":{dumps(refusal.body())}', now)


def fault(refusal: QuickBooksFault, now: datetime, status: int | None = None) -> Response:
    return answer(fault_text(refusal, now), status or refusal.status)


def unauthenticated(detail: str, at_ms: int) -> Response:
    return answer(_json(faults.unauthenticated(detail, at_ms)), 401)


def forbidden(at_ms: int) -> Response:
    return answer(_json(faults.forbidden(at_ms)), 403)


def throttled(now: datetime, refusal: Refusal) -> Response:
    if refusal.body == "json":
        response = answer(_json(faults.throttled_json(milliseconds(now))), 429)
    else:
        response = answer(faults.throttled(envelope_time(now)), 429, "application/xml;charset=UTF-8")
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _json(body: dict[str, Any]) -> str:
    return dumps(body)
