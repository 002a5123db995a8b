"""Attachable: notes and files, and what they hang on (facts 9.5)."""

from typing import TYPE_CHECKING

from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column, Kind
from emulator.entities.fields import SYSTEM, choice, computed, flag, ignored, number, several, structure, text
from emulator.faults import QuickBooksFault, inactive, missing

if TYPE_CHECKING:
    from emulator.ledger import Ledger


class Attachable(Entity):
    """The file's own attributes are set by the upload."""

    name = "Attachable"
    operations = frozenset({"create", "read", "update", "query", "delete"})
    display = "FileName"
    fields = {
        **SYSTEM,
        "FileName": text(1000),
        "Note": text(2000),
        "Category": choice("Contact Photo", "Document", "Image", "Receipt", "Signature", "Sound", "Other"),
        "ContentType": text(100),
        "PlaceName": text(2000),
        "Lat": text(100),
        "Long": text(100),
        "Tag": text(2000),
        "AttachableRef": several(
            {
                "EntityRef": structure({"type": text(), "value": text(), "name": text()}),
                "IncludeOnSend": flag(),
                "LineInfo": text(),
                **ignored("NoRefOnly", "Inactive", "CustomField", "Ex"),
            }
        ),
        "Size": computed(number()),
        "FileAccessUri": computed(),
        "TempDownloadUri": computed(),
        **ignored("ThumbnailFileAccessUri", "ThumbnailTempDownloadUri", "AttachableEx"),
    }
    searchable = (
        Column("FileName"),
        Column("Note"),
        Column("Category"),
        Column("ContentType"),
        Column("Size", Kind.NUMBER),
        Column("PlaceName"),
        Column("Tag"),
        Column("AttachableRef.EntityRef.Type", sortable=False),
        Column("AttachableRef.EntityRef.value", sortable=False),
        Column("AttachableRef.IncludeOnSend", Kind.FLAG, sortable=False),
    )

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if not new.get("FileName") and not new.get("Note"):
            raise missing("Note")
        for place, link in enumerate(new.get("AttachableRef", [])):
            link.setdefault("IncludeOnSend", False)
            _check_target(ledger, link, f"AttachableRef[{place}].EntityRef")


def _check_target(ledger: "Ledger", link: Record, where: str) -> None:
    """What a file hangs on must be there; `type` is any case (Intuit's page writes `invoice`)."""
    if "EntityRef" not in link:
        return
    target = link["EntityRef"]
    if "type" not in target or "value" not in target:
        raise missing(where)
    entity = ledger.spelled(target["type"])
    if entity is None:
        raise QuickBooksFault(2170, f"Invalid Enumeration : {target['type']}", f"{where}.type")
    if ledger.find(entity, target["value"]) is None:
        raise inactive(where)
    link["EntityRef"] = {"value": target["value"], "type": entity}
