"""Rules that every transaction shares: open books, numbers, currency, deposits, and the note of a void."""

from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.entities.base import Entity, Record
from emulator.faults import QuickBooksFault, business, missing
from emulator.wire import amount

if TYPE_CHECKING:
    from emulator.ledger import Ledger

FIRST_NUMBER = 1000  # the counter starts here, so the first automatic number is 1001
DEPOSIT_TYPES = {"Bank", "Other Current Asset"}  # facts 9.4: where money may go
FIXED_BY_DEPOSIT = ("TotalAmt", "CustomerRef", "DepositToAccountRef")


def check_books_open(ledger: "Ledger", new: Record, old: Record | None) -> None:
    """6210 for a transaction dated on or before the closing date (facts 8.3, 9.5)."""
    closed: str | None = ledger.prefers("AccountingInfoPrefs", "BookCloseDate")
    if closed and any(record["TxnDate"] <= closed for record in (new, old) if record is not None):
        raise QuickBooksFault(
            6210,
            "Account Period Closed, Cannot Update Through Services API : The account period has closed and the account "
            f"books cannot be updated through the QBO Services API. Closing date: {closed}",
        )


def number_form(ledger: "Ledger", kind: Entity, new: Record, old: Record | None = None) -> None:
    """DocNumber (facts 9.3): by the server unless CustomTxnNumbers, where an absent one stays absent. A number that
    the client sends is stored and leaves the counter alone. All sales forms count together (emulator choice)."""
    custom = ledger.prefers("SalesFormsPrefs", "CustomTxnNumbers")
    if old is not None and "DocNumber" not in new and not custom and "DocNumber" in old:
        new["DocNumber"] = old["DocNumber"]  # emulator choice: automatic numbers are not cleared
    if old is None and "DocNumber" not in new and not custom:
        new["DocNumber"] = str(FIRST_NUMBER + ledger.count("DocNumber"))
    if custom and "DocNumber" in new and not ledger.allow_duplicate_number:
        _require_fresh_number(ledger, kind, new)


def _require_fresh_number(ledger: "Ledger", kind: Entity, new: Record) -> None:
    """6140 within one kind of form; the warning that switches this check in the real settings is always on here
    (emulator choice)."""
    for other in ledger.where(kind.name, "f_DocNumber = ?", new["DocNumber"].casefold()):
        if other["Id"] != new.get("Id"):
            raise QuickBooksFault(
                6140,
                "Duplicate Document Number Error : You must specify a different number. This number has already been "
                f"used. DocNumber={new['DocNumber']} is assigned to TxnType={kind.name} with TxnId={other['Id']}",
            )


def settle_currency(ledger: "Ledger", new: Record, old: Record | None) -> None:
    """CurrencyRef and ExchangeRate (facts 10). Without multicurrency everything is in the home currency; with it the
    currency must be said, and be the customer's."""
    if old is not None:
        new.setdefault("CurrencyRef", old["CurrencyRef"])
    if not ledger.multicurrency:
        new.setdefault("CurrencyRef", dict(ledger.home_currency))
        new.pop("ExchangeRate", None)
        return
    if "CurrencyRef" not in new:
        raise missing("CurrencyRef")
    code = new["CurrencyRef"]["value"]
    customer = ledger.glance("Customer", new.get("CustomerRef", {}).get("value", ""))
    if customer is not None and customer["CurrencyRef"]["value"] != code:
        raise business(
            "The transaction must be in the currency of the customer, "
            f"{customer['CurrencyRef']['value']}, and not in {code}.",
            "CurrencyRef",
        )
    at_home = code == ledger.home_currency["value"]
    # Clients send 0 for a rate that they do not know.
    new["ExchangeRate"] = 1 if at_home else new.get("ExchangeRate") or (old or {}).get("ExchangeRate", 1)
    if Decimal(new["ExchangeRate"]) < 0:
        raise QuickBooksFault(2090, f"Unsupported Number : {new['ExchangeRate']}", "ExchangeRate")


def show_at_home(ledger: "Ledger", new: Record, *names: str) -> None:
    """HomeTotalAmt and HomeBalance: the amounts in the home currency, with multicurrency only (facts 10)."""
    for name in names:
        home = "HomeTotalAmt" if name == "TotalAmt" else f"Home{name}"
        new.pop(home, None)
        if ledger.multicurrency:
            # What was written before multicurrency was switched on has no rate, and is in the home currency.
            new[home] = amount(Decimal(new[name]) * Decimal(new.get("ExchangeRate", 1)))


def settle_money_account(ledger: "Ledger", new: Record, kind: Entity) -> None:
    """DepositToAccountRef: Undeposited Funds unless the client says another bank or current asset (facts 9.4)."""
    if "DepositToAccountRef" not in new:
        found = ledger.where("Account", "f_AccountSubType = ? AND active = 1", "undepositedfunds")
        if found:
            named = {"name": found[0]["Name"]} if kind.fields["DepositToAccountRef"].named else {}
            new["DepositToAccountRef"] = {"value": found[0]["Id"], **named}
        return
    account = ledger.need("Account", new["DepositToAccountRef"]["value"])
    if account["AccountType"] not in DEPOSIT_TYPES:
        raise QuickBooksFault(
            6430, f"Invalid account type used : {account['AccountType']}", f"{kind.name}.DepositToAccountRef"
        )


def settle_card(new: Record) -> None:
    """6530: a card number belongs to Intuit's payment service, never to the books (facts 8.3)."""
    number = str(new.get("CreditCardPayment", {}).get("CreditChargeInfo", {}).get("Number", ""))
    if sum(letter.isdigit() for letter in number) > 4:
        raise QuickBooksFault(
            6530,
            "Credit card numbers cannot be kept : send the last four digits, masked.",
            "CreditCardPayment.CreditChargeInfo.Number",
        )


def is_deposited(record: Record) -> bool:
    return any(link["TxnType"] == "Deposit" for link in record.get("LinkedTxn", []))


def check_deposited(old: Record | None, new: Record | None = None) -> None:
    """6540 for taking back a deposited transaction, or changing what the deposit rests on (facts 8.3; that the rest
    may change is an emulator choice)."""
    if old is None or not is_deposited(old):
        return
    if new is None or any(new.get(name) != old.get(name) for name in FIXED_BY_DEPOSIT):
        raise QuickBooksFault(
            6540,
            "Deposited Transaction cannot be changed : If you want to modify or delete this transaction, you must "
            "first remove it from the deposit it is on.",
        )


def void_note(record: Record) -> str:
    """`Voided` is put before the old text (facts 9.3)."""
    note = record.get("PrivateNote", "")
    return f"Voided - {note}" if note else "Voided"
