"""What QuickBooks says when it refuses: one `Fault` per reason, read from any of the shapes it answers in.

The application answers `{"Fault": {"Error": [...]}}`, the gateway in front of it `{"fault": {"error":
[...]}}`, both sometimes in XML whatever was asked for, and now and then with an empty or foreign body, or
under HTTP 200.
Reference: https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from qbo.api import payloads

_SECRETS = (
    # The gateway's 401 quotes the access token it refuses.
    re.compile(
        r"(?i)(token[ _]expired:|bearer|(?:access|refresh)[ _]token[\"']?\s*[:=])\s*[\"']?[\w.~+/=-]{6,}"
    ),
    # Anything else that is long and unbroken is a token, not a sentence.
    re.compile(r"()\b(?=[\w.-]*[0-9])[\w.-]{60,}"),
)


@dataclass(frozen=True)
class Fault:
    """One reason for a refusal, in QuickBooks' own words with every token taken out."""

    code: str = ""
    message: str = ""
    detail: str = ""
    element: str = ""

    def __str__(self) -> str:
        # The detail mostly begins by repeating the message.
        words = [self.detail] if self.detail.startswith(self.message) else [self.message, self.detail]
        return " ".join(filter(None, [self.code, ": ".join(filter(None, words))]))


def scrub(text: str) -> str:
    """The text without access or refresh tokens."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1 [removed]", text)
    return text


def parse(body: bytes) -> tuple[Fault, ...]:
    """The faults in a response body; none when it holds no fault or cannot be read at all."""
    text = body.decode("utf-8-sig", errors="replace").strip()
    if text.startswith("<"):
        return _from_xml(text)
    try:
        return from_json(payloads.loads(text))
    except ValueError:
        return ()


def from_json(answer: Any) -> tuple[Fault, ...]:
    """The faults in a parsed JSON answer, or in one item of a batch answer."""
    if not isinstance(answer, Mapping):
        return ()
    fault = answer.get("Fault") or answer.get("fault")
    if not isinstance(fault, Mapping):
        return ()
    errors = fault.get("Error") or fault.get("error")
    listed = [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []
    # A fault that names no reason is a fault all the same.
    return _faults(listed or [{"message": fault.get("type")}])


def _faults(errors: Iterable[Mapping[str, Any]]) -> tuple[Fault, ...]:
    return tuple(
        Fault(
            code=_text(error.get("code")),
            message=_text(error.get("Message") or error.get("message")),
            detail=_text(error.get("Detail") or error.get("detail")),
            element=_text(error.get("element")),
        )
        for error in errors
    )


def _text(value: Any) -> str:
    """One line, scrubbed; some details carry a line break in the middle of a sentence."""
    return "" if value is None else scrub(" ".join(str(value).split()))


def _from_xml(text: str) -> tuple[Fault, ...]:
    # QuickBooks never declares a document type; somebody who does wants entities expanded.
    if "<!doctype" in text.lower() or "<!entity" in text.lower():
        return ()
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError:
        return ()
    return _faults(_error_fields(node) for node in root.iter() if _local_name(node) == "Error")


def _error_fields(node: ElementTree.Element) -> dict[str, str | None]:
    children = {_local_name(child): child.text for child in node}
    return {**node.attrib, **children}


def _local_name(node: ElementTree.Element) -> str:
    return str(node.tag).rpartition("}")[2]
