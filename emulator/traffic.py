"""Around every request: its entry in the log, and the fault that somebody asked for."""

import re
import time
from typing import Any

from flask import Flask, Response, g, request

from emulator import gateway
from emulator.clock import milliseconds
from emulator.faults import QuickBooksFault, asked_for, not_found
from emulator.injection import Rule
from emulator.limits import LONGEST_REQUEST
from emulator.requestlog import LoggedRequest
from emulator.service import emulator
from emulator.wire import loads

WATCHED = ("/v3/", "/oauth2/", "/v2/oauth2/", "/v1/openid_connect/", "/op/", "/.well-known/")
FATE = "emulator.fate"  # read by the server: what becomes of the answer on its way out
FATES = {"lost_answer": "lost", "reset": "reset", "truncated": "truncated"}


def watch(app: Flask) -> None:
    app.before_request(_before)
    app.after_request(_after)


def _before() -> Response | None:
    request.get_data()  # a connection can only be used again when its request was read to the end
    g.realm_id = _realm_id()
    if not request.path.startswith(WATCHED):
        return None
    rule = emulator().faults.strike(g.realm_id, request.method, request.full_path, _entities())
    return _inflict(rule) if rule else None


def _after(response: Response) -> Response:
    if request.path.startswith(WATCHED):
        running = emulator()
        body = request.get_data().decode("utf-8", "replace")
        running.log.write(
            LoggedRequest(
                0,
                running.now(g.realm_id),
                g.realm_id,
                request.method,
                request.path,
                request.query_string.decode("latin-1"),
                body,
                response.status_code,
            )
        )
    return response


def _realm_id() -> str:
    parts = request.path.split("/")
    if request.path.startswith("/v3/company/"):
        return parts[3]
    if request.path.startswith(("/oauth2/", "/v2/oauth2/")):
        form = request.form or request.get_json(silent=True) or {}
        for name in ("code", "refresh_token", "token"):
            if form.get(name):
                return emulator().tokens.realm_of(str(form[name]))
    return ""


def _entities() -> list[str]:
    """Every entity that a request is about, in lower case: by its path, its query or its batch items."""
    parts = request.path.split("/")
    named = [parts[4].lower()] if len(parts) > 4 else []
    if named == ["query"]:
        text = request.args.get("query") or request.get_data(as_text=True)
        named += [found.lower() for found in re.findall(r"\bfrom\s+(\w+)", text, re.IGNORECASE)]
    if named == ["batch"]:
        named += [name.lower() for item in _batch_items() for name in item]
    return named


def _batch_items() -> list[dict[str, Any]]:
    try:
        items = loads(request.get_data())["BatchItemRequest"]
    except (ValueError, KeyError, TypeError):
        return []
    return [item for item in items if isinstance(item, dict)]


def _inflict(rule: Rule) -> Response | None:
    """What a fault does before the request is carried out; an answer means that it is not."""
    if rule.kind == "delay":
        _delay(rule.seconds)
    elif rule.kind == "stale_token":
        _touch_targets(rule)
    elif rule.kind in FATES:
        request.environ[FATE] = FATES[rule.kind]
        if rule.kind == "reset":
            return Response(status=500)
    else:
        return _refusal(rule)
    return None


def _delay(seconds: float) -> None:
    """By the company's clock. Whatever lasts too long is still done, but its connection is cut (facts 2, Limits)."""
    time.sleep(emulator().store.clock.real_seconds(g.realm_id, min(seconds, LONGEST_REQUEST)))
    if seconds >= LONGEST_REQUEST:
        request.environ[FATE] = FATES["lost_answer"]


def _refusal(rule: Rule) -> Response:
    now, kind = emulator().now(g.realm_id), rule.kind
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if kind == "401":
        return gateway.unauthenticated(f"Token expired: {token}", milliseconds(now))
    if kind == "403":
        return gateway.forbidden(milliseconds(now))
    if kind == "429":
        return gateway.throttled(now, emulator().limits.refusal(g.realm_id))
    if kind == "code":
        return gateway.fault(asked_for(rule.code), now)
    if kind == "503":
        return Response("Service Unavailable", 503, mimetype="text/plain")
    return gateway.fault(
        QuickBooksFault(10000, "An unexpected error occurred."), now, 200 if kind == "fault_200" else 500
    )


def _touch_targets(rule: Rule) -> None:
    """Somebody else saves, a moment earlier, the records that this request is about to change."""
    company = emulator().store.company(g.realm_id)
    parts = request.path.split("/")
    if company is None or request.method != "POST" or len(parts) < 5:
        return
    if parts[4] == "batch":
        targets = [
            (name, body) for item in _batch_items() for name, body in item.items() if isinstance(body, dict)
        ]
    else:
        targets = [(parts[4], request.get_json(force=True, silent=True) or {})]
    for name, body in targets:
        if body.get("Id"):
            try:
                company.touch(name, str(body["Id"]), rule.changes)
            except type(not_found()):
                continue  # nothing there to change; the request will meet the same answer
