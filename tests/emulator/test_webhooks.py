"""Facts 6: webhooks, received by a server of our own."""

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.emulator.conftest import Shop
from tests.emulator.listener import Listener, eventually
from tests.emulator_process import SECONDS, EmulatorCompany, EmulatorProcess, Json, start_emulator


@pytest.fixture
def heard(shop: Shop, listener: Listener) -> Shop:
    """A shop whose events from now on go to the listener."""
    shop.company.listen(listener.url)
    return shop


def note(shop: Shop, record: Json, text: str) -> None:
    shop.company.edit("Invoice", record["Id"], {"PrivateNote": text})


def test_6_2_a_write_is_told_as_a_cloud_event(heard: Shop, listener: Listener) -> None:
    invoice = heard.invoice()
    (event,) = listener.next().events
    assert event.keys() == {
        "specversion", "id", "source", "type", "datacontenttype", "time", "intuitentityid", "intuitaccountid", "data",
    }  # fmt: skip
    assert event["type"] == "qbo.invoice.created.v1"
    assert (event["intuitentityid"], event["intuitaccountid"]) == (invoice["Id"], heard.company.realm_id)
    assert (event["specversion"], event["data"]) == ("1.0", {})
    assert event["time"].endswith("000Z")


def test_6_5_the_signature_and_the_headers(shop: Shop, listener: Listener) -> None:
    shop.company.listen(listener.url, "secret-token")
    shop.invoice()
    came = listener.next()
    digest = hmac.new(b"secret-token", came.body, hashlib.sha256).digest()
    assert came.headers["intuit-signature"] == base64.b64encode(digest).decode()
    assert came.headers["intuit-notification-schema-version"] == "0.1"
    assert came.headers["user-agent"] == "intuit_notification_server/0.1"
    assert came.headers["accept"] == "application/json"
    assert came.headers["content-type"].startswith("application/json")
    assert came.headers["intuit-created-time"]
    assert came.headers["intuit-t-id"]


def test_6_2_the_content_type_can_be_another(shop: Shop, listener: Listener) -> None:
    shop.company.listen(listener.url, contentType="application/cloudevents+json")
    shop.invoice()
    assert listener.next().headers["content-type"] == "application/cloudevents+json"


def test_6_1_the_classic_payload_by_a_switch(shop: Shop, listener: Listener) -> None:
    shop.company.listen(listener.url, format="classic")
    invoice = shop.invoice()
    (notified,) = json.loads(listener.next().body)["eventNotifications"]
    assert notified["realmId"] == shop.company.realm_id
    (entity,) = notified["dataChangeEvent"]["entities"]
    assert entity.keys() == {"name", "id", "operation", "lastUpdated"}
    assert (entity["name"], entity["id"], entity["operation"]) == ("Invoice", invoice["Id"], "Create")


def due_after(shop: Shop, attempts: int) -> list[float]:
    """In how many seconds the oldest delivery is tried again, once it was tried so often."""
    oldest = shop.company.deliveries()[-1]
    return (
        [oldest["due"] - shop.company.turn_clock()["seconds"]] if len(oldest["attempts"]) == attempts else []
    )


OPERATIONS: dict[str, Callable[[Shop, Json], object]] = {
    "invoice.updated": lambda shop, invoice: note(shop, invoice, "x"),
    "invoice.voided": lambda shop, invoice: shop.company.edit("Invoice", invoice["Id"], operation="void"),
    "invoice.deleted": lambda shop, invoice: shop.company.edit("Invoice", invoice["Id"], operation="delete"),
    "invoice.emailed": lambda shop, invoice: shop.company.edit(
        "Invoice", invoice["Id"], {"sendTo": "a@b.example"}, operation="send"
    ),
}


@pytest.mark.parametrize("told", OPERATIONS)
def test_6_3_each_operation_has_its_type(shop: Shop, listener: Listener, told: str) -> None:
    invoice = shop.invoice()
    shop.company.listen(listener.url)
    OPERATIONS[told](shop, invoice)
    assert listener.told(1) == [(told, invoice["Id"])]


def test_6_3_a_payment_tells_of_its_invoice_too_and_not_of_the_balance_that_moves_along(
    shop: Shop, listener: Listener
) -> None:
    invoice = shop.invoice()
    shop.company.listen(listener.url)
    paid = shop.payment("40", **{invoice["Id"]: "40"})
    assert sorted(listener.told(2)) == [("invoice.updated", invoice["Id"]), ("payment.created", paid["Id"])]


def test_6_3_what_is_not_in_the_table_is_not_told(heard: Shop, listener: Listener) -> None:
    company = heard.company
    info = company.read("CompanyInfo", "1")
    company.edit("CompanyInfo", info["Id"], {"CompanyName": "Other"})
    company.edit("Preferences", "1", {"SalesFormsPrefs": {"CustomTxnNumbers": True}})
    assert listener.told(1) == [("preferences.updated", "1")]


def test_6_5_a_refused_write_and_a_company_without_an_app_tell_nothing(
    heard: Shop, listener: Listener
) -> None:
    heard.company.call("POST", "customer", {"DisplayName": "Ann Archer"})
    heard.company.disconnect()
    heard.company.edit("Customer", heard.customer["Id"], {"Notes": "unheard"})
    again = heard.company.new_tokens()
    made = again.create("Customer", {"DisplayName": "Bo"})
    assert listener.told(1) == [("customer.created", made["Id"])]


def test_6_5_failures_are_tried_again_on_the_schedule_and_hold_back_later_events(
    heard: Shop, listener: Listener
) -> None:
    heard.company.turn_clock(speed=0)
    listener.statuses = deque([500, 404, 503, 302])
    first = heard.invoice()
    body = listener.next().body
    second = heard.invoice()
    note(heard, second, "x")
    for count, seconds in enumerate((10, 20, 30, 300), start=1):
        due = eventually(lambda count=count: due_after(heard, count))
        assert due == [pytest.approx(seconds, abs=0.01)]
        heard.company.turn_clock(advance=seconds)
        assert listener.next().body == body
    assert json.loads(body)[0]["intuitentityid"] == first["Id"]
    assert listener.next().told == [("invoice.created", second["Id"]), ("invoice.updated", second["Id"])]
    eventually(lambda: [1] if heard.company.deliveries()[0]["attempts"] else [])
    newest, oldest = heard.company.deliveries()
    assert [attempt["status"] for attempt in oldest["attempts"]] == [500, 404, 503, 302, 200]
    assert (newest["state"], oldest["state"]) == ("delivered", "delivered")


def test_6_5_a_target_that_does_not_answer_is_a_failure_too(heard: Shop, listener: Listener) -> None:
    heard.company.turn_clock(speed=0)
    listener.close()
    heard.invoice()
    assert eventually(lambda: [made["status"] for made in heard.company.deliveries()[0]["attempts"]]) == [0]
    assert "Error" in heard.company.deliveries()[0]["attempts"][0]["answer"]


def test_6_2_one_post_may_tell_of_several_companies(tmp_path: Path, listener: Listener) -> None:
    alone = start_emulator(file=tmp_path / "webhooks.sqlite3")
    try:
        one, two = alone.company(), alone.company()
        alone.control("POST", "webhooks", {"url": listener.url, "verifierToken": "v"})
        alone.control("POST", "clock", {"speed": 0})
        listener.statuses = deque([500])
        one.create("Customer", {"DisplayName": "Ann"})
        listener.next()
        one.create("Customer", {"DisplayName": "Bo"})
        two.create("Customer", {"DisplayName": "Cy"})
        alone.control("POST", "clock", {"advance": 10})
        listener.next()
        assert [event["intuitaccountid"] for event in listener.next().events] == [one.realm_id, two.realm_id]
    finally:
        alone.stop()


def test_what_waits_survives_a_restart(tmp_path: Path, listener: Listener) -> None:
    file = tmp_path / "webhooks.sqlite3"
    before = start_emulator(file=file)
    company = before.company()
    company.listen(listener.url)
    company.turn_clock(speed=0)
    listener.statuses = deque([500])
    made = company.create("Customer", {"DisplayName": "Ann"})
    body = listener.next().body
    before.kill()
    after = start_emulator(file=file)
    try:
        after.control("POST", "clock", {"realmId": company.realm_id, "advance": 10})
        came = listener.next()
        assert (came.body, came.told) == (body, [("customer.created", made["Id"])])
    finally:
        after.stop()


def test_a_dropped_event_is_never_told(heard: Shop, listener: Listener) -> None:
    heard.company.fault("webhook_dropped", entity="Invoice")
    heard.invoice()
    second = heard.invoice()
    assert listener.told(1) == [("invoice.created", second["Id"])]


def test_a_doubled_event_comes_twice_with_the_same_id(heard: Shop, listener: Listener) -> None:
    heard.company.fault("webhook_doubled", path="invoice.created")
    heard.invoice()
    assert listener.next().events == listener.next().events


def test_a_reordered_event_comes_after_a_later_one(heard: Shop, listener: Listener) -> None:
    heard.company.fault("webhook_reordered")
    first, second = heard.invoice(), heard.invoice()
    assert listener.told(2) == [("invoice.created", second["Id"]), ("invoice.created", first["Id"])]


def test_a_delayed_event_comes_when_its_time_has_come(heard: Shop, listener: Listener) -> None:
    heard.company.turn_clock(speed=0)
    heard.company.fault("webhook_delayed", seconds=60)
    first, second = heard.invoice(), heard.invoice()
    assert listener.told(1) == [("invoice.created", second["Id"])]
    heard.company.turn_clock(advance=60)
    assert listener.told(1) == [("invoice.created", first["Id"])]


def test_6_5_a_test_event_and_a_delivery_again(
    emulator: EmulatorProcess, heard: Shop, listener: Listener
) -> None:
    emulator.control("POST", "webhooks/test", {"realmId": heard.company.realm_id, "entity": "Vendor"})
    first = listener.next()
    assert first.told == [("vendor.updated", "1")]
    number = heard.company.deliveries()[0]["number"]
    emulator.control("POST", "webhooks/resend", {"number": number})
    assert listener.next().body == first.body


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://example.com/hook"},
        {"url": "https://127.0.0.1/hook"},
        {"url": "http://10.0.0.1/hook"},
        {"url": "http://127.0.0.1:1/", "format": "morse"},
    ],
)
def test_only_targets_on_this_machine_and_known_formats(emulator: EmulatorProcess, body: Json) -> None:
    answered = requests.post(f"{emulator.url}/_control/webhooks", json=body, timeout=SECONDS)
    assert answered.status_code == 400


def test_an_empty_url_ends_it(heard: Shop, listener: Listener, company: EmulatorCompany) -> None:
    heard.company.listen("")
    heard.invoice()
    heard.company.listen(listener.url)
    second = heard.invoice()
    assert listener.told(1) == [("invoice.created", second["Id"])]
