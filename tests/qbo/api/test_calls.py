from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from qbo.api import calls
from qbo.api.calls import Call


def test_create() -> None:
    call = calls.create(
        "Invoice", {"TotalAmt": Decimal("1.50"), "DocNumber": "7"}, include=["allowduplicatedocnum"]
    )
    assert call == Call(
        "POST",
        "invoice",
        (("include", "allowduplicatedocnum"),),
        b'{"DocNumber":"7","TotalAmt":1.50}',
        "application/json",
        "application/json",
        "Invoice",
    )


def test_create_refuses_an_id_and_update_wants_one() -> None:
    with pytest.raises(ValueError, match="no Id"):
        calls.create("Customer", {"Id": "1"})
    with pytest.raises(ValueError, match="Id and SyncToken"):
        calls.update("Customer", {"DisplayName": "A"})


def test_update() -> None:
    call = calls.update("Customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    assert (call.path, call.params) == ("customer", ())
    assert call.body == b'{"Active":false,"Id":"1","SyncToken":"0","sparse":true}'


def test_delete() -> None:
    call = calls.delete("Payment", "9", "3")
    assert (call.method, call.path, call.params) == ("POST", "payment", (("operation", "delete"),))
    assert call.body == b'{"Id":"9","SyncToken":"3"}'


def test_an_invoice_is_voided_by_an_operation() -> None:
    call = calls.void("Invoice", "9", "3")
    assert (call.path, call.params, call.body) == (
        "invoice",
        (("operation", "void"),),
        b'{"Id":"9","SyncToken":"3"}',
    )


@pytest.mark.parametrize("entity", ["Payment", "SalesReceipt"])
def test_money_received_is_voided_by_an_update(entity: str) -> None:
    call = calls.void(entity, "9", "3")
    assert (call.path, call.params) == (entity.lower(), (("operation", "update"), ("include", "void")))
    assert call.body == b'{"Id":"9","SyncToken":"3","sparse":true}'


@pytest.mark.parametrize("entity", ["CreditMemo", "Estimate", "Bill", "Customer"])
def test_nothing_else_can_be_voided(entity: str) -> None:
    with pytest.raises(ValueError, match="cannot void"):
        calls.void(entity, "9", "3")


def test_send() -> None:
    call = calls.send("Invoice", "12", "a+b@example.com")
    assert (call.method, call.path, call.params) == (
        "POST",
        "invoice/12/send",
        (("sendTo", "a+b@example.com"),),
    )
    assert (call.body, call.content_type) == (b"", "application/octet-stream")
    assert calls.send("Invoice", "12").params == ()


def test_reads() -> None:
    assert calls.read("TaxCode", "TAX") == Call("GET", "taxcode/TAX", entity="TaxCode")
    assert calls.pdf("Invoice", "12").path == "invoice/12/pdf"
    assert calls.pdf("Invoice", "12").accept == "application/pdf"
    assert calls.company_info("123").path == "companyinfo/123"
    assert calls.preferences().path == "preferences"


def test_an_id_stays_one_part_of_the_path() -> None:
    assert calls.read("Customer", "1/../2?x").path == "customer/1%2F..%2F2%3Fx"
    with pytest.raises(ValueError, match="no Id"):
        calls.read("Customer", "")


def test_a_long_statement_goes_as_a_body() -> None:
    assert calls.query("SELECT * FROM Term") == Call("GET", "query", (("query", "SELECT * FROM Term"),))
    long = "SELECT * FROM Term WHERE Name = '" + "é" * 1000 + "'"
    assert calls.query(long) == Call("POST", "query", (), long.encode(), "application/text")


def test_changes_since() -> None:
    call = calls.cdc(["Customer", "Invoice"], datetime(2026, 11, 1, 8, 0, 0, 999, UTC))
    assert call.params == (("entities", "Customer,Invoice"), ("changedSince", "2026-11-01T08:00:00+00:00"))
    with pytest.raises(ValueError, match="zone"):
        calls.cdc(["Customer"], datetime(2026, 11, 1))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("call", "is_read"),
    [
        (calls.read("Invoice", "1"), True),
        (calls.pdf("Invoice", "1"), True),
        (calls.query("SELECT * FROM Term"), True),
        (calls.query("SELECT * FROM Term" + " " * 2000), True),
        (calls.preferences(), True),
        (calls.create("Invoice", {}), False),
        (calls.send("Invoice", "1"), False),
        (calls.delete("Invoice", "1", "0"), False),
        (calls.batch([{"bId": "1", "operation": "create", "Term": {}}]), False),
    ],
)
def test_what_counts_as_a_read(call: Call, is_read: bool) -> None:
    assert call.is_read is is_read


def test_batch() -> None:
    call = calls.batch([{"bId": "1", "operation": "create", "Customer": {"DisplayName": "A"}}])
    assert (call.method, call.path) == ("POST", "batch")
    assert (
        call.body == b'{"BatchItemRequest":[{"Customer":{"DisplayName":"A"},"bId":"1","operation":"create"}]}'
    )


def item(bid: str, **changes: Any) -> dict[str, Any]:
    return {"bId": bid, "operation": "create", "Customer": {}, **changes}


@pytest.mark.parametrize(
    ("items", "complaint"),
    [
        ([], "1 to 30"),
        ([item(str(n)) for n in range(31)], "1 to 30"),
        ([item("1"), item("1")], "share a bId"),
        ([item("")], "characters"),
        ([item("12345678901")], "characters"),
        ([item("1", operation="void")], "operation"),
        ([item("1", Invoice={})], "exactly one entity"),
        ([{"bId": "1", "Query": "select * from Term"}], "operation"),
    ],
)
def test_malformed_batches(items: list[dict[str, Any]], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        calls.batch(items)
