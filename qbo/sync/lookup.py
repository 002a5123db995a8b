"""Looking up whether QuickBooks carried out what it never answered.

A request is sent again under its own id, and QuickBooks then answers as it did the first time. But nobody knows how
long it remembers an id (facts 2), so after an hour we look before we send. An e-mail is never sent again on the
strength of an id: there we look at once.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from enum import Enum

from django.utils import timezone

from qbo.api import Client, payloads
from qbo.models import MirroredModel, OutboxEntry, Request, Verb
from qbo.sync import pull, reconcile
from qbo.sync.mapping import Mapping, Payload, View
from qbo.sync.registry import mapping_for

LOOK_UP_AFTER = timedelta(hours=1)


class Doubt(Enum):
    """What looking found, when it did not find the object."""

    NOT_THERE = "QuickBooks has not done it, or doing it again changes nothing."
    AMBIGUOUS = "More than one object in QuickBooks could be this one."
    UNCONFIRMED = "QuickBooks did not answer, and its record shows no such e-mail."


def is_time(request: Request, entries: Sequence[OutboxEntry]) -> bool:
    """Whether to look before sending the request again."""
    is_email = any(entry.verb == Verb.SEND for entry in entries)
    return is_email or timezone.now() - request.created_at > LOOK_UP_AFTER


def find(
    entry: OutboxEntry, request: Request, client: Client, others: Collection[str] = ()
) -> Payload | Doubt:
    """The object, if QuickBooks turns out to have carried the entry out, and otherwise in how far that is certain.

    `others` are ids that belong to other entries of the request.

    Only creations and e-mails are looked for, because only there doing it twice would show: a second update or void
    changes nothing, and a second delete finds nothing.
    """
    mapping = mapping_for(entry.entity)
    obj = mapping.model.objects.select_related("company").get(pk=entry.object_id)
    if entry.verb == Verb.SEND:
        return _emailed(mapping, obj, request, client)
    if entry.verb == Verb.SAVE and not obj.qbo_id:
        return _created(entry, mapping, request, client, others)
    return Doubt.NOT_THERE


def _created(
    entry: OutboxEntry,
    mapping: Mapping[MirroredModel],
    request: Request,
    client: Client,
    others: Collection[str],
) -> Payload | Doubt:
    sent = mapping.view(request.sent_about(entry))
    query = mapping.natural_key(sent)
    rows = list(client.iterate(query)) if query else []
    known = mapping.model.objects.filter(company=entry.company_id, qbo_id__in=[row["Id"] for row in rows])
    others = {*others, *known.values_list("qbo_id", flat=True)}
    rows = [row for row in rows if row["Id"] not in others and _may_be(row, mapping, sent, request)]
    if len(rows) > 1:
        return Doubt.AMBIGUOUS
    return rows[0] if rows else Doubt.NOT_THERE


def _may_be(row: Payload, mapping: Mapping[MirroredModel], sent: View, request: Request) -> bool:
    """Whether a found object can be the one we sent: not older than the request, and about the same money."""
    created = payloads.parse_time(row["MetaData"]["CreateTime"])
    return created >= request.created_at - pull.CLOCK_SLACK and mapping.same_money(sent, mapping.view(row))


def _emailed(
    mapping: Mapping[MirroredModel], obj: MirroredModel, request: Request, client: Client
) -> Payload | Doubt:
    """The object, if it was e-mailed since the request, and not by an e-mail that we know of."""
    row = client.read(mapping.entity, obj.qbo_id)
    when = _delivery_time(row)
    known = _delivery_time(reconcile.agreed_copy(mapping, obj) or {})
    is_news = when and when != known and payloads.parse_time(when) >= request.created_at - pull.CLOCK_SLACK
    return row if is_news else Doubt.UNCONFIRMED


def _delivery_time(payload: Payload) -> str:
    return str((payload.get("DeliveryInfo") or {}).get("DeliveryTime") or "")
