"""Sums by customer, sub-customers in a section of their parent, as the two summaries show them."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from emulator.entities.base import Record
from emulator.ledger import Ledger
from emulator.reports.receivables import OpenItem
from emulator.reports.shape import Cell, Row, blank, section, who

Sums = list[Decimal]


class Branch:
    """A customer with its own sums and its sub-customers that have something to show."""

    def __init__(self, customer: Record, width: int) -> None:
        self.customer = customer
        self.sums: Sums = [Decimal(0)] * width
        self.below: list[Branch] = []

    @property
    def total(self) -> Sums:
        parts = [self.sums, *(branch.total for branch in self.below)]
        return [sum(column, Decimal(0)) for column in zip(*parts, strict=True)]


def grow(
    ledger: Ledger, items: Iterable[OpenItem], width: int, place: Callable[[OpenItem], int]
) -> list[Branch]:
    """The customers without a parent; `place` says into which of the `width` sums an item goes."""
    found: dict[str, Branch] = {}
    tops: list[Branch] = []

    def branch(customer: Record) -> Branch:
        if customer["Id"] not in found:
            found[customer["Id"]] = made = Branch(customer, width)
            parent = ledger.glance("Customer", customer.get("ParentRef", {}).get("value", ""))
            (branch(parent).below if parent else tops).append(made)
        return found[customer["Id"]]

    for item in items:
        branch(item.customer).sums[place(item)] += item.open
    return tops


def rows(branches: list[Branch], cells: Callable[[Sums], list[Cell]], *, descending: bool) -> list[Row]:
    """A row for a customer, or a section with a row for itself where it has sub-customers."""
    ordered = sorted(
        branches, key=lambda branch: branch.customer["DisplayName"].casefold(), reverse=descending
    )
    return [_row(branch, cells, descending) for branch in ordered]


def _row(branch: Branch, cells: Callable[[Sums], list[Cell]], descending: bool) -> Row:
    own = {"ColData": [who(branch.customer), *cells(branch.sums)]}
    if not branch.below:
        return own
    heading = own["ColData"] if any(branch.sums) else [who(branch.customer), *blank(len(own["ColData"]) - 1)]
    summary: list[Cell] = [{"value": f"Total {branch.customer['DisplayName']}"}, *cells(branch.total)]
    return section(heading, rows(branch.below, cells, descending=descending), summary)
