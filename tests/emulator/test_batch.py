"""Facts 4: batches."""

from tests.emulator.conftest import Shop
from tests.emulator_process import EmulatorCompany, Json


def run(company: EmulatorCompany, *items: Json) -> dict[str, Json]:
    answer = company.api("POST", "batch", {"BatchItemRequest": list(items)})
    return {item["bId"]: item for item in answer["BatchItemResponse"]}


def test_4_mixed_items_each_with_their_own_outcome(shop: Shop) -> None:
    invoice = shop.invoice()
    doomed = shop.invoice()
    note = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    answers = run(
        shop.company,
        {"bId": "new", "operation": "create", "Customer": {"DisplayName": "Bo"}},
        {"bId": "twice", "operation": "create", "Customer": {"DisplayName": "Ann Archer"}},
        {"bId": "note", "operation": "update", "Invoice": note},
        {"bId": "gone", "operation": "delete", "Invoice": {"Id": doomed["Id"], "SyncToken": "0"}},
        {"bId": "ask", "Query": "select * from Term maxresults 1"},
        {"bId": "odd", "operation": "create", "Bill": {}},
    )
    assert answers["new"]["Customer"]["DisplayName"] == "Bo"
    assert answers["twice"]["Fault"]["Error"][0]["code"] == "6240"
    assert answers["twice"]["Fault"]["type"] == "ValidationFault"
    assert answers["note"]["Invoice"]["PrivateNote"] == "x"
    assert answers["gone"]["Invoice"]["status"] == "Deleted"
    assert answers["ask"]["QueryResponse"]["maxResults"] == 1
    assert answers["odd"]["Fault"]["Error"][0]["code"] == "501"


def test_4_a_failed_item_leaves_nothing_behind(shop: Shop) -> None:
    """The second payment applies too much after its first line was fine; none of it may stay."""
    invoice = shop.invoice(shop.line("100"))
    good = shop.payment_payload("60", **{invoice["Id"]: "60"})
    answers = run(
        shop.company,
        {"bId": "1", "operation": "create", "Payment": good},
        {"bId": "2", "operation": "create", "Payment": good},
    )
    assert answers["2"]["Fault"]["Error"][0]["code"] == "6000"
    assert shop.again("Invoice", invoice)["Balance"] == 40
    assert len(shop.company.all("Payment")) == 1


def test_4_void_by_options(shop: Shop) -> None:
    paid = shop.payment("10")
    body = {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    answers = run(shop.company, {"bId": "1", "operation": "update", "optionsData": "void", "Payment": body})
    assert answers["1"]["Payment"]["TotalAmt"] == 0


def test_4_thirty_are_allowed_and_thirty_one_are_1040(company: EmulatorCompany) -> None:
    items = [{"bId": str(n), "Query": "select count(*) from Term"} for n in range(31)]
    assert len(run(company, *items[:30])) == 30
    refused = company.call("POST", "batch", {"BatchItemRequest": items})
    assert (refused.status, refused.code) == (400, "1040")


def test_4_a_body_without_items_is_2020(company: EmulatorCompany) -> None:
    assert company.call("POST", "batch", {"Items": []}).code == "2020"


def test_4_an_item_without_operation_creates_or_updates(company: EmulatorCompany) -> None:
    """node-quickbooks' own live suite creates so; that an Id makes it an update is an emulator choice."""
    made = run(company, {"bId": "1", "Customer": {"DisplayName": "Ann"}})["1"]["Customer"]
    assert made["DisplayName"] == "Ann"
    changed = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "n"}
    assert run(company, {"bId": "1", "Customer": changed})["1"]["Customer"]["Notes"] == "n"


def test_4_an_operation_that_does_not_exist_is_refused(company: EmulatorCompany) -> None:
    answers = run(company, {"bId": "1", "operation": "revert", "Customer": {"DisplayName": "Ann"}})
    assert answers["1"]["Fault"]["Error"][0]["code"] == "500"


def test_4_changes_in_a_batch(shop: Shop) -> None:
    since = shop.customer["MetaData"]["CreateTime"]
    answers = run(
        shop.company,
        {"bId": "1", "CDCQuery": {"Entities": "Customer,Invoice", "ChangedSince": since}},
        {"bId": "2", "CDCQuery": {"Entities": ["Customer"], "ChangedSince": since}},
        {"bId": "3", "ReportQuery": "CustomerBalance"},
    )
    first, second = answers["1"]["CDCResponse"]["QueryResponse"]
    assert ([customer["Id"] for customer in first["Customer"]], second) == ([shop.customer["Id"]], {})
    assert answers["2"]["CDCResponse"]["QueryResponse"] == [first]
    assert answers["3"]["Fault"]["Error"][0]["code"] == "501"


def test_4_a_batch_may_be_shuffled(company: EmulatorCompany) -> None:
    company.switch("batch", shuffle=True)
    items = [{"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"C{n}"}} for n in range(30)]
    answered = company.api("POST", "batch", {"BatchItemRequest": items})["BatchItemResponse"]
    asked = [item["bId"] for item in items]
    assert [item["bId"] for item in answered] != asked
    assert sorted((item["bId"] for item in answered), key=int) == asked
    by_id = {item["bId"]: item["Customer"]["DisplayName"] for item in answered}
    assert by_id == {str(n): f"C{n}" for n in range(30)}
    company.switch("batch", shuffle=False)
    again = [{"bId": str(n), "Query": "select count(*) from Customer"} for n in range(30)]
    answered = company.api("POST", "batch", {"BatchItemRequest": again})["BatchItemResponse"]
    assert [item["bId"] for item in answered] == asked


def test_2_with_a_requestid_a_bid_has_at_most_ten_characters(company: EmulatorCompany) -> None:
    item = {"bId": "12345678901", "Query": "select * from Term"}
    body = {"BatchItemRequest": [item]}
    assert company.call("POST", "batch", body).status == 200
    assert company.call("POST", "batch?requestid=r1", body).code == "2130"
    item["bId"] = "1234567890"
    assert company.call("POST", "batch?requestid=r2", body).status == 200


def test_4_a_batch_answers_at_most_a_thousand_objects(company: EmulatorCompany) -> None:
    terms = {"BatchItemRequest": [{"bId": str(n), "Query": "select * from Account"} for n in range(30)]}
    counted = len(company.query("select * from Account"))
    for start in range(0, 40, 20):
        items = [
            {
                "bId": str(n),
                "operation": "create",
                "Account": {"Name": f"A{n}", "AccountType": "Income", "AccountSubType": "OtherPrimaryIncome"},
            }
            for n in range(start, start + 20)
        ]
        company.api("POST", "batch", {"BatchItemRequest": items})
    whole = 1000 // (counted + 40)
    answers = company.api("POST", "batch", terms)["BatchItemResponse"]
    assert ["QueryResponse" in answer for answer in answers] == [place < whole for place in range(30)]
    assert answers[-1]["Fault"]["Error"][0]["code"] == "10100"
