"""JournalEntry: postings by hand. Of their effects the emulator keeps what they put on a customer's account; it has no
ledger of postings (emulator choice)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.clock import today
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
    reference,
    several,
    structure,
    text,
)
from emulator.entities.transactions import check_books_open, settle_currency
from emulator.faults import QuickBooksFault, business, inactive, missing, unsupported
from emulator.wire import amount

if TYPE_CHECKING:
    from emulator.ledger import Ledger

DETAIL = "JournalEntryLineDetail"
RECEIVABLE = "Accounts Receivable"


class JournalEntry(Entity):
    name = "JournalEntry"
    sequence = "transaction"
    display = "DocNumber"
    operations = frozenset({"create", "read", "update", "query", "delete"})
    fields = {
        **SYSTEM,
        "DocNumber": text(21),
        "TxnDate": day(),
        "PrivateNote": text(4000),
        "Adjustment": flag(),
        "CurrencyRef": reference("Currency"),
        "ExchangeRate": number(),
        "Line": several(
            {
                "Id": text(),
                "LineNum": number(),
                "Description": text(4000),
                "Amount": number(),
                "DetailType": choice(DETAIL),
                DETAIL: structure(
                    {
                        "PostingType": choice("Debit", "Credit"),
                        "AccountRef": reference("Account", named=True),
                        "ClassRef": reference("Class", named=True),
                        "DepartmentRef": reference("Department", named=True),
                        "Entity": structure(),
                        "TaxCodeRef": reference("TaxCode"),
                        **ignored("BillableStatus", "TaxAmount", "TaxApplicableOn", "TaxInclusiveAmt", "TaxRateRef"),
                    }
                ),
                **ignored("LineEx", "CustomField", "ProjectRef", "LinkedTxn"),
            }
        ),
        "TotalAmt": computed(),
        **ignored(
            "GlobalTaxCalculation", "HomeTotalAmt", "RecurDataRef", "TxnTaxDetail", "TxnSource",
            "TransactionLocationType", "LinkedTxn", "JournalCodeRef", "TaxRateRef", "DepartmentRef",
        ),
    }  # fmt: skip
    searchable = (Column("DocNumber"), Column("TxnDate", Kind.DAY))

    def fill(self, ledger: "Ledger", new: Record) -> None:
        new.setdefault("TxnDate", today(ledger.now).isoformat())

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if not new.get("Line"):
            raise QuickBooksFault(2250, "A journal entry needs lines.", "Line")
        if old is not None:
            new.setdefault("TxnDate", old["TxnDate"])
        settle_currency(ledger, new, old)
        check_books_open(ledger, new, old)
        new.setdefault("Adjustment", False)
        for place, line in enumerate(new["Line"]):
            line["Id"] = str(place)  # counted from 0, as Intuit's samples show
            _check_line(ledger, line, f"Line[{place}]")
        sides = {side: _side(new["Line"], side) for side in ("Debit", "Credit")}
        if sides["Debit"] != sides["Credit"]:
            raise QuickBooksFault(
                2300, f"Total debits {sides['Debit']} do not equal total credits {sides['Credit']}.", "Line"
            )
        new["TotalAmt"] = amount(sides["Debit"])

    def owed_by(self, ledger: "Ledger", record: Record) -> dict[str, Decimal]:
        return receivable(ledger, record)

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        check_books_open(ledger, old, None)


def _check_line(ledger: "Ledger", line: Record, where: str) -> None:
    if "Amount" not in line:
        raise missing(f"{where}.Amount")
    detail = line.setdefault(DETAIL, {})
    line["DetailType"] = DETAIL
    line["Amount"] = amount(line["Amount"])
    if "PostingType" not in detail:
        raise missing(f"{where}.{DETAIL}.PostingType")
    if Decimal(line["Amount"]) < 0:
        raise QuickBooksFault(2290, "The amount of a line cannot be negative.", f"{where}.Amount")
    if "AccountRef" not in detail:
        raise QuickBooksFault(6440, "A journal line needs an account.", f"{where}.{DETAIL}.AccountRef")
    account = ledger.glance("Account", detail["AccountRef"]["value"]) or {}
    who = detail.get("Entity", {})
    if account.get("AccountType") == "Accounts Payable":
        raise unsupported("journal entries on payables")
    if account.get("AccountType") == RECEIVABLE and (who.get("Type") != "Customer" or "EntityRef" not in who):
        raise business(
            "When you use Accounts Receivable, you must choose a customer in the Name field.",
            f"{where}.{DETAIL}.Entity",
        )
    if account.get("AccountType") == RECEIVABLE:
        customer = ledger.glance("Customer", str(who["EntityRef"].get("value")))
        if customer is None or not customer["Active"]:
            raise inactive(f"{where}.{DETAIL}.Entity.EntityRef")
        who["EntityRef"] = {"value": customer["Id"], "name": customer["DisplayName"]}


def receivable(ledger: "Ledger", entry: Record) -> dict[str, Decimal]:
    """What an entry puts on each customer's account: its debits of receivables less its credits."""
    owed: dict[str, Decimal] = {}
    for line in entry.get("Line", []):
        detail = line[DETAIL]
        account = ledger.glance("Account", detail["AccountRef"]["value"]) or {}
        if account.get("AccountType") == RECEIVABLE:
            customer = detail["Entity"]["EntityRef"]["value"]
            sign = 1 if detail["PostingType"] == "Debit" else -1
            owed[customer] = owed.get(customer, Decimal(0)) + sign * Decimal(line["Amount"])
    return owed


def _side(lines: list[Record], side: str) -> Decimal:
    return sum((Decimal(line["Amount"]) for line in lines if line[DETAIL]["PostingType"] == side), Decimal(0))
