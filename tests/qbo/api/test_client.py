from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from qbo.api import Client, Query, calls, errors
from qbo.api.errors import QuickBooksError
from tests.qbo.api.conftest import REALM
from tests.qbo.scripted_server import Answer, ScriptedServer, ok

TIME = "2026-11-23T09:17:31.892-08:00"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
STALE = {"Fault": {"Error": [{"Message": "Stale Object Error", "code": "5010"}], "type": "ValidationFault"}}


def rows(*ids: int, **extra: Any) -> Answer:
    found = (
        {"Invoice": [{"Id": str(id)} for id in ids], "startPosition": 1, "maxResults": len(ids)}
        if ids
        else {}
    )
    return ok({"QueryResponse": {**found, **extra}, "time": TIME})


def test_an_object_comes_without_its_envelope_and_with_decimals(
    server: ScriptedServer, client: Client
) -> None:
    server.will(
        ok('{"Invoice":{"Id":"1","TotalAmt":362.07,"New":{"Field":1.10}},"time":"2026-11-23T09:17:31-08:00"}')
    )
    invoice = client.read("Invoice", "1")
    assert invoice == {"Id": "1", "TotalAmt": Decimal("362.07"), "New": {"Field": Decimal("1.10")}}


@pytest.mark.parametrize(
    "fault",
    [
        json.dumps(STALE),
        json.dumps({"fault": {"error": [{"message": "Stale", "code": "5010"}]}, "time": 1730024394085}),
        "<IntuitResponse><Fault><Error code='5010'><Message>Stale</Message></Error></Fault></IntuitResponse>",
    ],
)
def test_a_fault_under_200_is_raised(server: ScriptedServer, client: Client, fault: str) -> None:
    server.will(ok(fault, intuit_tid="1-ff"))
    with pytest.raises(errors.StaleObject) as met:
        client.entity(calls.update("Invoice", {"Id": "1", "SyncToken": "0"}), "r1")
    assert (met.value.status, met.value.intuit_tid) == (200, "1-ff")
    assert len(server.seen) == 1


@pytest.mark.parametrize("body", ["<html>log in to the wifi</html>", "{broken}", '{"BatchItemResponse":[]}'])
def test_a_success_that_says_nothing_leaves_the_outcome_unknown(
    server: ScriptedServer, client: Client, body: str
) -> None:
    server.will(ok(body))
    with pytest.raises(errors.OutcomeUnknown) as met:
        client.entity(calls.create("Invoice", {}), "r1")
    assert not met.value.outcome_known


def test_a_fresh_refusal_keeps_its_type(server: ScriptedServer, client: Client) -> None:
    server.will(Answer(400, json.dumps(STALE).encode(), {"intuit_tid": "1-aa"}))
    with pytest.raises(errors.StaleObject) as met:
        client.entity(calls.update("Invoice", {"Id": "1", "SyncToken": "0"}), "r1")
    assert str(met.value) == "POST invoice: HTTP 400, 5010 Stale Object Error [intuit_tid 1-aa]"


# Queries


def test_a_page(server: ScriptedServer, client: Client) -> None:
    server.will(rows(3, 4, totalCount=9))
    page = client.query(Query("Invoice").order_by("Id").page(3, 2))
    assert page.rows == [{"Id": "3"}, {"Id": "4"}]
    assert (page.start, page.count, page.total) == (1, 2, 9)
    assert page.time == datetime(2026, 11, 23, 17, 17, 31, 892_000, UTC)


def test_an_empty_page(server: ScriptedServer, client: Client) -> None:
    server.will(rows())
    page = client.query("SELECT * FROM Invoice")
    assert (page.rows, page.start, page.count, page.total) == ([], 1, 0, None)


def test_rows_are_fetched_page_by_page_as_they_are_needed(server: ScriptedServer, client: Client) -> None:
    server.will(rows(1, 2), rows(3, 4), rows(5))
    found = client.iterate(Query("Invoice").where("Balance", ">", Decimal("0")), page_size=2)
    assert next(found) == {"Id": "1"}
    assert len(server.seen) == 1
    assert [row["Id"] for row in found] == ["2", "3", "4", "5"]
    assert [seen.params["query"].partition("ORDERBY ")[2] for seen in server.seen] == [
        "Id ASC STARTPOSITION 1 MAXRESULTS 2",
        "Id ASC STARTPOSITION 3 MAXRESULTS 2",
        "Id ASC STARTPOSITION 5 MAXRESULTS 2",
    ]


def test_a_full_last_page_is_followed_by_an_empty_one(server: ScriptedServer, client: Client) -> None:
    server.will(rows(1, 2), rows())
    assert [row["Id"] for row in client.iterate(Query("Invoice"), page_size=2)] == ["1", "2"]


def test_paging_resumes_where_it_is_told_and_keeps_a_stated_order(
    server: ScriptedServer, client: Client
) -> None:
    server.will(rows(7))
    pages = list(client.pages(Query("Invoice").order_by("TxnDate", descending=True), page_size=3, start=7))
    assert len(pages) == 1
    assert server.seen[0].params["query"].endswith("ORDERBY TxnDate DESC STARTPOSITION 7 MAXRESULTS 3")


def test_counting(server: ScriptedServer, client: Client) -> None:
    server.will(ok({"QueryResponse": {"totalCount": 253}, "time": TIME}))
    assert client.count(Query("Invoice").including_inactive().order_by("Id")) == 253
    assert server.seen[0].params["query"] == "SELECT COUNT(*) FROM Invoice WHERE Active IN (true, false)"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"time": TIME},
        {"QueryResponse": [], "time": TIME},
        {"QueryResponse": {}},
        {"QueryResponse": {}, "time": 5},
    ],
)
def test_an_answer_to_something_else(server: ScriptedServer, client: Client, body: dict[str, Any]) -> None:
    server.will(ok(body))
    with pytest.raises(errors.OutcomeUnknown):
        client.query("SELECT * FROM Invoice")


# The company


def test_the_company_and_its_preferences(server: ScriptedServer, client: Client) -> None:
    server.will(ok({"CompanyInfo": {"CompanyName": "A"}}), ok({"Preferences": {"Id": "1"}}))
    assert client.company_info() == {"CompanyName": "A"}
    assert client.preferences() == {"Id": "1"}
    assert [seen.path for seen in server.seen] == [
        f"/v3/company/{REALM}/companyinfo/{REALM}",
        f"/v3/company/{REALM}/preferences",
    ]


# PDF


def test_a_pdf_is_bytes(server: ScriptedServer, client: Client) -> None:
    server.will(Answer(200, b"%PDF-1.4 \xff\xfe", {"Content-Type": "application/pdf"}))
    assert client.pdf("Invoice", "12") == b"%PDF-1.4 \xff\xfe"
    assert server.seen[0].headers["accept"] == "application/pdf"


@pytest.mark.parametrize(
    ("body", "error"), [(json.dumps(STALE).encode(), errors.StaleObject), (b"<html>", errors.OutcomeUnknown)]
)
def test_what_is_not_a_pdf(
    server: ScriptedServer, client: Client, body: bytes, error: type[QuickBooksError]
) -> None:
    server.will(Answer(200, body))
    with pytest.raises(error):
        client.pdf("Invoice", "12")


# Changes


def test_changes(server: ScriptedServer, client: Client) -> None:
    deleted = {"status": "Deleted", "domain": "QBO", "Id": "979", "MetaData": {"LastUpdatedTime": TIME}}
    parts = [
        {"Customer": [{"Id": "63"}], "startPosition": 1, "maxResults": 1},
        {"Invoice": [{"Id": "34"}, deleted], "startPosition": 1, "maxResults": 2, "totalCount": 2},
        {},
    ]
    server.will(ok({"CDCResponse": [{"QueryResponse": parts}], "time": TIME}))
    changes = client.cdc(["Customer", "Invoice", "Payment"], SINCE)
    assert changes.objects == {"Customer": [{"Id": "63"}], "Invoice": [{"Id": "34"}], "Payment": []}
    assert changes.deleted == {"Customer": [], "Invoice": ["979"], "Payment": []}
    assert changes.time == datetime(2026, 11, 23, 17, 17, 31, 892_000, UTC)
    assert not changes.full


@pytest.mark.parametrize(
    ("customers", "invoices", "full"), [(600, 400, True), (600, 399, False), (0, 1000, True)]
)
def test_a_full_answer_is_counted_over_all_entities(
    server: ScriptedServer, client: Client, customers: int, invoices: int, full: bool
) -> None:
    parts = [
        {"Customer": [{"Id": str(n)} for n in range(customers)]},
        {"Invoice": [{"Id": str(n), "status": "Deleted"} for n in range(invoices)]},
    ]
    server.will(ok({"CDCResponse": [{"QueryResponse": parts}], "time": TIME}))
    assert client.cdc(["Customer", "Invoice"], SINCE).full is full


def test_a_fault_inside_changes_is_raised(server: ScriptedServer, client: Client) -> None:
    server.will(ok({"CDCResponse": [STALE], "time": TIME}))
    with pytest.raises(errors.StaleObject):
        client.cdc(["Customer"], SINCE)


@pytest.mark.parametrize(
    "body", [{"time": TIME}, {"CDCResponse": {}, "time": TIME}, {"CDCResponse": [], "time": TIME}]
)
def test_changes_that_are_none_must_say_so(
    server: ScriptedServer, client: Client, body: dict[str, Any]
) -> None:
    """An empty answer moves the watermark on: a wrong one would lose changes for good."""
    server.will(ok(body))
    with pytest.raises(errors.OutcomeUnknown):
        client.cdc(["Customer"], SINCE)


# Batches


def test_a_batch_answers_for_every_item(server: ScriptedServer, client: Client) -> None:
    items = [
        {"bId": "a", "operation": "create", "Customer": {"DisplayName": "A"}},
        {"bId": "b", "operation": "update", "Invoice": {"Id": "9", "SyncToken": "0", "sparse": True}},
        {"bId": "c", "operation": "delete", "Invoice": {"Id": "8", "SyncToken": "0"}},
        {"bId": "d", "operation": "create", "Term": {"Name": "T"}},
    ]
    answers = [
        {"bId": "c", "Invoice": {"Id": "8", "status": "Deleted"}},
        {"bId": "b", **STALE},
        {"bId": "a", "Extra": {"Id": "4"}, "Customer": {"Id": "5", "DisplayName": "A"}},
        {"bId": "stranger", "Customer": {"Id": "6"}},
    ]
    server.will(ok({"BatchItemResponse": answers, "time": TIME}))
    results = client.batch(calls.batch(items), "r1")
    assert list(results) == ["a", "b", "c", "d"]
    assert results["a"] == {"Id": "5", "DisplayName": "A"}
    assert results["c"] == {"Id": "8", "status": "Deleted"}
    assert isinstance(results["b"], errors.StaleObject)
    assert str(results["b"]) == "POST batch item b: HTTP 200, 5010 Stale Object Error"
    assert isinstance(results["d"], errors.OutcomeUnknown)
    assert server.seen[0].params["requestid"] == "r1"


def test_a_batch_that_fails_as_a_whole_raises(server: ScriptedServer, client: Client) -> None:
    server.will(Answer(400, b'{"Fault":{"Error":[{"Message":"Too large","code":"1040"}]}}'))
    with pytest.raises(errors.BadRequest):
        client.batch(calls.batch([{"bId": "1", "operation": "create", "Term": {}}]), "r1")
