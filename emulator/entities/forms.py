"""Sales forms: what invoices, estimates, credit memos and the two receipts have in common (facts 9.3, 9.5)."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from emulator.clock import today
from emulator.entities.addresses import flatten_address, settle_address
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
from emulator.entities.lines import LINE, ZERO, settle_lines, sold
from emulator.entities.salestax import TAX_DETAIL, settle_tax
from emulator.entities.stockroom import move_stock
from emulator.entities.transactions import (
    check_books_open,
    check_deposited,
    number_form,
    settle_currency,
    show_at_home,
    void_note,
)
from emulator.faults import QuickBooksFault, business, missing
from emulator.wire import amount, cents

if TYPE_CHECKING:
    from emulator.ledger import Ledger

MOST_CUSTOM_FIELDS = 3  # facts 9.3
FORM = {
    **SYSTEM,
    "CustomerRef": reference("Customer", named=True),
    "Line": several(LINE),
    "DocNumber": text(21),
    "TxnDate": day(),
    "ShipDate": day(),
    "TxnTaxDetail": TAX_DETAIL,
    "ApplyTaxAfterDiscount": flag(),
    "GlobalTaxCalculation": choice("TaxExcluded", "TaxInclusive", "NotApplicable"),
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
    "ExchangeRate": number(),
    "TrackingNum": text(31),
    "ShipMethodRef": structure({"value": text(31), "name": text(31)}),
    "DepartmentRef": reference("Department", named=True),
    "ClassRef": reference("Class", named=True),
    "ProjectRef": reference("Customer"),
    "TotalAmt": computed(),
    "HomeTotalAmt": computed(),
    "DeliveryInfo": computed(),
    **ignored(
        "ARAccountRef", "AttachableRef", "AutoDocNumber", "EBillLookupURI", "EInvoiceStatus", "ECloudStatusTimeStamp",
        "FOB", "FinanceCharge", "FreeFormAddress", "GovtTxnRefIdentifier", "InvoiceEx", "InvoiceLink", "InvoiceStatus",
        "OverDueBalance", "PONumber", "RecurDataRef", "RemitToRef", "SalesRepRef", "ShippingTaxIncluded",
        "TaxExemptionRef", "TaxFormNum", "TaxFormType", "TemplateRef", "TransactionLocationType", "TxnApprovalInfo",
        "TxnSource", "CustomExtensions", "CallToAction", "DiscountRate", "DiscountAmt", "BalanceWithoutSubTotal",
        "DeliveryErrorType",
    ),
}  # fmt: skip
FORM_SEARCHABLE = (
    Column("DocNumber"),
    Column("TxnDate", Kind.DAY),
    Column("TotalAmt", Kind.NUMBER),  # not marked, but in Intuit's own examples (facts 3)
    Column("CustomerRef", Kind.REFERENCE, sortable=False),
    Column("ProjectRef", Kind.REFERENCE, sortable=False),
)
BALANCE = Column("Balance", Kind.NUMBER)
DUE = (Column("DueDate", Kind.DAY), Column("SalesTermRef", Kind.REFERENCE, sortable=False))


class SalesForm(Entity):
    """A form with sales lines. `stock` is what selling one does to the quantity on hand: -1, 0 or 1."""

    sequence = "transaction"
    display = "DocNumber"
    operations = frozenset({"create", "read", "update", "query", "delete", "send", "pdf"})
    stock: ClassVar[int] = 0
    customer_needed: ClassVar[bool] = True

    def fill(self, ledger: "Ledger", new: Record) -> None:
        if self.customer_needed and "CustomerRef" not in new:
            raise missing("CustomerRef")
        new.setdefault("TxnDate", today(ledger.now).isoformat())
        number_form(ledger, self, new)
        customer = ledger.glance("Customer", new["CustomerRef"]["value"]) if "CustomerRef" in new else None
        for address in ("BillAddr", "ShipAddr"):  # copied from the customer when absent
            if address not in new and customer and address in customer:
                new[address] = dict(customer[address])
        new.setdefault("PrintStatus", "NeedToPrint")  # all create samples return it
        new.setdefault("EmailStatus", "NotSet")

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        self._settle_head(ledger, new, old)
        check_books_open(ledger, new, old)
        for address in ("BillAddr", "ShipAddr", "ShipFromAddr"):
            flatten_address(ledger, new, old, address)
            settle_address(ledger, new, old, address)
        if new["EmailStatus"] == "NeedToSend" and "BillEmail" not in new:
            raise QuickBooksFault(6420, "Email address required : BillEmail is needed to send.", "BillEmail")
        _settle_custom_fields(new)
        total = _settle_total(ledger, new, old)
        new["TotalAmt"] = amount(total)
        show_at_home(ledger, new, "TotalAmt")
        check_deposited(old, new)

    def _settle_head(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        """What a full update leaves out and still cannot be without."""
        if self.customer_needed and "CustomerRef" not in new:
            raise missing("CustomerRef")
        new.setdefault("ApplyTaxAfterDiscount", False)
        new.setdefault("EmailStatus", "NotSet")
        new.setdefault("PrintStatus", "NotSet")
        if ledger.country == "US":
            new.pop("GlobalTaxCalculation", None)  # not applicable to US companies (facts 10)
        else:
            new.setdefault("GlobalTaxCalculation", "TaxExcluded")
        settle_currency(ledger, new, old)
        if old is not None:
            new.setdefault("TxnDate", old["TxnDate"])
            number_form(ledger, self, new, old)

    def void(self, ledger: "Ledger", new: Record) -> None:
        """Everything to zero (facts 9.3, Void)."""
        check_books_open(ledger, new, None)
        check_deposited(new)
        for line in new["Line"]:
            zero_line(line)
        new.update(TotalAmt=0, TxnTaxDetail={"TotalTax": 0}, PrivateNote=void_note(new))
        show_at_home(ledger, new, "TotalAmt")

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        check_books_open(ledger, old, None)
        check_deposited(old)

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        """What is sold leaves the shelf, what comes back returns to it."""
        if self.stock:
            before, after = sold(old), sold(new)
            for item in sorted(before.keys() | after.keys()):
                move_stock(ledger, item, self.stock * (after.get(item, ZERO) - before.get(item, ZERO)))


def zero_line(line: Record) -> None:
    """A line of a voided form: Amount and Qty 0 (facts 9.3, Void)."""
    if "Amount" in line:
        line["Amount"] = 0
    detail = line.get("SalesItemLineDetail", {})
    if "Qty" in detail:
        detail["Qty"] = 0
    if "TaxInclusiveAmt" in detail:
        detail["TaxInclusiveAmt"] = 0
    for part in line.get("GroupLineDetail", {}).get("Line", []):
        zero_line(part)


def _settle_custom_fields(new: Record) -> None:
    """3000 for a custom field that the company cannot have (facts 8.3): there are three, numbered 1 to 3."""
    known = {str(place) for place in range(1, MOST_CUSTOM_FIELDS + 1)}
    for field in new.get("CustomField", []):
        if field.get("DefinitionId") not in known:
            raise QuickBooksFault(
                3000, f"Invalid custom field : DefinitionId {field.get('DefinitionId')}", "CustomField"
            )
        field.setdefault("Type", "StringType")


def _settle_total(ledger: "Ledger", new: Record, old: Record | None) -> Decimal:
    """Lines, tax and their sum."""
    sums = settle_lines(ledger, new, old)
    basis = ("Line", "ApplyTaxAfterDiscount", "GlobalTaxCalculation")
    changed = old is None or any(new.get(name) != old.get(name) for name in basis)
    tax = settle_tax(ledger, new, old, sums, recompute=changed)
    total = cents(sums.subtotal - sums.discount + sums.charges + tax)
    if total < 0:
        raise business("The total of a transaction cannot be negative.", "TotalAmt")
    return total
