"""What the query language can filter and sort by: one SQL column per marked attribute (facts 3)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

SqlValue = str | int | float | None


class Kind(Enum):
    ID = "id"
    TEXT = "text"
    DAY = "day"  # ISO text, which sorts as time does
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    REFERENCE = "reference"
    EMAIL = "email"


@dataclass(frozen=True)
class Column:
    """One attribute that a query may name. `path` is spelled as QuickBooks spells it."""

    path: str
    kind: Kind = Kind.TEXT
    filterable: bool = True
    sortable: bool = True

    @property
    def sql(self) -> str:
        return _BUILT_IN.get(self.path) or "f_" + self.path.replace(".", "_")

    @property
    def stored(self) -> bool:
        """False for the columns that every table has anyway."""
        return self.path not in _BUILT_IN

    def extract(self, record: dict[str, Any]) -> SqlValue:
        """This attribute of a record, in the form it is compared in (text case-folded: facts 3)."""
        return to_sql(self.kind, _at(record, self.path))


_BUILT_IN = {
    "Id": "number",
    "Active": "active",
    "MetaData.CreateTime": "created_ms",
    "MetaData.LastUpdatedTime": "updated_ms",
}


def _at(record: Any, path: str) -> Any:
    """The value at a dotted path, whatever the case of its steps; of a list the first member (Attachable)."""
    for step in path.split("."):
        if isinstance(record, list):
            record = record[0] if record else None
        if not isinstance(record, dict):
            return None
        record = record.get(step, record.get(step.lower()))
    return record


def to_sql(kind: Kind, value: Any) -> SqlValue:
    if isinstance(value, dict):
        value = value.get("value" if kind is Kind.REFERENCE else "Address")
    if value is None:
        return None
    if kind is Kind.NUMBER:
        return float(Decimal(value))
    if kind is Kind.FLAG:
        return int(value)
    return str(value).casefold()


ID = Column("Id", Kind.ID)
ACTIVE = Column("Active", Kind.FLAG)
CREATED = Column("MetaData.CreateTime", Kind.MOMENT)
UPDATED = Column("MetaData.LastUpdatedTime", Kind.MOMENT)
EVERYWHERE = (ID, CREATED, UPDATED)
