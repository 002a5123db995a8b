"""What payments do to invoices and credit memos: the lines of a payment and their effects (facts 9.4)."""

from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.entities.base import Record
from emulator.entities.transactions import show_at_home
from emulator.faults import QuickBooksFault, business, missing, unsupported
from emulator.wire import amount, cents

if TYPE_CHECKING:
    from emulator.ledger import Ledger

Target = tuple[str, str]  # (TxnType, TxnId)
ZERO = Decimal(0)
PAYABLE = ("Invoice", "CreditMemo")
UNKNOWN = {"JournalEntry", "Expense", "Check", "CreditCardCredit"}
WHERE = "Payment.Line.LinkedTxn.TxnId"


def allocations(payment: Record | None) -> dict[Target, Decimal]:
    """What a payment applies to each invoice, and takes from each credit memo."""
    result: dict[Target, Decimal] = {}
    for line in (payment or {}).get("Line", []):
        for link in line["LinkedTxn"]:
            target = (link["TxnType"], link["TxnId"])
            result[target] = result.get(target, ZERO) + Decimal(line["Amount"])
    return result


def unapplied(payment: Record) -> Decimal:
    """TotalAmt plus the credit memo lines less the invoice lines (facts 9.4, Maths)."""
    left = Decimal(payment["TotalAmt"])
    for (entity, _), applied in allocations(payment).items():
        left += applied if entity == "CreditMemo" else -applied
    return left


def settle_payment_lines(ledger: "Ledger", new: Record, old: Record | None) -> list[Record]:
    """The lines in the order they came. Update is all or none: they replace the old ones whole (facts 9.4)."""
    already = allocations(old)
    wanted: dict[Target, Decimal] = {}
    result = []
    for place, line in enumerate(new.get("Line", [])):
        where = f"Line[{place}]"
        target = _target(line, where)
        applied = cents(Decimal(line["Amount"]))
        if applied < 0:
            raise QuickBooksFault(2290, "The amount of a line cannot be negative.", f"{where}.Amount")
        form = _payable(ledger, new, target)
        wanted[target] = wanted.get(target, ZERO) + applied
        open_before = Decimal(form["Balance"]) + already.get(target, ZERO)
        if wanted[target] > open_before:  # emulator choice: 6000 (facts 9.4)
            raise business(
                f"You can't apply more than the open balance ({open_before}) of {target[0]} {target[1]}.",
                f"{where}.Amount",
            )
        result.append(_line(target, form, applied, open_before))
    return result


def carry(ledger: "Ledger", new: Record | None, old: Record | None) -> None:
    """Carry what is applied to the forms. Their SyncToken and LastUpdatedTime move (emulator choice)."""
    before, after = allocations(old), allocations(new)
    payment_id = (new or old or {})["Id"]
    for target in sorted(before.keys() | after.keys(), key=lambda target: int(target[1])):
        change = after.get(target, ZERO) - before.get(target, ZERO)
        if change or (target in before) != (target in after):
            _apply(ledger, target, payment_id, change, linked=target in after)


def unlink(ledger: "Ledger", payment_id: str, entity: str, identity: str) -> None:
    """Take a voided form out of a payment. The money becomes unapplied (emulator choice, facts 9.3 Delete); where a
    credit memo is gone, the invoices that it paid are open again by as much, the last line first."""
    payment = ledger.need("Payment", payment_id)
    old = deepcopy(payment)
    gone = {"TxnId": identity, "TxnType": entity}
    payment["Line"] = [line for line in payment["Line"] if line["LinkedTxn"][0] != gone]
    _take_back(payment)
    payment["UnappliedAmt"] = amount(unapplied(payment))
    ledger.rewrite("Payment", payment, old)
    carry(ledger, payment, {**old, "Line": [line for line in old["Line"] if line["LinkedTxn"][0] != gone]})


def _take_back(payment: Record) -> None:
    """Shorten the invoice lines until the payment covers them."""
    short = -unapplied(payment)
    for line in reversed(payment["Line"]):
        if short > 0 and line["LinkedTxn"][0]["TxnType"] == "Invoice":
            less = min(short, Decimal(line["Amount"]))
            line["Amount"] = amount(Decimal(line["Amount"]) - less)
            short -= less
    payment["Line"] = [line for line in payment["Line"] if line["Amount"]]


def _target(line: Record, where: str) -> Target:
    links = line.get("LinkedTxn", [])
    if "Amount" not in line:
        raise missing("Line.Amount")
    if len(links) != 1 or "TxnId" not in links[0]:
        raise missing("Line.LinkedTxn")
    kind = links[0].get("TxnType")
    if kind in UNKNOWN:
        raise unsupported(f"payments linked to a {kind}")
    if kind not in PAYABLE:
        raise QuickBooksFault(2170, f"Invalid Enumeration : {kind}", f"{where}.LinkedTxn.TxnType")
    return str(kind), str(links[0]["TxnId"])


def _payable(ledger: "Ledger", payment: Record, target: Target) -> Record:
    """The form, if it is this customer's (620), or the sub-customer's that is billed with this parent."""
    entity, identity = target
    form = ledger.find(entity, identity)
    if form is None:
        raise QuickBooksFault(2500, f"Invalid Reference Id : {entity} {identity} does not exist.", WHERE)
    payer, owner = payment["CustomerRef"]["value"], form["CustomerRef"]["value"]
    if payer != owner and not _billed_with(ledger, owner, payer):
        raise QuickBooksFault(
            620, f"Transaction {identity} belongs to another customer and cannot be linked.", WHERE
        )
    return form


def _billed_with(ledger: "Ledger", owner: str, payer: str) -> bool:
    """Emulator choice: a parent pays for those who are billed with it (facts 9.4 leave it open)."""
    customer = ledger.need("Customer", owner)
    while customer.get("BillWithParent") and "ParentRef" in customer:
        customer = ledger.need("Customer", customer["ParentRef"]["value"])
        if customer["Id"] == payer:
            return True
    return False


def _line(target: Target, form: Record, applied: Decimal, open_before: Decimal) -> Record:
    """As answered: with LineEx, whose txnOpenBalance is the form's balance without this allocation (facts 9.4)."""
    extra = {
        "txnId": form["Id"],
        "txnOpenBalance": str(cents(open_before)),
        "txnReferenceNumber": form.get("DocNumber", ""),
    }
    return {
        "Amount": amount(applied),
        "LinkedTxn": [{"TxnId": target[1], "TxnType": target[0]}],
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


def _apply(ledger: "Ledger", target: Target, payment_id: str, change: Decimal, *, linked: bool) -> None:
    entity, identity = target
    form = ledger.find(entity, identity)
    link = {"TxnId": payment_id, "TxnType": "Payment"}
    if form is None or (link not in form["LinkedTxn"] and not linked):
        return  # voided meanwhile: the link is gone already
    old = deepcopy(form)
    form["Balance"] = amount(Decimal(form["Balance"]) - change)
    if entity == "CreditMemo":
        form["RemainingCredit"] = form["Balance"]
    show_at_home(ledger, form, "Balance")
    others = [other for other in form["LinkedTxn"] if other != link]
    form["LinkedTxn"] = [*others, link] if linked else others
    ledger.rewrite(entity, form, old)
