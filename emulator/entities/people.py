"""Vendor and Employee: here for the list of names that they share with customers (facts 9.2), and little else."""

from typing import TYPE_CHECKING

from emulator.entities.addresses import settle_address
from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column, Kind
from emulator.entities.fields import (
    ADDRESS,
    EMAIL,
    PHONE,
    SYSTEM,
    WEB,
    computed,
    day,
    flag,
    ignored,
    number,
    plain_name,
    reference,
    text,
)
from emulator.entities.naming import PEOPLE, TAKEN_PERSON, mark_inactive, require_unique
from emulator.faults import QuickBooksFault

if TYPE_CHECKING:
    from emulator.ledger import Ledger

NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
SUFFIX = " (deleted)"
PERSON = {
    **SYSTEM,
    "DisplayName": plain_name(500),
    "Title": plain_name(16),
    "GivenName": plain_name(100),
    "MiddleName": plain_name(100),
    "FamilyName": plain_name(100),
    "Suffix": plain_name(16),
    "PrintOnCheckName": plain_name(110),
    "Active": flag(),
    "PrimaryPhone": PHONE,
    "Mobile": PHONE,
    "PrimaryEmailAddr": EMAIL,
    **ignored(
        "IntuitId", "Organization", "UserId", "V4IDPseudonym", "ClientEntityId", "OtherContactInfo", "Source"
    ),
}
PERSON_SEARCHABLE = (
    Column("DisplayName"),
    Column("GivenName"),
    Column("MiddleName"),
    Column("FamilyName"),
    Column("PrintOnCheckName"),
    Column("PrimaryEmailAddr", Kind.EMAIL, sortable=False),
)


def name_person(ledger: "Ledger", kind: Entity, new: Record, old: Record | None) -> None:
    """DisplayName: given, kept or built from the parts in their order, and unique among all people."""
    if not new.get("DisplayName"):
        built = " ".join(new[part] for part in NAME_PARTS if new.get(part))
        if not built:
            raise QuickBooksFault(
                6080,
                "Either provide DisplayName or at least one of Title, GivenName, MiddleName, FamilyName, Suffix",
            )
        new["DisplayName"] = built
    mark_inactive(ledger, kind, "DisplayName", new, old, SUFFIX)
    kinds = (kind.name, *(person for person in PEOPLE if person != kind.name))
    if old is None or old["DisplayName"] != new["DisplayName"]:
        require_unique(ledger, kinds, "DisplayName", new, TAKEN_PERSON)
    new.setdefault(
        "PrintOnCheckName", new.get("CompanyName") or new["DisplayName"]
    )  # facts 9.2, follow samples


class Vendor(Entity):
    name = "Vendor"
    sequence = "name"
    has_active = True
    display = "DisplayName"
    fields = {
        **PERSON,
        "CompanyName": plain_name(100),
        "AlternatePhone": PHONE,
        "Fax": PHONE,
        "WebAddr": WEB,
        "BillAddr": ADDRESS,
        "AcctNum": text(100),
        "TaxIdentifier": text(20),
        "TermRef": reference("Term"),
        "CurrencyRef": reference("Currency"),
        "Vendor1099": flag(),
        "Balance": computed(),
        **ignored(
            "APAccountRef", "AltContactName", "BillRate", "ContactName", "CostRate", "Notes", "OtherAddr", "ShipAddr",
            "TaxReportingBasis",
        ),
    }  # fmt: skip
    searchable = (*PERSON_SEARCHABLE, Column("CompanyName"), Column("Balance", Kind.NUMBER))

    def fill(self, ledger: "Ledger", new: Record) -> None:
        new.setdefault("Balance", 0)
        new.setdefault("CurrencyRef", dict(ledger.home_currency))

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        new.setdefault("Active", True)
        new.setdefault("Vendor1099", False)
        name_person(ledger, self, new, old)
        settle_address(ledger, new, old, "BillAddr")


class Employee(Entity):
    name = "Employee"
    sequence = "name"
    has_active = True
    display = "DisplayName"
    fields = {
        **PERSON,
        "PrimaryAddr": ADDRESS,
        "EmployeeNumber": text(100),
        "SSN": text(100),
        "HiredDate": day(),
        "ReleasedDate": day(),
        "BirthDate": day(),
        "Gender": text(10),
        "BillableTime": flag(),
        "BillRate": number(),
        "CostRate": number(),
        **ignored("Fax", "AlternatePhone", "WebAddr", "EmployeeType", "UseTimeEntry"),
    }
    searchable = PERSON_SEARCHABLE

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        new.setdefault("Active", True)
        new.setdefault("BillableTime", False)
        name_person(ledger, self, new, old)
        settle_address(ledger, new, old, "PrimaryAddr")
