"""Ways out of refusals that have to do with invoices, payments and items."""

from collections.abc import Iterator, Sequence

from invoices.repairs import allocations, dates, items, numbers, once_more
from qbo.models import Company, OutboxEntry
from qbo.sync.repairs import Repair, Trouble


def ways(company: Company, troubles: Sequence[Trouble]) -> Iterator[tuple[OutboxEntry, Repair]]:
    for module in (items, numbers, dates, allocations, once_more):
        yield from module.ways(company, troubles)
