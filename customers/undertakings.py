"""What was done here about a customer and its documents, and what became of it in QuickBooks.

These are outbox entries, in words.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from customers.documents import AT_ONCE, RELATIONS, model_of, person
from customers.family import Family
from customers.models import Customer
from qbo import formats
from qbo.models import OutboxEntry, Verb
from qbo.sync.registry import mapping_for, mapping_for_model

State = OutboxEntry.State
SOON = timedelta(minutes=2)
DONE = {Verb.SAVE: "changed", Verb.SEND: "e-mailed", Verb.VOID: "voided", Verb.DELETE: "deleted"}
ORDINALS = ("", "first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True)
class Undertaking:
    """One outbox entry. `made_at` is when the record was entered, `by` who asked."""

    entity: str
    object_id: int
    verb: str
    state: str
    label: str
    reason: str
    options: dict[str, Any]
    attempts: int
    asked_at: datetime
    done_at: datetime | None
    made_at: datetime
    customer: int
    by: str

    @property
    def about(self) -> tuple[str, int]:
        return self.entity, self.object_id

    @property
    def is_first(self) -> bool:
        """Whether it is the one that took the record itself to QuickBooks."""
        return self.verb == Verb.SAVE and abs(self.asked_at - self.made_at) < AT_ONCE

    def title(self, is_own: bool) -> str:
        """In a few words; `is_own` where it is about the customer whose page it stands on."""
        if self.entity == "Customer" and self.reason in ("made inactive", "made active again"):
            return self.reason.capitalize()
        what = "Details" if is_own else self.label
        to = f" to {self.options['to']}" if self.verb == Verb.SEND and self.options.get("to") else ""
        return f"{what} {DONE[Verb(self.verb)]}{to}"

    @property
    def outcome(self) -> str:
        """What became of it: "In QuickBooks 3 seconds later, second try"."""
        if self.state != State.DONE or self.done_at is None:
            return "On its way" if self.state == State.WAITING else str(State(self.state).label)
        tries = self.attempts + 1
        again = f", {ORDINALS[tries] if tries < len(ORDINALS) else f'{tries}th'} try" if tries > 1 else ""
        return f"In QuickBooks {_later(self.done_at - self.asked_at, self.done_at)}{again}"

    def url(self, company_id: int, customer: Customer) -> str:
        model: Any = mapping_for(self.entity).model
        owner = {} if model is Customer else {"customer": customer}
        return str(model(pk=self.object_id, company_id=company_id, **owner).get_absolute_url())


def _later(passed: timedelta, at: datetime) -> str:
    if passed < timedelta(seconds=1):
        return "at once"
    if passed < SOON:
        seconds = int(passed.total_seconds())
        return f"{seconds} second{'' if seconds == 1 else 's'} later"
    return f"at {formats.moment(at)}" if ":" in formats.moment(at)[:3] else f"on {formats.moment(at)}"


def latest(family: Family, limit: int) -> list[Undertaking]:
    """The latest that were not dropped; one query."""
    branches = [
        _entries(Customer, "pk", family),
        *(_entries(model_of(name), "customer", family) for name in RELATIONS),
    ]
    rows = branches[0].union(*branches[1:], all=True).order_by("-created_at", "-object_id")
    return [Undertaking(*row) for row in rows[:limit]]


def _entries(model: Any, owner: str, family: Family) -> QuerySet[Any, Any]:
    members = [member.pk for member in family.members]
    records = model._default_manager.filter(**{f"{owner}__in": members}).order_by()
    this = model._default_manager.filter(pk=OuterRef("object_id"))
    found: QuerySet[Any, Any] = (
        OutboxEntry.objects.filter(entity=mapping_for_model(model).entity, object_id__in=records.values("pk"))
        .exclude(state=State.DROPPED)
        .order_by()
        .annotate(
            made_at=Subquery(this.values("created_at")),
            whose=Subquery(this.values(owner)),
            who=person("asked_by"),
        )
        .values_list(
            *("entity", "object_id", "verb", "state", "label", "reason", "options", "attempts"),
            *("created_at", "finished_at", "made_at", "whose", "who"),
        )
    )
    return found
