"""Customer and sub-customer (facts 9.2)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.entities.addresses import settle_address
from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column, Kind
from emulator.entities.currency import deal_in
from emulator.entities.fields import (
    ADDRESS,
    CUSTOM_FIELDS,
    PHONE,
    WEB,
    choice,
    computed,
    day,
    flag,
    ignored,
    number,
    plain_name,
    reference,
    text,
)
from emulator.entities.naming import place_in_tree, rename_children
from emulator.entities.openingbalance import open_balance
from emulator.entities.people import PERSON, PERSON_SEARCHABLE, name_person
from emulator.faults import QuickBooksFault, business
from emulator.wire import amount

if TYPE_CHECKING:
    from emulator.ledger import Ledger

SHOWN_OF_TAX_ID = 5  # facts 9.2: masked on read, last five characters only


class Customer(Entity):
    name = "Customer"
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
        "ShipAddr": ADDRESS,
        "Notes": text(2000),
        "Job": flag(),
        "ParentRef": reference("Customer"),
        "BillWithParent": flag(),
        "SalesTermRef": reference("Term"),
        "PaymentMethodRef": reference("PaymentMethod"),
        "DefaultTaxCodeRef": reference("TaxCode"),
        "CustomerTypeRef": reference("CustomerType"),
        "ARAccountRef": reference("Account"),
        "CurrencyRef": reference("Currency"),
        "Taxable": flag(),
        "TaxExemptionReasonId": choice(*(str(reason) for reason in range(1, 16))),
        "ResaleNum": text(16),
        "PreferredDeliveryMethod": choice("Print", "Email", "None"),
        "Balance": number(),
        "OpenBalanceDate": day(),
        "PrimaryTaxIdentifier": text(20),
        "SecondaryTaxIdentifier": text(20),
        "BusinessNumber": text(10),
        "GSTIN": text(15),
        "GSTRegistrationType": text(15),
        "CustomField": CUSTOM_FIELDS,
        "BalanceWithJobs": computed(),
        "FullyQualifiedName": computed(),
        "Level": computed(),
        "IsProject": computed(),
        **ignored(
            "AcctNum", "AltContactName", "CCDetail", "ContactName", "CreditLimit", "ItemTaxRef", "JobInfo", "OtherAddr",
            "OverDueBalance", "PriceLevelRef", "RootCustomerRef", "SalesRepRef", "TaxCode", "TaxRegime", "TaxRegNo",
            "TotalExpense", "TotalRevenue", "TaxRef", "TaxRegimeRef", "ClassRef", "ClientCompanyId", "UnitCode",
        ),
    }  # fmt: skip
    searchable = (
        *PERSON_SEARCHABLE,
        Column("CompanyName"),
        Column("FullyQualifiedName"),
        Column("Balance", Kind.NUMBER),
        Column("BalanceWithJobs", Kind.NUMBER, filterable=False),
        Column("ParentRef", Kind.REFERENCE, filterable=False, sortable=False),
    )

    def fill(self, ledger: "Ledger", new: Record) -> None:
        new["Balance"] = new["BalanceWithJobs"] = amount(new.get("Balance", 0))
        _settle_currency(ledger, new)

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if old is not None:
            _keep_what_is_fixed(new, old)
        _default_flags(new)
        _require_parent(new)
        if old is not None:
            _check_billing(new, old)
        if (
            not new["Active"]
            and old is not None
            and old["Active"]
            and (new["BalanceWithJobs"] or new["Balance"])
        ):
            raise QuickBooksFault(6220, "This customer cannot be deleted because it has a non-zero balance")
        name_person(ledger, self, new, old)
        level = place_in_tree(ledger, self, "DisplayName", new)
        new.pop("Level", None)
        if level:
            new["Level"] = level
        for address in ("BillAddr", "ShipAddr"):
            settle_address(ledger, new, old, address)
        for identifier in ("PrimaryTaxIdentifier", "SecondaryTaxIdentifier"):
            if identifier in new:
                new[identifier] = _masked(new[identifier])

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        if new is not None and old is None:
            deal_in(ledger, new["CurrencyRef"]["value"])
            open_balance(ledger, self, new)
        if new is not None:
            rename_children(ledger, self, "DisplayName", new, old)
        if new is not None and old is not None:
            _move_balance(ledger, self, new, old)


def _settle_currency(ledger: "Ledger", new: Record) -> None:
    """The home currency if absent (facts 9.2). A sub-customer has its parent's, since their balances are added up
    (emulator choice)."""
    parent = ledger.glance("Customer", new.get("ParentRef", {}).get("value", "")) if new.get("Job") else None
    default = parent["CurrencyRef"] if parent else ledger.home_currency
    new.setdefault("CurrencyRef", dict(default))
    if parent and new["CurrencyRef"]["value"] != default["value"]:
        raise business("A sub-customer has the currency of its parent.", "CurrencyRef")


def _keep_what_is_fixed(new: Record, old: Record) -> None:
    """What an update cannot change: balances are computed, the currency is for life (facts 9.2), and the names that
    cannot be removed stay (facts 2)."""
    for fixed in ("Balance", "BalanceWithJobs", "CurrencyRef"):
        new[fixed] = old[fixed]
    new.pop("OpenBalanceDate", None)
    if not new.get("DisplayName"):
        new["DisplayName"] = old["DisplayName"]
    if not new.get("PrintOnCheckName"):
        new["PrintOnCheckName"] = old["PrintOnCheckName"]


def _check_billing(new: Record, old: Record) -> None:
    """6130: who pays for a sub-customer cannot change while it owes (facts 8.3; when is an emulator choice)."""
    moved = _parent(new) != _parent(old) and old["BillWithParent"]
    if old["Balance"] and (moved or new["BillWithParent"] != old["BillWithParent"]):
        raise QuickBooksFault(6130, "A customer who owes cannot change who it bills with.", "BillWithParent")


def _parent(record: Record) -> str:
    return str(record.get("ParentRef", {}).get("value", ""))


def _move_balance(ledger: "Ledger", kind: Entity, new: Record, old: Record) -> None:
    """A sub-customer takes what it owes along, from the BalanceWithJobs of the old parents to that of the new."""
    owed = Decimal(new["BalanceWithJobs"])
    if not owed or _parent(new) == _parent(old):
        return
    for identity, change in ((_parent(old), -owed), (_parent(new), owed)):
        while identity:
            above = ledger.need(kind.name, identity)
            moved = {**above, "BalanceWithJobs": amount(Decimal(above["BalanceWithJobs"]) + change)}
            ledger.save(kind, moved, above, token=False)
            identity = _parent(above)


def _default_flags(new: Record) -> None:
    new.setdefault("Active", True)
    new.setdefault("Job", False)
    new.setdefault("BillWithParent", False)
    new.setdefault("PreferredDeliveryMethod", "Print")
    if "TaxExemptionReasonId" in new:
        new["Taxable"] = False
    new.setdefault("Taxable", "DefaultTaxCodeRef" in new)


def _require_parent(new: Record) -> None:
    if new["Job"] and "ParentRef" not in new:
        raise QuickBooksFault(6150, "A sub-customer needs a ParentRef.", "ParentRef")
    if not new["Job"]:
        new.pop("ParentRef", None)
        new["BillWithParent"] = False


def _masked(identifier: str) -> str:
    if identifier.startswith("XXXXXX"):
        return identifier
    letters = [letter for letter in identifier if letter.isalnum()]
    return "XXXXXX" + "".join(letters[-SHOWN_OF_TAX_ID:])
