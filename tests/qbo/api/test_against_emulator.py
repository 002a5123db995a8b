"""The client and the OAuth wrapper against the emulator, which was written from the facts and not from them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo import oauth
from qbo.api import Call, Client, Json, Query, Transport, calls, errors, new_session
from qbo.api.errors import QuickBooksError
from qbo.oauth import OAuthConfig
from tests.emulator_process import EmulatorCompany, EmulatorProcess, start_emulator

CALLBACK = "http://localhost/connect/callback/"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorProcess]:
    process = start_emulator()
    yield process
    process.stop()


@pytest.fixture
def qb(emulator: EmulatorProcess) -> EmulatorCompany:
    return emulator.company()


class Connection:
    """A token source that does what the portal does, without storing anything."""

    def __init__(self, config: OAuthConfig, access_token: str, refresh_token: str) -> None:
        self.config = config
        self.access, self.refresh = access_token, refresh_token

    def access_token(self) -> str:
        return self.access

    def refreshed(self, rejected: str) -> str:
        fresh = oauth.refresh(self.config, self.refresh)
        self.access, self.refresh = fresh.access_token, fresh.refresh_token
        return self.access


@pytest.fixture
def config(emulator: EmulatorProcess, qb: EmulatorCompany) -> OAuthConfig:
    return OAuthConfig(qb.client_id, qb.client_secret, CALLBACK, emulator.discovery_url)


@pytest.fixture
def connection(qb: EmulatorCompany, config: OAuthConfig) -> Connection:
    return Connection(config, qb.access_token, qb.refresh_token)


@pytest.fixture
def client(emulator: EmulatorProcess, qb: EmulatorCompany, connection: Connection) -> Iterator[Client]:
    with new_session() as session:
        yield Client(
            Transport(emulator.url, qb.realm_id, connection, session=session, sleep=lambda seconds: None)
        )


def request_id() -> str:
    return f"test-{next(_numbers)}"


def new_customer(client: Client, name: str = "") -> Json:
    call = calls.create("Customer", {"DisplayName": name or f"Customer {next(_numbers)}"})
    return client.entity(call, request_id())


def new_item(client: Client) -> Json:
    account = next(client.iterate(Query("Account").where("AccountType", "=", "Income")))
    item = {
        "Name": f"Item {next(_numbers)}",
        "Type": "Service",
        "UnitPrice": Decimal("33.35"),
        "IncomeAccountRef": {"value": account["Id"]},
    }
    return client.entity(calls.create("Item", item), request_id())


def invoice_for(customer: Json, item: Json) -> Json:
    line = {
        "Amount": Decimal("100.05"),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}, "Qty": 3, "UnitPrice": Decimal("33.35")},
    }
    return {"CustomerRef": {"value": customer["Id"]}, "Line": [line]}


# Connecting


def consent(config: OAuthConfig, qb: EmulatorCompany, decision: str) -> dict[str, str]:
    """What comes back to the portal after a person has decided on the consent page."""
    address = oauth.authorization_url(config, "our-state")
    page = requests.get(address, timeout=10)
    assert page.status_code == 200
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = requests.post(
        address.partition("?")[0],
        data={**asked, "realm_id": qb.realm_id, "decision": decision},
        allow_redirects=False,
        timeout=10,
    )
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def test_from_consent_to_the_first_call_and_back(
    emulator: EmulatorProcess, qb: EmulatorCompany, config: OAuthConfig
) -> None:
    granted = consent(config, qb, "allow")
    assert (granted["state"], granted["realmId"]) == ("our-state", qb.realm_id)
    tokens = oauth.exchange(config, granted["code"], granted["realmId"])
    assert (tokens.access_expires_in, tokens.refresh_expires_in) == (3600, 8640000)
    assert tokens.hard_expires_in
    assert "@" in oauth.user_info(config, tokens.access_token)["email"]

    client = Client(Transport(emulator.url, qb.realm_id, Connection(config, tokens.access_token, "")))
    assert client.company_info()["CompanyName"]
    assert client.preferences()["SalesFormsPrefs"]

    oauth.revoke(config, tokens.refresh_token)
    with pytest.raises(oauth.InvalidGrant):
        oauth.refresh(config, tokens.refresh_token)


def test_a_code_works_once(qb: EmulatorCompany, config: OAuthConfig) -> None:
    code = consent(config, qb, "allow")["code"]
    oauth.exchange(config, code, qb.realm_id)
    with pytest.raises(oauth.InvalidGrant):
        oauth.exchange(config, code, qb.realm_id)


def test_a_person_may_refuse(qb: EmulatorCompany, config: OAuthConfig) -> None:
    assert consent(config, qb, "deny") == {"error": "access_denied", "state": "our-state"}


def test_the_wrong_secret(emulator: EmulatorProcess, qb: EmulatorCompany) -> None:
    config = OAuthConfig(qb.client_id, "not the secret", CALLBACK, emulator.discovery_url)
    with pytest.raises(oauth.InvalidClient):
        oauth.refresh(config, qb.refresh_token)


def test_an_expired_token_is_replaced_on_the_way(
    qb: EmulatorCompany, client: Client, connection: Connection
) -> None:
    qb.turn_clock(advance=2 * 3600)
    assert client.company_info()["CompanyName"]
    assert connection.access != qb.access_token


def test_a_company_that_was_disconnected(qb: EmulatorCompany, client: Client) -> None:
    qb.disconnect()
    with pytest.raises(oauth.InvalidGrant):
        client.company_info()


def test_another_companys_token(
    emulator: EmulatorProcess, qb: EmulatorCompany, connection: Connection
) -> None:
    stranger = emulator.company()
    with pytest.raises(errors.NotAuthorized):
        Client(Transport(emulator.url, stranger.realm_id, connection)).company_info()


# The main job


def test_an_invoice_and_the_check_that_pays_it(qb: EmulatorCompany, client: Client) -> None:
    customer, item = new_customer(client), new_item(client)
    invoice = client.entity(calls.create("Invoice", invoice_for(customer, item)), request_id())
    assert (invoice["TotalAmt"], invoice["Balance"], invoice["SyncToken"]) == (Decimal("100.05"),) * 2 + (
        "0",
    )

    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "Frau Müller's “note”"}
    invoice = client.entity(calls.update("Invoice", change), request_id())
    assert (invoice["SyncToken"], invoice["PrivateNote"]) == ("1", "Frau Müller's “note”")

    sent = client.entity(calls.send("Invoice", invoice["Id"], "ann@example.com"), request_id())
    assert sent["EmailStatus"] == "EmailSent"
    assert client.pdf("Invoice", invoice["Id"]).startswith(b"%PDF")

    allocation = {"Amount": Decimal("100.05"), "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    check = {
        "CustomerRef": {"value": customer["Id"]},
        "TotalAmt": Decimal("120"),
        "PaymentRefNum": "1042",
        "Line": [allocation],
    }
    payment = client.entity(calls.create("Payment", check), request_id())
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (120, Decimal("19.95"))
    assert client.read("Invoice", invoice["Id"])["Balance"] == 0

    voided = client.entity(calls.void("Payment", payment["Id"], payment["SyncToken"]), request_id())
    assert (voided["TotalAmt"], voided["Line"]) == (0, [])
    invoice = client.read("Invoice", invoice["Id"])
    assert invoice["Balance"] == Decimal("100.05")

    voided = client.entity(calls.void("Invoice", invoice["Id"], invoice["SyncToken"]), request_id())
    assert (voided["TotalAmt"], voided["Balance"]) == (0, 0)
    stub = client.entity(calls.delete("Invoice", invoice["Id"], voided["SyncToken"]), request_id())
    assert stub["status"] == "Deleted"
    with pytest.raises(errors.ObjectNotFound):
        client.read("Invoice", invoice["Id"])
    assert [row["Id"] for row in qb.all("Payment")] == [payment["Id"]]


def test_the_same_request_id_does_nothing_twice(qb: EmulatorCompany, client: Client) -> None:
    call = calls.create("Customer", {"DisplayName": "Only once"})
    assert client.entity(call, "same") == client.entity(call, "same")
    assert len(qb.all("Customer")) == 1
    with pytest.raises(errors.RequestIdReused):
        client.entity(calls.create("Customer", {"DisplayName": "Another"}), "same")


def test_refusals_are_typed(client: Client) -> None:
    customer = new_customer(client)
    stale = {"Id": customer["Id"], "SyncToken": "0", "sparse": True}
    client.entity(calls.update("Customer", {**stale, "Notes": "first"}), request_id())
    refused: list[tuple[Call, type[QuickBooksError]]] = [
        (calls.update("Customer", {**stale, "Notes": "second"}), errors.StaleObject),
        (calls.create("Customer", {"DisplayName": customer["DisplayName"]}), errors.DuplicateName),
        (calls.create("Customer", {"DisplayName": "A", "Nickname": "B"}), errors.BadRequest),
        (calls.create("Customer", {"DisplayName": "A:B"}), errors.BadRequest),
        (calls.create("Invoice", {"CustomerRef": {"value": customer["Id"]}}), errors.BadRequest),
        (calls.read("Invoice", "99999"), errors.ObjectNotFound),
        (calls.query("SELECT * FROM Invoice WHERE Nothing = '1'"), errors.QueryFault),
        (calls.query("SELECT * FORM Invoice"), errors.QueryFault),
    ]
    for call, error in refused:
        with pytest.raises(error) as met:
            client.perform(call, None if call.is_read else request_id())
        assert type(met.value) is error
        assert met.value.is_verdict
        assert met.value.intuit_tid


# Questions


def test_every_page_of_everybody(client: Client) -> None:
    batch = [
        {"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"Somebody {n:02}"}}
        for n in range(23)
    ]
    made = client.batch(calls.batch(batch), request_id())
    assert not [result for result in made.values() if isinstance(result, QuickBooksError)]
    everybody = Query("Customer").where("DisplayName", "LIKE", "Somebody %")
    found = list(client.iterate(everybody, page_size=5))
    assert sorted(row["DisplayName"] for row in found) == [f"Somebody {n:02}" for n in range(23)]
    assert client.count(everybody) == 23
    by_id = Query("Customer").where_in(
        "Id", [row["Id"] for row in found] + [str(n) for n in range(10**6, 10**6 + 300)]
    )
    assert len(client.query(by_id.page(1, 1000)).rows) == 23


def test_inactive_customers_have_to_be_asked_for(client: Client) -> None:
    customer = new_customer(client, "Gone fishing")
    change = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    client.entity(calls.update("Customer", change), request_id())
    assert client.count(Query("Customer")) == 0
    (row,) = client.iterate(Query("Customer").including_inactive())
    assert (row["Id"], row["Active"]) == (customer["Id"], False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="a'\\\"%()=,; é\u2019_", max_size=20))
def test_every_name_finds_its_customer(client: Client, name: str) -> None:
    name = f"{next(_numbers)} {name} x"
    customer = new_customer(client, name)
    (row,) = client.iterate(Query("Customer").where("DisplayName", "=", name))
    assert (row["Id"], row["DisplayName"]) == (customer["Id"], name)


def test_what_changed(client: Client) -> None:
    customer, item = new_customer(client), new_item(client)
    kept = client.entity(calls.create("Invoice", invoice_for(customer, item)), request_id())
    doomed = client.entity(calls.create("Invoice", invoice_for(customer, item)), request_id())
    client.entity(calls.delete("Invoice", doomed["Id"], doomed["SyncToken"]), request_id())
    now = client.query(Query("Term").page(1, 1)).time

    changes = client.cdc(["Customer", "Invoice", "Payment"], now - timedelta(hours=1))
    assert [row["Id"] for row in changes.objects["Customer"]] == [customer["Id"]]
    assert [row["TotalAmt"] for row in changes.objects["Invoice"]] == [kept["TotalAmt"]]
    assert (changes.objects["Payment"], changes.deleted["Invoice"]) == ([], [doomed["Id"]])
    assert (changes.time >= now, changes.full) == (True, False)
    later = client.cdc(["Customer", "Invoice"], changes.time + timedelta(hours=1))
    assert (later.objects, later.deleted) == ({"Customer": [], "Invoice": []},) * 2


def test_one_bad_item_does_not_spoil_a_batch(client: Client) -> None:
    customer = new_customer(client)
    batch = calls.batch(
        [
            {"bId": "new", "operation": "create", "Customer": {"DisplayName": "Fresh"}},
            {"bId": "taken", "operation": "create", "Customer": {"DisplayName": customer["DisplayName"]}},
            {
                "bId": "change",
                "operation": "update",
                "Customer": {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Notes": "n"},
            },
        ]
    )
    results = client.batch(batch, request_id())
    assert isinstance(results["taken"], errors.DuplicateName)
    fresh, changed = results["new"], results["change"]
    assert isinstance(fresh, dict)
    assert isinstance(changed, dict)
    assert (fresh["DisplayName"], changed["SyncToken"], changed["Notes"]) == ("Fresh", "1", "n")


def test_threads_share_a_session(
    emulator: EmulatorProcess, qb: EmulatorCompany, connection: Connection
) -> None:
    names = [f"Worker {n}" for n in range(24)]
    with new_session() as session, ThreadPoolExecutor(6) as pool:
        client = Client(Transport(emulator.url, qb.realm_id, connection, session=session))
        for name in names:
            new_customer(client, name)

        def find(name: str) -> str:
            (row,) = client.iterate(Query("Customer").where("DisplayName", "=", name))
            return str(row["DisplayName"])

        assert list(pool.map(find, names)) == names


# Trouble


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "truncated", "500", "503"])
def test_trouble_on_the_way_neither_loses_nor_doubles_a_write(
    qb: EmulatorCompany, client: Client, kind: str
) -> None:
    qb.fault(kind, method="POST", count=2)
    customer = new_customer(client)
    assert [row["Id"] for row in qb.all("Customer")] == [customer["Id"]]


@pytest.mark.parametrize(
    ("kind", "written"), [("lost_answer", 1), ("truncated", 1), ("reset", 0), ("500", 0), ("503", 0)]
)
def test_without_a_request_id_the_outcome_stays_unknown(
    qb: EmulatorCompany, client: Client, kind: str, written: int
) -> None:
    qb.fault(kind, method="POST", count=1)
    with pytest.raises(QuickBooksError) as met:
        client.entity(calls.create("Customer", {"DisplayName": "Perhaps"}))
    assert not met.value.outcome_known
    assert len(qb.all("Customer")) == written


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("403", errors.NotAuthorized),
        ("429", errors.Throttled),
        ("fault_200", errors.ServiceUnavailable),
    ],
)
def test_refusals_at_the_door(
    qb: EmulatorCompany, client: Client, kind: str, error: type[QuickBooksError]
) -> None:
    qb.fault(kind, count=1)
    with pytest.raises(error) as met:
        new_customer(client)
    assert met.value.outcome_known
    assert qb.all("Customer") == []


def test_a_single_401_is_not_noticed(qb: EmulatorCompany, client: Client, connection: Connection) -> None:
    qb.fault("401", count=1)
    assert new_customer(client)["Id"]
    assert connection.access


def test_too_many_calls_at_once(qb: EmulatorCompany, client: Client) -> None:
    qb.turn_clock(speed=0)
    qb.enforce_limits()
    for _ in range(10):
        client.company_info()
    with pytest.raises(errors.Throttled) as met:
        client.company_info()
    assert met.value.retry_after == 60
    assert "3001" in str(met.value)
