"""TaxCode and TaxRate: to read and query only (facts 9.1, 9.5)."""

from typing import TYPE_CHECKING, Any

from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column
from emulator.entities.fields import SYSTEM, day, flag, ignored, number, reference, several, structure, text

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
        "AgencyRef": structure({"value": text()}),  # agencies are no records here, so nothing to look up
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
