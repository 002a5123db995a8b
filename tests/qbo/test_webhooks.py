"""Webhooks: only QuickBooks is believed, both forms are read, nonsense does no harm."""

import base64
import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from qbo import webhooks
from qbo.models import Company, InboxEntry
from qbo.webhooks import Event, Unreadable, parse
from tests.factories import CompanyFactory, CustomerFactory

TOKEN = "a verifier token"


def signed(body: bytes, token: str = TOKEN) -> str:
    return base64.b64encode(hmac.new(token.encode(), body, hashlib.sha256).digest()).decode()


def cloud_event(
    realm: str = "1", kind: str = "qbo.invoice.updated.v1", qbo_id: str = "7", **more: Any
) -> Any:
    return {"id": "e1", "type": kind, "intuitentityid": qbo_id, "intuitaccountid": realm, **more}


@pytest.fixture
def deliver(client: Client, settings: Any, db: None) -> Any:
    settings.QBO_WEBHOOK_TOKEN = TOKEN

    def post(content: Any, signature: str | None = None, **headers: str) -> Any:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        given = {"intuit-signature": signed(body) if signature is None else signature, **headers}
        return client.post(
            reverse("webhook"), body, content_type="application/cloudevents+json", headers=given
        )

    return post


@pytest.fixture
def company(db: None) -> Company:
    company: Company = CompanyFactory(realm_id="1")
    return company


def noted() -> list[tuple[str, str]]:
    return list(InboxEntry.objects.order_by("pk").values_list("entity", "qbo_id"))


def test_an_event_is_noted_once_however_often_it_comes(deliver: Any, company: Company) -> None:
    for _ in range(3):
        assert deliver([cloud_event()]).status_code == 200

    assert noted() == [("Invoice", "7")]


def test_one_delivery_may_be_about_several_companies(deliver: Any, company: Company) -> None:
    CompanyFactory(realm_id="2")
    deliver([cloud_event("1"), cloud_event("2"), cloud_event("99")])

    assert sorted(InboxEntry.objects.values_list("company__realm_id", flat=True)) == ["1", "2"]


def test_a_merge_is_news_about_both(deliver: Any, company: Company) -> None:
    deliver([cloud_event(kind="qbo.customer.merged.v1", data={"deletedid": "8"})])

    assert sorted(noted()) == [("Customer", "7"), ("Customer", "8")]


def test_a_merge_is_remembered_of_the_one_that_goes(deliver: Any, company: Company) -> None:
    ours = CustomerFactory(company=company, qbo_id="8")
    foreign = CustomerFactory(qbo_id="8")
    deliver([cloud_event(kind="qbo.customer.merged.v1", data={"deletedid": "8"})])
    for customer in (ours, foreign):
        customer.refresh_from_db()

    assert (ours.merged_into, ours.is_gone, foreign.merged_into) == ("7", False, "")


def test_the_classic_form(deliver: Any, company: Company) -> None:
    change = {
        "entities": [
            {"name": "Payment", "id": "5", "operation": "Void", "lastUpdated": "2026-11-23T09:40:00Z"}
        ]
    }
    deliver({"eventNotifications": [{"realmId": "1", "dataChangeEvent": change}]})

    assert noted() == [("Payment", "5")]


@pytest.mark.parametrize(
    "signature", ["", "nonsense", signed(b"another body"), signed(b"[]", "another token")]
)
def test_nobody_else_is_believed(deliver: Any, company: Company, signature: str) -> None:
    assert deliver([cloud_event()], signature).status_code == 401
    assert noted() == []


def test_without_a_token_of_our_own_nothing_is_believed(
    deliver: Any, company: Company, settings: Any
) -> None:
    settings.QBO_WEBHOOK_TOKEN = ""

    assert deliver([cloud_event()], signed(json.dumps([cloud_event()]).encode(), "")).status_code == 401


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[1, null, {}]",
        b"[" * 100_000,
        b'{"eventNotifications": [3, {"dataChangeEvent": 4}]}',
    ],
)
def test_signed_nonsense_is_taken_and_forgotten(deliver: Any, company: Company, content: bytes) -> None:
    assert deliver(content).status_code == 200
    assert noted() == []


@pytest.mark.parametrize(
    "event",
    [
        cloud_event(kind="qbo.invoice"),
        cloud_event(kind="qbo.spaceship.created.v1"),
        cloud_event(qbo_id="7; DROP TABLE"),
        cloud_event(qbo_id="7" * 400),
        cloud_event(realm=""),
    ],
)
def test_what_makes_no_sense_is_left_out(deliver: Any, company: Company, event: Any) -> None:
    assert deliver([event, cloud_event(qbo_id="9")]).status_code == 200
    assert noted() == [("Invoice", "9")]


def test_a_delivery_past_all_measure_is_refused(deliver: Any, company: Company) -> None:
    assert deliver(b" " * 10_000_000).status_code == 413


def test_only_post(client: Client) -> None:
    assert client.get(reverse("webhook")).status_code == 405


def test_a_delivery_is_noted_in_few_queries(
    deliver: Any, company: Company, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        deliver([cloud_event(qbo_id=str(number)) for number in range(200)])

    assert len(noted()) == 200


@given(st.binary(max_size=200))
def test_no_body_breaks_the_parser(body: bytes) -> None:
    try:
        events = parse(body)
    except Unreadable:
        return
    assert all(isinstance(event, Event) for event in events)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.fixed_dictionaries({}, optional={
    "type": st.just("qbo.invoice.created.v1") | json_values, "data": json_values,
    "intuitentityid": st.just("7") | json_values, "intuitaccountid": st.just("1") | json_values,
})))  # fmt: skip
def test_no_event_breaks_the_parser(items: Any) -> None:
    for event in parse(json.dumps(items).encode()):
        assert webhooks.QBO_ID.match(event.qbo_id)


@pytest.mark.skipif("QBO_FIXTURES" not in os.environ, reason="no folder of recorded answers (QBO_FIXTURES)")
def test_recorded_deliveries_are_read() -> None:
    folder = Path(os.environ["QBO_FIXTURES"]) / "webhooks"
    for file in sorted(folder.glob("*.json")):
        content = json.loads(file.read_text())
        body = content.get("body", content) if isinstance(content, dict) else content
        assert parse(json.dumps(body).encode()), file.name
