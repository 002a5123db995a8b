"""Estimate, and how an invoice is made from one (facts 9.5)."""

from copy import deepcopy
from typing import TYPE_CHECKING

from emulator.entities.base import Record
from emulator.entities.columns import Column
from emulator.entities.fields import choice, computed, day, ignored, reference, text
from emulator.entities.forms import DUE, FORM, FORM_SEARCHABLE, SalesForm
from emulator.faults import QuickBooksFault, business

if TYPE_CHECKING:
    from emulator.ledger import Ledger

DONE = {"Closed", "Converted"}
WHERE = "Invoice.LinkedTxn.TxnId"


class Estimate(SalesForm):
    """Not posted: it moves no balance and no stock."""

    name = "Estimate"
    fields = {
        **FORM,
        "DueDate": day(),
        "SalesTermRef": reference("Term"),
        "ExpirationDate": day(),
        "AcceptedBy": text(100),
        "AcceptedDate": day(),
        "TxnStatus": choice("Accepted", "Closed", "Pending", "Rejected", "Converted"),
        "LinkedTxn": computed(),
        **ignored("PaymentMethodRef", "PaymentRefNum", "DepositToAccountRef", "Balance", "CheckPayment"),
    }
    searchable = (*FORM_SEARCHABLE, *DUE, Column("TxnStatus"))

    def fill(self, ledger: "Ledger", new: Record) -> None:
        super().fill(ledger, new)
        new["LinkedTxn"] = []

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        super().settle(ledger, new, old)
        new.setdefault("TxnStatus", (old or {}).get("TxnStatus", "Pending"))

    def check_delete(self, ledger: "Ledger", old: Record) -> None:
        """Emulator choice: an estimate is held by its invoice, as an invoice is by its payments."""
        super().check_delete(ledger, old)
        if old["LinkedTxn"]:
            raise business("You must unlink the linked transactions before you can delete this one.")


def check_linked(ledger: "Ledger", invoice: Record, sent: list[Record], before: str | None) -> str | None:
    """The estimate that an invoice may link: one only, of the same customer, and not invoiced already."""
    for link in sent:
        if link.get("TxnType") in {"TimeActivity", "ReimburseCharge", "ChargeCredit", "StatementCharge"}:
            continue  # read-only, or of a kind that the emulator does not keep
        if link.get("TxnType") not in {"Estimate", "Payment"}:
            raise QuickBooksFault(
                2170, f"Invalid Enumeration : {link.get('TxnType')}", "Invoice.LinkedTxn.TxnType"
            )
    wanted = {str(link.get("TxnId")) for link in sent if link.get("TxnType") == "Estimate"}
    if not wanted:
        return before
    if len(wanted) > 1:
        raise business("An invoice can be made from one estimate only.", WHERE)
    (identity,) = wanted
    if identity != before:
        _check_open(ledger, invoice, identity)
    return identity


def _check_open(ledger: "Ledger", invoice: Record, identity: str) -> None:
    estimate = ledger.find("Estimate", identity)
    if estimate is None:
        raise QuickBooksFault(2500, f"Invalid Reference Id : Estimate {identity} does not exist.", WHERE)
    if estimate["CustomerRef"]["value"] != invoice.get("CustomerRef", {}).get("value"):
        raise QuickBooksFault(
            620, f"Transaction {identity} belongs to another customer and cannot be linked.", WHERE
        )
    if estimate["LinkedTxn"] or estimate["TxnStatus"] in DONE:  # emulator choice
        raise business("The estimate has been invoiced or closed already.", WHERE)


def close(ledger: "Ledger", identity: str, invoice_id: str) -> None:
    """An estimate becomes Closed when it is invoiced, and links to the invoice (emulator choice: facts 9.5 know
    Closed and Converted)."""
    _link(ledger, identity, [{"TxnId": invoice_id, "TxnType": "Invoice"}], "Closed")


def reopen(ledger: "Ledger", identity: str, invoice_id: str) -> None:
    """Its invoice was voided or deleted: an estimate can be invoiced again (emulator choice)."""
    estimate = ledger.need("Estimate", identity)
    others = [link for link in estimate["LinkedTxn"] if link["TxnId"] != invoice_id]
    accepted = "AcceptedBy" in estimate or "AcceptedDate" in estimate
    _link(ledger, identity, others, "Accepted" if accepted else "Pending")


def _link(ledger: "Ledger", identity: str, links: list[Record], status: str) -> None:
    estimate = ledger.need("Estimate", identity)
    old = deepcopy(estimate)
    estimate.update(LinkedTxn=links, TxnStatus=status)
    ledger.rewrite("Estimate", estimate, old)
