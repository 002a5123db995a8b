"""XML requests as the JSON objects that the rest of the API reads; the entities' field tables say what is what."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from emulator import entities
from emulator.entities.base import Record
from emulator.entities.fields import Field
from emulator.faults import QuickBooksFault

BATCH_TEXTS = {"Query", "ReportQuery"}


def record(body: bytes, name: str) -> Record:
    """The record that a request to the resource of that name carries (`<Customer sparse="true">...`)."""
    root = _root(body)
    kind = entities.get(name)
    if _name(root) != kind.name:
        raise QuickBooksFault(2010, f"Property Name:{_name(root)} specified is unsupported or invalid")
    return _record(root)


def batch(body: bytes) -> Record:
    """`<IntuitBatchRequest>` with its items."""
    return {"BatchItemRequest": [_item(item) for item in _root(body)]}


def _root(body: bytes) -> Element:
    """Raises 2010 for what is not XML. A document type is refused: entities in it could grow without end."""
    if b"<!DOCTYPE" in body:
        raise QuickBooksFault(2010, "Property Name:failed to parse xml; a document type is not allowed")
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - without a document type there is nothing to expand
    except ElementTree.ParseError as problem:
        raise QuickBooksFault(2010, f"Property Name:failed to parse xml; {problem}") from None


def _item(element: Element) -> Record:
    item: Record = dict(element.attrib)
    for child in element:
        name = _name(child)
        if name in BATCH_TEXTS:
            item[name] = child.text or ""
        elif name == "CDCQuery":
            item[name] = {_name(part): part.text or "" for part in child}
        else:
            item[name] = _record(child)
    return item


def _record(element: Element) -> Record:
    fields = entities.get(_name(element)).fields
    return {**element.attrib, **_members(element, fields)}


def _members(element: Element, fields: Mapping[str, Field]) -> Record:
    result: Record = {}
    for child in element:
        name = _name(child)
        value = _value(child, fields.get(name))
        if name in result:
            earlier = result[name] if isinstance(result[name], list) else [result[name]]
            result[name] = [*earlier, value]
        else:
            result[name] = value
    return result


def _value(element: Element, field: Field | None) -> Any:
    """An element with members is an object, and one without is the `value` of a reference or memo, or plain text."""
    parts = field.parts if field else None
    if len(element):
        return _members(element, parts or {})
    written = (element.text or "").strip()
    if field and (field.target or "value" in (parts or {})):
        return {"value": written, **element.attrib}
    return {} if parts is not None and not written else written


def _name(element: Element) -> str:
    """Without its namespace."""
    return element.tag.rpartition("}")[2]
