"""What customers owe, document by document: the open items behind every report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from emulator.entities.base import Record
from emulator.ledger import Ledger
from emulator.reports.options import Options


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
    items = [item for item in _all(ledger) if _is_wanted(item, options)]
    return sorted(
        items,
        key=lambda item: (
            item.customer["FullyQualifiedName"].casefold(),
            item.record["TxnDate"],
            int(item.record["Id"]),
        ),
    )


def _all(ledger: Ledger) -> Iterator[OpenItem]:
    for invoice in ledger.where("Invoice", "f_Balance > 0"):
        yield _item(ledger, "Invoice", invoice, invoice["DueDate"], 1, "Balance")
    if ledger.knows("CreditMemo"):
        for credit in ledger.where("CreditMemo", "json_extract(json, '$.Balance') > 0"):
            yield _item(ledger, "Credit Memo", credit, credit["TxnDate"], -1, "Balance")
    for payment in ledger.where("Payment", "json_extract(json, '$.UnappliedAmt') > 0"):
        yield _item(ledger, "Payment", payment, payment["TxnDate"], -1, "UnappliedAmt")


def _item(ledger: Ledger, type: str, record: Record, due: str, sign: int, open_field: str) -> OpenItem:
    customer = ledger.glance("Customer", record["CustomerRef"]["value"]) or {}
    rate = Decimal(record.get("ExchangeRate", 1))  # reports are in home currency
    total, left = Decimal(record["TotalAmt"]), Decimal(record[open_field])
    return OpenItem(type, record, customer, date.fromisoformat(due), sign * total * rate, sign * left * rate)


def _is_wanted(item: OpenItem, options: Options) -> bool:
    return (
        item.record["TxnDate"] <= options.report_date.isoformat()
        and (not options.customers or item.customer["Id"] in options.customers)
        and (not options.terms or item.record.get("SalesTermRef", {}).get("value") in options.terms)
        and options.due_from <= item.due.isoformat() <= options.due_to
        and (options.past_due is None or (options.aged_at - item.due).days >= options.past_due)
    )
