"""What customers owe, document by document: the open items behind every report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from emulator.clock import today
from emulator.entities.applying import allocations
from emulator.entities.base import Record
from emulator.entities.journal import receivable
from emulator.ledger import Ledger
from emulator.reports.options import Options

ZERO = Decimal(0)
# The forms that can be open: entity, sign, the attributes that say how much and when it is due, and the SQL for "open".
FORMS = (
    ("Invoice", 1, "Balance", "DueDate", "f_Balance > 0"),
    ("CreditMemo", -1, "Balance", "TxnDate", "json_extract(json, '$.Balance') > 0"),
    ("Payment", -1, "UnappliedAmt", "TxnDate", "json_extract(json, '$.UnappliedAmt') > 0"),
)


@dataclass(frozen=True)
class OpenItem:
    """A document with something open. Credits and unapplied payments count negative and fall due when they are made."""

    type: str
    record: Record
    customer: Record
    due: date
    amount: Decimal
    open: Decimal


def open_items(ledger: Ledger, options: Options) -> list[OpenItem]:
    """By customer, and the oldest first within one."""
    items = [item for item in _all(ledger, options.report_date.isoformat()) if _is_wanted(item, options)]
    return sorted(
        items,
        key=lambda item: (
            item.customer["FullyQualifiedName"].casefold(),
            item.record["TxnDate"],
            int(item.record["Id"]),
        ),
    )


def _all(ledger: Ledger, at: str) -> Iterator[OpenItem]:
    """Everything open at the end of a day. An application counts from the later of its two documents' dates."""
    later = _applied_after(ledger, at)
    for entity, sign, left, due, is_open in FORMS:
        found = {record["Id"]: record for record in ledger.where(entity, f"f_TxnDate <= ? AND {is_open}", at)}
        for key in later:
            if key[0] == entity and key[1] not in found and (record := ledger.find(*key)):
                found[record["Id"]] = record
        for record in found.values():
            back = later.get((entity, record["Id"]), ZERO)
            if record["TxnDate"] <= at and Decimal(record[left]) + back:
                yield _item(ledger, entity, record, record.get(due) or record["TxnDate"], sign, left, back)
    yield from _entered(ledger, at)


def _applied_after(ledger: Ledger, at: str) -> dict[tuple[str, str], Decimal]:
    """What counts as open again on a day, because payment or document came only after it: by (entity, Id)."""
    back: dict[tuple[str, str], Decimal] = {}
    if at >= today(ledger.now).isoformat() and not ledger.where("Payment", "f_TxnDate > ?", at):
        return back

    def add(key: tuple[str, str], amount: Decimal) -> None:
        back[key] = back.get(key, ZERO) + amount

    for payment in ledger.where("Payment", "json_array_length(json, '$.Line') > 0"):
        for (entity, identity), amount in allocations(payment).items():
            form = ledger.glance(entity, identity)
            if form is None or max(payment["TxnDate"], form["TxnDate"]) <= at:
                continue
            add((entity, identity), amount)
            if payment["TxnDate"] <= at:
                add(("Payment", payment["Id"]), amount if entity == "Invoice" else -amount)
    return back


def _entered(ledger: Ledger, at: str) -> Iterator[OpenItem]:
    """Lines of journal entries on receivables: nothing is ever applied to them here, so they are open in full."""
    for entry in ledger.where("JournalEntry", "f_TxnDate <= ?", at):
        for customer_id, owed in receivable(ledger, entry).items():
            customer = ledger.glance("Customer", customer_id) or {}
            rate = Decimal(entry.get("ExchangeRate", 1))
            day = date.fromisoformat(entry["TxnDate"])
            yield OpenItem("Journal Entry", entry, customer, day, owed * rate, owed * rate)


def _item(
    ledger: Ledger, entity: str, record: Record, due: str, sign: int, open_field: str, back: Decimal
) -> OpenItem:
    customer = ledger.glance("Customer", record["CustomerRef"]["value"]) or {}
    rate = Decimal(record.get("ExchangeRate", 1))  # reports are in home currency
    total, left = Decimal(record["TotalAmt"]), Decimal(record[open_field]) + back
    words = "Credit Memo" if entity == "CreditMemo" else entity
    return OpenItem(words, record, customer, date.fromisoformat(due), sign * total * rate, sign * left * rate)


def _is_wanted(item: OpenItem, options: Options) -> bool:
    return (
        (not options.customers or item.customer["Id"] in options.customers)
        and (not options.terms or item.record.get("SalesTermRef", {}).get("value") in options.terms)
        and options.due_from <= item.due.isoformat() <= options.due_to
        and (options.past_due is None or (options.aged_at - item.due).days >= options.past_due)
    )
