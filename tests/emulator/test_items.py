"""Facts 9.5: stock that falls with every sale, and bundles."""

from decimal import Decimal

import pytest

from tests.emulator.conftest import Json, Shop


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """A shop whose service is a thing with ten on the shelf."""
    account = shop.company.id_of
    shop.service = shop.company.create(
        "Item",
        {
            "Name": "Fountain", "Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": 10,
            "InvStartDate": "2026-01-01", "UnitPrice": 100,
            "IncomeAccountRef": {"value": account("Account", "Sales of Product Income")},
            "ExpenseAccountRef": {"value": account("Account", "Cost of Goods Sold")},
            "AssetAccountRef": {"value": account("Account", "Prepaid Expenses")},
        },
    )  # fmt: skip
    return shop


def on_hand(shop: Shop) -> object:
    return shop.again("Item", shop.service)["QtyOnHand"]


def test_9_5_a_sale_takes_from_the_shelf(stocked: Shop) -> None:
    invoice = stocked.invoice(stocked.line("100", "3"))
    assert on_hand(stocked) == 7
    changed = stocked.company.update("Invoice", sparse(invoice, Line=[stocked.line("100", "4.5")]))
    assert on_hand(stocked) == Decimal("5.5")
    stocked.company.api("POST", "invoice?operation=void", sparse(changed))
    assert on_hand(stocked) == 10
    assert stocked.again("Item", stocked.service)["SyncToken"] == "0"


def test_9_5_a_deleted_sale_returns_to_the_shelf(stocked: Shop) -> None:
    made = stocked.company.create("SalesReceipt", {"Line": [stocked.line("100", "2")]})
    assert on_hand(stocked) == 8
    stocked.company.api("POST", "salesreceipt?operation=delete", sparse(made))
    assert on_hand(stocked) == 10


@pytest.mark.parametrize("entity", ["CreditMemo", "RefundReceipt"])
def test_9_5_what_comes_back_is_there_again(stocked: Shop, entity: str) -> None:
    checking = {"value": stocked.company.id_of("Account", "Checking")}
    payload: Json = {
        "CustomerRef": {"value": stocked.customer["Id"]}, "Line": [stocked.line("100", "2")],
    }  # fmt: skip
    if entity == "RefundReceipt":
        payload["DepositToAccountRef"] = checking
    stocked.company.create(entity, payload)
    assert on_hand(stocked) == 12


def test_9_5_an_estimate_takes_nothing(stocked: Shop) -> None:
    stocked.company.create(
        "Estimate", {"CustomerRef": {"value": stocked.customer["Id"]}, "Line": [stocked.line("100", "2")]}
    )
    assert on_hand(stocked) == 10


@pytest.fixture
def bundle(stocked: Shop) -> Json:
    """Made inside QuickBooks: two fountains and a lamp."""
    parts = [
        {"ItemRef": {"value": stocked.service["Id"]}, "Qty": 2},
        {"ItemRef": {"value": stocked.goods["Id"]}, "Qty": 1},
    ]
    changes = {"Name": "Garden set", "Type": "Group", "ItemGroupDetail": {"ItemGroupLine": parts}}
    return stocked.company.edit("Item", "", changes, operation="create")


def group_line(bundle: Json, **detail: object) -> Json:
    return {
        "DetailType": "GroupLineDetail",
        "GroupLineDetail": {"GroupItemRef": {"value": bundle["Id"]}, **detail},
    }


def test_9_5_a_bundle_is_read_only(stocked: Shop, bundle: Json) -> None:
    assert stocked.again("Item", bundle)["ItemGroupDetail"]["ItemGroupLine"][0]["ItemRef"] == {
        "value": stocked.service["Id"], "name": "Fountain",
    }  # fmt: skip
    assert stocked.company.call("POST", "item", sparse(bundle, Name="Set")).code == "500"


def test_9_3_a_bundle_brings_its_lines(stocked: Shop, bundle: Json) -> None:
    made = stocked.invoice(group_line(bundle, Quantity=2), stocked.line("5"))
    group = made["Line"][0]
    inner = group["GroupLineDetail"]["Line"]
    assert [line["SalesItemLineDetail"]["Qty"] for line in inner] == [4, 2]
    assert (group["Amount"], group["GroupLineDetail"]["Quantity"]) == (600, 2)
    assert group["GroupLineDetail"]["GroupItemRef"] == {"value": bundle["Id"], "name": "Garden set"}
    assert made["Line"][-1]["Amount"] == 605
    numbers = [line["Id"] for line in (*made["Line"][:2], *inner)]
    assert len(set(numbers)) == 4
    assert on_hand(stocked) == 5  # four in two sets, and one by itself
    again = stocked.company.update("Invoice", made)
    assert again["Line"] == made["Line"]


def test_10_the_taxed_part_of_a_bundle(stocked: Shop, bundle: Json) -> None:
    made = stocked.invoice(group_line(bundle))
    assert made["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 100


def test_9_3_a_bundle_is_sold_as_one(stocked: Shop, bundle: Json) -> None:
    line = stocked.line("5")
    line["SalesItemLineDetail"]["ItemRef"] = {"value": bundle["Id"]}
    payload = {"CustomerRef": {"value": stocked.customer["Id"]}}
    assert stocked.company.call("POST", "invoice", {**payload, "Line": [line]}).code == "6000"
    wrong = group_line(stocked.service)
    assert stocked.company.call("POST", "invoice", {**payload, "Line": [wrong]}).code == "6000"
