"""SalesReceipt and RefundReceipt: money that changes hands with the form (facts 9.5)."""

from typing import TYPE_CHECKING

from emulator.entities.base import Record
from emulator.entities.fields import choice, computed, ignored, reference, structure, text
from emulator.entities.forms import BALANCE, FORM, FORM_SEARCHABLE, SalesForm
from emulator.entities.transactions import settle_card, settle_money_account, show_at_home
from emulator.faults import missing

if TYPE_CHECKING:
    from emulator.ledger import Ledger

_MONEY = {
    "PaymentMethodRef": reference("PaymentMethod", named=True),
    "PaymentRefNum": text(21),
    "PaymentType": choice("Cash", "Check", "CreditCard", "Other"),
    "DepositToAccountRef": reference("Account", named=True),
    "CreditCardPayment": structure(),
    "CheckPayment": structure(),
    "LinkedTxn": computed(),
    "Balance": computed(),
    "HomeBalance": computed(),
    **ignored("DueDate", "SalesTermRef", "Deposit", "TxnStatus", "TxnSource", "ProcessPayment"),
}


class _Receipt(SalesForm):
    """Nothing stays open: Balance is 0 for good."""

    fields = {**FORM, **_MONEY}
    searchable = (*FORM_SEARCHABLE, BALANCE)

    def fill(self, ledger: "Ledger", new: Record) -> None:
        super().fill(ledger, new)
        new["LinkedTxn"] = []

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        settle_card(new)
        settle_money_account(ledger, new, self)
        super().settle(ledger, new, old)
        new["Balance"] = 0
        show_at_home(ledger, new, "Balance")


class SalesReceipt(_Receipt):
    """Needs lines only; there may be no customer at all."""

    name = "SalesReceipt"
    operations = SalesForm.operations | {"void"}
    stock = -1
    customer_needed = False


class RefundReceipt(_Receipt):
    """The account that the money leaves must be named; it is voided only inside QuickBooks (facts 2, 6.3)."""

    name = "RefundReceipt"
    stock = 1
    customer_needed = False

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if "DepositToAccountRef" not in new:
            raise missing("DepositToAccountRef")
        super().settle(ledger, new, old)
