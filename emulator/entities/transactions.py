"""Rules that every transaction shares: open books, numbers, and the note of a void."""

from typing import TYPE_CHECKING

from emulator.entities.base import Record
from emulator.faults import QuickBooksFault

if TYPE_CHECKING:
    from emulator.ledger import Ledger

FIRST_NUMBER = 1000  # the counter starts here, so the first automatic number is 1001


def check_books_open(ledger: "Ledger", new: Record, old: Record | None) -> None:
    """6210 for a transaction dated on or before the closing date (facts 8.3, 9.5)."""
    closed: str | None = ledger.prefers("AccountingInfoPrefs", "BookCloseDate")
    if closed and any(record["TxnDate"] <= closed for record in (new, old) if record is not None):
        raise QuickBooksFault(
            6210,
            "Account Period Closed, Cannot Update Through Services API : The account period has closed and the account "
            f"books cannot be updated through the QBO Services API. Closing date: {closed}",
        )


def number_form(ledger: "Ledger", new: Record, old: Record | None = None) -> None:
    """DocNumber (facts 9.3): by the server unless CustomTxnNumbers, where an absent one stays absent. A number that
    the client sends is stored and leaves the counter alone."""
    custom = ledger.prefers("SalesFormsPrefs", "CustomTxnNumbers")
    if old is not None and "DocNumber" not in new and not custom and "DocNumber" in old:
        new["DocNumber"] = old["DocNumber"]  # emulator choice: automatic numbers are not cleared
    if old is None and "DocNumber" not in new and not custom:
        new["DocNumber"] = str(FIRST_NUMBER + ledger.count("DocNumber"))
    if custom and "DocNumber" in new and not ledger.allow_duplicate_number:
        _require_fresh_number(ledger, new)


def _require_fresh_number(ledger: "Ledger", new: Record) -> None:
    """6140; the warning that switches this check in the real settings is always on here (emulator choice)."""
    for other in ledger.where("Invoice", "f_DocNumber = ?", new["DocNumber"].casefold()):
        if other["Id"] != new.get("Id"):
            raise QuickBooksFault(
                6140,
                "Duplicate Document Number Error : You must specify a different number. This number has already been "
                f"used. DocNumber={new['DocNumber']} is assigned to TxnType=Invoice with TxnId={other['Id']}",
            )


def void_note(record: Record) -> str:
    """`Voided` is put before the old text (facts 9.3)."""
    note = record.get("PrivateNote", "")
    return f"Voided - {note}" if note else "Voided"
