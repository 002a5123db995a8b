"""CustomerBalance and CustomerBalanceDetail: what each customer owes."""

from decimal import Decimal
from itertools import groupby
from typing import Any

from emulator.ledger import Ledger
from emulator.reports.customers import Sums, grow, rows
from emulator.reports.options import Options
from emulator.reports.receivables import open_items
from emulator.reports.shape import (
    Cell,
    blank,
    chosen,
    detail,
    grand_total,
    money,
    report,
    section,
    titles,
    totals,
)

DETAIL = ("tx_date", "txn_type", "doc_num", "memo", "due_date", "subt_amount", "subt_open_bal")
COLUMNS = [{"ColType": "Customer", "ColTitle": ""}, {"ColType": "Money", "ColTitle": "Total"}]


def customer_balance(ledger: Ledger, options: Options) -> dict[str, Any]:
    """A row for each customer with a balance."""
    branches = grow(ledger, open_items(ledger, options), 1, lambda item: 0)
    branches = [branch for branch in branches if branch.total[0] or branch.below]
    shown = rows(branches, _cells, descending=options.descending)
    if shown:
        whole = sum((branch.total[0] for branch in branches), Decimal(0))
        shown.append(grand_total([{"value": "TOTAL"}, money(whole)]))
    return report(ledger, options, COLUMNS, shown)


def customer_balance_detail(ledger: Ledger, options: Options) -> dict[str, Any]:
    """A section for each customer, a row for each document."""
    names = chosen(options, DETAIL)
    items = open_items(ledger, options)
    shown = []
    for name, group in groupby(items, key=lambda item: str(item.customer["FullyQualifiedName"])):
        inside = list(group)
        heading = [{"value": name, "id": inside[0].customer["Id"]}, *blank(len(names) - 1)]
        lines = [detail(item, names, options) for item in inside]
        shown.append(section(heading, lines, totals(f"Total for {name}", inside, names)))
    if options.descending:
        shown.reverse()
    if items:
        shown.append({"Summary": {"ColData": totals("TOTAL", items, names)}, "type": "Section"})
    return report(ledger, options, titles(names), shown)


def _cells(sums: Sums) -> list[Cell]:
    return [money(sums[0])]
