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
from emulator.limits import Refusal
from emulator.service import emulator
from emulator.tokens import ACCOUNTING, DEFAULT_CLIENT_ID, SCOPES, Rotation
from emulator.webhooks import events
from emulator.wire import dumps, loads

blueprint = Blueprint("control", __name__, url_prefix="/_control")
Body = dict[str, Any]

SEEDS: dict[str, Callable[[Company], None]] = {"demo": seed.demo, "empty": seed.empty}
DESCRIPTION = {
    "POST /_control/tokens": "{realmId?, seed?, name?, country?, preferences?, clientId?, clientSecret?, scopes?}: "
    "tokens for a company, which is made if it is unknown (a realm id too, if none is given)",
    "POST /_control/reset": "{realmId?, seed?}: the company, or all of them, back to a seed",
    "GET /_control/companies": "every company: realmId, name, country",
    "POST /_control/faults": "{realmId?, method?, path?, entity?, kind, after?, count?, seconds?, changes?, "
    "code?}; kinds: "
    + ", ".join(KINDS)
    + "; count 0 is without end; stale_token is somebody else who saves the record first, with `changes`; code answers "
    "with a code of the table of faults",
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
    "POST /_control/limits": "{realmId, enforced?, body? (xml or json), retryAfter?}: Intuit's throttles on or off for "
    "one company, and what its 429 looks like",
    "POST /_control/batch": "{realmId, shuffle}: the items of a batch run and answer in any order",
    "POST /_control/rotation": "{realmId, killChain?, graceSeconds?}: what the use of a replaced refresh token does; "
    "otherwise it is only refused",
    "POST /_control/disconnect": "{realmId}: every app loses the company, as when its owner disconnects them",
}


@blueprint.get("/")
def describe() -> Response:
    return reply(DESCRIPTION)


@blueprint.post("/tokens")
def tokens() -> Response:
    body = body_of_request()
    company = emulator().store.company(str(body.get("realmId", ""))) or _make(body)
    client_id = str(body.get("clientId", DEFAULT_CLIENT_ID))
    if "clientSecret" in body:
        emulator().tokens.add_app(client_id, str(body["clientSecret"]), client_id)
    secret = emulator().tokens.secret(client_id)
    if secret is None:
        return reply({"error": f"unknown clientId {client_id}; give a clientSecret to make it"}, 400)
    scopes = frozenset(str(body.get("scopes", f"{ACCOUNTING} openid")).split()) & SCOPES
    issued = emulator().tokens.grant(client_id, company.realm_id, scopes)
    return reply(
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
    body = body_of_request()
    store = emulator().store
    chosen = store.company(str(body["realmId"])) if "realmId" in body else None
    for company in [chosen] if chosen else store.companies():
        name, country = company.name, company.country
        store.drop_company(company.realm_id)
        emulator().faults.clear(company.realm_id)
        _make({"name": name, "country": country, **body, "realmId": company.realm_id})
    return reply({"companies": [company.realm_id for company in store.companies()]})


@blueprint.get("/companies")
def companies() -> Response:
    return reply(
        [
            {"realmId": company.realm_id, "name": company.name, "country": company.country}
            for company in emulator().store.companies()
        ]
    )


@blueprint.post("/faults")
def add_fault() -> Response:
    body = body_of_request()
    body["realm_id"] = body.pop("realmId", "")
    body["kind"] = str(body.get("kind", ""))
    body["seconds"] = float(body.get("seconds", 0))
    body["code"] = int(body.get("code", 0))
    known = {field.name for field in fields(Rule)} - {"id", "hits"}
    if unknown := body.keys() - known:
        return reply({"error": f"unknown: {', '.join(sorted(unknown))}"}, 400)
    try:
        rule = emulator().faults.add(Rule(**body))
    except ValueError as problem:
        return reply({"error": str(problem)}, 400)
    return reply(asdict(rule))


@blueprint.get("/faults")
def list_faults() -> Response:
    return reply([asdict(rule) for rule in emulator().faults.rules(argument("realmId"))])


@blueprint.delete("/faults")
def clear_faults() -> Response:
    emulator().faults.clear(str(body_of_request().get("realmId", "")) or argument("realmId"))
    return reply({})


@blueprint.post("/clock")
def turn_clock() -> Response:
    body = body_of_request()
    realm_id = str(body.get("realmId", EVERYBODY))
    try:
        to = parse_time(str(body["set"])).timestamp() if "set" in body else None
        speed = float(body["speed"]) if "speed" in body else None
        by = float(body.get("advance", 0))
    except ValueError as problem:
        return reply({"error": str(problem)}, 400)
    emulator().store.turn_clock(realm_id, to=to, by=by, speed=speed)
    return _time(realm_id)


@blueprint.get("/clock")
def read_clock() -> Response:
    return _time(argument("realmId"))


@blueprint.get("/requests")
def requests() -> Response:
    found = emulator().log.read(argument("realmId"), int(argument("since") or 0))
    return reply(
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
    body = body_of_request()
    company = emulator().store.company(str(body.get("realmId", "")))
    if company is None:
        return reply({"error": "unknown realmId"}, 404)
    try:
        record = _edited(company, body)
    except QuickBooksFault as refusal:
        return reply({"Fault": refusal.body()}, refusal.status)
    return reply(record)


def _edited(company: Company, body: Body) -> Body:
    entity, identity = str(body.get("entity", "")), str(body.get("id", ""))
    changes: Body = body.get("changes", {})
    operation = body.get("operation", "update")
    if operation == "create":
        return company.create(entity, changes, inside=True)
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
    company = emulator().store.company(argument("realmId"))
    if company is None:
        return reply({"error": "unknown realmId"}, 404)
    try:
        return reply(company.all(argument("entity")))
    except QuickBooksFault as refusal:
        return reply({"Fault": refusal.body()}, refusal.status)


@blueprint.get("/emails")
def emails() -> Response:
    company = emulator().store.company(argument("realmId"))
    if company is None:
        return reply({"error": "unknown realmId"}, 404)
    return reply([{**asdict(email), "sent_at": email.sent_at.isoformat()} for email in company.emails()])


@blueprint.post("/limits")
def limits() -> Response:
    body = body_of_request()
    realm_id, known = str(body.get("realmId", "")), emulator().limits
    if "enforced" in body:
        known.switch(realm_id, bool(body["enforced"]))
    if "body" in body or "retryAfter" in body:
        retry_after = int(body["retryAfter"]) if body.get("retryAfter") is not None else None
        known.refuse_with(realm_id, Refusal(str(body.get("body", "xml")), retry_after))
    return reply({})


@blueprint.post("/batch")
def batch() -> Response:
    body = body_of_request()
    emulator().store.set_setting(
        f"shuffle:{body.get('realmId', '')}", str(bool(body.get("shuffle", True))).lower()
    )
    return reply({})


@blueprint.post("/rotation")
def rotation() -> Response:
    body = body_of_request()
    rules = Rotation(bool(body.get("killChain", False)), float(body.get("graceSeconds", 0)))
    emulator().tokens.set_rotation(str(body.get("realmId", "")), rules)
    return reply({})


@blueprint.post("/disconnect")
def disconnect() -> Response:
    emulator().tokens.disconnect(str(body_of_request().get("realmId", "")))
    return reply({})


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


def body_of_request() -> Body:
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
    return reply({"error": refusal.detail}, 400)


def argument(name: str) -> str:
    return request.args.get(name, "")


def _time(realm_id: str) -> Response:
    now = emulator().now(realm_id)
    return reply({"time": envelope_time(now), "seconds": emulator().store.clock.seconds(realm_id)})


def reply(body: Any, status: int = 200) -> Response:
    return Response(dumps(body), status, content_type="application/json;charset=UTF-8")
