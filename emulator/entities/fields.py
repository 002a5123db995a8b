"""Field tables: what a request may carry, checked and made canonical before anything else looks at it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from emulator.clock import parse_time
from emulator.faults import QuickBooksFault


class _Clear:
    """The value of a field that a request sent empty, to wipe it (facts 2, full update)."""


CLEAR: Final = _Clear()
LARGEST = Decimal(99999999999)  # facts 9.5, UnitPrice; taken for every number (emulator choice)

Reader = Callable[[Any, "Field", str], Any]


@dataclass(frozen=True)
class Field:
    """One row of an entity's field table."""

    read: Reader
    longest: int = 0
    choices: tuple[str, ...] = ()
    target: str = ""  # the entity that a reference points to
    named: bool = False  # answers carry the reference's name (facts 9.1)
    parts: Mapping[str, "Field"] | None = None
    read_only: bool = False


def clean(fields: Mapping[str, Field], payload: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The writable values of a request in canonical types; an emptied field becomes `CLEAR`.

    Read-only attributes are dropped in silence (facts 2), JSON null means nothing (facts 2, LIVE-F). Raises
    `QuickBooksFault`: 2010 for an unknown property and the 20xx codes for bad values.
    """
    result: dict[str, Any] = {}
    for name, value in payload.items():
        where = f"{path}.{name}" if path else name
        field = fields.get(name)
        if field is None:
            raise QuickBooksFault(2010, f"Property Name:{name} specified is unsupported or invalid", where)
        if value is not None and not field.read_only:
            result[name] = CLEAR if _is_empty(value) else field.read(value, field, where)
    return result


def _is_empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, Mapping) and all(part is None or _is_empty(part) for part in value.values())


def _text(value: Any, field: Field, where: str) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | Decimal):
        raise QuickBooksFault(2010, f"Property Name:{where} specified is unsupported or invalid", where)
    written = str(value)
    if field.longest and len(written) > field.longest:
        raise QuickBooksFault(2050, f"Min:0, Max:{field.longest}, Supplied length:{len(written)}", where)
    return written


def _name(value: Any, field: Field, where: str) -> str:
    written = _text(value, field, where)
    if re.search(r"[:\t\r\n]", written):  # facts 9.2, forbidden in names
        raise QuickBooksFault(2040, "The string contains invalid characters: colon, tab or newline", where)
    return written.strip()


def _number(value: Any, field: Field, where: str) -> Decimal | int:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise QuickBooksFault(2080, f"Invalid Number : {value}", where)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise QuickBooksFault(2080, f"Invalid Number : {value}", where) from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise QuickBooksFault(2090, f"Unsupported Number : {value}", where)
    return int(number) if number == number.to_integral() and not isinstance(value, Decimal) else number


def _flag(value: Any, field: Field, where: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:  # facts 2, lenient input
        return value.lower() == "true"
    raise QuickBooksFault(2010, f"Property Name:{where} specified is unsupported or invalid", where)


def _date(value: Any, field: Field, where: str) -> str:
    written = str(value)
    if not re.match(r"\d{4}-\d{2}-\d{2}", written):
        raise QuickBooksFault(2060, f"Invalid Date Format : {written}", where)
    try:
        return date.fromisoformat(written[:10]).isoformat()
    except ValueError:
        raise QuickBooksFault(2070, f"Invalid Date Value : {written}", where) from None


def _moment(value: Any, field: Field, where: str) -> str:
    try:
        parse_time(str(value))
    except ValueError:
        raise QuickBooksFault(2060, f"Invalid Date Format : {value}", where) from None
    return str(value)


def _choice(value: Any, field: Field, where: str) -> str:
    """An enumeration. Upper-case spellings with underscores are tolerated (facts 9.3, Void)."""
    folded = str(value).replace("_", "").replace(" ", "").casefold()
    for choice in field.choices:
        if choice.replace(" ", "").replace("_", "").casefold() == folded:
            return choice
    raise QuickBooksFault(2170, f"Invalid Enumeration : {value}", where)


def _reference(value: Any, field: Field, where: str) -> dict[str, str]:
    if isinstance(value, str | int) and not isinstance(value, bool):
        value = {"value": value}
    if not isinstance(value, Mapping) or set(value) - {"value", "name", "type"}:
        raise QuickBooksFault(2010, f"Property Name:{where} specified is unsupported or invalid", where)
    return {"value": str(value.get("value") or "")}


def _object(value: Any, field: Field, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise QuickBooksFault(2010, f"Property Name:{where} specified is unsupported or invalid", where)
    if field.parts is None:
        return dict(value)
    return {name: part for name, part in clean(field.parts, value, where).items() if part is not CLEAR}


def _list(value: Any, field: Field, where: str) -> list[Any]:
    members = value if isinstance(value, list) else [value]
    return [_object(member, field, f"{where}[{place}]") for place, member in enumerate(members)]


def _email(value: Any, field: Field, where: str) -> dict[str, str]:
    address = _object(value, field, where).get("Address", "")
    for one in address.split(","):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", one.strip()):  # facts 9.2: needs `@` and `.`
            raise QuickBooksFault(
                2210, f"Email Address does not conform to RFC 822 standard: {address}", where
            )
    return {"Address": address}


def text(longest: int = 0) -> Field:
    return Field(_text, longest=longest)


def plain_name(longest: int) -> Field:
    return Field(_name, longest=longest)


def number() -> Field:
    return Field(_number)


def flag() -> Field:
    return Field(_flag)


def day() -> Field:
    return Field(_date)


def moment() -> Field:
    return Field(_moment)


def choice(*choices: str) -> Field:
    return Field(_choice, choices=choices)


def reference(target: str, *, named: bool = False) -> Field:
    return Field(_reference, target=target, named=named)


def structure(parts: Mapping[str, Field] | None = None) -> Field:
    """A nested object; without parts anything inside is kept as it came."""
    return Field(_object, parts=parts)


def several(parts: Mapping[str, Field] | None = None) -> Field:
    return Field(_list, parts=parts)


def computed(field: Field | None = None) -> Field:
    """Set by the server; what a client sends is ignored (facts 2)."""
    return replace(field or Field(_object), read_only=True)


def ignored(*names: str) -> dict[str, Field]:
    """Attributes of the published schema that QuickBooks Online accepts and does not keep."""
    return dict.fromkeys(names, computed())


EMAIL = Field(
    _email, parts={"Address": text(100), "Default": computed(), "Tag": computed(), "Id": computed()}
)
PHONE = structure(
    {"FreeFormNumber": text(30)}
    | ignored("Id", "DeviceType", "CountryCode", "AreaCode", "ExchangeCode", "Extension", "Default", "Tag")
)
WEB = structure({"URI": text(1000)} | ignored("Id", "Default", "Tag"))
ADDRESS = structure(
    {f"Line{place}": text(500) for place in range(1, 6)}
    | {
        "City": text(255),
        "CountrySubDivisionCode": text(255),
        "Country": text(255),
        "PostalCode": text(30),
        "Note": text(),
    }
    | ignored("Id", "Lat", "Long", "Tag", "CountryCode", "County", "PostalCodeSuffix", "CountrySubDivision")
)
CUSTOM_FIELDS = several(
    {"DefinitionId": text(), "Name": text(), "Type": text(), "StringValue": text(31)}
    | ignored("BooleanValue", "DateValue", "NumberValue")
)
SYSTEM: dict[str, Field] = {
    **ignored("Id", "SyncToken", "MetaData", "domain", "sparse", "status", "AttachableRef"),
}
