"""`/_control/`: tokens, resets, faults, clocks, edits and the log, which programs in other languages rely on."""

from datetime import datetime, timedelta

import pytest
import requests

from tests.emulator.conftest import Shop
from tests.emulator_process import SECONDS, EmulatorCompany, EmulatorProcess

BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def test_the_index_describes_every_door(emulator: EmulatorProcess) -> None:
    described = emulator.control("GET", "")
    assert {door.split(" ")[1] for door in described} >= {
        f"/_control/{name}" for name in ("tokens", "reset", "faults", "clock", "requests", "edit")
    }


def test_tokens_make_an_unknown_company_and_know_it_the_second_time(emulator: EmulatorProcess) -> None:
    first = emulator.company(realmId="777000111", name="Seven")
    first.create("Customer", {"DisplayName": "Ann"})
    second = emulator.company(realmId="777000111")
    assert second.access_token != first.access_token
    assert len(second.all("Customer")) == 1


def test_an_unknown_seed_is_refused(emulator: EmulatorProcess) -> None:
    answered = requests.post(f"{emulator.url}/_control/tokens", json={"seed": "jungle"}, timeout=SECONDS)
    assert answered.status_code == 400
    assert "jungle" in answered.json()["error"]


def test_another_app_can_be_made(emulator: EmulatorProcess) -> None:
    company = emulator.company(clientId="other-app", clientSecret="other-secret")
    assert (company.client_id, company.client_secret) == ("other-app", "other-secret")
    assert company.call("GET", "preferences").status == 200


def test_reset_takes_a_company_back_and_keeps_its_tokens(
    emulator: EmulatorProcess, company: EmulatorCompany
) -> None:
    company.create("Customer", {"DisplayName": "Ann"})
    company.turn_clock(advance=10**6)
    emulator.control("POST", "reset", {"realmId": company.realm_id})
    assert company.all("Customer") == []
    assert company.create("Customer", {"DisplayName": "Ann"})["Id"] == "1"


def test_the_clock_of_one_company_moves_alone(emulator: EmulatorProcess, company: EmulatorCompany) -> None:
    other = emulator.company()
    company.turn_clock(set="2031-05-05T12:00:00Z", speed=0)
    assert company.call("GET", "preferences").status == 401  # its hour has long passed
    fresh = company.new_tokens()
    made = fresh.create("Customer", {"DisplayName": "Ann"})
    assert made["MetaData"]["CreateTime"] == "2031-05-05T05:00:00-07:00"
    assert not other.api("GET", "preferences")["time"].startswith("2031")


def test_the_clock_runs_faster_on_request(company: EmulatorCompany) -> None:
    before = datetime.fromisoformat(company.turn_clock(speed=1_000_000)["time"])
    after = datetime.fromisoformat(
        company.emulator.control("GET", "clock", params={"realmId": company.realm_id})["time"]
    )
    assert after - before > timedelta(seconds=10)


def test_the_log_tells_what_came(company: EmulatorCompany) -> None:
    company.create("Customer", {"DisplayName": "Ann"}, minorversion="75")
    company.call("GET", "customer/999")
    first, second = company.requests()
    assert first.keys() == {"id", "time", "realmId", "method", "path", "query", "body", "status"}
    assert (first["method"], first["path"], first["query"], first["status"]) == (
        "POST", f"/v3/company/{company.realm_id}/customer", "minorversion=75", 200,
    )  # fmt: skip
    assert "Ann" in first["body"]
    assert second["status"] == 400
    assert company.requests(since=first["id"]) == [second]


def test_an_edit_is_made_as_somebody_inside_quickbooks(shop: Shop) -> None:
    invoice = shop.invoice()
    edited = shop.company.edit("Invoice", invoice["Id"], {"PrivateNote": "by phone"})
    assert (edited["PrivateNote"], edited["SyncToken"]) == ("by phone", "1")
    shop.company.edit("Invoice", invoice["Id"], operation="void")
    assert shop.again("Invoice", invoice)["TotalAmt"] == 0
    made = shop.company.edit("Customer", changes={"DisplayName": "Walk-in"}, operation="create")
    assert shop.again("Customer", made) == made
    shop.company.edit("Invoice", invoice["Id"], operation="delete")
    assert shop.company.all("Invoice") == []


@pytest.mark.parametrize(("kind", "written"), [("lost_answer", 1), ("truncated", 1), ("reset", 0)])
def test_faults_on_the_wire(company: EmulatorCompany, kind: str, written: int) -> None:
    company.fault(kind, method="POST")
    with pytest.raises(BROKEN):
        company.call("POST", "customer", {"DisplayName": "Ann"})
    assert len(company.all("Customer")) == written
    assert company.call("GET", "preferences").status == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [("401", 401), ("403", 403), ("429", 429), ("500", 500), ("503", 503), ("fault_200", 200)],
)
def test_faults_instead_of_the_answer(company: EmulatorCompany, kind: str, status: int) -> None:
    company.fault(kind)
    answer = company.call("POST", "customer", {"DisplayName": "Ann"})
    assert answer.status == status
    assert company.all("Customer") == []
    if kind in {"500", "fault_200"}:
        assert (answer.code, answer.body["Fault"]["type"]) == ("10000", "SystemFault")
    assert company.call("POST", "customer", {"DisplayName": "Ann"}).status == 200


def test_a_delay_is_only_a_delay(company: EmulatorCompany) -> None:
    company.fault("delay", seconds=0.3)
    with pytest.raises(requests.ReadTimeout):
        requests.get(
            f"{company.emulator.url}/v3/company/{company.realm_id}/preferences",
            headers={"Authorization": f"Bearer {company.access_token}"},
            timeout=0.1,
        )


@pytest.mark.parametrize("changes", [None, {"Notes": "theirs"}])
def test_a_stale_token_is_somebody_who_was_faster(
    company: EmulatorCompany, changes: dict[str, str] | None
) -> None:
    made = company.create("Customer", {"DisplayName": "Ann"})
    company.fault("stale_token", entity="Customer", changes=changes)
    ours = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "CompanyName": "ours"}
    assert company.call("POST", "customer", ours).code == "5010"
    now = company.read("Customer", made["Id"])
    assert (now["SyncToken"], now.get("Notes")) == ("1", (changes or {}).get("Notes"))
    batch = {
        "BatchItemRequest": [{"bId": "1", "operation": "update", "Customer": {**ours, "SyncToken": "1"}}]
    }
    company.fault("stale_token", entity="Customer")
    answer = company.api("POST", "batch", batch)["BatchItemResponse"][0]
    assert answer["Fault"]["Error"][0]["code"] == "5010"


def test_a_fault_hits_after_some_and_for_a_while_and_only_its_entity(company: EmulatorCompany) -> None:
    company.fault("500", entity="Term", after=1, count=2)
    statuses = [company.call("GET", "term/1").status for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    company.fault("500", entity="Term", count=0)
    assert company.call("GET", "query?query=select * from Customer").status == 200
    assert {company.call("GET", "query?query=select * from Term").status for _ in range(3)} == {500}
    company.clear_faults()
    assert company.call("GET", "term/1").status == 200


def test_a_fault_can_hit_the_token_endpoint_of_a_company(company: EmulatorCompany) -> None:
    company.fault("503", path="/tokens/bearer")
    answered = requests.post(
        f"{company.emulator.url}/oauth2/v1/tokens/bearer",
        data={"grant_type": "refresh_token", "refresh_token": company.refresh_token},
        auth=(company.client_id, company.client_secret),
        timeout=SECONDS,
    )
    assert answered.status_code == 503


@pytest.mark.parametrize("rule", [{"kind": "meteor"}, {"kind": "500", "colour": "red"}])
def test_an_unknown_fault_is_refused(emulator: EmulatorProcess, rule: dict[str, str]) -> None:
    assert requests.post(f"{emulator.url}/_control/faults", json=rule, timeout=SECONDS).status_code == 400
