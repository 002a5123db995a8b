"""The API's JSON answers as the XML that old SDKs ask for: an `IntuitResponse` around records, queries and faults.

Shapes are those of Intuit's XML samples: references and memos are elements with text (`<CustomerRef name="Ann">7
</CustomerRef>`), lists are repeated elements, and what describes an element stands in its attributes.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from emulator.wire import loads

NAMESPACE = "http://schema.intuit.com/finance/v3"
CONTENT_TYPE = "application/xml;charset=UTF-8"
# What is an attribute in XML: of records, responses, batch items, faults and report rows.
ATTRIBUTES = {
    "domain", "sparse", "status", "startPosition", "maxResults", "totalCount", "bId", "type", "code", "element",
    "group",
}  # fmt: skip
FIRST = ("Id", "SyncToken", "MetaData")  # how every sample begins
REFERENCE = {"value", "name", "type"}
FORBIDDEN = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # XML 1.0 has no room for these


def to_xml(text: str) -> str:
    """The XML of an answer's JSON text."""
    body = loads(text)
    if "fault" in body:  # the gateway's shape, which has one XML variant (facts 7.1, 8.2)
        return _gateway(body)
    if "Columns" in body:
        return f'<Report xmlns="{NAMESPACE}">{_children(body)}</Report>'
    time = body.pop("time", None)
    attributes = f" time={quoteattr(str(time))}" if time else ""
    return f'<IntuitResponse xmlns="{NAMESPACE}"{attributes}>{_children(body)}</IntuitResponse>'


def _gateway(body: dict[str, Any]) -> str:
    fault = body["fault"]
    errors = [
        {"code": error["code"], "Message": error["message"], "Detail": error["detail"]}
        for error in fault["error"]
    ]
    inner = _element("Fault", {"type": fault["type"], "Error": errors})
    return f'<IntuitResponse xmlns="{NAMESPACE}">{inner}</IntuitResponse>'


def _children(body: dict[str, Any]) -> str:
    ordered = [name for name in FIRST if name in body] + [name for name in body if name not in FIRST]
    return "".join(part for name in ordered for part in _elements(name, body[name]))


def _elements(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for member in value:
            yield from _elements(name, member)
    elif value is not None:
        yield _element(name, value)


def _element(name: str, value: Any) -> str:
    if not isinstance(value, dict):
        return f"<{name}>{_text(value)}</{name}>"
    if name == "LineEx":
        value = {"NameValue": [extra["value"] for extra in value["any"]]}
    if name == "ColData":
        return f"<{name}{_attributes(value, set(value))}/>"
    if "value" in value and not set(value) - REFERENCE:
        return f"<{name}{_attributes(value, REFERENCE - {'value'})}>{_text(value['value'])}</{name}>"
    attributes = _attributes(value, _attribute_names(value))
    inner = _children({key: part for key, part in value.items() if key not in _attribute_names(value)})
    return f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"


def _attribute_names(value: dict[str, Any]) -> set[str]:
    return {key for key in ATTRIBUTES & set(value) if not isinstance(value[key], dict | list)}


def _attributes(value: dict[str, Any], names: set[str]) -> str:
    return "".join(
        f" {key}={quoteattr(_plain(part))}"
        for key, part in value.items()
        if key in names and part is not None
    )


def _text(value: Any) -> str:
    return escape(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return FORBIDDEN.sub("", f"{value:f}" if isinstance(value, Decimal) else str(value))
