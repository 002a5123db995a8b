"""`/_control/`: what no QuickBooks has, for tests and for people who play with the emulator."""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from flask import Blueprint, Response, request

from emulator import seed
from emulator.books import Company
from emulator.clock import EVERYBODY, envelope_time, parse_time
from emulator.faults import QuickBooksFault, unsupported
from emulator.injection import KINDS, Rule
from emulator.service import emulator
from emulator.tokens import ACCOUNTING, DEFAULT_CLIENT_ID, SCOPES
from emulator.webhooks import events
from emulator.webhooks.deliveries import JSON, Delivery, Endpoint
from emulator.webhooks.events import LETTERS, told
from emulator.webhooks.payload import CLOUD_EVENTS
from emulator.wire import dumps, loads

blueprint = Blueprint("control", __name__, url_prefix="/_control")
Body = dict[str, Any]

SEEDS: dict[str, Callable[[Company], None]] = {"demo": seed.demo, "empty": seed.empty}
DESCRIPTION = {
    "POST /_control/tokens": "{realmId?, seed?, name?, country?, preferences?, clientId?, clientSecret?, scopes?}: "
    "tokens for a company, which is made if it is unknown (a realm id too, if none is given)",
    "POST /_control/reset": "{realmId?, seed?}: the company, or all of them, back to a seed",
    "GET /_control/companies": "every company: realmId, name, country",
    "POST /_control/faults": "{realmId?, method?, path?, entity?, kind, after?, count?, seconds?, changes?}; kinds: "
    + ", ".join(KINDS)
    + "; count 0 is without end",
    "GET /_control/faults": "{realmId?}: the faults in force and how often each was met",
    "DELETE /_control/faults": "{realmId?}: no more faults",
    "POST /_control/clock": "{realmId?, set?, advance? (seconds), speed? (0 freezes)}: turns the clock of a company, "
    "or of everybody; answers the time",
    "GET /_control/clock": "{realmId?}: the time",
    "GET /_control/requests": "{realmId?, since?}: the requests with an id above `since`",
    "POST /_control/edit": "{realmId, entity, id?, operation?, changes?}: as somebody inside QuickBooks; operation is "
    "update (the default), create, delete, void, send, or merge of a customer ({into: the Id that stays})",
    "GET /_control/records": "{realmId, entity}: every record, whole, inactive ones too",
    "GET /_control/emails": "{realmId}: what was sent, newest first",
    "POST /_control/webhooks": "{realmId?, url, verifierToken, format? (cloudevents or classic), contentType?}: where "
    "the events of a company go, or of all companies without an endpoint of their own; an empty url ends it",
    "GET /_control/webhooks": "{realmId?}: the endpoints, and the latest deliveries with their attempts, newest first",
    "POST /_control/webhooks/test": "{realmId?, entity?, id?, operation?}: a sample event",
    "POST /_control/webhooks/resend": "{number}: one delivery again, at once",
    "POST /_control/limits": "{realmId, enforced}: Intuit's throttles on or off for one company",
    "POST /_control/disconnect": "{realmId}: every app loses the company, as when its owner disconnects them",
}


@blueprint.get("/")
def describe() -> Response:
    return _json(DESCRIPTION)


@blueprint.post("/tokens")
def tokens() -> Response:
    body = _body()
    company = emulator().store.company(str(body.get("realmId", ""))) or _make(body)
    client_id = str(body.get("clientId", DEFAULT_CLIENT_ID))
    if "clientSecret" in body:
        emulator().tokens.add_app(client_id, str(body["clientSecret"]), client_id)
    secret = emulator().tokens.secret(client_id)
    if secret is None:
        return _json({"error": f"unknown clientId {client_id}; give a clientSecret to make it"}, 400)
    scopes = frozenset(str(body.get("scopes", f"{ACCOUNTING} openid")).split()) & SCOPES
    issued = emulator().tokens.grant(client_id, company.realm_id, scopes)
    return _json(
        {
            "realmId": company.realm_id,
            "access_token": issued.access_token,
            "refresh_token": issued.refresh_token,
            "client_id": client_id,
            "client_secret": secret,
        }
    )


@blueprint.post("/reset")
def reset() -> Response:
    body = _body()
    store = emulator().store
    chosen = store.company(str(body["realmId"])) if "realmId" in body else None
    for company in [chosen] if chosen else store.companies():
        name, country = company.name, company.country
        store.drop_company(company.realm_id)
        emulator().faults.clear(company.realm_id)
        _make({"name": name, "country": country, **body, "realmId": company.realm_id})
    return _json({"companies": [company.realm_id for company in store.companies()]})


@blueprint.get("/companies")
def companies() -> Response:
    return _json(
        [
            {"realmId": company.realm_id, "name": company.name, "country": company.country}
            for company in emulator().store.companies()
        ]
    )


@blueprint.post("/faults")
def add_fault() -> Response:
    body = _body()
    body["realm_id"] = body.pop("realmId", "")
    body["kind"] = str(body.get("kind", ""))
    body["seconds"] = float(body.get("seconds", 0))
    known = {field.name for field in fields(Rule)} - {"id", "hits"}
    if unknown := body.keys() - known:
        return _json({"error": f"unknown: {', '.join(sorted(unknown))}"}, 400)
    try:
        rule = emulator().faults.add(Rule(**body))
    except ValueError as problem:
        return _json({"error": str(problem)}, 400)
    return _json(asdict(rule))


@blueprint.get("/faults")
def list_faults() -> Response:
    return _json([asdict(rule) for rule in emulator().faults.rules(_argument("realmId"))])


@blueprint.delete("/faults")
def clear_faults() -> Response:
    emulator().faults.clear(str(_body().get("realmId", "")) or _argument("realmId"))
    return _json({})


@blueprint.post("/clock")
def turn_clock() -> Response:
    body = _body()
    realm_id = str(body.get("realmId", EVERYBODY))
    try:
        to = parse_time(str(body["set"])).timestamp() if "set" in body else None
        speed = float(body["speed"]) if "speed" in body else None
        by = float(body.get("advance", 0))
    except ValueError as problem:
        return _json({"error": str(problem)}, 400)
    emulator().store.turn_clock(realm_id, to=to, by=by, speed=speed)
    return _time(realm_id)


@blueprint.get("/clock")
def read_clock() -> Response:
    return _time(_argument("realmId"))


@blueprint.get("/requests")
def requests() -> Response:
    found = emulator().log.read(_argument("realmId"), int(_argument("since") or 0))
    return _json(
        [
            {
                "id": request.id,
                "time": request.time.isoformat(),
                "realmId": request.realm_id,
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "body": request.body,
                "status": request.status,
            }
            for request in found
        ]
    )


@blueprint.post("/edit")
def edit() -> Response:
    body = _body()
    company = emulator().store.company(str(body.get("realmId", "")))
    if company is None:
        return _json({"error": "unknown realmId"}, 404)
    try:
        record = _edited(company, body)
    except QuickBooksFault as refusal:
        return _json({"Fault": refusal.body()}, refusal.status)
    return _json(record)


def _edited(company: Company, body: Body) -> Body:
    entity, identity = str(body.get("entity", "")), str(body.get("id", ""))
    changes: Body = body.get("changes", {})
    operation = body.get("operation", "update")
    if operation == "create":
        return company.create(entity, changes)
    if operation == "update":
        return company.edit(entity, identity, changes)
    if operation == "send":
        return company.send(entity, identity, changes.get("sendTo"))
    if operation == "merge" and entity == "Customer":
        return company.merge(str(changes.get("into", "")), identity)
    if operation not in {"delete", "void"}:
        raise unsupported(f"the operation {operation}")
    newest = {"Id": identity, "SyncToken": company.get(entity, identity)["SyncToken"]}
    return company.delete(entity, newest) if operation == "delete" else company.void(entity, newest)


@blueprint.get("/records")
def records() -> Response:
    company = emulator().store.company(_argument("realmId"))
    if company is None:
        return _json({"error": "unknown realmId"}, 404)
    try:
        return _json(company.all(_argument("entity")))
    except QuickBooksFault as refusal:
        return _json({"Fault": refusal.body()}, refusal.status)


@blueprint.get("/emails")
def emails() -> Response:
    company = emulator().store.company(_argument("realmId"))
    if company is None:
        return _json({"error": "unknown realmId"}, 404)
    return _json([{**asdict(email), "sent_at": email.sent_at.isoformat()} for email in company.emails()])


@blueprint.post("/webhooks")
def listen() -> Response:
    body = _body()
    endpoint = Endpoint(
        str(body.get("realmId", EVERYBODY)),
        str(body.get("url") or ""),
        str(body.get("verifierToken", "")),
        str(body.get("format", CLOUD_EVENTS)),
        str(body.get("contentType", JSON)),
    )
    try:
        emulator().webhooks.listen(endpoint)
    except ValueError as problem:
        return _json({"error": str(problem)}, 400)
    return _json(_endpoint(endpoint))


@blueprint.get("/webhooks")
def webhooks() -> Response:
    known, realm_id = emulator().webhooks, _argument("realmId")
    return _json(
        {
            "endpoints": [_endpoint(endpoint) for endpoint in known.endpoints()],
            "deliveries": [_delivery(delivery) for delivery in known.latest(realm_id, 100)],
        }
    )


@blueprint.post("/webhooks/test")
def test_webhook() -> Response:
    body = _body()
    entity, what = str(body.get("entity", "Customer")), str(body.get("operation", "updated"))
    if what not in LETTERS or not told(entity, what):
        return _json({"error": f"no event tells of {entity} {what}"}, 400)
    realm_id = str(body.get("realmId", EVERYBODY))
    if not emulator().webhooks.test(realm_id, entity, str(body.get("id", "1")), what):
        return _json({"error": "no endpoint listens"}, 400)
    return _json({})


@blueprint.post("/webhooks/resend")
def resend_webhook() -> Response:
    if not emulator().webhooks.resend(int(_body().get("number", 0))):
        return _json({"error": "unknown number"}, 404)
    return _json({})


def _endpoint(endpoint: Endpoint) -> Body:
    return {
        "realmId": endpoint.realm_id,
        "url": endpoint.url,
        "format": endpoint.format,
        "contentType": endpoint.content_type,
    }


def _delivery(delivery: Delivery) -> Body:
    return {
        "number": delivery.number,
        "url": delivery.url,
        "state": delivery.state,
        "due": delivery.due,
        "headers": delivery.headers,
        "body": delivery.body,
        "attempts": [
            {"time": attempt.at.isoformat(), "status": attempt.status, "answer": attempt.answer}
            for attempt in delivery.attempts
        ],
    }


@blueprint.post("/limits")
def limits() -> Response:
    body = _body()
    emulator().limits.switch(str(body.get("realmId", "")), bool(body.get("enforced", True)))
    return _json({})


@blueprint.post("/disconnect")
def disconnect() -> Response:
    emulator().tokens.disconnect(str(_body().get("realmId", "")))
    return _json({})


def _make(body: Body) -> Company:
    """A company as the request describes it. An unknown seed is refused before anything is made."""
    fill = SEEDS.get(str(body.get("seed", "empty")))
    if fill is None:
        raise unsupported(f"the seed {body['seed']}; known are {', '.join(SEEDS)}")
    store = emulator().store
    with store.database.writing():
        company = store.create_company(
            str(body["realmId"]) if body.get("realmId") else None,
            str(body.get("name", "Test Company")),
            str(body.get("country", "US")),
            body.get("preferences"),
        )
        fill(company)
        events.forget(store.database.connection(), company.realm_id)  # a seed is no news
    return company


def _body() -> Body:
    if not request.get_data().strip():
        return {}
    try:
        body = loads(request.get_data())
    except ValueError:
        raise unsupported("a control body that is not JSON") from None
    if not isinstance(body, dict):
        raise unsupported("a control body that is not a JSON object")
    return body


@blueprint.errorhandler(QuickBooksFault)
def _refused(refusal: QuickBooksFault) -> Response:
    return _json({"error": refusal.detail}, 400)


def _argument(name: str) -> str:
    return request.args.get(name, "")


def _time(realm_id: str) -> Response:
    now = emulator().now(realm_id)
    return _json({"time": envelope_time(now), "seconds": emulator().store.clock.seconds(realm_id)})


def _json(body: Any, status: int = 200) -> Response:
    return Response(dumps(body), status, content_type="application/json;charset=UTF-8")
