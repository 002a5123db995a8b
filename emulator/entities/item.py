"""Item: services, products, inventory and the categories above them (facts 9.5)."""

from typing import TYPE_CHECKING

from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column, Kind
from emulator.entities.fields import (
    SYSTEM,
    choice,
    computed,
    day,
    flag,
    ignored,
    number,
    plain_name,
    reference,
    several,
    structure,
    text,
)
from emulator.entities.naming import mark_inactive, place_in_tree, rename_children, require_unique
from emulator.faults import QuickBooksFault, business, missing

if TYPE_CHECKING:
    from emulator.ledger import Ledger

INVENTORY_NEEDS = ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "QtyOnHand", "InvStartDate")

BUNDLED = {"ItemRef": reference("Item", named=True), "Qty": number(), **ignored("UOMRef")}


class Item(Entity):
    name = "Item"
    has_active = True
    display = "Name"
    fields = {
        **SYSTEM,
        "Name": plain_name(100),
        "Sku": text(100),
        "Description": text(4000),
        "PurchaseDesc": text(1000),
        "Active": flag(),
        "Type": choice("Inventory", "Service", "NonInventory", "Category", "Group"),
        "SubItem": flag(),
        "ParentRef": reference("Item", named=True),
        "Taxable": flag(),
        "SalesTaxIncluded": flag(),
        "PurchaseTaxIncluded": flag(),
        "UnitPrice": number(),
        "PurchaseCost": number(),
        "IncomeAccountRef": reference("Account", named=True),
        "ExpenseAccountRef": reference("Account", named=True),
        "AssetAccountRef": reference("Account", named=True),
        "SalesTaxCodeRef": reference("TaxCode"),
        "PurchaseTaxCodeRef": reference("TaxCode"),
        "ClassRef": reference("Class", named=True),
        "PrefVendorRef": reference("Vendor", named=True),
        "TrackQtyOnHand": flag(),
        "QtyOnHand": number(),
        "InvStartDate": day(),
        "ReorderPoint": number(),
        "TaxClassificationRef": reference("TaxClassification"),
        "ItemGroupDetail": structure({"ItemGroupLine": several(BUNDLED)}),
        "PrintGroupedItems": flag(),
        "FullyQualifiedName": computed(),
        "Level": computed(),
        **ignored(
            "AbatementRate", "AvgCost", "BarCode", "COGSAccountRef", "DeferredRevenue", "DepositToAccountRef",
            "ItemAssemblyDetail", "ItemCategoryType", "ItemEx", "ManPartNum", "PaymentMethodRef",
            "PercentBased", "QtyOnPurchaseOrder", "QtyOnSalesOrder", "RatePercent",
            "ReverseChargeRate", "SalesTaxCodeRate", "ServiceType", "Source", "SpecialItem", "SpecialItemType",
            "UOMSetRef", "UQCDisplayText", "UQCId", "ItemSalesDescription",
        ),
    }  # fmt: skip
    searchable = (
        Column("Name"),
        Column("Type"),
        Column("Sku", sortable=False),
        Column("FullyQualifiedName", sortable=False),
        Column("UnitPrice", Kind.NUMBER, filterable=False),
        Column("ParentRef", Kind.REFERENCE, filterable=False, sortable=False),
    )

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if not new.get("Name"):
            raise missing("Name")
        _settle_type(ledger, new, old)
        if new["Type"] == "Category":
            _settle_category(new)
        elif new["Type"] == "Group":
            _settle_bundle(ledger, new)
        else:
            _settle_product(new, old)
        new.setdefault("Active", True)
        if not new["Active"] and new["Type"] == "Category":
            raise business("Categories cannot be made inactive.", "Active")
        _check_parent(ledger, new)
        mark_inactive(ledger, self, "Name", new, old, " (deleted)")
        new.pop("Level", None)
        if level := place_in_tree(ledger, self, "Name", new):
            new["Level"] = level
        require_unique(ledger, ("Item",), "FullyQualifiedName", new)

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        if new is not None:
            rename_children(ledger, self, "Name", new, old)


def _settle_type(ledger: "Ledger", new: Record, old: Record | None) -> None:
    if "Type" not in new:
        new["Type"] = old["Type"] if old else "Inventory" if new.get("TrackQtyOnHand") else "Service"
    if new["Type"] == "Group" and not ledger.inside:  # read-only by API (facts 9.5)
        raise QuickBooksFault(500, "Bundles can be read only through the API.", "Type")
    if old is not None and old.get("TrackQtyOnHand") and not new.get("TrackQtyOnHand", True):
        raise business("Quantity tracking cannot be switched off again.", "TrackQtyOnHand")
    new["TrackQtyOnHand"] = bool(new.get("TrackQtyOnHand") or (old or {}).get("TrackQtyOnHand"))


def _settle_category(new: Record) -> None:
    """Categories have no price and no accounts."""
    for field in ("UnitPrice", "IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "TrackQtyOnHand"):
        new.pop(field, None)


def _settle_bundle(ledger: "Ledger", new: Record) -> None:
    """A bundle has no price and no accounts of its own; it may hold anything but bundles and categories."""
    _settle_category(new)
    lines = new.get("ItemGroupDetail", {}).get("ItemGroupLine", [])
    if not lines:
        raise missing("ItemGroupDetail")
    for line in lines:
        line.setdefault("Qty", 1)
        if ledger.need("Item", line["ItemRef"]["value"])["Type"] in {"Group", "Category"}:
            raise business("A bundle cannot hold bundles or categories.", "ItemGroupDetail")
    new.setdefault("Taxable", False)


def _settle_product(new: Record, old: Record | None) -> None:
    if new["Type"] == "Inventory":
        for field in INVENTORY_NEEDS:
            if field not in new and field not in (old or {}):
                raise missing(field)
        for field in ("QtyOnHand", "InvStartDate"):
            new.setdefault(field, (old or {}).get(field))
    elif "IncomeAccountRef" not in new and "ExpenseAccountRef" not in new:
        raise missing("IncomeAccountRef")
    new.setdefault("UnitPrice", 0)
    new.setdefault("PurchaseCost", 0)
    new.setdefault("Taxable", False)


def _check_parent(ledger: "Ledger", new: Record) -> None:
    if "ParentRef" not in new:
        new.pop("SubItem", None)
        return
    if ledger.need("Item", new["ParentRef"]["value"])["Type"] != "Category":
        raise QuickBooksFault(700, "Items can only be placed under a category.", "ParentRef")
    new["SubItem"] = True
