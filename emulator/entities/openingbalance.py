"""What a customer owed before QuickBooks: the Balance of a create request (facts 9.2).

QuickBooks makes a transaction of it. That it is an invoice, or a credit memo where the balance is negative, for an item
on Opening Balance Equity, is an emulator choice.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.clock import today
from emulator.entities.base import Entity, Record
from emulator.faults import business
from emulator.wire import amount

if TYPE_CHECKING:
    from emulator.ledger import Ledger

NAME = "Opening balance"


def open_balance(ledger: "Ledger", kind: Entity, customer: Record) -> None:
    """Put a form in the place of the balance that a new customer came with; the form then makes the balance."""
    owed = Decimal(customer["Balance"])
    if not owed:
        return
    date = customer.get("OpenBalanceDate", today(ledger.now).isoformat())
    bare = {name: value for name, value in customer.items() if name != "OpenBalanceDate"}
    ledger.save(kind, {**bare, "Balance": 0, "BalanceWithJobs": 0}, customer, token=False)
    detail = {
        "ItemRef": _item(ledger),
        **({"TaxCodeRef": {"value": "NON"}} if ledger.country == "US" else {}),
    }
    line = {
        "Amount": amount(abs(owed)),
        "Description": NAME,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }
    form = {
        "CustomerRef": {"value": customer["Id"], "name": customer["DisplayName"]},
        "CurrencyRef": dict(customer["CurrencyRef"]),
        "TxnDate": date,
        "GlobalTaxCalculation": "NotApplicable",
        "PrivateNote": NAME,
        "Line": [line],
    }
    ledger.enter("Invoice" if owed > 0 else "CreditMemo", form)


def _item(ledger: "Ledger") -> dict[str, str]:
    found = ledger.where("Item", "f_Name = ?", NAME.casefold())
    return {"value": (found[0] if found else _new_item(ledger))["Id"], "name": NAME}


def _new_item(ledger: "Ledger") -> Record:
    equity = ledger.where("Account", "f_AccountSubType = ? AND active = 1", "openingbalanceequity")
    if not equity:
        raise business("There is no account for opening balances.", "Balance")
    account = {"value": equity[0]["Id"], "name": equity[0]["Name"]}
    return ledger.enter("Item", {"Name": NAME, "Type": "Service", "IncomeAccountRef": account})
