"""Invoice (facts 9.3)."""

import calendar
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.entities.applying import unlink
from emulator.entities.autoapply import apply_credits
from emulator.entities.base import Entity, Record
from emulator.entities.estimate import check_linked, close, reopen
from emulator.entities.fields import computed, day, flag, ignored, number, reference, several, text
from emulator.entities.forms import BALANCE, DUE, FORM, FORM_SEARCHABLE, SalesForm
from emulator.entities.lines import ZERO
from emulator.entities.transactions import settle_money_account, show_at_home
from emulator.faults import business
from emulator.wire import amount, cents

if TYPE_CHECKING:
    from emulator.ledger import Ledger

_ONLINE = (
    "AllowIPNPayment",
    "AllowOnlinePayment",
    "AllowOnlineCreditCardPayment",
    "AllowOnlineACHPayment",
)


class Invoice(SalesForm):
    name = "Invoice"
    operations = SalesForm.operations | {"void"}
    stock = -1
    fields = {
        **FORM,
        "DueDate": day(),
        "SalesTermRef": reference("Term"),
        "Deposit": number(),
        "DepositToAccountRef": reference("Account"),
        **dict.fromkeys(_ONLINE, flag()),
        "LinkedTxn": several({"TxnId": text(), "TxnType": text(), "TxnLineId": text()}),
        "Balance": computed(),
        "HomeBalance": computed(),
        **ignored(
            "CreditCardPayment",
            "PaymentMethodRef",
            "PaymentRefNum",
            "PaymentType",
            "TxnStatus",
            "CheckPayment",
        ),
    }
    searchable = (*FORM_SEARCHABLE, *DUE, BALANCE)

    def fill(self, ledger: "Ledger", new: Record) -> None:
        super().fill(ledger, new)
        customer = ledger.need("Customer", new["CustomerRef"]["value"])
        term = customer.get("SalesTermRef") or _default_term(ledger)
        if "SalesTermRef" not in new and "DueDate" not in new and term:
            new["SalesTermRef"] = {"value": term["value"]}
        new.setdefault("LinkedTxn", [])

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        for name in _ONLINE:
            new.setdefault(name, False)
        _settle_links(ledger, new, old)
        new.setdefault("TxnDate", (old or {}).get("TxnDate"))
        _settle_due_date(ledger, new, old)
        super().settle(ledger, new, old)
        _settle_balance(ledger, self, new, old)

    def void(self, ledger: "Ledger", new: Record) -> None:
        """Links gone too; the payments become unapplied (emulator choice)."""
        super().void(ledger, new)
        new.update(Balance=0, LinkedTxn=[])
        if "Deposit" in new:
            new["Deposit"] = 0
        show_at_home(ledger, new, "Balance")

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        super().check_delete(ledger, old)
        if _paid_by(old):  # emulator choice (facts 9.3, Delete)
            raise business("You must unlink the linked transactions before you can delete this one.")

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        """A void lets go of the payments that were applied; an estimate is closed by its invoice and open without."""
        super().spread(ledger, new, old)
        identity = (new or old or {})["Id"]
        before, after = _estimate_of(old), _estimate_of(new)
        if before and before != after:
            reopen(ledger, before, identity)
        if after and before != after:
            close(ledger, after, identity)
        if new is not None and old is not None and not _paid_by(new):
            for payment in _paid_by(old):
                unlink(ledger, payment, "Invoice", identity)
        if new is not None and old is None:
            apply_credits(ledger, new["CustomerRef"]["value"])

    def owed(self, record: Record) -> Decimal:
        return Decimal(record["Balance"])


def _default_term(ledger: "Ledger") -> dict[str, str] | None:
    """The company's default term, if the company has it."""
    term: dict[str, str] | None = ledger.prefers("SalesFormsPrefs", "DefaultTerms")
    return {"value": term["value"]} if term and ledger.find("Term", term["value"]) else None


def _links(record: Record | None, kind: str) -> list[str]:
    return [link["TxnId"] for link in (record or {}).get("LinkedTxn", []) if link.get("TxnType") == kind]


def _paid_by(record: Record | None) -> list[str]:
    return _links(record, "Payment")


def _estimate_of(record: Record | None) -> str | None:
    return next(iter(_links(record, "Estimate")), None)


def _settle_links(ledger: "Ledger", new: Record, old: Record | None) -> None:
    """An estimate may be linked by the client, payments only by payments (facts 9.3, LinkedTxn)."""
    sent, before = new.get("LinkedTxn", []), (old or {}).get("LinkedTxn", [])
    wanted = check_linked(ledger, new, sent, _estimate_of(old))
    estimate = [{"TxnId": wanted, "TxnType": "Estimate"}] if wanted else []
    new["LinkedTxn"] = [*estimate, *(link for link in before if link["TxnType"] != "Estimate")]
    if old and old["LinkedTxn"] and "CustomerRef" in new and new["CustomerRef"]["value"] != _customer(old):
        raise business("The customer of an invoice with payments cannot be changed.", "CustomerRef")


def _customer(record: Record) -> str:
    value: str = record["CustomerRef"]["value"]
    return value


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


def _settle_balance(ledger: "Ledger", entity: Entity, new: Record, old: Record | None) -> None:
    """TotalAmt less the deposit and what is applied already, which stays applied."""
    total = Decimal(new["TotalAmt"])
    deposit = cents(Decimal(new.get("Deposit", 0)))
    if deposit and not ledger.prefers("SalesFormsPrefs", "AllowDeposit"):
        raise business("Deposits are switched off in the company's preferences.", "Deposit")
    if deposit:
        settle_money_account(ledger, new, entity)
    balance = total - deposit - _applied(old)
    if balance < 0:
        raise business("The total cannot be less than what is already paid.", "TotalAmt")
    new["Balance"] = amount(balance)
    show_at_home(ledger, new, "Balance")


def _applied(old: Record | None) -> Decimal:
    if old is None:
        return ZERO
    return Decimal(old["TotalAmt"]) - cents(Decimal(old.get("Deposit", 0))) - Decimal(old["Balance"])
