"""Answers that real QuickBooks companies gave, played back over a socket.

They are other people's recordings and not ours to hand on: `QBO_FIXTURES` names the folder that holds them.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbo import oauth
from qbo.api import Client, calls, errors, payloads
from qbo.api.errors import QuickBooksError
from tests.qbo.scripted_server import Answer, ScriptedServer, ok

FOLDER = os.environ.get("QBO_FIXTURES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="QBO_FIXTURES is not set")


def recordings() -> dict[str, Any]:
    """Relative path to (status, parsed body) of every recording that is a JSON object."""
    root = Path(FOLDER or "/nonexistent")
    parsed = {
        path.relative_to(root).as_posix(): json.loads(path.read_text())
        for path in sorted(root.rglob("*.json"))
    }
    return {name: content for name, content in parsed.items() if isinstance(content, dict)}


def body_of(recording: dict[str, Any]) -> Any:
    return recording["body"] if "_meta" in recording else recording


RECORDINGS = recordings()
BODIES = {name: body_of(recording) for name, recording in RECORDINGS.items()}


def holding(key: str) -> list[str]:
    return [
        name for name, body in BODIES.items() if isinstance(body, dict) and key in body and "time" in body
    ]


def played(name: str) -> Answer:
    return ok(json.dumps(BODIES[name]), intuit_tid="1-recorded")


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_survives_the_codec(name: str) -> None:
    text = json.dumps(RECORDINGS[name])
    parsed = payloads.loads(text)
    assert parsed == json.loads(text, parse_float=Decimal)
    assert payloads.loads(payloads.dumps(parsed)) == parsed


@pytest.mark.parametrize("name", holding("QueryResponse"))
def test_query_answers(server: ScriptedServer, client: Client, name: str) -> None:
    server.will(played(name))
    page = client.query("SELECT * FROM Anything")
    (recorded,) = (value for value in BODIES[name]["QueryResponse"].values() if isinstance(value, list))
    assert page.rows == payloads.loads(json.dumps(recorded)) != []
    assert page.time.utcoffset() is not None


@pytest.mark.parametrize("name", holding("CDCResponse"))
def test_change_answers(server: ScriptedServer, client: Client, name: str) -> None:
    server.will(played(name))
    changes = client.cdc([], datetime(2026, 11, 1, tzinfo=UTC))
    entities = changes.objects.keys() | changes.deleted.keys()
    assert len(entities) == 1
    assert any(changes.objects.values()) or any(changes.deleted.values())
    assert not changes.full


ENTITY_NAMES = sorted(
    name
    for name, body in BODIES.items()
    if isinstance(body, dict)
    and "time" in body
    and len(body) == 2
    and not {"QueryResponse", "CDCResponse"} & body.keys()
)


@pytest.mark.parametrize("name", [name for name in ENTITY_NAMES if "Fault" not in BODIES[name]])
def test_object_answers(server: ScriptedServer, client: Client, name: str) -> None:
    (entity,) = BODIES[name].keys() - {"time"}
    server.will(played(name))
    if isinstance(BODIES[name][entity], list):
        pytest.skip("a list that the converter of the recording made of one object")
    assert client.read(entity, "1") == payloads.loads(json.dumps(BODIES[name][entity]))


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("hand-copied/fault_3001_throttle.json", 429, errors.Throttled),
        ("hand-copied/fault_3200_auth_401_lowercase.json", 401, errors.AuthenticationFailed),
        ("hand-copied/fault_4000_parse.json", 400, errors.QueryFault),
        ("hand-copied/fault_4001_unknown_property.json", 400, errors.QueryFault),
        ("hand-copied/fault_6000_business_validation.json", 400, errors.BusinessRule),
        ("hand-copied/fault_6140_duplicate_docnumber.json", 400, errors.DuplicateNumber),
        ("hand-copied/fault_6140_french_company.json", 400, errors.DuplicateNumber),
        ("hand-copied/fault_6240_account_xml.json", 400, errors.DuplicateName),
        ("ruckus-quickbooks-ruby/json/customer_duplicate_error.json", 400, errors.DuplicateName),
        ("ruckus-quickbooks-ruby/json/generic_error.json", 500, errors.ServiceUnavailable),
        ("ruckus-quickbooks-ruby/json/query_validation_error.json", 400, errors.QueryFault),
        ("ruckus-quickbooks-ruby/json/throttle_exceeded_error.json", 403, errors.Throttled),
        ("ruckus-quickbooks-ruby/json/too_many_requests_error.json", 429, errors.Throttled),
    ],
)
def test_refusals(
    server: ScriptedServer, client: Client, name: str, status: int, error: type[QuickBooksError]
) -> None:
    body = BODIES[name]
    text = body.get("xml") or json.dumps(body)
    server.will(*[Answer(status, text.encode())] * 4)
    with pytest.raises(QuickBooksError) as met:
        client.entity(calls.create("Customer", {}), "r1")
    assert type(met.value) is error
    assert met.value.code
    assert "PLACEHOLDER" not in str(met.value)


@pytest.mark.parametrize(
    "name", [name for name, body in BODIES.items() if isinstance(body, dict) and "Fault" in body]
)
def test_no_recorded_fault_is_unknown(name: str) -> None:
    met = errors.from_response(method="POST", path="x", status=400, body=json.dumps(BODIES[name]).encode())
    assert type(met) in errors.BY_CODE.values()


def test_a_stale_item_in_a_batch(server: ScriptedServer, client: Client) -> None:
    body = BODIES["hand-copied/fault_5010_stale_in_batch.json"]
    (answer,) = body["BatchItemResponse"]
    server.will(ok({"BatchItemResponse": [{**answer, "bId": "1"}]}))
    item = {"bId": "1", "operation": "update", "Invoice": {"Id": "1", "SyncToken": "0"}}
    assert isinstance(client.batch(calls.batch([item]), "r1")["1"], errors.StaleObject)


def test_a_deleted_payment_and_a_voided_one(server: ScriptedServer, client: Client) -> None:
    server.will(
        played("hand-copied/payment_delete_response.json"), played("hand-copied/payment_void_response.json")
    )
    assert client.entity(calls.delete("Payment", "1", "0"), "r1")["status"] == "Deleted"
    voided = client.entity(calls.void("Payment", "1", "0"), "r2")
    assert (voided["TotalAmt"], voided["Line"], voided["PrivateNote"]) == (0, [], "Voided")


@pytest.mark.parametrize(
    "name",
    [
        "intuit-dotnet-sdk-oauth/success_refreshtoken_response.json",
        "intuit-oauth-jsclient/bearer-token.json",
        "intuit-oauth-jsclient/openID-token.json",
    ],
)
def test_token_answers(server: ScriptedServer, name: str) -> None:
    endpoints = BODIES["intuit-dotnet-sdk-oauth/discovery.json"]
    server.will(ok({**endpoints, "token_endpoint": f"{server.url}/token"}), played(name))
    config = oauth.OAuthConfig("id", "secret", "https://portal.example/", f"{server.url}/discovery")
    tokens = oauth.refresh(config, "old")
    recorded = BODIES[name]
    assert (tokens.access_token, tokens.refresh_token) == (
        recorded["access_token"],
        recorded["refresh_token"],
    )
