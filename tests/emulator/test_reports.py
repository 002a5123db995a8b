"""The reports on receivables: their shape (Intuit's pages ARAgingSummary and so on), their sums, their parameters."""

from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from emulator.reports.options import _span
from tests.emulator.conftest import Shop
from tests.emulator_process import Json

AT = "2026-06-30"


def run(shop: Shop, name: str, **arguments: str) -> Json:
    return shop.company.api("GET", f"reports/{name}", params={"report_date": AT, **arguments})


def values(row: Json, part: str = "") -> list[str]:
    cells = (row[part] if part else row)["ColData"]
    return [cell["value"] for cell in cells]


@pytest.fixture
def aged(shop: Shop) -> Shop:
    """Ann owes 100 of an invoice overdue by 45 days and 80 not yet due, and has 30 unapplied; Bo owes 10.50, old."""
    shop.invoice(shop.line("150"), TxnDate="2026-04-16", DueDate="2026-05-16", DocNumber="old")
    shop.invoice(shop.line("80"), TxnDate="2026-06-20", DueDate="2026-07-20", DocNumber="new")
    shop.invoice(shop.line("999"), TxnDate="2026-07-01", DueDate="2026-07-01", DocNumber="later")
    oldest = shop.company.query("SELECT * FROM Invoice WHERE DocNumber = 'old'")[0]
    payload = shop.payment_payload("80", **{oldest["Id"]: "50"})
    shop.company.create("Payment", {**payload, "TxnDate": "2026-06-25"})
    ann, shop.customer = shop.customer, shop.company.create("Customer", {"DisplayName": "Bo"})
    shop.invoice(shop.line("10.50"), TxnDate="2025-06-30", DueDate="2025-06-30", DocNumber="oldest")
    shop.customer = ann
    return shop


def test_aged_receivables_by_customer_and_period(aged: Shop) -> None:
    report = run(aged, "AgedReceivables")
    titles = [(column["ColType"], column["ColTitle"]) for column in report["Columns"]["Column"]]
    assert titles == [("Customer", "")] + [
        ("Money", title) for title in ("Current", "1 - 30", "31 - 60", "61 - 90", "91 and over", "Total")
    ]
    ann, bo, total = report["Rows"]["Row"]
    assert values(ann) == ["Ann Archer", "80.00", "-30.00", "100.00", "", "", "150.00"]
    assert ann["ColData"][0]["id"] == aged.customer["Id"]
    assert values(bo) == ["Bo", "", "", "", "", "10.50", "10.50"]
    assert (total["group"], total["type"]) == ("GrandTotal", "Section")
    assert values(total, "Summary") == ["TOTAL", "80.00", "-30.00", "100.00", "0.00", "10.50", "160.50"]


def test_the_header_says_what_was_asked(aged: Shop) -> None:
    header = run(aged, "AgedReceivables", customer=aged.customer["Id"])["Header"]
    assert header["ReportName"] == "AgedReceivables"
    assert (header["EndPeriod"], header["Currency"], header["Customer"]) == (AT, "USD", aged.customer["Id"])
    assert header["Option"] == [
        {"Name": "report_date", "Value": AT},
        {"Name": "NoReportData", "Value": "false"},
    ]


def test_periods_and_their_length_are_chosen(aged: Shop) -> None:
    report = run(aged, "AgedReceivables", num_periods="2", aging_period="10", customer=aged.customer["Id"])
    assert [column["ColTitle"] for column in report["Columns"]["Column"]][1:] == [
        "Current", "1 - 10", "11 and over", "Total",
    ]  # fmt: skip
    assert values(report["Rows"]["Row"][0]) == ["Ann Archer", "80.00", "-30.00", "100.00", "150.00"]


def test_sub_customers_stand_in_a_section_of_their_parent(aged: Shop) -> None:
    job = {"DisplayName": "Kitchen", "Job": True, "ParentRef": {"value": aged.customer["Id"]}}
    aged.customer = aged.company.create("Customer", job)
    aged.invoice(aged.line("5"), TxnDate="2026-06-01", DueDate="2026-07-01")
    parent, _, total = run(aged, "CustomerBalance")["Rows"]["Row"]
    assert parent["type"] == "Section"
    assert values(parent, "Header") == ["Ann Archer", "150.00"]
    assert [values(row) for row in parent["Rows"]["Row"]] == [["Kitchen", "5.00"]]
    assert values(parent, "Summary") == ["Total Ann Archer", "155.00"]
    assert values(total, "Summary") == ["TOTAL", "165.50"]


def test_aged_receivable_detail_has_a_section_for_each_period(aged: Shop) -> None:
    report = run(aged, "AgedReceivableDetail")
    sections = report["Rows"]["Row"]
    assert [values(section, "Header")[0] for section in sections[:-1]] == [
        "91 or more days past due", "31 - 60 days past due", "1 - 30 days past due", "Current",
    ]  # fmt: skip
    keys = [column["ColType"] for column in report["Columns"]["Column"]]
    (line,) = sections[1]["Rows"]["Row"]
    shown = dict(zip(keys, values(line), strict=True))
    assert shown == {
        "tx_date": "2026-04-16",
        "txn_type": "Invoice",
        "doc_num": "old",
        "cust_name": "Ann Archer",
        "memo": "",
        "due_date": "2026-05-16",
        "subt_amount": "150.00",
        "subt_open_bal": "100.00",
    }
    assert line["type"] == "Data"
    assert values(sections[1], "Summary")[0] == "Total for 31 - 60 days past due"
    assert values(sections[-1], "Summary")[-1] == "160.50"


def test_columns_and_due_dates_are_chosen(aged: Shop) -> None:
    asked = {"columns": "due_date,cust_name", "start_duedate": "2026-05-01", "end_duedate": "2026-06-01"}
    report = run(aged, "AgedReceivableDetail", **asked)
    assert [column["ColTitle"] for column in report["Columns"]["Column"]] == ["Due Date", "Customer"]
    assert values(report["Rows"]["Row"][0]["Rows"]["Row"][0]) == ["2026-05-16", "Ann Archer"]
    assert len(report["Rows"]["Row"]) == 2


def test_customer_balance_detail_by_document(aged: Shop) -> None:
    report = run(aged, "CustomerBalanceDetail", columns="tx_date,txn_type,subt_open_bal")
    ann, _, total = report["Rows"]["Row"]
    assert values(ann, "Header") == ["Ann Archer", "", ""]
    assert ann["Header"]["ColData"][0]["id"] == aged.customer["Id"]
    assert [values(row) for row in ann["Rows"]["Row"]] == [
        ["2026-04-16", "Invoice", "100.00"],
        ["2026-06-20", "Invoice", "80.00"],
        ["2026-06-25", "Payment", "-30.00"],
    ]
    assert values(ann, "Summary") == ["Total for Ann Archer", "", "150.00"]
    assert values(total, "Summary") == ["TOTAL", "", "160.50"]


def test_today_s_balances_are_those_of_the_customers(aged: Shop) -> None:
    report = aged.company.api("GET", "reports/CustomerBalance", params={"report_date": "2099-01-01"})
    shown = {values(row)[0]: values(row)[1] for row in report["Rows"]["Row"][:-1]}
    assert shown == {
        customer["DisplayName"]: f"{customer['Balance']:.2f}" for customer in aged.company.all("Customer")
    }


@pytest.mark.parametrize(
    "name", ["AgedReceivables", "AgedReceivableDetail", "CustomerBalance", "CustomerBalanceDetail"]
)
def test_a_report_about_nothing_says_so(shop: Shop, name: str) -> None:
    report = run(shop, name)
    assert report["Header"]["Option"][1] == {"Name": "NoReportData", "Value": "true"}
    assert report["Rows"] == {}


def test_a_report_in_xml(aged: Shop) -> None:
    answer = aged.company.call(
        "GET", f"reports/CustomerBalance?report_date={AT}", headers={"Accept": "application/xml"}
    )
    root = ElementTree.fromstring(answer.text)
    space = root.tag.removesuffix("Report")
    assert [cell.attrib for cell in root.iter(f"{space}ColData")][-1] == {"value": "160.50"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("reports/ProfitAndLoss", "501"),
        ("reports/CustomerBalance?arpaid=All", "501"),
        ("reports/CustomerBalance?date_macro=Last Blue Moon", "501"),
        ("reports/CustomerBalance?report_date=tomorrow", "2060"),
        ("reports/AgedReceivables?num_periods=few", "2080"),
        ("reports/CustomerBalanceDetail?columns=colour", "2090"),
    ],
)
def test_what_is_not_supported_is_refused(shop: Shop, path: str, code: str) -> None:
    assert shop.company.call("GET", path).code == code


@pytest.mark.parametrize(
    ("macro", "first", "last"),
    [
        ("Today", (2026, 8, 12), (2026, 8, 12)),
        ("Yesterday", (2026, 8, 11), (2026, 8, 11)),
        ("This Week", (2026, 8, 9), (2026, 8, 15)),
        ("Last Month", (2026, 7, 1), (2026, 7, 31)),
        ("This Month-to-date", (2026, 8, 1), (2026, 8, 12)),
        ("Last Month-to-date", (2026, 7, 1), (2026, 7, 12)),
        ("Next Month", (2026, 9, 1), (2026, 9, 30)),
        ("Last Fiscal Quarter", (2026, 4, 1), (2026, 6, 30)),
        ("This Fiscal Year-to-date", (2026, 1, 1), (2026, 8, 12)),
        ("Last Fiscal Year", (2025, 1, 1), (2025, 12, 31)),
    ],
)
def test_date_macros(macro: str, first: Any, last: Any) -> None:
    assert _span(macro, date(2026, 8, 12)) == (date(*first), date(*last))


def test_a_report_of_the_past_knows_nothing_of_what_came_after(shop: Shop) -> None:
    """Emulator choice: an application counts from the later of its two documents' dates."""
    first = shop.invoice(shop.line("100"), TxnDate="2026-03-01", DueDate="2026-03-31")
    second = shop.invoice(shop.line("40"), TxnDate="2026-05-01", DueDate="2026-05-31")
    credit = shop.company.create(
        "CreditMemo",
        {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line("15")], "TxnDate": "2026-03-10"},
    )
    payload = shop.payment_payload("125", **{first["Id"]: "100", second["Id"]: "40"})
    payload["Line"].append({"Amount": 15, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "CreditMemo"}]})
    shop.company.create("Payment", {**payload, "TxnDate": "2026-04-01"})

    def owed(at: str) -> str:
        found = run(shop, "CustomerBalance", report_date=at)["Rows"].get("Row", [])
        return values(found[-1], "Summary")[-1] if found else "0.00"

    assert [owed(at) for at in ("2026-02-28", "2026-03-05", "2026-03-15", "2026-04-01", "2026-05-01")] == [
        "0.00",  # nothing yet
        "100.00",  # the first invoice
        "85.00",  # less the credit memo
        "-40.00",  # paid, with forty too much until the second invoice is there
        "0.00",
    ]


def test_a_report_of_the_past_shows_the_documents_as_they_were(shop: Shop) -> None:
    invoice = shop.invoice(shop.line("100"), TxnDate="2026-03-01", DueDate="2026-03-31", DocNumber="early")
    shop.company.create(
        "Payment", {**shop.payment_payload("60", **{invoice["Id"]: "60"}), "TxnDate": "2026-06-29"}
    )

    def open_at(at: str) -> list[str]:
        (section, _) = run(shop, "CustomerBalanceDetail", report_date=at)["Rows"]["Row"]
        return [row["ColData"][-1]["value"] for row in section["Rows"]["Row"]]

    assert (open_at("2026-06-28"), open_at("2026-06-29")) == (["100.00"], ["40.00"])
