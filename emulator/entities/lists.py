"""Term and PaymentMethod (facts 9.5)."""

from typing import TYPE_CHECKING

from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column
from emulator.entities.fields import SYSTEM, choice, computed, flag, ignored, number, plain_name
from emulator.entities.naming import mark_inactive, require_unique
from emulator.faults import QuickBooksFault, missing

if TYPE_CHECKING:
    from emulator.ledger import Ledger


class Term(Entity):
    name = "Term"
    has_active = True
    fields = {
        **SYSTEM,
        "Name": plain_name(31),
        "Active": flag(),
        "Type": computed(),
        "DueDays": number(),
        "DayOfMonthDue": number(),
        "DueNextMonthDays": number(),
        "DiscountPercent": number(),
        "DiscountDays": number(),
        "DiscountDayOfMonth": number(),
        **ignored("SalesTermEx"),
    }
    searchable = (Column("Name"),)
    limits = {
        "DueDays": (0, 999),
        "DayOfMonthDue": (1, 31),
        "DueNextMonthDays": (0, 999),
        "DiscountPercent": (0, 100),
        "DiscountDays": (0, 999),
        "DiscountDayOfMonth": (0, 31),
    }

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if not new.get("Name"):
            raise missing("Name")
        if "DueDays" not in new and "DayOfMonthDue" not in new:
            raise missing("DueDays")
        for field, (least, most) in self.limits.items():
            if field in new and not least <= new[field] <= most:
                raise QuickBooksFault(2090, f"Unsupported Number : {new[field]}", field)
        new.setdefault("Active", True)
        new.setdefault("DiscountPercent", 0)
        new["Type"] = "STANDARD" if "DueDays" in new else "DATE_DRIVEN"
        mark_inactive(ledger, self, "Name", new, old, " (deleted)")
        require_unique(ledger, ("Term",), "Name", new)


class PaymentMethod(Entity):
    name = "PaymentMethod"
    has_active = True
    fields = {
        **SYSTEM,
        "Name": plain_name(31),
        "Active": flag(),
        "Type": choice("CREDIT_CARD", "NON_CREDIT_CARD"),
        **ignored("PaymentMethodEx"),
    }
    searchable = (Column("Name"),)

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if not new.get("Name"):
            raise missing("Name")
        new.setdefault("Active", True)
        new.setdefault("Type", "NON_CREDIT_CARD")
        mark_inactive(ledger, self, "Name", new, old, " (Deleted)")  # a capital D here (facts 9.1)
        require_unique(ledger, ("PaymentMethod",), "Name", new)
