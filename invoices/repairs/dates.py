"""A date in a period whose books are closed."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from invoices.models import Invoice
from invoices.totals import due_date
from qbo import formats
from qbo.models import Company, OutboxEntry, Verb
from qbo.sync import outbox
from qbo.sync.repairs import Repair, Trouble

CLOSED = frozenset({"6200", "6210"})


def ways(company: Company, troubles: Sequence[Trouble]) -> Iterator[tuple[OutboxEntry, Repair]]:
    """The first open day. What QuickBooks has in the closed period already cannot be moved out of it either."""
    through = company.books_closed_through
    if through is None:
        return
    for trouble in troubles:
        entry, form = trouble.entry, trouble.obj
        dated = getattr(form, "txn_date", None)
        if (
            entry.code in CLOSED
            and entry.verb == Verb.SAVE
            and not form.qbo_id
            and dated
            and dated <= through
        ):
            yield entry, _move(form, through)


def _move(form: Any, through: date) -> Repair:
    day = through + timedelta(days=1)
    return Repair(
        f"date:{day.isoformat()}",
        f"Date it {formats.day(day)}",
        lambda by: _date(form, day, by),
        together=f"Date them {formats.day(day)}",
        because=f"It is dated {formats.day(form.txn_date)}, and the books there are closed through "
        f"{formats.day(through)}.",
    )


def _date(form: Any, day: date, by: Any) -> None:
    fields = ["txn_date"]
    if isinstance(form, Invoice):
        fields.append("due_date")
        if form.due_date == due_date(form.txn_date, form.terms) or (form.due_date and form.due_date < day):
            form.due_date = due_date(day, form.terms)
    form.txn_date = day
    form.save(update_fields=fields)
    outbox.enqueue(form, reason="dated anew", asked_by=by)
