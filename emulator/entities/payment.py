"""Payment: money received, and what it pays (facts 9.4)."""

from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.clock import today
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
from emulator.entities.transactions import check_books_open, void_note
from emulator.faults import QuickBooksFault, business, missing, unsupported
from emulator.wire import amount, cents

if TYPE_CHECKING:
    from emulator.ledger import Ledger

DEPOSIT_TYPES = {"Bank", "Other Current Asset"}
ZERO = Decimal(0)


class Payment(Entity):
    name = "Payment"
    sequence = "transaction"
    display = "PaymentRefNum"
    operations = frozenset({"create", "read", "update", "query", "delete", "void"})
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
        "ProcessPayment": flag(),
        "ProjectRef": reference("Customer"),
        "CreditCardPayment": structure(),
        "UnappliedAmt": computed(),
        **ignored(
            "ARAccountRef", "CheckPayment", "ExchangeRate", "GlobalTaxCalculation", "LinkedTxn", "PaymentType",
            "TaxExemptionRef", "TransactionLocationType", "TxnSource", "TxnStatus", "DocNumber", "DepartmentRef",
            "RemitToRef", "TxnTaxDetail", "HomeTotalAmt", "CustomField", "CustomerMemo", "ClassRef", "SalesTermRef",
            "DueDate", "BillAddr", "ShipAddr", "BillEmail", "EmailStatus", "PrintStatus", "ApplyTaxAfterDiscount",
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
        new.setdefault("CurrencyRef", dict(ledger.home_currency))

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        for needed in ("CustomerRef", "TotalAmt"):
            if needed not in new:
                raise missing(needed)
        if old is not None:
            new.setdefault("TxnDate", old["TxnDate"])
            new.setdefault("CurrencyRef", old["CurrencyRef"])
        check_books_open(ledger, new, old)
        new.setdefault("ProcessPayment", False)
        if Decimal(new["TotalAmt"]) < 0:
            raise business("The amount of a payment cannot be negative.", "TotalAmt")
        new["TotalAmt"] = amount(new["TotalAmt"])
        _settle_account(ledger, new)
        new["Line"] = _settle_lines(ledger, new, old)
        unapplied = Decimal(new["TotalAmt"]) - sum(allocations(new).values(), ZERO)
        if unapplied < 0:
            raise business("The amount applied is more than the payment.", "TotalAmt")
        new["UnappliedAmt"] = amount(unapplied)

    def void(self, ledger: "Ledger", new: Record) -> None:
        check_books_open(ledger, new, None)
        new.update(TotalAmt=0, UnappliedAmt=0, Line=[], PrivateNote=void_note(new))

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        check_books_open(ledger, old, None)

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        """Carry what is applied to the invoices. Their SyncToken and LastUpdatedTime move (emulator choice)."""
        before, after = allocations(old), allocations(new)
        identity = (new or old or {})["Id"]
        for invoice_id in sorted(before.keys() | after.keys(), key=int):
            change = after.get(invoice_id, ZERO) - before.get(invoice_id, ZERO)
            if change or (invoice_id in before) != (invoice_id in after):
                _apply(ledger, invoice_id, identity, change, linked=invoice_id in after)

    def owed(self, record: Record) -> Decimal:
        return -Decimal(record["UnappliedAmt"])


def allocations(payment: Record | None) -> dict[str, Decimal]:
    """What a payment applies to each invoice, by its Id."""
    result: dict[str, Decimal] = {}
    for line in (payment or {}).get("Line", []):
        for link in line["LinkedTxn"]:
            result[link["TxnId"]] = result.get(link["TxnId"], ZERO) + Decimal(line["Amount"])
    return result


def _settle_account(ledger: "Ledger", new: Record) -> None:
    """Undeposited Funds unless told otherwise; only banks and other current assets will do (6430)."""
    if "DepositToAccountRef" not in new:
        found = ledger.where("Account", "f_AccountSubType = ? AND active = 1", "undepositedfunds")
        if found:
            new["DepositToAccountRef"] = {"value": found[0]["Id"]}
        return
    account = ledger.need("Account", new["DepositToAccountRef"]["value"])
    if account["AccountType"] not in DEPOSIT_TYPES:
        raise QuickBooksFault(
            6430, f"Invalid account type used : {account['AccountType']}", "Payment.DepositToAccountRef"
        )


def _settle_lines(ledger: "Ledger", new: Record, old: Record | None) -> list[Record]:
    """The lines in the order they came. Update is all or none: they replace the old ones whole (facts 9.4)."""
    sent = new.get("Line", [])
    already = allocations(old)
    wanted: dict[str, Decimal] = {}
    result = []
    for place, line in enumerate(sent):
        invoice_id = _linked_invoice(line, f"Line[{place}]")
        applied = cents(Decimal(line["Amount"]))
        if applied < 0:
            raise QuickBooksFault(2290, "The amount of a line cannot be negative.", f"Line[{place}].Amount")
        invoice = _payable(ledger, new, invoice_id)
        wanted[invoice_id] = wanted.get(invoice_id, ZERO) + applied
        open_before = Decimal(invoice["Balance"]) + already.get(invoice_id, ZERO)
        if wanted[invoice_id] > open_before:  # emulator choice: 6000 (facts 9.4)
            raise business(
                f"You can't apply more than the open balance ({open_before}) of invoice {invoice_id}.",
                f"Line[{place}].Amount",
            )
        result.append(_line(invoice, applied, open_before))
    return result


def _linked_invoice(line: Record, where: str) -> str:
    links = line.get("LinkedTxn", [])
    if "Amount" not in line:
        raise missing("Line.Amount")
    if len(links) != 1 or "TxnId" not in links[0]:
        raise missing("Line.LinkedTxn")
    if links[0].get("TxnType") in {"CreditMemo", "JournalEntry", "Expense", "Check", "CreditCardCredit"}:
        raise unsupported(f"payments linked to a {links[0]['TxnType']}")
    if links[0].get("TxnType") != "Invoice":
        raise QuickBooksFault(
            2170, f"Invalid Enumeration : {links[0].get('TxnType')}", f"{where}.LinkedTxn.TxnType"
        )
    return str(links[0]["TxnId"])


def _payable(ledger: "Ledger", payment: Record, invoice_id: str) -> Record:
    """The invoice, if it is this customer's (620), or the sub-customer's that is billed with this parent."""
    invoice = ledger.find("Invoice", invoice_id)
    if invoice is None:
        raise QuickBooksFault(
            2500,
            f"Invalid Reference Id : Invoice {invoice_id} does not exist.",
            "Payment.Line.LinkedTxn.TxnId",
        )
    payer, owner = payment["CustomerRef"]["value"], invoice["CustomerRef"]["value"]
    if payer != owner and not _billed_with(ledger, owner, payer):
        raise QuickBooksFault(
            620, f"Transaction {invoice_id} belongs to another customer and cannot be linked.",
            "Payment.Line.LinkedTxn.TxnId",
        )  # fmt: skip
    return invoice


def _billed_with(ledger: "Ledger", owner: str, payer: str) -> bool:
    """Emulator choice: a parent pays for those who are billed with it (facts 9.4 leave it open)."""
    customer = ledger.need("Customer", owner)
    while customer.get("BillWithParent") and "ParentRef" in customer:
        customer = ledger.need("Customer", customer["ParentRef"]["value"])
        if customer["Id"] == payer:
            return True
    return False


def _line(invoice: Record, applied: Decimal, open_before: Decimal) -> Record:
    """As answered: with LineEx, whose txnOpenBalance is the invoice's balance without this allocation (facts 9.4)."""
    extra = {
        "txnId": invoice["Id"],
        "txnOpenBalance": str(cents(open_before)),
        "txnReferenceNumber": invoice.get("DocNumber", ""),
    }
    return {
        "Amount": amount(applied),
        "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}],
        "LineEx": {"any": [_name_value(name, value) for name, value in extra.items()]},
    }


def _name_value(name: str, value: str) -> Record:
    return {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "nil": False,
        "value": {"Name": name, "Value": value},
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "globalScope": True,
        "typeSubstituted": False,
    }


def _apply(ledger: "Ledger", invoice_id: str, payment_id: str, change: Decimal, *, linked: bool) -> None:
    invoice = ledger.find("Invoice", invoice_id)
    if invoice is None or (not invoice["LinkedTxn"] and not linked):
        return  # voided meanwhile: the link is gone already
    old = deepcopy(invoice)
    invoice["Balance"] = amount(Decimal(invoice["Balance"]) - change)
    others = [link for link in invoice["LinkedTxn"] if link != {"TxnId": payment_id, "TxnType": "Payment"}]
    invoice["LinkedTxn"] = [*others, {"TxnId": payment_id, "TxnType": "Payment"}] if linked else others
    ledger.rewrite("Invoice", invoice, old)


def unlink(ledger: "Ledger", payment_id: str, invoice_id: str) -> None:
    """Take an invoice out of a payment; the money becomes unapplied (emulator choice, facts 9.3 Delete)."""
    payment = ledger.need("Payment", payment_id)
    old = deepcopy(payment)
    payment["Line"] = [line for line in payment["Line"] if line["LinkedTxn"][0]["TxnId"] != invoice_id]
    left = Decimal(payment["TotalAmt"]) - sum(allocations(payment).values(), ZERO)
    payment["UnappliedAmt"] = amount(left)
    ledger.rewrite("Payment", payment, old)
