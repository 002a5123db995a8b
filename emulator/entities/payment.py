"""Payment: money received, and what it pays (facts 9.4)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.clock import today
from emulator.entities.applying import carry, settle_payment_lines, unapplied
from emulator.entities.autoapply import payment_lines
from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column, Kind
from emulator.entities.fields import (
    SYSTEM,
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
from emulator.entities.transactions import (
    check_books_open,
    check_deposited,
    settle_card,
    settle_currency,
    settle_money_account,
    show_at_home,
    void_note,
)
from emulator.faults import business, missing
from emulator.wire import amount

if TYPE_CHECKING:
    from emulator.ledger import Ledger


class Payment(Entity):
    name = "Payment"
    sequence = "transaction"
    display = "PaymentRefNum"
    operations = frozenset({"create", "read", "update", "query", "delete", "void", "send", "pdf"})
    fields = {
        **SYSTEM,
        "CustomerRef": reference("Customer", named=True),
        "TotalAmt": number(),
        "Line": several(
            {
                "Amount": number(),
                "LinkedTxn": several({"TxnId": text(), "TxnType": text(), "TxnLineId": text()}),
                **ignored("LineEx", "Id", "LineNum", "DetailType", "Description"),
            }
        ),
        "TxnDate": day(),
        "PaymentMethodRef": reference("PaymentMethod"),
        "PaymentRefNum": text(21),
        "DepositToAccountRef": reference("Account"),
        "PrivateNote": text(4000),
        "CurrencyRef": reference("Currency"),
        "ExchangeRate": number(),
        "ProcessPayment": flag(),
        "ProjectRef": reference("Customer"),
        "CreditCardPayment": structure(),
        "UnappliedAmt": computed(),
        "LinkedTxn": computed(),
        "HomeTotalAmt": computed(),
        **ignored(
            "ARAccountRef", "CheckPayment", "GlobalTaxCalculation", "PaymentType", "TaxExemptionRef",
            "TransactionLocationType", "TxnSource", "TxnStatus", "DocNumber", "DepartmentRef", "RemitToRef",
            "TxnTaxDetail", "CustomField", "CustomerMemo", "ClassRef", "SalesTermRef", "DueDate", "BillAddr",
            "ShipAddr", "BillEmail", "EmailStatus", "PrintStatus", "ApplyTaxAfterDiscount",
        ),
    }  # fmt: skip
    searchable = (
        Column("TxnDate", Kind.DAY),
        Column("PaymentRefNum"),
        Column("TotalAmt", Kind.NUMBER),  # not marked on the page; allowed as on Invoice (emulator choice)
        Column("CustomerRef", Kind.REFERENCE, sortable=False),
        Column("ProjectRef", Kind.REFERENCE, sortable=False),
    )

    def fill(self, ledger: "Ledger", new: Record) -> None:
        new.setdefault("TxnDate", today(ledger.now).isoformat())
        if not new.get("Line") and "CustomerRef" in new and new.get("TotalAmt"):
            new["Line"] = payment_lines(ledger, new["CustomerRef"]["value"], Decimal(new["TotalAmt"]))

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        for needed in ("CustomerRef", "TotalAmt"):
            if needed not in new:
                raise missing(needed)
        if old is not None:
            new.setdefault("TxnDate", old["TxnDate"])
        settle_currency(ledger, new, old)
        settle_card(new)
        check_books_open(ledger, new, old)
        new.setdefault("ProcessPayment", False)
        if Decimal(new["TotalAmt"]) < 0:
            raise business("The amount of a payment cannot be negative.", "TotalAmt")
        new["TotalAmt"] = amount(new["TotalAmt"])
        settle_money_account(ledger, new, self)
        check_deposited(old, new)
        new["Line"] = settle_payment_lines(ledger, new, old)
        left = unapplied(new)
        if left < 0:
            raise business("The amount applied is more than the payment.", "TotalAmt")
        new["UnappliedAmt"] = amount(left)
        show_at_home(ledger, new, "TotalAmt")

    def void(self, ledger: "Ledger", new: Record) -> None:
        check_books_open(ledger, new, None)
        check_deposited(new)
        new.update(TotalAmt=0, UnappliedAmt=0, Line=[], PrivateNote=void_note(new))
        show_at_home(ledger, new, "TotalAmt")

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        check_books_open(ledger, old, None)
        check_deposited(old)

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        carry(ledger, new, old)

    def owed(self, record: Record) -> Decimal:
        return -Decimal(record["UnappliedAmt"])
