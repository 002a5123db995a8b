"""What was deleted in QuickBooks while a change made here was waiting: entered once more, as a new record."""

from collections.abc import Iterator, Sequence
from copy import copy
from decimal import Decimal
from functools import partial
from typing import Any

from invoices.editing import save_invoice
from invoices.models import EmailStatus, Invoice, InvoiceLine, Payment
from invoices.receiving import payables, save_payment
from invoices.spreading import ZERO
from qbo.models import Company, OutboxEntry, SyncState, Verb
from qbo.sync import reconcile
from qbo.sync.registry import mapping_of
from qbo.sync.repairs import Repair, Trouble


def ways(company: Company, troubles: Sequence[Trouble]) -> Iterator[tuple[OutboxEntry, Repair]]:
    """As it is here. The deleted one keeps its row, to be read."""
    for trouble in troubles:
        entry, obj = trouble.entry, trouble.obj
        if obj.is_gone and obj.qbo_id and entry.verb == Verb.SAVE and isinstance(obj, Invoice | Payment):
            yield (
                entry,
                Repair(
                    "again",
                    f"Enter {entry.label} in QuickBooks again",
                    partial(_again, entry, obj),
                    together="Enter them in QuickBooks again",
                ),
            )


def _again(entry: OutboxEntry, obj: Any, by: Any) -> None:
    new = _blank_copy(obj)
    if isinstance(obj, Invoice):
        new.settled, new.emailed_at, new.email_status = ZERO, None, EmailStatus.NOT_SET
        if not obj.company.custom_numbers:
            new.doc_number = ""  # QuickBooks gives the next one
        save_invoice(new, [_line(line) for line in obj.lines.order_by("position", "pk")], by=by)
    else:
        save_payment(new, _amounts(obj, new), by=by)
    reconcile.give_up(entry)


def _blank_copy(obj: Any) -> Any:
    """The same record as one that QuickBooks has never had."""
    new = copy(obj)
    new._state = copy(obj._state)
    new.pk, new._state.adding, new._prefetched_objects_cache = None, True, {}
    new.qbo_id, new.sync_token, new.sync_state, new.version = "", None, SyncState.ONLY_HERE, 0
    new.qbo_created_at = new.qbo_updated_at = new.gone_at = new.entry_key = None
    return new


def _line(line: InvoiceLine) -> InvoiceLine:
    new = copy(line)
    new._state = copy(line._state)
    new.pk, new._state.adding, new.line_id = None, True, ""
    new.raw = {key: value for key, value in line.raw.items() if key not in ("Id", "LinkedTxn")}
    return new


def _amounts(old: Payment, new: Payment) -> dict[Invoice, Decimal]:
    """What both sides last agreed that it pays, as far as that is open still; the rest stays as a credit."""
    agreed = reconcile.agreed_copy(mapping_of(old), old) or {}
    put = {
        line["LinkedTxn"][0]["TxnId"]: Decimal(str(line["Amount"]))
        for line in mapping_of(old).view(agreed)["Line"]
        if line["LinkedTxn"][0]["TxnType"] == "Invoice"
    }
    left, amounts = new.total, {}
    for row in payables(new):
        amount = min(put.get(row.invoice.qbo_id, ZERO), row.open, left)
        if amount > 0:
            amounts[row.invoice], left = amount, left - amount
    return amounts
