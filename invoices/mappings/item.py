"""Items as QuickBooks sees them (facts 9.5)."""

from collections.abc import Collection

from invoices.models import Item
from qbo.api import Query
from qbo.sync.fields import Computed, Flag, Number, Ref, Text
from qbo.sync.mapping import Mapping, Payload, View


class ItemMapping(Mapping[Item]):
    entity = "Item"
    model = Item
    pushable = True
    name_list = True
    fields = (
        Text("Name", "name"),
        Text("Type", "item_type"),
        Text("Description", "description"),
        Number("UnitPrice", "unit_price"),
        Flag("Taxable", "taxable"),
        Flag("Active", "active", default=True),
        Ref("IncomeAccountRef", "income_account", entity="Account"),
        Computed("FullyQualifiedName", "fully_qualified_name"),
    )

    def load(self, obj: Item, payload: Payload, keep: Collection[str] = ()) -> None:
        super().load(obj, payload, keep)
        # Lists and change data capture leave the SKU out: its absence says nothing.
        obj.sku = payload.get("Sku", obj.sku)

    def dump(self, obj: Item, *, strict: bool = False) -> View:
        """Its SKU goes along once, when it is made: later QuickBooks' lists do not say what it is, so that nobody could
        tell an edit from a gap."""
        view = super().dump(obj, strict=strict)
        return view if obj.qbo_id or not obj.sku else view | {"Sku": obj.sku}

    def natural_key(self, view: View) -> Query | None:
        return Query("Item").where("Name", "=", view["Name"]).including_inactive()

    def all_query(self) -> Query:
        # Lists leave the SKU out unless it is asked for by name (facts, section 3).
        return super().all_query().with_fields("Sku")
