"""What the facts say of the API, in cases that a real company can be asked too. Each names its section."""

import re
from decimal import Decimal

import pytest

from tests.emulator_process import EmulatorCompany, Json


@pytest.fixture
def customer(company: EmulatorCompany, name: str) -> Json:
    return company.create("Customer", {"DisplayName": name, "Notes": "kept", "CompanyName": "Co"})


@pytest.fixture
def item(company: EmulatorCompany, name: str) -> Json:
    income = company.query("SELECT * FROM Account WHERE AccountType = 'Income' MAXRESULTS 1")[0]
    return company.create(
        "Item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": income["Id"]}}
    )


@pytest.fixture
def invoice(company: EmulatorCompany, customer: Json, item: Json) -> Json:
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": 2, "UnitPrice": Decimal("10.50")}
    line = {"Amount": Decimal("21.00"), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return company.create("Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [line]})


def test_2_create_answers_200_with_the_record_and_the_time(company: EmulatorCompany, name: str) -> None:
    answer = company.call("POST", "customer", {"DisplayName": name})
    assert answer.status == 200
    assert answer.body.keys() == {"Customer", "time"}
    assert answer.headers["Content-Type"].lower().startswith("application/json")


def test_2_a_new_record_has_domain_sparse_token_and_times_with_an_offset(customer: Json) -> None:
    assert (customer["domain"], customer["sparse"], customer["SyncToken"]) == ("QBO", False, "0")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", customer["MetaData"]["CreateTime"])


def test_2_sparse_update_leaves_alone_what_it_does_not_name(company: EmulatorCompany, customer: Json) -> None:
    change = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "CompanyName": "Other"}
    changed = company.update("Customer", change)
    assert (changed["CompanyName"], changed["Notes"], changed["SyncToken"]) == ("Other", "kept", "1")


def test_2_full_update_clears_what_is_left_out(company: EmulatorCompany, customer: Json) -> None:
    change = {"Id": customer["Id"], "SyncToken": "0", "DisplayName": customer["DisplayName"]}
    changed = company.update("Customer", change)
    assert "Notes" not in changed
    assert "CompanyName" not in changed


def test_8_1_an_old_token_is_5010(company: EmulatorCompany, customer: Json) -> None:
    change = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"}
    company.update("Customer", change)
    refused = company.call("POST", "customer", change)
    assert (refused.status, refused.code) == (400, "5010")
    assert refused.body["Fault"]["type"] == "ValidationFault"


def test_8_3_a_name_is_taken_once(company: EmulatorCompany, customer: Json) -> None:
    refused = company.call("POST", "customer", {"DisplayName": customer["DisplayName"]})
    assert (refused.status, refused.code) == (400, "6240")


def test_8_3_an_id_that_never_was_is_610_under_400(company: EmulatorCompany) -> None:
    refused = company.call("GET", "invoice/999999999")
    assert (refused.status, refused.code) == (400, "610")


def test_8_3_an_unknown_property_is_2010(company: EmulatorCompany, name: str) -> None:
    assert company.call("POST", "customer", {"DisplayName": name, "Colour": "red"}).code == "2010"


def test_9_3_the_server_adds_the_subtotal_and_the_total(invoice: Json) -> None:
    assert (invoice["TotalAmt"], invoice["Balance"]) == (21, 21)
    assert [line["DetailType"] for line in invoice["Line"]] == ["SalesItemLineDetail", "SubTotalLineDetail"]
    assert "Id" not in invoice["Line"][-1]


def test_8_3_an_amount_that_is_not_the_product_is_6070(
    company: EmulatorCompany, customer: Json, item: Json
) -> None:
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": 7, "UnitPrice": 225}
    line = {"Amount": 1000, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    refused = company.call("POST", "invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [line]})
    assert refused.code == "6070"


def test_9_3_a_void_keeps_the_record_at_zero(company: EmulatorCompany, invoice: Json) -> None:
    body = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]}
    voided = company.api("POST", "invoice?operation=void", body)["Invoice"]
    assert (voided["TotalAmt"], voided["Balance"]) == (0, 0)
    assert voided["PrivateNote"].startswith("Voided")


def test_9_1_a_deleted_invoice_is_a_stub_and_then_610(company: EmulatorCompany, invoice: Json) -> None:
    body = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]}
    gone = company.api("POST", "invoice?operation=delete", body)["Invoice"]
    assert gone == {"status": "Deleted", "domain": "QBO", "Id": invoice["Id"]}
    assert company.call("GET", f"invoice/{invoice['Id']}").code == "610"


def test_9_4_a_payment_is_applied_and_what_is_over_stays_unapplied(
    company: EmulatorCompany, customer: Json, invoice: Json
) -> None:
    link = {"Amount": 21, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    body = {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": 25, "Line": [link]}
    assert company.create("Payment", body)["UnappliedAmt"] == 4
    assert company.read("Invoice", invoice["Id"])["Balance"] == 0


def test_9_4_an_empty_line_lets_go_of_the_invoice(
    company: EmulatorCompany, customer: Json, invoice: Json
) -> None:
    link = {"Amount": 21, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    body = {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": 21, "Line": [link]}
    paid = company.create("Payment", body)
    change = {
        "Id": paid["Id"],
        "SyncToken": paid["SyncToken"],
        "CustomerRef": body["CustomerRef"],
        "TotalAmt": 21,
    }
    assert company.update("Payment", {**change, "Line": []})["UnappliedAmt"] == 21
    assert company.read("Invoice", invoice["Id"])["Balance"] == 21


def test_2_a_requestid_happens_once(company: EmulatorCompany, name: str) -> None:
    first = company.create("Customer", {"DisplayName": name}, requestid=name[-12:])
    again = company.create("Customer", {"DisplayName": name}, requestid=name[-12:])
    assert again["Id"] == first["Id"]


def test_3_queries_filter_count_and_page(company: EmulatorCompany, customer: Json) -> None:
    where = f"WHERE DisplayName = '{customer['DisplayName']}'"
    assert [found["Id"] for found in company.query(f"SELECT * FROM Customer {where}")] == [customer["Id"]]
    counted = company.api("GET", "query", params={"query": f"SELECT COUNT(*) FROM Customer {where}"})
    assert counted["QueryResponse"]["totalCount"] == 1
    assert company.query(f"SELECT * FROM Customer {where} STARTPOSITION 2") == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM Customer WHERE DisplayName = 'O''Brien'", "4000"),
        ("SELECT * FROM Customer WHERE Balance > 0", "4000"),
        ("SELECT * FROM Customer WHERE NoSuchField = 'x'", "4001"),
    ],
)
def test_3_what_is_no_query(company: EmulatorCompany, statement: str, code: str) -> None:
    refused = company.call("GET", "query", params={"query": statement})
    assert (refused.status, refused.code) == (400, code)


def test_4_a_batch_answers_each_item_by_its_bid(company: EmulatorCompany, customer: Json, name: str) -> None:
    items = [
        {"bId": "new", "operation": "create", "Customer": {"DisplayName": f"{name} two"}},
        {"bId": "twice", "operation": "create", "Customer": {"DisplayName": customer["DisplayName"]}},
        {"bId": "ask", "Query": "SELECT * FROM Term MAXRESULTS 1"},
    ]
    answered = company.api("POST", "batch", {"BatchItemRequest": items})["BatchItemResponse"]
    by_id = {answer["bId"]: answer for answer in answered}
    assert by_id["new"]["Customer"]["SyncToken"] == "0"
    assert by_id["twice"]["Fault"]["Error"][0]["code"] == "6240"
    assert by_id["ask"]["QueryResponse"]["maxResults"] == 1


def test_5_changes_hold_the_record_and_an_empty_member(company: EmulatorCompany, customer: Json) -> None:
    asked = {"entities": "Customer,Department", "changedSince": customer["MetaData"]["CreateTime"]}
    members = company.api("GET", "cdc", params=asked)["CDCResponse"][0]["QueryResponse"]
    assert customer["Id"] in [found["Id"] for found in members[0]["Customer"]]


def test_8_2_a_token_that_is_none_is_a_gateway_fault(company: EmulatorCompany) -> None:
    answer = company.call("GET", "preferences", headers={"Authorization": "Bearer " + "x" * 40})
    assert answer.status == 401
    assert answer.body["fault"]["error"][0]["code"] == "3200"


def test_a_report_has_its_header_columns_and_rows(company: EmulatorCompany, invoice: Json) -> None:
    report = company.api(
        "GET", "reports/CustomerBalance", params={"customer": invoice["CustomerRef"]["value"]}
    )
    assert report["Header"]["ReportName"] == "CustomerBalance"
    assert [column["ColType"] for column in report["Columns"]["Column"]] == ["Customer", "Money"]
    assert report["Rows"]["Row"][0]["ColData"][1]["value"] == "21.00"
    assert report["Rows"]["Row"][-1]["group"] == "GrandTotal"
