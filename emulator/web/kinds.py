"""Which records have pages, what their lists show, and what a person may change on them. Names as in the API."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for

Json = dict[str, Any]


@dataclass(frozen=True)
class Edit:
    """A field with a form input. `path` is dotted: PrimaryEmailAddr.Address."""

    path: str
    type: str = "text"


@dataclass(frozen=True)
class Kind:
    """One list of the company file.

    `search` is the attribute that the search box looks into. `hides`: its records are made inactive, as name lists
    are; the others are transactions, to void (unless `voids` is false) and delete (facts 9.1, 6.3).
    """

    slug: str
    entity: str
    label: str
    columns: tuple[str, ...]
    order: str = "MetaData.LastUpdatedTime DESC"
    search: str = ""
    edits: tuple[Edit, ...] = ()
    hides: bool = False
    voids: bool = True

    @property
    def plural(self) -> str:
        """The word of the list: "Payment methods"."""
        return self.slug.replace("-", " ").capitalize()


CHANGED = ("SyncToken", "MetaData.LastUpdatedTime")
MEMO, NOTE, DATE = Edit("CustomerMemo.value"), Edit("PrivateNote"), Edit("TxnDate", "date")

KINDS = {
    kind.slug: kind
    for kind in (
        Kind(
            "customers",
            "Customer",
            "DisplayName",
            (
                "DisplayName",
                "PrimaryEmailAddr.Address",
                "PrimaryPhone.FreeFormNumber",
                "Balance",
                "Active",
                *CHANGED,
            ),
            "DisplayName",
            "DisplayName",
            (
                Edit("DisplayName"),
                Edit("CompanyName"),
                Edit("GivenName"),
                Edit("FamilyName"),
                Edit("PrimaryEmailAddr.Address"),
                Edit("PrimaryPhone.FreeFormNumber"),
                Edit("Notes"),
            ),
            hides=True,
        ),
        Kind(
            "items",
            "Item",
            "Name",
            ("Name", "Type", "UnitPrice", "Taxable", "Active", *CHANGED),
            "Name",
            "Name",
            (Edit("Name"), Edit("Description"), Edit("UnitPrice")),
            hides=True,
        ),
        Kind(
            "invoices",
            "Invoice",
            "DocNumber",
            (
                "DocNumber",
                "CustomerRef",
                "TxnDate",
                "DueDate",
                "TotalAmt",
                "Balance",
                "EmailStatus",
                *CHANGED,
            ),
            search="DocNumber",
            edits=(MEMO, NOTE, DATE, Edit("DueDate", "date"), Edit("DocNumber")),
        ),
        Kind(
            "payments",
            "Payment",
            "PaymentRefNum",
            ("TxnDate", "CustomerRef", "PaymentRefNum", "TotalAmt", "UnappliedAmt", *CHANGED),
            search="PaymentRefNum",
            edits=(Edit("PaymentRefNum"), NOTE, DATE),
        ),
        *(
            Kind(
                slug,
                entity,
                "DocNumber",
                ("DocNumber", "CustomerRef", "TxnDate", *more, "TotalAmt", *CHANGED),
                search="DocNumber",
                edits=(MEMO, NOTE, DATE, Edit("DocNumber")),
                voids=entity != "Estimate",
            )
            for slug, entity, more in (
                ("estimates", "Estimate", ("TxnStatus",)),
                ("credit-memos", "CreditMemo", ("RemainingCredit",)),
                ("sales-receipts", "SalesReceipt", ("PaymentRefNum",)),
                ("refund-receipts", "RefundReceipt", ("PaymentRefNum",)),
            )
        ),
        Kind(
            "deposits",
            "Deposit",
            "Id",
            ("Id", "DepositToAccountRef", "TxnDate", "TotalAmt", *CHANGED),
            edits=(NOTE, DATE),
            voids=False,
        ),
        Kind(
            "accounts",
            "Account",
            "Name",
            ("Name", "AccountType", "AccountSubType", "Active", "SyncToken"),
            "Name",
            "Name",
            (Edit("Name"), Edit("Description")),
            hides=True,
        ),
        Kind(
            "terms",
            "Term",
            "Name",
            ("Name", "DueDays", "Active", "SyncToken"),
            "Id",
            "",
            (Edit("Name"),),
            True,
        ),
        Kind(
            "payment-methods",
            "PaymentMethod",
            "Name",
            ("Name", "Type", "Active", "SyncToken"),
            "Id",
            "",
            (Edit("Name"),),
            hides=True,
        ),
    )
}
NUMBERS = {"Balance", "RemainingCredit", "UnitPrice", "TotalAmt", "UnappliedAmt", "DueDays"}
NAMES = {"CustomerRef", "DisplayName", "Name", "PrimaryEmailAddr.Address"}
# Columns that must not break over lines.
SHORT = {"MetaData.LastUpdatedTime", "TxnDate", "DueDate", "DocNumber", "Type", "PrimaryPhone.FreeFormNumber"}
SLUGS = {kind.entity: kind.slug for kind in KINDS.values()}


def title(kind: Kind, record: Json) -> str:
    """What people call a record; its Id where it has no name or number."""
    return str(record.get(kind.label) or f"Id {record['Id']}")


def dig(record: Json, path: str) -> Any:
    """The value at a dotted path, or None."""
    value: Any = record
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def nest(path: str, value: Any) -> Json:
    """The smallest object with that value at that path."""
    first, _, rest = path.partition(".")
    return {first: nest(rest, value) if rest else value}


def rows(record: Json, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every simple value and reference of a record with its path; lines are shown by themselves."""
    for name, value in record.items():
        if isinstance(value, dict) and "value" not in value:
            yield from rows(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            yield f"{prefix}{name}", value


def raw(value: Any) -> str:
    """A value as the API writes it; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return str(value.get("name") or value.get("value") or "")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


REFERENCES = {
    "CustomerRef": "customers",
    "ParentRef": "customers",
    "ItemRef": "items",
    "SalesTermRef": "terms",
}
REFERENCES |= {
    "PaymentMethodRef": "payment-methods",
    "DepositToAccountRef": "accounts",
    "IncomeAccountRef": "accounts",
}


def target(realm_id: str, path: str, value: Any) -> str | None:
    """The page that a reference leads to, if it has one."""
    slug = REFERENCES.get(path.rpartition(".")[2])
    if not slug or not isinstance(value, dict):
        return None
    return url_for("web.record", realm_id=realm_id, slug=slug, identity=value["value"])
