"""The parts that all reports are made of (see Intuit's report pages)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from emulator.clock import metadata_time
from emulator.entities.base import Record
from emulator.faults import QuickBooksFault
from emulator.ledger import Ledger
from emulator.reports.options import Options
from emulator.reports.receivables import OpenItem
from emulator.wire import cents

Row = dict[str, Any]
Cell = dict[str, str]

# ColType and ColTitle of the columns that the detailed reports know.
TITLES = {
    "tx_date": "Date", "txn_type": "Transaction Type", "doc_num": "Num", "cust_name": "Customer",
    "memo": "Memo/Description", "due_date": "Due Date", "past_due": "Past Due", "term_name": "Terms",
    "cust_bill_email": "Email", "create_date": "Create Date", "last_mod_date": "Last Modified",
    "subt_amount": "Amount", "subt_open_bal": "Open Balance",
}  # fmt: skip
MONEY = {"subt_amount", "subt_open_bal"}


def report(ledger: Ledger, options: Options, columns: list[Row], rows: list[Row]) -> dict[str, Any]:
    """Header, Columns and Rows. Only the filters that were asked for appear in the header."""
    asked: dict[str, Any] = {"Customer": ",".join(options.customers)} if options.customers else {}
    if options.macro:
        asked["DateMacro"] = options.macro.lower()
    if options.start:
        asked["StartPeriod"] = options.start.isoformat()
    header = {
        "Time": metadata_time(ledger.now),
        "ReportName": options.name,
        **asked,
        "EndPeriod": options.report_date.isoformat(),
        "Currency": ledger.home_currency["value"],
        "Option": [
            {"Name": "report_date", "Value": options.report_date.isoformat()},
            {"Name": "NoReportData", "Value": "false" if rows else "true"},
        ],
    }
    return {"Header": header, "Columns": {"Column": columns}, "Rows": {"Row": rows} if rows else {}}


def money(value: Decimal) -> Cell:
    return {"value": f"{cents(value):f}"}


def data(cells: list[Cell]) -> Row:
    return {"ColData": cells, "type": "Data"}


def section(heading: list[Cell], rows: list[Row], summary: list[Cell]) -> Row:
    return {
        "Header": {"ColData": heading},
        "Rows": {"Row": rows},
        "Summary": {"ColData": summary},
        "type": "Section",
    }


def grand_total(cells: list[Cell]) -> Row:
    return {"Summary": {"ColData": cells}, "type": "Section", "group": "GrandTotal"}


def blank(count: int) -> list[Cell]:
    return [{"value": ""} for _ in range(count)]


def who(customer: Record) -> Cell:
    return {"value": customer["DisplayName"], "id": customer["Id"]}


# the detailed reports


def chosen(options: Options, default: Sequence[str]) -> Sequence[str]:
    """The columns asked for, in that order; 2090 for one that does not exist."""
    for name in options.columns:
        if name not in TITLES:
            raise QuickBooksFault(2090, f"Unsupported column : {name}", "columns")
    return options.columns or default


def titles(names: Sequence[str]) -> list[Row]:
    """The pages show the key as the ColType; recorded answers also have it as MetaData."""
    return [
        {"ColTitle": TITLES[name], "ColType": name, "MetaData": [{"Name": "ColKey", "Value": name}]}
        for name in names
    ]


def detail(item: OpenItem, names: Sequence[str], options: Options) -> Row:
    return data([_cell(item, name, options) for name in names])


def totals(text: str, items: Sequence[OpenItem], names: Sequence[str]) -> list[Cell]:
    """A text in the first column and the sums under the money, one cell for each column."""
    cells = blank(len(names))
    for place, name in enumerate(names):
        if name in MONEY:
            cells[place] = money(sum((_money(item, name) for item in items), Decimal(0)))
    cells[0] = {"value": text}
    return cells


def _money(item: OpenItem, name: str) -> Decimal:
    return item.amount if name == "subt_amount" else item.open


def _cell(item: OpenItem, name: str, options: Options) -> Cell:
    if name in MONEY:
        return money(_money(item, name))
    if name == "txn_type":
        return {"value": item.type, "id": item.record["Id"]}
    if name == "cust_name":
        return {"value": item.customer["FullyQualifiedName"], "id": item.customer["Id"]}
    return {"value": _text(item, name, options)}


def _text(item: OpenItem, name: str, options: Options) -> str:
    record = item.record
    return str(
        {
            "tx_date": record["TxnDate"],
            "doc_num": record.get("DocNumber") or record.get("PaymentRefNum", ""),
            "memo": record.get("PrivateNote", ""),
            "due_date": item.due.isoformat(),
            "past_due": (options.aged_at - item.due).days,
            "term_name": record.get("SalesTermRef", {}).get("name", ""),
            "cust_bill_email": record.get("BillEmail", {}).get("Address", ""),
            "create_date": record["MetaData"]["CreateTime"],
            "last_mod_date": record["MetaData"]["LastUpdatedTime"],
        }[name]
    )
