"""AgedReceivables and AgedReceivableDetail: what is owed, by how long it is overdue."""

from decimal import Decimal
from typing import Any

from emulator.ledger import Ledger
from emulator.reports.customers import Sums, grow, rows
from emulator.reports.options import Options
from emulator.reports.receivables import OpenItem, open_items
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

DETAIL = ("tx_date", "txn_type", "doc_num", "cust_name", "memo", "due_date", "subt_amount", "subt_open_bal")


def aged_receivables(ledger: Ledger, options: Options) -> dict[str, Any]:
    """A row for each customer, a column for each period."""
    names = ["Current", *_spans(options), f"{_last(options)} and over"]
    branches = grow(ledger, open_items(ledger, options), len(names), lambda item: _period(item, options))
    shown = rows(branches, _cells, descending=options.descending)
    if shown:
        whole = [sum(each, Decimal(0)) for each in zip(*(branch.total for branch in branches), strict=True)]
        cells = [money(value) for value in (*whole, sum(whole, Decimal(0)))]
        shown.append(grand_total([{"value": "TOTAL"}, *cells]))
    columns = [{"ColType": "Customer", "ColTitle": ""}]
    columns += [{"ColType": "Money", "ColTitle": name} for name in (*names, "Total")]
    return report(ledger, options, columns, shown)


def aged_receivable_detail(ledger: Ledger, options: Options) -> dict[str, Any]:
    """A section for each period that has something, the longest overdue first."""
    names = chosen(options, DETAIL)
    items = open_items(ledger, options)
    shown = []
    for place in range(options.periods, -1, -1):
        inside = [item for item in items if _period(item, options) == place]
        if inside:
            text = _words(place, options)
            heading = [{"value": text}, *blank(len(names) - 1)]
            lines = [detail(item, names, options) for item in inside]
            shown.append(section(heading, lines, totals(f"Total for {text}", inside, names)))
    if items:
        shown.append({"Summary": {"ColData": totals("TOTAL", items, names)}, "type": "Section"})
    return report(ledger, options, titles(names), shown)


def _cells(sums: Sums) -> list[Cell]:
    """Nothing is shown as nothing, but for the total."""
    return [money(value) if value else {"value": ""} for value in sums] + [money(sum(sums, Decimal(0)))]


def _period(item: OpenItem, options: Options) -> int:
    """0 is not yet due, 1 the first period, and so on up to the open-ended last."""
    days = (options.aged_at - item.due).days
    return 0 if days <= 0 else min((days - 1) // options.period_days + 1, options.periods)


def _spans(options: Options) -> list[str]:
    length = options.period_days
    return [f"{place * length + 1} - {(place + 1) * length}" for place in range(options.periods - 1)]


def _last(options: Options) -> int:
    return (options.periods - 1) * options.period_days + 1


def _words(place: int, options: Options) -> str:
    if place == 0:
        return "Current"
    if place == options.periods:
        return f"{_last(options)} or more days past due"
    return f"{_spans(options)[place - 1]} days past due"
