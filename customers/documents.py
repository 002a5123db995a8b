"""Invoices, payments, estimates and credit memos of a customer in one list, whatever their tables.

They belong to the app above this one and are reached through their foreign keys to the customer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, CharField, DateTimeField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from customers.family import Family
from customers.models import Customer
from qbo.models import OutboxEntry, Verb
from qbo.sync.registry import mapping_for_model

RELATIONS = ("invoices", "payments", "estimates", "credit_memos")
#: A record and the entry that sends it first are written in one transaction.
AT_ONCE = timedelta(seconds=2)
TEXT: Any = Value("", output_field=CharField())
NEVER: Any = Value(None, output_field=DateTimeField())
NO: Any = Value(False, output_field=BooleanField())


@dataclass(frozen=True)
class Document:
    """One row of the list. `spare` is what is left of a payment or a credit memo; `by` who entered it here."""

    relation: str
    pk: int
    customer: int
    day: date
    number: str
    method: str
    total: Decimal
    spare: Decimal
    currency: str
    qbo_id: str
    sync_state: str
    created_at: datetime
    qbo_created_at: datetime | None
    emailed_at: datetime | None
    bill_email: str
    by: str
    is_void: bool
    was_sent_at_once: bool

    @property
    def model(self) -> Any:
        return model_of(self.relation)

    @property
    def entity(self) -> str:
        return mapping_for_model(self.model).entity

    @property
    def label(self) -> str:
        kind = self.method or str(self.model._meta.verbose_name).capitalize()
        return (
            f"{kind} {self.number or ('' if self.relation == 'payments' else 'without a number yet')}".strip()
        )

    @property
    def was_made_here(self) -> bool:
        """What is entered here is noted for QuickBooks in the same moment, and older than what that makes of it. The
        times alone do not tell, since QuickBooks' are in whole seconds."""
        if not self.qbo_id or self.by or self.was_sent_at_once:
            return True
        return self.qbo_created_at is not None and self.created_at < self.qbo_created_at

    @property
    def made_at(self) -> datetime:
        return self.created_at if self.was_made_here else self.qbo_created_at or self.created_at

    def url(self, company_id: int, customer: Customer) -> str:
        return str(self.model(pk=self.pk, company_id=company_id, customer=customer).get_absolute_url())


def model_of(relation: str) -> Any:
    return getattr(Customer, relation).rel.related_model


def latest(family: Family, relations: Iterable[str], limit: int) -> list[Document]:
    """The latest by their dates; one query."""
    branches = [_columns(model_of(relation), relation, family) for relation in relations]
    rows = branches[0].union(*branches[1:], all=True).order_by("-txn_date", "-pk")
    return [Document(*row) for row in rows[:limit]]


def emailed(family: Family, limit: int) -> list[Document]:
    """Those of whose latest e-mail QuickBooks tells, the last sent first; one query."""
    models = [(relation, model_of(relation)) for relation in RELATIONS]
    branches = [
        _columns(model, relation, family).filter(emailed_at__isnull=False)
        for relation, model in models
        if _has(model, "emailed_at")
    ]
    rows = branches[0].union(*branches[1:], all=True).order_by("-sent_at", "-pk")
    return [Document(*row) for row in rows[:limit]]


def _has(model: Any, name: str) -> bool:
    return any(field.name == name for field in model._meta.get_fields())


def _columns(model: Any, relation: str, family: Family) -> QuerySet[Any, Any]:
    """The columns of `Document`, with blanks for what a kind of document does not have."""

    def column(blank: Any, *names: str) -> Any:
        return next((F(name) for name in names if _has(model, name)), blank)

    rows = model._default_manager.present().filter(customer__in=[member.pk for member in family.members])
    found: QuerySet[Any, Any] = (
        rows.order_by()
        .annotate(
            relation=Value(relation),
            reference=column(TEXT, "ref_number", "doc_number"),
            means=Coalesce("method__name", TEXT) if _has(model, "method") else TEXT,
            spare=column(F("total"), "unapplied", "balance"),
            sent_at=column(NEVER, "emailed_at"),
            sent_to=column(TEXT, "bill_email"),
            who=person("entered_by") if _has(model, "entered_by") else TEXT,
            void=column(NO, "is_void"),
            noted=Exists(entered(mapping_for_model(model).entity)),
        )
        .values_list(
            *("relation", "pk", "customer", "txn_date", "reference", "means", "total", "spare", "currency"),
            *(
                "qbo_id",
                "sync_state",
                "created_at",
                "qbo_created_at",
                "sent_at",
                "sent_to",
                "who",
                "void",
                "noted",
            ),
        )
    )
    return found


def entered(entity: str) -> QuerySet[OutboxEntry]:
    """The outbox entry that was written together with a row, for `Exists`."""
    entries = OutboxEntry.objects.filter(entity=entity, object_id=OuterRef("pk"), verb=Verb.SAVE)
    return entries.filter(created_at__lt=OuterRef("created_at") + AT_ONCE)


def person(user: str) -> Any:
    """How somebody is called: by their name, or as they sign in."""
    name = Trim(Concat(f"{user}__first_name", Value(" "), f"{user}__last_name"))
    return Coalesce(NullIf(name, Value("")), f"{user}__username", TEXT)
