"""`/_control/webhooks`: where events go, what was posted, and posting it again."""

from flask import Response

from emulator.clock import EVERYBODY
from emulator.control import DESCRIPTION, Body, argument, blueprint, body_of_request, reply
from emulator.service import emulator
from emulator.webhooks.deliveries import JSON, Delivery, Endpoint
from emulator.webhooks.events import LETTERS, told
from emulator.webhooks.payload import CLOUD_EVENTS

DESCRIPTION |= {
    "POST /_control/webhooks": "{realmId?, url, verifierToken, format? (cloudevents or classic), contentType?}: where "
    "the events of a company go, or of all companies without an endpoint of their own; an empty url ends it",
    "GET /_control/webhooks": "{realmId?}: the endpoints, and the latest deliveries with their attempts, newest first",
    "POST /_control/webhooks/test": "{realmId?, entity?, id?, operation?}: a sample event",
    "POST /_control/webhooks/resend": "{number}: one delivery again, at once",
}


@blueprint.post("/webhooks")
def listen() -> Response:
    body = body_of_request()
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
        return reply({"error": str(problem)}, 400)
    return reply(_endpoint(endpoint))


@blueprint.get("/webhooks")
def webhooks() -> Response:
    known, realm_id = emulator().webhooks, argument("realmId")
    return reply(
        {
            "endpoints": [_endpoint(endpoint) for endpoint in known.endpoints()],
            "deliveries": [_delivery(delivery) for delivery in known.latest(realm_id, 100)],
        }
    )


@blueprint.post("/webhooks/test")
def test_webhook() -> Response:
    body = body_of_request()
    entity, what = str(body.get("entity", "Customer")), str(body.get("operation", "updated"))
    if what not in LETTERS or not told(entity, what):
        return reply({"error": f"no event tells of {entity} {what}"}, 400)
    realm_id = str(body.get("realmId", EVERYBODY))
    if not emulator().webhooks.test(realm_id, entity, str(body.get("id", "1")), what):
        return reply({"error": "no endpoint listens"}, 400)
    return reply({})


@blueprint.post("/webhooks/resend")
def resend_webhook() -> Response:
    if not emulator().webhooks.resend(int(body_of_request().get("number", 0))):
        return reply({"error": "unknown number"}, 404)
    return reply({})


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
