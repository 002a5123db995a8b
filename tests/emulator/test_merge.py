"""Facts 9.2 and 6.3: customers are merged inside QuickBooks only; apps hear of it by a Merge event."""

import json

import pytest

from tests.emulator.conftest import Shop
from tests.emulator.listener import Listener
from tests.emulator_process import Json


def merge(shop: Shop, loser: Json, survivor: Json) -> Json:
    return shop.company.edit("Customer", loser["Id"], {"into": survivor["Id"]}, operation="merge")


def test_9_2_everything_goes_over_to_the_one_that_stays(shop: Shop) -> None:
    paid = shop.invoice(shop.line("100"))
    shop.payment("130", **{paid["Id"]: "100"})
    open_one = shop.invoice(shop.line("70"))
    bo = shop.company.create("Customer", {"DisplayName": "Bo"})
    merged = merge(shop, shop.customer, bo)
    assert (merged["Balance"], merged["BalanceWithJobs"]) == (40, 40)
    assert shop.company.call("GET", f"customer/{shop.customer['Id']}").code == "610"
    for record in (shop.again("Invoice", paid), shop.again("Invoice", open_one)):
        assert record["CustomerRef"] == {"value": bo["Id"], "name": "Bo"}
    assert shop.again("Invoice", open_one)["SyncToken"] == "1"
    found = shop.company.query(f"SELECT * FROM Payment WHERE CustomerRef = '{bo['Id']}'")
    assert [payment["UnappliedAmt"] for payment in found] == [30]


def test_9_2_the_name_is_free_again(shop: Shop) -> None:
    bo = shop.company.create("Customer", {"DisplayName": "Bo"})
    merge(shop, bo, shop.customer)
    assert shop.company.create("Customer", {"DisplayName": "Bo"})["Id"] != bo["Id"]


@pytest.mark.parametrize("format", ["cloudevents", "classic"])
def test_6_3_a_merge_names_both(shop: Shop, listener: Listener, format: str) -> None:
    bo = shop.company.create("Customer", {"DisplayName": "Bo"})
    shop.company.listen(listener.url, format=format)
    merge(shop, bo, shop.customer)
    told = json.loads(listener.next().body)
    if format == "classic":
        (entity,) = told["eventNotifications"][0]["dataChangeEvent"]["entities"]
        assert (entity["operation"], entity["id"], entity["deletedId"]) == (
            "Merge",
            shop.customer["Id"],
            bo["Id"],
        )
    else:
        (event,) = told
        assert (event["type"], event["intuitentityid"]) == ("qbo.customer.merged.v1", shop.customer["Id"])
        assert event["data"] == {"deletedid": bo["Id"]}


def test_6000_what_cannot_be_merged(shop: Shop) -> None:
    job = {"DisplayName": "Kitchen", "Job": True, "ParentRef": {"value": shop.customer["Id"]}}
    shop.company.create("Customer", job)
    bo = shop.company.create("Customer", {"DisplayName": "Bo"})
    for loser, survivor in ((shop.customer, bo), (bo, bo)):
        with pytest.raises(AssertionError, match="6000"):
            merge(shop, loser, survivor)
