"""A number that is used in QuickBooks already."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from invoices.models import Invoice
from invoices.numbers import next_number
from qbo.models import Company, OutboxEntry
from qbo.sync import outbox
from qbo.sync.repairs import Repair, Trouble

TAKEN = "6140"


def ways(company: Company, troubles: Sequence[Trouble]) -> Iterator[tuple[OutboxEntry, Repair]]:
    """The next free number; of several records, each gets its own."""
    taken = [one for one in troubles if one.entry.code == TAKEN and isinstance(one.obj, Invoice)]
    free = next_number(company) if taken else ""
    for trouble in taken if free else ():
        yield (
            trouble.entry,
            Repair(
                "number",
                f"Give it the next number, {free}",
                partial(_number, trouble.obj),
                together=f"Give them the next numbers, from {free}",
            ),
        )


def _number(invoice: Any, by: Any) -> None:
    invoice.doc_number = next_number(invoice.company)
    invoice.save(update_fields=["doc_number"])
    outbox.enqueue(invoice, reason="renumbered", asked_by=by)
