"""Invoice (facts 9.3)."""

import calendar
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.clock import today
from emulator.entities.addresses import settle_address
from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column, Kind
from emulator.entities.fields import (
    ADDRESS,
    CUSTOM_FIELDS,
    EMAIL,
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
from emulator.entities.payment import unlink
from emulator.entities.sales import LINE, TAX_DETAIL, ZERO, settle_lines, settle_tax
from emulator.entities.transactions import check_books_open, number_form, void_note
from emulator.faults import QuickBooksFault, business, missing, unsupported
from emulator.wire import amount, cents

if TYPE_CHECKING:
    from emulator.ledger import Ledger


class Invoice(Entity):
    name = "Invoice"
    sequence = "transaction"
    display = "DocNumber"
    operations = frozenset({"create", "read", "update", "query", "delete", "void", "send", "pdf"})
    fields = {
        **SYSTEM,
        "CustomerRef": reference("Customer", named=True),
        "Line": several(LINE),
        "DocNumber": text(21),
        "TxnDate": day(),
        "DueDate": day(),
        "ShipDate": day(),
        "SalesTermRef": reference("Term"),
        "TxnTaxDetail": TAX_DETAIL,
        "ApplyTaxAfterDiscount": flag(),
        "BillEmail": EMAIL,
        "BillEmailCc": EMAIL,
        "BillEmailBcc": EMAIL,
        "EmailStatus": choice("NotSet", "NeedToSend", "EmailSent"),
        "PrintStatus": choice("NotSet", "NeedToPrint", "PrintComplete"),
        "BillAddr": ADDRESS,
        "ShipAddr": ADDRESS,
        "ShipFromAddr": ADDRESS,
        "PrivateNote": text(4000),
        "CustomerMemo": structure({"value": text(1000)}),
        "CustomField": CUSTOM_FIELDS,
        "CurrencyRef": reference("Currency"),
        "Deposit": number(),
        "DepositToAccountRef": reference("Account"),
        "TrackingNum": text(31),
        "ShipMethodRef": structure({"value": text(31), "name": text(31)}),
        "DepartmentRef": reference("Department", named=True),
        "ClassRef": reference("Class", named=True),
        "ProjectRef": reference("Customer"),
        "AllowIPNPayment": flag(),
        "AllowOnlinePayment": flag(),
        "AllowOnlineCreditCardPayment": flag(),
        "AllowOnlineACHPayment": flag(),
        "LinkedTxn": several({"TxnId": text(), "TxnType": text(), "TxnLineId": text()}),
        "TotalAmt": computed(),
        "Balance": computed(),
        "DeliveryInfo": computed(),
        **ignored(
            "ARAccountRef", "AttachableRef", "AutoDocNumber", "CreditCardPayment", "EBillLookupURI",
            "EInvoiceStatus", "ECloudStatusTimeStamp", "ExchangeRate", "FOB", "FinanceCharge", "FreeFormAddress",
            "GlobalTaxCalculation", "GovtTxnRefIdentifier", "HomeBalance", "HomeTotalAmt", "InvoiceEx", "InvoiceLink",
            "InvoiceStatus", "OverDueBalance", "PONumber", "PaymentMethodRef", "PaymentRefNum", "PaymentType",
            "RecurDataRef", "RemitToRef", "SalesRepRef", "ShippingTaxIncluded", "TaxExemptionRef", "TaxFormNum",
            "TaxFormType", "TemplateRef", "TransactionLocationType", "TxnApprovalInfo", "TxnSource", "TxnStatus",
            "CustomExtensions", "CallToAction", "DiscountRate", "DiscountAmt", "BalanceWithoutSubTotal",
            "DeliveryErrorType", "CheckPayment",
        ),
    }  # fmt: skip
    searchable = (
        Column("DocNumber"),
        Column("TxnDate", Kind.DAY),
        Column("DueDate", Kind.DAY),
        Column("Balance", Kind.NUMBER),
        Column("TotalAmt", Kind.NUMBER),  # not marked, but in Intuit's own examples (facts 3)
        Column("CustomerRef", Kind.REFERENCE, sortable=False),
        Column("SalesTermRef", Kind.REFERENCE, sortable=False),
        Column("ProjectRef", Kind.REFERENCE, sortable=False),
    )

    def fill(self, ledger: "Ledger", new: Record) -> None:
        if "CustomerRef" not in new:
            raise missing("CustomerRef")
        if new.pop("LinkedTxn", []):
            raise unsupported("invoices made from other transactions")
        customer = ledger.need("Customer", new["CustomerRef"]["value"])
        new.setdefault("TxnDate", today(ledger.now).isoformat())
        number_form(ledger, new)
        for address in ("BillAddr", "ShipAddr"):  # copied from the customer when absent
            if address not in new and address in customer:
                new[address] = dict(customer[address])
        term = customer.get("SalesTermRef") or _default_term(ledger)
        if "SalesTermRef" not in new and "DueDate" not in new and term:
            new["SalesTermRef"] = term
        new.setdefault("PrintStatus", "NeedToPrint")  # all create samples return it
        new.setdefault("EmailStatus", "NotSet")
        new.setdefault("CurrencyRef", dict(ledger.home_currency))
        new["LinkedTxn"] = []

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if ledger.country != "US":
            raise unsupported("sales tax outside the United States")
        _settle_head(ledger, new, old)
        check_books_open(ledger, new, old)
        _settle_due_date(ledger, new, old)
        for address in ("BillAddr", "ShipAddr", "ShipFromAddr"):
            settle_address(ledger, new, old, address)
        if new["EmailStatus"] == "NeedToSend" and "BillEmail" not in new:
            raise QuickBooksFault(6420, "Email address required : BillEmail is needed to send.", "BillEmail")
        _settle_money(ledger, new, old)

    def void(self, ledger: "Ledger", new: Record) -> None:
        """Everything to zero, links gone (facts 9.3, Void); the payments become unapplied (emulator choice)."""
        check_books_open(ledger, new, None)
        for line in new["Line"]:
            if "Amount" in line:
                line["Amount"] = 0
            if "Qty" in line.get("SalesItemLineDetail", {}):
                line["SalesItemLineDetail"]["Qty"] = 0
        new.update(
            TotalAmt=0, Balance=0, TxnTaxDetail={"TotalTax": 0}, PrivateNote=void_note(new), LinkedTxn=[]
        )
        if "Deposit" in new:
            new["Deposit"] = 0

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        check_books_open(ledger, old, None)
        if old["LinkedTxn"]:  # emulator choice (facts 9.3, Delete)
            raise business("You must unlink the linked transactions before you can delete this one.")

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        """A void lets go of the payments that were applied."""
        if new is not None and old is not None and not new["LinkedTxn"]:
            for link in old["LinkedTxn"]:
                unlink(ledger, link["TxnId"], old["Id"])

    def owed(self, record: Record) -> Decimal:
        return Decimal(record["Balance"])


def _default_term(ledger: "Ledger") -> dict[str, str] | None:
    """The company's default term, if the company has it."""
    term: dict[str, str] | None = ledger.prefers("SalesFormsPrefs", "DefaultTerms")
    return {"value": term["value"]} if term and ledger.find("Term", term["value"]) else None


def _settle_head(ledger: "Ledger", new: Record, old: Record | None) -> None:
    """What a full update leaves out and still cannot be without."""
    if "CustomerRef" not in new:
        raise missing("CustomerRef")
    new.setdefault("ApplyTaxAfterDiscount", False)
    new.setdefault("EmailStatus", "NotSet")
    new.setdefault("PrintStatus", "NotSet")
    for name in (
        "AllowIPNPayment",
        "AllowOnlinePayment",
        "AllowOnlineCreditCardPayment",
        "AllowOnlineACHPayment",
    ):
        new.setdefault(name, False)
    if old is None:
        return
    new["LinkedTxn"] = old["LinkedTxn"]  # links to payments are made by payments (facts 9.4)
    new.setdefault("CurrencyRef", old["CurrencyRef"])
    new.setdefault("TxnDate", old["TxnDate"])
    number_form(ledger, new, old)
    if old["LinkedTxn"] and new["CustomerRef"]["value"] != old["CustomerRef"]["value"]:
        raise business("The customer of an invoice with payments cannot be changed.", "CustomerRef")


def _settle_due_date(ledger: "Ledger", new: Record, old: Record | None) -> None:
    """TxnDate plus the term, unless the client says otherwise; a due date that merely came along with a changed
    date or term is counted anew (emulator choice)."""
    basis = ("TxnDate", "SalesTermRef")
    moved = old is not None and any(new.get(name) != old.get(name) for name in basis)
    if "DueDate" in new and not (moved and old is not None and new["DueDate"] == old.get("DueDate")):
        return
    term = ledger.find("Term", new["SalesTermRef"]["value"]) if "SalesTermRef" in new else None
    new["DueDate"] = due_date(date.fromisoformat(new["TxnDate"]), term).isoformat()


def due_date(start: date, term: Record | None) -> date:
    """When a form of that date falls due (facts 9.5, Term)."""
    if term is None:
        return start
    if term["Type"] == "STANDARD":
        return start + timedelta(days=int(term["DueDays"]))
    due = _on_day(start.year, start.month, int(term["DayOfMonthDue"]))
    # Issued on or after the day, or too few days before it: due the month after.
    if due <= start or (due - start).days < int(term.get("DueNextMonthDays", 0)):
        following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        due = _on_day(following.year, following.month, int(term["DayOfMonthDue"]))
    return due


def _on_day(year: int, month: int, wanted: int) -> date:
    return date(year, month, min(wanted, calendar.monthrange(year, month)[1]))


def _settle_money(ledger: "Ledger", new: Record, old: Record | None) -> None:
    """Lines, tax, TotalAmt and Balance. What is applied already stays applied."""
    sums = settle_lines(ledger, new, old)
    changed = old is None or any(new[name] != old[name] for name in ("Line", "ApplyTaxAfterDiscount"))
    tax = settle_tax(ledger, new, old, sums, recompute=changed)
    total = cents(sums.subtotal - sums.discount + sums.charges + tax)
    if total < 0:
        raise business("The total of an invoice cannot be negative.", "TotalAmt")
    deposit = cents(Decimal(new.get("Deposit", 0)))
    if deposit and not ledger.prefers("SalesFormsPrefs", "AllowDeposit"):
        raise business("Deposits are switched off in the company's preferences.", "Deposit")
    balance = total - deposit - _applied(old)
    if balance < 0:
        raise business("The total cannot be less than what is already paid.", "TotalAmt")
    new["TotalAmt"] = amount(total)
    new["Balance"] = amount(balance)


def _applied(old: Record | None) -> Decimal:
    if old is None:
        return ZERO
    return Decimal(old["TotalAmt"]) - cents(Decimal(old.get("Deposit", 0))) - Decimal(old["Balance"])
