"""How one QuickBooks entity corresponds to one Django model."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar

from django.db import OperationalError, models
from django.utils import timezone

from qbo.api import Query
from qbo.api.payloads import parse_time
from qbo.models import Company, MirroredModel, Verb
from qbo.sync.echo import remote_write
from qbo.sync.fields import JSON, Field, Ref, references_at_hand
from qbo.sync.merge import Group

Payload = dict[str, JSON]
View = dict[str, JSON]
M = TypeVar("M", bound=MirroredModel)


class Mapping(Generic[M]):
    """One subclass per entity; an instance is stateless and shared.

    A *view* is the part of a QuickBooks object that we model, in the one form that is compared: one key per
    field, always present, None for what is empty. `view(payload)` reads it off QuickBooks' JSON, `dump(obj)` off
    our row; for every payload, `dump(store(payload)) == view(payload)`.
    """

    entity: ClassVar[str]
    model: ClassVar[type[MirroredModel]]
    fields: ClassVar[tuple[Field, ...]] = ()
    #: Fields that only make sense together; every other field is a group of its own.
    groups: ClassVar[tuple[Group, ...]] = ()
    #: Names of the groups that carry money: a clash there is always for a person to decide.
    always_ask: ClassVar[frozenset[str]] = frozenset()
    #: Whether local edits are sent at all.
    pushable: ClassVar[bool] = False
    #: What can be done to it besides saving.
    commands: ClassVar[frozenset[Verb]] = frozenset()
    #: Name lists have Active, hide inactive rows from queries and are never deleted.
    name_list: ClassVar[bool] = False
    #: Whether change data capture reports it (facts, section 5: not the tax entities).
    in_change_feed: ClassVar[bool] = True
    #: What `dump` looks at besides the row, to be fetched for many rows at once.
    related: ClassVar[tuple[str, ...]] = ()
    #: Models saved as a part of this one, with their foreign key to it.
    parts: ClassVar[dict[type[models.Model], str]] = {}

    # ── From QuickBooks' JSON ───────────────────────────────────────────────────────────────────

    def view(self, payload: Payload) -> View:
        """The modelled part of a QuickBooks object."""
        return {field.key: field.view(payload.get(field.key)) for field in self.fields if not field.owned}

    def load(self, obj: M, payload: Payload, keep: Collection[str] = ()) -> None:
        """Set the attributes of an (unsaved) instance, except those of the keys in `keep`.

        Raises MissingReference when it refers to an object that is not here.
        """
        for field in self.fields:
            if field.key not in keep:
                value = payload.get(field.key)
                field.load(obj, value if field.owned else field.view(value), obj.company)

    def store(self, obj: M, payload: Payload, keep: Collection[str] = (), *, pushed: bool = False) -> None:
        """Take QuickBooks' object into our row and save it; call inside a transaction and `remote_write()`.

        `keep` names view keys whose local value stays because it is newer; `pushed` says that the payload is the
        answer to our own write.
        """
        self.load(obj, payload, keep)
        self.stamp(obj, payload)
        obj.save()
        self.store_parts(obj, payload, keep, pushed=pushed)

    def store_parts(self, obj: M, payload: Payload, keep: Collection[str], *, pushed: bool) -> None:
        """Write what belongs to the row and lives in other tables."""

    def store_many(
        self, company: Company, pairs: Iterable[tuple[M, Payload]], *, pushed: bool = False
    ) -> list[tuple[M, Payload]]:
        """`store` for many rows, new or not, that have no edits of their own: in a few statements for all of them.

        Returns those that were written. What cannot be read, or refers to what is not here, is left out; `store` says
        why. Of the rows themselves no signals are sent.
        """
        pairs = list(pairs)
        wanted = self._references(payload for _, payload in pairs)
        with remote_write(), references_at_hand(company, wanted):
            readable = [(obj, payload) for obj, payload in pairs if self._loads(obj, payload)]
            objects = [obj for obj, _ in readable]
            self.before_many(objects)
            upsert(self.model, objects)
            self.store_parts_of_many(readable, pushed=pushed)
        return readable

    def _loads(self, obj: M, payload: Payload) -> bool:
        try:
            self.load(obj, payload)
            self.stamp(obj, payload)
        except OperationalError:
            raise
        except Exception:  # whatever it is: one by one, it is met again and told
            return False
        obj.version += 1
        return True

    def before_many(self, objects: Sequence[M]) -> None:
        """Work out what rests on other rows, before many are written."""

    def store_parts_of_many(self, pairs: Sequence[tuple[M, Payload]], *, pushed: bool) -> None:
        """`store_parts` for many; worth overriding where there are parts."""
        for obj, payload in pairs:
            self.store_parts(obj, payload, (), pushed=pushed)

    def _references(self, some: Iterable[Payload]) -> Iterator[tuple[str, str]]:
        for payload in some:
            yield from self.references(payload)

    def references(self, payload: Payload) -> Iterator[tuple[str, str]]:
        """The objects (entity, id) that a payload points at, as far as it is worth having them at hand."""
        for field in self.fields:
            if isinstance(field, Ref) and (piece := field.view(payload.get(field.key))):
                yield field.entity, piece["value"]

    def stamp(self, obj: M, payload: Payload) -> None:
        """Identity, version and times."""
        obj.qbo_id = str(payload["Id"])
        obj.sync_token = sync_token(payload)
        times = payload.get("MetaData", {})
        obj.qbo_created_at = parse_time(times["CreateTime"]) if times.get("CreateTime") else None
        obj.qbo_updated_at = parse_time(times["LastUpdatedTime"]) if times.get("LastUpdatedTime") else None
        obj.gone_at = None

    # ── To QuickBooks' JSON ─────────────────────────────────────────────────────────────────────

    def dump(self, obj: M, *, strict: bool = False) -> View:
        """The view of our row. With `strict`, NotReady for a reference that QuickBooks does not know yet."""
        return {field.key: field.dump(obj, strict) for field in self.fields if not field.owned}

    def create_payload(self, view: View) -> Payload:
        """The body of a create: what has a value."""
        return {key: piece for key, piece in view.items() if piece is not None}

    def update_payload(self, keys: Collection[str], view: View, agreed: Payload) -> Payload:
        """The sparse update that carries `keys`, with Id and SyncToken of the agreed copy.

        What is to be cleared carries its blank; what is empty on both sides is left out.
        """
        blanks = {field.key: field.blank for field in self.fields}
        was = self.view(agreed)
        changed = {
            key: blanks.get(key, "") if view[key] is None else view[key]
            for key in sorted(keys)
            if view[key] is not None or was[key] is not None
        }
        return {"Id": agreed["Id"], "SyncToken": agreed["SyncToken"], "sparse": True, **changed}

    # ── About one object ────────────────────────────────────────────────────────────────────────

    def label(self, obj: M) -> str:
        """What people call it: "Invoice 1042", "Kestrel Ridge"."""
        return str(obj)

    def amount(self, obj: M) -> Decimal | None:
        """The money that is at stake with it, for sorting and for telling people; None where there is none."""
        return None

    def remark(self, obj: M, answer: Payload) -> str:
        """Where QuickBooks' answer to a write comes to other sums than our row, which still has our own, and why; empty
        where both are equal to the cent."""
        return ""

    def natural_key(self, view: View) -> Query | None:
        """The query that finds an object whose creation may or may not have happened; None when nothing would."""
        return None

    def same_money(self, sent: View, found: View) -> bool:
        """Whether an object found by its natural key carries the money of the one sent."""
        return True

    def confirm(self, obj: M, payload: Payload) -> None:
        """QuickBooks' object is the one we know. What was worked out ahead of its answer gives way to it."""

    def is_done(self, obj: M, verb: Verb) -> bool:
        """Whether a command has been carried out already, by somebody in QuickBooks."""
        return False

    def touched(self, before: View | None, after: View) -> set[tuple[str, str]]:
        """Other objects (entity, id) that QuickBooks changed along with this one."""
        return set()

    def merged(self, company_id: int, qbo_id: str, into: str) -> None:
        """QuickBooks tells that it merged the object `qbo_id` into another. That it is gone is found by reading it."""

    def withdraw(self, obj: M) -> None:
        """The object is gone, from QuickBooks or before it got there: it stays as a row, marked so."""
        self.model.objects.filter(pk=obj.pk).update(gone_at=timezone.now())
        obj.refresh_from_db(fields=["gone_at"])

    def find(self, company: Company, qbo_id: str) -> M | None:
        found: Any = self.model.objects.filter(company=company, qbo_id=qbo_id).first()
        return found

    def all_query(self) -> Query:
        """Everything there is, inactive name-list rows included."""
        query = Query(self.entity).order_by("Id")
        return query.including_inactive() if self.name_list else query


def upsert(model: type[models.Model], objects: Sequence[Any]) -> None:
    """Insert rows that have no key yet, and write the others whole."""
    columns = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    columns = [name for name in columns if name != "created_at"]
    model._default_manager.bulk_create([obj for obj in objects if obj.pk is None])
    model._default_manager.bulk_create(
        [obj for obj in objects if obj.pk is not None],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=columns,
    )


def sync_token(payload: Payload) -> int | None:
    """The version as a whole number; None for the pseudo tax codes, which carry none."""
    token = payload.get("SyncToken")
    return None if token in (None, "") else int(token)
