"""QuickBooks' report JSON, read."""

from decimal import Decimal
from typing import Any

import pytest

from qbo.api.reports import UnreadableReport, grand_total, open_documents

COLUMNS = ["tx_date", "txn_type", "doc_num", "cust_name", "due_date", "subt_amount", "subt_open_bal"]


def report(*rows: dict[str, Any], columns: list[str] = COLUMNS) -> dict[str, Any]:
    return {"Columns": {"Column": [{"ColType": name} for name in columns]}, "Rows": {"Row": list(rows)}}


def row(kind: str = "Invoice", open_: str = "1,234.50") -> dict[str, Any]:
    texts = ["2026-03-01", kind, "1042", "Ann:Roof", "2026-03-31", "2000.00", open_]
    cells: list[dict[str, str]] = [{"value": text} for text in texts]
    cells[1]["id"], cells[3]["id"] = "77", "8"
    return {"ColData": cells, "type": "Data"}


def section(*rows: dict[str, Any]) -> dict[str, Any]:
    total = {"ColData": [{"value": "Total"}, {"value": "1.00"}]}
    return {"Header": {"ColData": [{"value": "Current"}]}, "Rows": {"Row": list(rows)}, "Summary": total}


def test_documents_of_sections_in_sections_without_headings_and_sums() -> None:
    found = open_documents(report(section(row(), section(row("Payment", "-30.00"))), section()))

    assert [(one.txn_type, one.id, one.open) for one in found] == [
        ("Invoice", "77", Decimal("1234.50")),
        ("Payment", "77", Decimal("-30.00")),
    ]
    assert (found[0].customer, found[0].customer_id, found[0].number) == ("Ann:Roof", "8", "1042")


def test_columns_are_found_by_their_key_wherever_they_stand() -> None:
    swapped = report(row())
    for column in swapped["Columns"]["Column"]:
        column["MetaData"] = [{"Name": "ColKey", "Value": column["ColType"]}]
        column["ColType"] = "String"

    assert open_documents(swapped)[0].open == Decimal("1234.50")


@pytest.mark.parametrize(
    "broken", [{}, {"Columns": {}}, report(columns=COLUMNS[:-1]), report(row(open_="a lot"))]
)
def test_what_cannot_be_read_says_so(broken: dict[str, Any]) -> None:
    with pytest.raises(UnreadableReport):
        open_documents(broken)


def test_the_grand_total() -> None:
    total = {
        "Summary": {"ColData": [{"value": "TOTAL"}, {"value": ""}, {"value": "160.50"}]},
        "group": "GrandTotal",
    }

    assert grand_total(report(row(), total)) == Decimal("160.50")
    assert grand_total({"Rows": {}}) == 0
