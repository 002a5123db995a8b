"""How one property of a QuickBooks object corresponds to one attribute of a model.

Every field can do three things: `view` a JSON value (its modelled part, in the one form that is compared), `dump`
the same form from a model instance, and `load` that form into one. For every value: loading a view and dumping it
again gives the view, so that taking in an object and sending it back makes no call.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from qbo.models import Company, MirroredModel
from qbo.sync import registry

JSON = Any


class NotReady(Exception):
    """The object refers to one that QuickBooks does not have yet, so it must wait for it."""

    def __init__(self, waits_for: MirroredModel) -> None:
        super().__init__(f"waits for {waits_for}")
        self.waits_for = waits_for


class MissingReference(Exception):
    """A QuickBooks object refers to one that is not mirrored here yet: read that one first."""

    def __init__(self, entity: str, qbo_id: str) -> None:
        super().__init__(f"{entity} {qbo_id} is not here yet")
        self.entity, self.qbo_id = entity, qbo_id


@dataclass(frozen=True)
class Field:
    """Text, and the base of the others. `key` is QuickBooks' property, `attr` ours.

    `owned` marks what QuickBooks computes: loaded, but neither compared nor sent.
    """

    key: str
    attr: str
    owned: bool = False

    #: What a sparse update carries to clear the property (a JSON null is ignored there).
    blank: ClassVar[JSON] = ""

    def view(self, value: JSON) -> JSON:
        return value or None

    def dump(self, obj: MirroredModel, strict: bool) -> JSON:
        return getattr(obj, self.attr) or None

    def load(self, obj: MirroredModel, piece: JSON, company: Company) -> None:
        setattr(obj, self.attr, piece or "")


class Text(Field):
    pass


@dataclass(frozen=True)
class Flag(Field):
    default: bool = False

    def view(self, value: JSON) -> JSON:
        return self.default if value is None else bool(value)

    def dump(self, obj: MirroredModel, strict: bool) -> JSON:
        return getattr(obj, self.attr)

    def load(self, obj: MirroredModel, piece: JSON, company: Company) -> None:
        setattr(obj, self.attr, piece)


@dataclass(frozen=True)
class Number(Field):
    """A decimal or whole number. With `default` None the property may be absent."""

    default: Decimal | None = Decimal(0)
    whole: bool = False

    def view(self, value: JSON) -> JSON:
        if value is None or value == "":
            return self.default
        return int(value) if self.whole else Decimal(str(value))

    def dump(self, obj: MirroredModel, strict: bool) -> JSON:
        return getattr(obj, self.attr)

    def load(self, obj: MirroredModel, piece: JSON, company: Company) -> None:
        setattr(obj, self.attr, piece)


class Date(Field):
    def dump(self, obj: MirroredModel, strict: bool) -> JSON:
        value = getattr(obj, self.attr)
        return value.isoformat() if value else None

    def load(self, obj: MirroredModel, piece: JSON, company: Company) -> None:
        setattr(obj, self.attr, date.fromisoformat(piece[:10]) if piece else None)


@dataclass(frozen=True)
class Nested(Field):
    """One text inside an object, such as `PrimaryEmailAddr.Address`."""

    inner: str = "Address"
    blank: ClassVar[JSON] = {}

    def view(self, value: JSON) -> JSON:
        text = (value or {}).get(self.inner)
        return {self.inner: text} if text else None

    def dump(self, obj: MirroredModel, strict: bool) -> JSON:
        text = getattr(obj, self.attr)
        return {self.inner: text} if text else None

    def load(self, obj: MirroredModel, piece: JSON, company: Company) -> None:
        setattr(obj, self.attr, piece[self.inner] if piece else "")


@dataclass(frozen=True)
class Ref(Field):
    """A reference to another mirrored object. Only its id counts; the name beside it is QuickBooks' affair."""

    entity: str = ""
    blank: ClassVar[JSON] = {"value": ""}

    def view(self, value: JSON) -> JSON:
        qbo_id = (value or {}).get("value")
        return {"value": str(qbo_id)} if qbo_id else None

    def dump(self, obj: MirroredModel, strict: bool) -> JSON:
        target: MirroredModel | None = getattr(obj, self.attr)
        return reference(target, strict) if target else None

    def load(self, obj: MirroredModel, piece: JSON, company: Company) -> None:
        setattr(obj, self.attr, resolve(company, self.entity, piece["value"]) if piece else None)


@dataclass(frozen=True)
class Address(Field):
    """A postal address spread over columns that begin with `attr` (`bill` fills bill_line1, bill_city …)."""

    blank: ClassVar[JSON] = {}
    PARTS: ClassVar[dict[str, str]] = {
        "Line1": "line1",
        "Line2": "line2",
        "Line3": "line3",
        "Line4": "line4",
        "Line5": "line5",
        "City": "city",
        "CountrySubDivisionCode": "region",
        "PostalCode": "postal_code",
        "Country": "country",
    }

    def view(self, value: JSON) -> JSON:
        # Id, Lat and Long change with every edit or are gone by now (facts, section 2), so they are left out.
        return {part: value[part] for part in self.PARTS if (value or {}).get(part)} or None

    def dump(self, obj: MirroredModel, strict: bool) -> JSON:
        values = {part: getattr(obj, f"{self.attr}_{column}") for part, column in self.PARTS.items()}
        return {part: text for part, text in values.items() if text} or None

    def load(self, obj: MirroredModel, piece: JSON, company: Company) -> None:
        for part, column in self.PARTS.items():
            setattr(obj, f"{self.attr}_{column}", (piece or {}).get(part, ""))


@dataclass(frozen=True)
class Computed(Field):
    """What QuickBooks computes and we only read: `convert` turns the JSON value into the attribute."""

    convert: Callable[[JSON], Any] = lambda value: value or ""
    owned: bool = True

    def load(self, obj: MirroredModel, piece: JSON, company: Company) -> None:
        setattr(obj, self.attr, self.convert(piece))


#: Begins a placeholder. A control character, because people may write "new:" into a note themselves.
NEW = "\x1anew:"


def reference(target: MirroredModel, strict: bool) -> dict[str, str]:
    """`{"value": id}` of a mirrored object.

    Without an id yet: NotReady when `strict`, else a placeholder that `resolve` and `settle` understand, for
    comparing and for freezing.
    """
    if target.qbo_id:
        return {"value": target.qbo_id}
    if strict:
        raise NotReady(target)
    return {"value": f"{NEW}{registry.mapping_of(target).entity}:{target.pk}"}


_at_hand: ContextVar[dict[tuple[str, str], MirroredModel] | None] = ContextVar("at_hand", default=None)


@contextmanager
def references_at_hand(company: Company, wanted: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Inside the block, `resolve` finds these objects (entity, id) without a query for each. Only what is looked up to
    be pointed at: nobody may change an object that many share."""
    ids: dict[str, set[str]] = defaultdict(set)
    for entity, qbo_id in wanted:
        ids[entity].add(qbo_id)
    found: dict[tuple[str, str], MirroredModel] = {}
    for entity, some in ids.items():
        rows = registry.mapping_for(entity).model.objects.filter(company=company, qbo_id__in=some)
        found |= {(entity, obj.qbo_id): obj for obj in rows}
    token = _at_hand.set(found)
    try:
        yield
    finally:
        _at_hand.reset(token)


def resolve(company: Company, entity: str, qbo_id: str) -> MirroredModel:
    """The mirrored object behind a QuickBooks id or a placeholder; MissingReference when it is not here."""
    near = (_at_hand.get() or {}).get((entity, qbo_id))
    if near is not None:
        return near
    model = registry.mapping_for(entity).model
    where = {"pk": qbo_id.rpartition(":")[2]} if qbo_id.startswith(NEW) else {"qbo_id": qbo_id}
    found: MirroredModel | None = model.objects.filter(company=company, **where).first()
    if found is None:
        raise MissingReference(entity, qbo_id)
    return found


def settle(company: Company, piece: JSON, *, strict: bool = True) -> JSON:
    """A (frozen) view with every placeholder replaced by the QuickBooks id. One that has none yet stays, or, when
    `strict`, raises NotReady."""
    if isinstance(piece, dict):
        return {key: settle(company, inner, strict=strict) for key, inner in piece.items()}
    if isinstance(piece, list):
        return [settle(company, inner, strict=strict) for inner in piece]
    if isinstance(piece, str) and piece.startswith(NEW):
        return reference(resolve(company, piece.split(":")[1], piece), strict)["value"]
    return piece
