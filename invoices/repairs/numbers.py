"""A number that is used in QuickBooks already."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from invoices.models import SalesForm
from invoices.numbers import next_number
from qbo.models import Company, OutboxEntry
from qbo.sync import outbox
from qbo.sync.repairs import Repair, Trouble

TAKEN = "6140"


def ways(company: Company, troubles: Sequence[Trouble]) -> Iterator[tuple[OutboxEntry, Repair]]:
    """The next free number of its kind; of several records, each gets its own."""
    taken = [
        (one.entry, one.obj) for one in troubles if one.entry.code == TAKEN and isinstance(one.obj, SalesForm)
    ]
    free = {model: next_number(model, company) for model in {type(form) for _, form in taken}}
    for entry, form in taken:
        if number := free[type(form)]:
            yield (
                entry,
                Repair(
                    "number",
                    f"Give it the next number, {number}",
                    partial(_number, form),
                    together=f"Give them the next numbers, from {number}",
                ),
            )


def _number(form: Any, by: Any) -> None:
    form.doc_number = next_number(type(form), form.company)
    form.save(update_fields=["doc_number"])
    outbox.enqueue(form, reason="renumbered", asked_by=by)
