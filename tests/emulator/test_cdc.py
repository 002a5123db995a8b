"""Facts 5: change data capture."""

from datetime import UTC, datetime, timedelta

from tests.emulator.conftest import Shop
from tests.emulator_process import EmulatorCompany, Json

DAY = 24 * 3600


def changes(company: EmulatorCompany, entities: str, since: str) -> list[Json]:
    answer = company.api("GET", "cdc", params={"entities": entities, "changedSince": since})
    members: list[Json] = answer["CDCResponse"][0]["QueryResponse"]
    return members


def an_hour_ago() -> str:
    return (datetime.now(UTC) - timedelta(hours=1)).isoformat()


def test_5_changes_are_grouped_and_an_entity_without_any_is_an_empty_member(shop: Shop) -> None:
    invoice = shop.invoice()
    found = changes(shop.company, "Invoice,Vendor,Customer", an_hour_ago())
    assert found[0]["Invoice"] == [invoice]
    assert (found[0]["startPosition"], found[0]["maxResults"]) == (1, 1)
    assert found[1] == {}
    assert [record["Id"] for record in found[2]["Customer"]] == [shop.customer["Id"]]


def test_5_deleted_records_are_stubs_behind_the_live_ones(shop: Shop) -> None:
    first, second = shop.invoice(), shop.invoice()
    shop.company.api("POST", "invoice?operation=delete", first)
    found = changes(shop.company, "Invoice", an_hour_ago())[0]["Invoice"]
    assert found[0]["Id"] == second["Id"]
    assert found[1].keys() == {"status", "domain", "Id", "MetaData"}
    assert (found[1]["status"], found[1]["Id"]) == ("Deleted", first["Id"])
    assert found[1]["MetaData"].keys() == {"LastUpdatedTime"}


def test_5_only_what_changed_since(company: EmulatorCompany) -> None:
    company.create("Customer", {"DisplayName": "Ann"})
    company.turn_clock(advance=1800)
    seen_at = company.api("GET", "preferences")["time"]
    assert changes(company, "Customer", seen_at) == [{}]
    company.create("Customer", {"DisplayName": "Bo"})
    assert [record["DisplayName"] for record in changes(company, "Customer", seen_at)[0]["Customer"]] == [
        "Bo"
    ]


def test_9_4_a_payment_brings_its_invoice_and_its_customer_along(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.company.turn_clock(advance=1800)
    seen_at = shop.company.api("GET", "preferences")["time"]
    shop.payment("40", **{invoice["Id"]: "40"})
    found = changes(shop.company, "Invoice,Payment,Customer", seen_at)
    assert [len(next(iter(member.values()))) for member in found] == [1, 1, 1]
    assert (found[0]["Invoice"][0]["SyncToken"], found[2]["Customer"][0]["SyncToken"]) == ("1", "0")


def test_5_at_most_a_thousand_over_all_entities(company: EmulatorCompany) -> None:
    for start in range(0, 1020, 30):
        items = [
            {"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"C{n}"}}
            for n in range(start, start + 30)
        ]
        company.api("POST", "batch", {"BatchItemRequest": items})
    found = changes(company, "Customer,Term", an_hour_ago())
    assert found[0]["maxResults"] == 1000
    assert found[1] == {}


def test_5_more_than_thirty_days_back_is_refused(company: EmulatorCompany) -> None:
    since = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    refused = company.call("GET", "cdc", params={"entities": "Customer", "changedSince": since})
    assert (refused.status, refused.body["Fault"]["type"]) == (400, "ValidationFault")


def test_5_tax_codes_are_not_available(company: EmulatorCompany) -> None:
    refused = company.call("GET", "cdc", params={"entities": "TaxCode", "changedSince": an_hour_ago()})
    assert refused.code == "2000"


def test_5_both_parameters_are_needed(company: EmulatorCompany) -> None:
    assert company.call("GET", "cdc", params={"changedSince": an_hour_ago()}).code == "2020"
    assert company.call("GET", "cdc", params={"entities": "Customer"}).code == "2020"
    assert company.call("GET", "cdc", params={"entities": "Customer", "changedSince": "x"}).code == "2060"


def test_5_inactive_records_are_reported(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann"})
    company.edit("Customer", made["Id"], {"Active": False})
    assert changes(company, "Customer", an_hour_ago())[0]["Customer"][0]["Active"] is False
