"""Deposit: money taken from Undeposited Funds, or from elsewhere, to the bank (facts 9.4, 9.5; Intuit's page)."""

from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.clock import today
from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column, Kind
from emulator.entities.fields import (
    SYSTEM,
    choice,
    computed,
    day,
    ignored,
    number,
    reference,
    several,
    structure,
    text,
)
from emulator.entities.transactions import (
    check_books_open,
    is_deposited,
    settle_currency,
    settle_money_account,
    show_at_home,
)
from emulator.faults import QuickBooksFault, business, missing, unsupported
from emulator.wire import amount

if TYPE_CHECKING:
    from emulator.ledger import Ledger

DETAIL = "DepositLineDetail"
DEPOSITABLE = ("Payment", "SalesReceipt", "RefundReceipt")
WHERE = "Deposit.Line.LinkedTxn.TxnId"
Target = tuple[str, str]  # (TxnType, TxnId)


class Deposit(Entity):
    name = "Deposit"
    sequence = "transaction"
    display = "DocNumber"
    operations = frozenset({"create", "read", "update", "query", "delete"})
    fields = {
        **SYSTEM,
        "DepositToAccountRef": reference("Account", named=True),
        "Line": several(
            {
                "Id": text(),
                "LineNum": number(),
                "Description": text(4000),
                "Amount": number(),
                "DetailType": choice(DETAIL),
                "LinkedTxn": several({"TxnId": text(), "TxnType": text(), "TxnLineId": text()}),
                DETAIL: structure(
                    {
                        "AccountRef": reference("Account", named=True),
                        "PaymentMethodRef": reference("PaymentMethod", named=True),
                        "ClassRef": reference("Class", named=True),
                        "CheckNum": text(21),
                        "TxnType": text(),
                        "Entity": structure({"value": text(), "name": text(), "type": text()}),
                        "TaxCodeRef": reference("TaxCode"),
                        **ignored("TaxApplicableOn"),
                    }
                ),
                **ignored("CustomField", "ProjectRef", "LineEx", "DepositToAccountRef"),
            }
        ),
        "TxnDate": day(),
        "PrivateNote": text(4000),
        "CurrencyRef": reference("Currency"),
        "ExchangeRate": number(),
        "DepartmentRef": reference("Department", named=True),
        "CashBack": structure(
            {"AccountRef": reference("Account", named=True), "Amount": number(), "Memo": text(4000)}
        ),
        "TotalAmt": computed(),
        "HomeTotalAmt": computed(),
        **ignored(
            "DocNumber", "GlobalTaxCalculation", "TxnTaxDetail", "TxnSource", "TransactionLocationType",
            "RecurDataRef", "LinkedTxn", "TxnStatus", "CustomField",
        ),
    }  # fmt: skip
    searchable = (
        Column("TxnDate", Kind.DAY),
        Column("TotalAmt", Kind.NUMBER),
        Column("DepositToAccountRef", Kind.REFERENCE, sortable=False),
    )

    def fill(self, ledger: "Ledger", new: Record) -> None:
        new.setdefault("TxnDate", today(ledger.now).isoformat())

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        for needed in ("DepositToAccountRef", "Line"):
            if not new.get(needed):
                raise missing(needed)
        if old is not None:
            new.setdefault("TxnDate", old["TxnDate"])
        settle_currency(ledger, new, old)
        check_books_open(ledger, new, old)
        settle_money_account(ledger, new, self)
        _settle_lines(ledger, new, old)
        total = sum((Decimal(line["Amount"]) for line in new["Line"]), Decimal(0))
        total -= Decimal(new.get("CashBack", {}).get("Amount", 0))
        if total < 0:  # emulator choice
            raise business("The total of a deposit cannot be negative.", "TotalAmt")
        new["TotalAmt"] = amount(total)
        show_at_home(ledger, new, "TotalAmt")

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        check_books_open(ledger, old, None)

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        """What is deposited links to its deposit, and cannot be changed until it is taken out (6540)."""
        before, after = _linked(old), _linked(new)
        identity = (new or old or {})["Id"]
        for target in sorted(before ^ after):
            _link(ledger, target, {"TxnId": identity, "TxnType": "Deposit"}, linked=target in after)


def _settle_lines(ledger: "Ledger", new: Record, old: Record | None) -> None:
    held, seen, highest = _linked(old), set[Target](), 0
    for place, line in enumerate(new["Line"]):
        where = f"Line[{place}]"
        if "Amount" not in line:
            raise missing(f"{where}.Amount")
        line["Amount"] = amount(line["Amount"])
        if line.get("LinkedTxn"):
            target = _settle_link(ledger, line, where)
            if target in seen:
                raise business("A transaction can be deposited once only.", where)
            seen.add(target)
            _check_free(ledger, line, target, target in held)
        else:
            highest += 1
            line["Id"], line["LineNum"] = str(highest), highest
            _check_detail(ledger, line, where)


def _settle_link(ledger: "Ledger", line: Record, where: str) -> Target:
    link = line["LinkedTxn"][0]
    kind = link.get("TxnType")
    if kind in {"JournalEntry", "Transfer"}:
        raise unsupported(f"depositing a {kind}")
    if kind not in DEPOSITABLE:
        raise QuickBooksFault(2170, f"Invalid Enumeration : {kind}", f"{where}.LinkedTxn.TxnType")
    if "TxnId" not in link:
        raise missing(f"{where}.LinkedTxn.TxnId")
    for name in ("DetailType", DETAIL, "Id", "LineNum"):
        line.pop(name, None)
    line["LinkedTxn"] = [{"TxnId": link["TxnId"], "TxnType": kind, "TxnLineId": link.get("TxnLineId", "0")}]
    return str(kind), str(link["TxnId"])


def _check_free(ledger: "Ledger", line: Record, target: Target, held: bool) -> None:
    """Only money in Undeposited Funds can be deposited, whole and once (emulator choice of the texts)."""
    record = ledger.find(*target)
    if record is None:
        raise QuickBooksFault(2500, f"Invalid Reference Id : {target[0]} {target[1]} does not exist.", WHERE)
    account = ledger.glance("Account", record["DepositToAccountRef"]["value"]) or {}
    if account.get("AccountSubType") != "UndepositedFunds" or (is_deposited(record) and not held):
        raise business(f"{target[0]} {target[1]} is not in Undeposited Funds.", WHERE)
    sign = -1 if target[0] == "RefundReceipt" else 1
    if Decimal(line["Amount"]) != sign * Decimal(record["TotalAmt"]):
        raise business(f"{target[0]} {target[1]} must be deposited whole.", "Deposit.Line.Amount")


def _check_detail(ledger: "Ledger", line: Record, where: str) -> None:
    """6440 for a line from nowhere."""
    line["DetailType"] = DETAIL
    detail = line.setdefault(DETAIL, {})
    if "AccountRef" not in detail:
        raise QuickBooksFault(6440, "A deposit line needs an account.", f"{where}.{DETAIL}.AccountRef")
    if "Entity" in detail:
        entity = ledger.spelled(detail["Entity"].get("type", "Customer"))
        if entity is None or ledger.find(entity, detail["Entity"].get("value", "")) is None:
            raise QuickBooksFault(
                2500, "Invalid Reference Id : Entity does not exist.", f"{where}.{DETAIL}.Entity"
            )


def _linked(record: Record | None) -> set[Target]:
    lines = (record or {}).get("Line", [])
    return {(link["TxnType"], link["TxnId"]) for line in lines for link in line.get("LinkedTxn", [])}


def _link(ledger: "Ledger", target: Target, link: Record, *, linked: bool) -> None:
    record = ledger.need(*target)
    old = deepcopy(record)
    others = [other for other in record.get("LinkedTxn", []) if other != link]
    record["LinkedTxn"] = [*others, link] if linked else others
    ledger.rewrite(target[0], record, old)
