"""What goes next, and together."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from qbo.api.calls import MAX_BATCH_ITEMS
from qbo.models import Company, OutboxEntry, Request, Verb
from qbo.sync.registry import mapping_for, mappings

State = OutboxEntry.State
#: QuickBooks has no batch for sending, and none on record for voiding.
IN_BATCHES = (Verb.SAVE, Verb.DELETE)
#: Dependencies are looked for among so many of the oldest; what depends on younger ones waits for them by itself.
IN_VIEW = 200


@dataclass
class Shipment:
    """A request and the entries that travel in it: one alone, or up to thirty of one kind in a batch.

    `fresh`: it has never left before, so an answer about this attempt is an answer about all of them.
    """

    request: Request
    entries: list[OutboxEntry]
    fresh: bool

    @property
    def entity(self) -> str:
        return self.entries[0].entity


def movable(company: Company) -> QuerySet[OutboxEntry]:
    """What goes by itself, now or later. Only the oldest unfinished entry of an object counts: a command waits for the
    edit before it."""
    earlier = OutboxEntry.objects.unfinished().filter(
        entity=OuterRef("entity"), object_id=OuterRef("object_id"), pk__lt=OuterRef("pk")
    )
    moving = OutboxEntry.objects.filter(company=company, state__in=[State.WAITING, State.IN_FLIGHT])
    return moving.filter(~Exists(earlier))


def has_due(company: Company) -> bool:
    return _due(company).exists()


def _due(company: Company) -> QuerySet[OutboxEntry]:
    at_once = Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now())
    return movable(company).filter(at_once)


def unanswered(company: Company, others: Sequence[Shipment] = ()) -> Shipment | None:
    """The oldest request whose outcome is unknown and whose time has come: it goes again, whole and as it was."""
    due = _beside(_due(company).filter(state=State.IN_FLIGHT), others)
    first = (
        due.exclude(request__in=[other.request for other in others])
        .select_related("request__company")
        .first()
    )
    if first is None:
        return None
    if first.request is None:
        raise RuntimeError(f"outbox entry {first.pk} is in flight without a request")
    carried = OutboxEntry.objects.filter(request=first.request, state=State.IN_FLIGHT)
    return Shipment(first.request, list(carried), fresh=False)


def waiting(company: Company, others: Sequence[Shipment] = ()) -> list[OutboxEntry]:
    """The entries of the next request: by dependency, then by age. Up to thirty edits of one entity go together."""
    due = _beside(_due(company).filter(state=State.WAITING), others)
    rank = {mapping.entity: position for position, mapping in enumerate(mappings())}
    entries = sorted(due[:IN_VIEW], key=lambda entry: (rank.get(entry.entity, 0), entry.pk))
    if not entries or not _goes_in_a_batch(first := entries[0]):
        return entries[:1]
    together = [entry for entry in entries if entry.entity == first.entity and _goes_in_a_batch(entry)]
    return together[:MAX_BATCH_ITEMS]


def _beside(due: QuerySet[OutboxEntry], others: Sequence[Shipment]) -> QuerySet[OutboxEntry]:
    """What may go while `others` are under way: only more of the same entity, because records of different kinds
    change each other; and beside a name list nothing, because QuickBooks takes one name at a time."""
    if not others:
        return due
    entity = others[0].entity
    return due.none() if mapping_for(entity).name_list else due.filter(entity=entity)


def _goes_in_a_batch(entry: OutboxEntry) -> bool:
    return entry.verb in IN_BATCHES and not entry.alone
