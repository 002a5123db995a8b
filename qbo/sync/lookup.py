"""Looking up whether QuickBooks carried out what it never answered.

A request is sent again under its own id, and QuickBooks then answers as it did the first time. But nobody knows how
long it remembers an id (facts 2), so after an hour we look before we send.
"""

from datetime import timedelta

from django.utils import timezone

from qbo.api import Client, payloads
from qbo.models import MirroredModel, OutboxEntry, Request, Verb
from qbo.sync import pull, reconcile
from qbo.sync.mapping import Mapping, Payload, View
from qbo.sync.registry import mapping_for

LOOK_UP_AFTER = timedelta(hours=1)


class Ambiguous(Exception):
    """More than one object in QuickBooks could be the one whose creation went unanswered."""


def find(entry: OutboxEntry, request: Request, client: Client) -> Payload | None:
    """For a request that has gone unanswered for long: the object, if QuickBooks turns out to have carried it out.

    Only where doing it twice would show. A second update or void changes nothing, and a second delete finds nothing.
    """
    if timezone.now() - request.created_at <= LOOK_UP_AFTER:
        return None
    mapping = mapping_for(entry.entity)
    obj = mapping.model.objects.get(pk=entry.object_id)
    if entry.verb == Verb.SAVE and not obj.qbo_id:
        return _created(entry, mapping, request, client)
    return _emailed(mapping, obj, request, client) if entry.verb == Verb.SEND else None


def _created(
    entry: OutboxEntry, mapping: Mapping[MirroredModel], request: Request, client: Client
) -> Payload | None:
    sent = mapping.view(payloads.loads(bytes(request.body or b"{}")))
    query = mapping.natural_key(sent)
    rows = client.query(query).rows if query else []
    rows = [row for row in rows if _may_be(row, mapping, sent, request)]
    if len(rows) > 1:
        raise Ambiguous(f"{len(rows)} objects in QuickBooks could be {entry.label}.")
    return rows[0] if rows else None


def _may_be(row: Payload, mapping: Mapping[MirroredModel], sent: View, request: Request) -> bool:
    """Whether a found object can be the one we sent: not older than the request, and about the same money."""
    created = payloads.parse_time(row["MetaData"]["CreateTime"])
    return created >= request.created_at - pull.CLOCK_SLACK and mapping.same_money(sent, mapping.view(row))


def _emailed(
    mapping: Mapping[MirroredModel], obj: MirroredModel, request: Request, client: Client
) -> Payload | None:
    """The object, if it was e-mailed since the request, and not by an e-mail that we know of."""
    row = client.read(mapping.entity, obj.qbo_id)
    when = _delivery_time(row)
    known = _delivery_time(reconcile.agreed_copy(mapping, obj) or {})
    is_news = when and when != known and payloads.parse_time(when) >= request.created_at - pull.CLOCK_SLACK
    return row if is_news else None


def _delivery_time(payload: Payload) -> str:
    return str((payload.get("DeliveryInfo") or {}).get("DeliveryTime") or "")
