"""QuickBooks' webhooks: what a delivery says, and whether it is QuickBooks that says it (facts, section 6).

An event is a hint that an object changed, not data: the worker reads the object again. So duplicates and disorder do no
harm, and whatever is lost on the way is found by the next look for changes.
"""

import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from qbo.api import payloads
from qbo.models import Company
from qbo.sync import inbox
from qbo.sync.registry import mapping_for, mappings

log = logging.getLogger("qbo.webhooks")

#: Operations after which the record's own time says whether we have it already. Both forms' words.
PLAIN = frozenset({"create", "created", "update", "updated"})
#: When news last came is for people to see, so it is not written for each.
NOTED_EVERY = timedelta(seconds=10)

TYPE = re.compile(r"^qbo\.(?P<entity>[a-z]+)\.(?P<operation>[a-z]+)\.v\d+$")
QBO_ID = re.compile(r"^[0-9A-Za-z_.-]{1,32}$")


class Unreadable(ValueError):
    """The body is signed but is neither of the two forms that QuickBooks sends."""


@dataclass(frozen=True)
class Event:
    """Something happened to one object. `merged_id` is the object that a merge removed, else empty; `at` is QuickBooks'
    time of it, None where it is not told."""

    realm_id: str
    entity: str
    qbo_id: str
    operation: str
    merged_id: str = ""
    at: datetime | None = None


def is_genuine(body: bytes, signature: str, verifier_token: str) -> bool:
    """Whether the raw body was signed with the app's verifier token; never without a token of our own."""
    if not verifier_token or not signature:
        return False
    digest = hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()
    return constant_time_compare(base64.b64encode(digest).decode(), signature)


def parse(body: bytes) -> list[Event]:
    """The events of a delivery, CloudEvents or classic; one that makes no sense is left out with a log line.

    Raises Unreadable.
    """
    try:
        content = payloads.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if isinstance(content, list):
        return list(_cloud_events(content))
    if isinstance(content, dict) and isinstance(content.get("eventNotifications"), list):
        return list(_classic(content["eventNotifications"]))
    raise Unreadable("neither CloudEvents nor the classic form")


def record(events: Sequence[Event]) -> int:
    """Note what has to be read again, for the companies and entities we have; returns how many objects that is."""
    realms = {event.realm_id for event in events}
    known = Company.objects.filter(realm_id__in=realms).values_list("realm_id", "pk", "last_webhook_at")
    companies = {realm_id: (pk, last) for realm_id, pk, last in known}
    entities = {mapping.entity.lower(): mapping.entity for mapping in mappings()}
    changed: dict[str, dict[tuple[str, str], datetime | None]] = {}
    for event in events:
        entity = entities.get(event.entity.lower())
        if event.realm_id not in companies or entity is None:
            log.info("ignored: %s %s in company %s", event.entity, event.operation, event.realm_id)
            continue
        if event.merged_id:
            mapping_for(entity).merged(companies[event.realm_id][0], event.merged_id, event.qbo_id)
        # Only a plain change shows in the record's own time; a merge or a deletion is looked at in any case.
        at = event.at if event.operation in PLAIN else None
        objects = changed.setdefault(event.realm_id, {})
        for key in ((entity, qbo_id) for qbo_id in (event.qbo_id, event.merged_id) if qbo_id):
            before = objects.get(key, at)
            objects[key] = max(before, at) if before and at else None
    for realm_id, objects in changed.items():
        company_id, last = companies[realm_id]
        inbox.note_many(company_id, sorted(objects), reason="webhook", happened=objects, in_a_moment=True)
        if last is None or timezone.now() - last > NOTED_EVERY:
            Company.objects.filter(pk=company_id).update(last_webhook_at=timezone.now())
    return sum(len(objects) for objects in changed.values())


def _cloud_events(items: list[Any]) -> Iterator[Event]:
    """Every attribute but the five below may be missing (facts 6.2)."""
    for item in items:
        kind = TYPE.match(str(item.get("type", ""))) if isinstance(item, dict) else None
        if kind is None:
            log.warning("ignored an event of an unknown type")
            continue
        data = item.get("data") if isinstance(item.get("data"), dict) else {}
        merged = data.get("deletedid") or data.get("deletedId") or data.get("deleted_id") or ""
        at = _time(item.get("time"))
        realm_id, qbo_id = item.get("intuitaccountid"), item.get("intuitentityid")
        yield from _checked(realm_id, kind["entity"], qbo_id, kind["operation"], merged, at)


def _classic(notifications: list[Any]) -> Iterator[Event]:
    for notification in notifications:
        if not isinstance(notification, dict):
            continue
        change = notification.get("dataChangeEvent")
        entities = change.get("entities") if isinstance(change, dict) else None
        for item in entities if isinstance(entities, list) else ():
            if isinstance(item, dict):
                yield from _checked(
                    notification.get("realmId"),
                    item.get("name"),
                    item.get("id"),
                    str(item.get("operation", "")).lower(),
                    item.get("deletedId") or "",
                    _time(item.get("lastUpdated")),
                )


def _time(written: Any) -> datetime | None:
    try:
        return payloads.parse_time(str(written)) if written else None
    except ValueError:
        return None


def _checked(
    realm_id: Any, entity: Any, qbo_id: Any, operation: str, merged: Any, at: datetime | None
) -> Iterator[Event]:
    """The event, unless an id in it is none."""
    wanted = [realm_id, qbo_id, *([merged] if merged else [])]
    if all(QBO_ID.match(str(each)) for each in wanted) and isinstance(entity, str):
        yield Event(str(realm_id), entity, str(qbo_id), operation, str(merged), at)
    else:
        log.warning("ignored an event with an id that is none")
