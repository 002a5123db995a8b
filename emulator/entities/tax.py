"""TaxCode and TaxRate, to read and query only (facts 9.1, 9.5), and TaxAgency."""

from typing import TYPE_CHECKING, Any

from emulator.clock import metadata_time
from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column
from emulator.entities.fields import (
    SYSTEM,
    computed,
    day,
    flag,
    ignored,
    number,
    reference,
    several,
    structure,
    text,
)
from emulator.entities.naming import require_unique
from emulator.faults import missing

if TYPE_CHECKING:
    from emulator.ledger import Ledger

READ_ONLY = frozenset({"read", "query"})
PSEUDO_CODES: tuple[dict[str, Any], ...] = (
    {"Id": "TAX", "Name": "TAX", "Description": "TAX", "Active": True, "Taxable": True, "TaxGroup": False},
    {"Id": "NON", "Name": "NON", "Description": "NON", "Active": True, "Taxable": False, "TaxGroup": False},
    {
        "Id": "CustomSalesTax",
        "Name": "CustomSalesTax",
        "Description": "CustomSalesTax",
        "Active": True,
        "Taxable": True,
        "TaxGroup": True,
    },
)
_RATES = structure(
    {
        "TaxRateDetail": several(
            {
                "TaxRateRef": reference("TaxRate", named=True),
                "TaxTypeApplicable": text(),
                "TaxOrder": number(),
            }
        )
    }
)


class TaxCode(Entity):
    name = "TaxCode"
    operations = READ_ONLY
    has_active = True
    in_changes = False
    fields = {
        **SYSTEM,
        "Name": text(100),
        "Description": text(100),
        "Active": flag(),
        "Hidden": flag(),
        "Taxable": flag(),
        "TaxGroup": flag(),
        "SalesTaxRateList": _RATES,
        "PurchaseTaxRateList": _RATES,
        "TaxCodeConfigType": text(),
        **ignored("AdjustmentTaxRateList", "TaxCodeEx"),
    }
    searchable = (Column("Name"), Column("Description"))

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        new.setdefault("Active", True)
        new.setdefault("Taxable", True)
        new.setdefault("TaxGroup", True)
        new.setdefault("Hidden", False)
        new.setdefault("Description", new.get("Name", ""))
        new.setdefault("PurchaseTaxRateList", {"TaxRateDetail": []})


class TaxRate(Entity):
    name = "TaxRate"
    operations = READ_ONLY
    has_active = True
    in_changes = False
    fields = {
        **SYSTEM,
        "Name": text(100),
        "Description": text(100),
        "Active": flag(),
        "RateValue": number(),
        "AgencyRef": reference("TaxAgency"),
        "TaxReturnLineRef": structure({"value": text()}),
        "SpecialTaxType": text(),
        "DisplayType": text(),
        "EffectiveTaxRate": several({"RateValue": number(), "EffectiveDate": text(), "EndDate": day()}),
    }
    searchable = (Column("Name"), Column("Description"))

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        new.setdefault("Active", True)
        new.setdefault("Description", new.get("Name", ""))
        new.setdefault("SpecialTaxType", "NONE")
        new.setdefault("DisplayType", "ReadOnly")
        since = new.get("MetaData", {}).get("CreateTime") or metadata_time(ledger.now)
        new.setdefault("EffectiveTaxRate", [{"RateValue": new.get("RateValue", 0), "EffectiveDate": since}])


class TaxAgency(Entity):
    """Made by clients, and never changed by them (Intuit's page lists create and read)."""

    name = "TaxAgency"
    operations = frozenset({"create", "read", "query"})
    display = "DisplayName"
    in_changes = False
    fields = {
        **SYSTEM,
        "DisplayName": text(100),
        "TaxTrackedOnSales": flag(),
        "TaxTrackedOnPurchases": flag(),
        "TaxRegistrationNumber": text(100),
        "LastFileDate": computed(),
        "TaxAgencyConfig": computed(),
        **ignored("TaxAgencyExt", "RegistrationNumber", "ReportingPeriod"),
    }
    searchable = (Column("DisplayName"),)

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if not new.get("DisplayName"):
            raise missing("DisplayName")
        new.setdefault("TaxTrackedOnSales", True)
        new.setdefault("TaxTrackedOnPurchases", False)
        new["TaxAgencyConfig"] = "USER_DEFINED"
        require_unique(ledger, ("TaxAgency",), "DisplayName", new)
