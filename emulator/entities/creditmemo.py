"""CreditMemo: what a customer has to their credit, applied to invoices by payments (facts 9.4, 9.5)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.entities.applying import unlink
from emulator.entities.autoapply import apply_credits
from emulator.entities.base import Record
from emulator.entities.fields import computed, ignored, number, reference
from emulator.entities.forms import BALANCE, FORM, FORM_SEARCHABLE, SalesForm
from emulator.entities.transactions import show_at_home
from emulator.faults import business
from emulator.wire import amount

if TYPE_CHECKING:
    from emulator.ledger import Ledger


class CreditMemo(SalesForm):
    """Voided only inside QuickBooks: the page of the API lists no void (facts 2)."""

    name = "CreditMemo"
    stock = 1
    fields = {
        **FORM,
        "SalesTermRef": reference("Term"),
        "PaymentMethodRef": computed(),
        "InvoiceRef": reference("Invoice"),
        "LinkedTxn": computed(),
        "Balance": computed(),
        "HomeBalance": computed(),
        "RemainingCredit": computed(),
        "Deposit": computed(number()),
        **ignored("DueDate", "PaymentRefNum", "DepositToAccountRef", "CheckPayment", "CreditCardPayment"),
    }
    searchable = (*FORM_SEARCHABLE, BALANCE)

    def fill(self, ledger: "Ledger", new: Record) -> None:
        super().fill(ledger, new)
        new["LinkedTxn"] = []

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        super().settle(ledger, new, old)
        if (
            old is not None
            and old["LinkedTxn"]
            and new["CustomerRef"]["value"] != old["CustomerRef"]["value"]
        ):
            raise business("The customer of an applied credit memo cannot be changed.", "CustomerRef")
        used = Decimal(old["TotalAmt"]) - Decimal(old["Balance"]) if old else Decimal(0)
        left = Decimal(new["TotalAmt"]) - used
        if left < 0:
            raise business("The total cannot be less than what is already applied.", "TotalAmt")
        _set_balance(ledger, new, left)

    def void(self, ledger: "Ledger", new: Record) -> None:
        super().void(ledger, new)
        new["LinkedTxn"] = []
        _set_balance(ledger, new, Decimal(0))

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        super().check_delete(ledger, old)
        if old["LinkedTxn"]:  # emulator choice, as for invoices
            raise business("You must unlink the linked transactions before you can delete this one.")

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        """A void lets go of the payments that use it."""
        super().spread(ledger, new, old)
        if new is not None and old is not None and not new["LinkedTxn"]:
            for link in old["LinkedTxn"]:
                unlink(ledger, link["TxnId"], "CreditMemo", old["Id"])
        if new is not None and old is None:
            apply_credits(ledger, new["CustomerRef"]["value"])

    def owed(self, record: Record) -> Decimal:
        return -Decimal(record["Balance"])


def _set_balance(ledger: "Ledger", new: Record, left: Decimal) -> None:
    """Balance and RemainingCredit start at TotalAmt and fall together (facts 9.5)."""
    new["Balance"] = new["RemainingCredit"] = amount(left)
    show_at_home(ledger, new, "Balance")
