"""Events as the body of a POST, in both formats, and the headers that go with it (facts 6.1, 6.2, 6.5)."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from emulator.webhooks.events import Event
from emulator.wire import dumps

CLOUD_EVENTS, CLASSIC = "cloudevents", "classic"
FORMATS = (CLOUD_EVENTS, CLASSIC)
SOURCE = "intuit." + base64.b64encode(hashlib.sha256(b"emulator").digest()).decode()
# "created" is Create in the classic payload, and so on (facts 6.1).
OPERATIONS = {
    "created": "Create", "updated": "Update", "deleted": "Delete", "merged": "Merge", "voided": "Void",
    "emailed": "Emailed",
}  # fmt: skip


def body(format: str, events: Sequence[Event]) -> str:
    return dumps(_classic(events) if format == CLASSIC else [_cloud_event(event) for event in events])


def headers(content_type: str, now: datetime) -> dict[str, str]:
    """All but the signature, which depends on the token of the moment (facts 6.5)."""
    return {
        "content-type": content_type,
        "accept": "application/json",
        "user-agent": "intuit_notification_server/0.1",
        "intuit-notification-schema-version": "0.1",
        "intuit-created-time": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+0000",
        "intuit-t-id": str(uuid.uuid4()),
    }


def signature(verifier_token: str, message: bytes) -> str:
    digest = hmac.new(verifier_token.encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _cloud_event(event: Event) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event.uid,
        "source": SOURCE,
        "type": event.type,
        "datacontenttype": "application/json",
        "time": f"{event.happened.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z",
        "intuitentityid": event.entity_id,
        "intuitaccountid": event.realm_id,
        "data": {"deletedid": event.deleted_id} if event.deleted_id else {},
    }


def _classic(events: Sequence[Event]) -> dict[str, Any]:
    realms: dict[str, list[dict[str, str]]] = {}
    for event in events:
        realms.setdefault(event.realm_id, []).append(_classic_entity(event))
    return {
        "eventNotifications": [
            {"realmId": realm_id, "dataChangeEvent": {"entities": entities}}
            for realm_id, entities in realms.items()
        ]
    }


def _classic_entity(event: Event) -> dict[str, str]:
    moment = event.happened.astimezone(UTC)
    return {
        "name": event.entity,
        "id": event.entity_id,
        "operation": OPERATIONS[event.what],
        "lastUpdated": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
        **({"deletedId": event.deleted_id} if event.deleted_id else {}),
    }
