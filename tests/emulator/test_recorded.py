"""Answers that real QuickBooks companies gave, field by field beside the emulator's.

They are other people's recordings and not ours to hand on: `QBO_FIXTURES` names the folder that holds them.
"""

import json
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from emulator import entities
from emulator.entities.base import Record
from emulator.seed import empty
from emulator.store import Store
from tests.emulator.specimens import specimens, specimens_abroad

FOLDER = os.environ.get("QBO_FIXTURES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="QBO_FIXTURES is not set")
Shape = set[tuple[str, str]]  # (path, type)

# What recordings hold and the emulator's answers do not: kind of record (or * for all), paths, reason.
DIFFERENCES = (
    ("*", "*Addr.L[ao]*", "coordinates are no longer answered since 2025 (facts 2, Addresses)"),
    ("*", ".OtherContactInfo*", "a recording of 2013; no field table of 2026 has it"),
    ("Employee", ".Organization", "a recording of 2013; no field table of 2026 has it"),
    ("Invoice", ".Deposit*", "the recording was XML, and its converter made an object of a number"),
    ("Invoice", ".ExchangeRate*", "the recording was XML, and its converter made an object of a number"),
    ("TaxRate", ".EffectiveTaxRate[[][]].EndDate", "a rate that has ended; the emulator's never do"),
    ("Preferences", ".AccountingInfoPrefs.TaxForm", "a recording of 2013; no field table of 2026 has it"),
    (
        "Preferences",
        ".SalesFormsPrefs.CustomField[[][]].type",
        "the recording was XML; JSON has no such attribute",
    ),
    (
        "Preferences",
        ".VendorAndPurchasesPrefs.POCustomField*",
        "purchase orders are not the emulator's business",
    ),
    ("Preferences", ".TimeTrackingPrefs.*", "time tracking is not the emulator's business"),
    ("Attachable", ".TempDownloadUri", "made for each reader over HTTP, and not kept with the record"),
    ("Attachable", ".Thumbnail*", "the emulator makes no thumbnails"),
)


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "list"
    return "text" if isinstance(value, str) else "number"


def shape(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every path of a record with the type at its end; the members of a list count as one."""
    if path:
        yield path, kind_of(value)
    if isinstance(value, dict):
        for name, part in value.items():
            yield from shape(part, f"{path}.{name}")
    if isinstance(value, list):
        for part in value:
            yield from shape(part, f"{path}[]")


def recorded() -> Iterator[tuple[str, str, Record]]:
    """(file, kind of record, record) of every recorded answer whose kind the emulator has."""
    root = Path(FOLDER or "/nonexistent")
    for path in sorted(root.rglob("*.json")):
        if "request" in path.stem or "payload" in path.stem:
            continue
        content = json.loads(path.read_text())
        name = path.relative_to(root).as_posix()
        yield from ((name, kind, record) for kind, record in _records(content))


def _records(content: Any) -> Iterator[tuple[str, Record]]:
    """The records of an answer, however deep it holds them."""
    if isinstance(content, list):
        for member in content:
            yield from _records(member)
    if not isinstance(content, dict):
        return
    for name, value in content.items():
        if name in entities.BY_NAME:
            members = value if isinstance(value, list) else [value]
            yield from ((name, member) for member in members if _is_answer(member))
        elif name in {"body", "QueryResponse", "CDCResponse"}:
            yield from _records(value)


def _is_answer(record: Any) -> bool:
    return isinstance(record, dict) and "MetaData" in record and record.get("status") != "Deleted"


RECORDED = list(recorded())


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shape]:
    """What the emulator's answers hold, by kind of record."""
    store = Store(str(tmp_path_factory.mktemp("recorded") / "books.sqlite3"))
    home, abroad = store.create_company(), store.create_company(country="GB")
    for company in (home, abroad):
        empty(company)
    shapes: dict[str, Shape] = {}
    for name, record in (*specimens(home), *specimens_abroad(abroad)):
        shapes.setdefault(name, set()).update(shape(json.loads(json.dumps(record, default=float))))
    return shapes


@pytest.mark.parametrize(
    ("name", "kind", "record"), RECORDED, ids=[f"{name}-{kind}" for name, kind, _ in RECORDED]
)
def test_the_emulator_answers_what_was_recorded(
    known: dict[str, Shape], name: str, kind: str, record: Record
) -> None:
    unexplained = {
        path for path in shape(record) if path not in known[kind] and not _explained(kind, path[0])
    }
    assert not unexplained, sorted(unexplained)


def _explained(kind: str, path: str) -> bool:
    return any(of in {"*", kind} and fnmatchcase(path, paths) for of, paths, _ in DIFFERENCES)
