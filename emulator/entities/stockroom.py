"""Quantities on hand of inventory items (facts 9.5)."""

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.ledger import Ledger


def move_stock(ledger: "Ledger", item_id: str, change: Decimal) -> None:
    """Add to QtyOnHand, which may fall below zero. SyncToken stays, as for a customer's balance (emulator choice)."""
    item = ledger.find("Item", item_id)
    if change and item is not None and item["Type"] == "Inventory":
        quantity = Decimal(item["QtyOnHand"]) + change
        changed = {**item, "QtyOnHand": int(quantity) if quantity == quantity.to_integral() else quantity}
        ledger.rewrite("Item", changed, item, token=False)
