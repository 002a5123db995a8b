"""Facts 8.3: codes that belong to no entity's own story, each in the documented shape (facts 8.2 a)."""

from decimal import Decimal

import pytest

from tests.emulator.conftest import Json, Shop
from tests.emulator_process import ApiAnswer, EmulatorCompany


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


def refused(answer: ApiAnswer, code: str, element: str | None = None) -> None:
    """HTTP 400 with one error whose members are texts."""
    fault = (answer.body or {}).get("Fault", {})
    (error,) = fault["Error"]
    assert (answer.status, error["code"], fault["type"]) == (400, code, "ValidationFault")
    assert error["Message"]
    assert error["Detail"]
    assert element is None or error["element"] == element


def invoice(shop: Shop, *lines: Json, **more: object) -> ApiAnswer:
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": list(lines) or [shop.line()], **more}
    return shop.company.call("POST", "invoice", payload)


@pytest.mark.parametrize(
    ("name", "value", "code"), [("Amount", "12345678901", "2140"), ("Amount", "1.123456", "2140")]
)
def test_amounts_have_ten_digits_and_five_places(shop: Shop, name: str, value: str, code: str) -> None:
    detail = {"ItemRef": {"value": shop.service["Id"]}}
    line = {"DetailType": "SalesItemLineDetail", name: Decimal(value), "SalesItemLineDetail": detail}
    refused(invoice(shop, line), code, "Line[0].Amount")


def test_quantities_have_ten_digits_and_five_places(shop: Shop) -> None:
    line = shop.line()
    line["SalesItemLineDetail"]["Qty"] = Decimal("0.0000001")
    refused(invoice(shop, line), "2160", "Line[0].Qty")


def test_a_discount_needs_an_amount_or_a_percentage(shop: Shop) -> None:
    line = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True}}
    refused(invoice(shop, shop.line(), line), "6090")


def test_there_are_three_custom_fields(shop: Shop) -> None:
    field = {"DefinitionId": "1", "Name": "PO", "StringValue": "7"}
    made = shop.invoice(CustomField=[field])
    assert made["CustomField"] == [{**field, "Type": "StringType"}]
    refused(invoice(shop, CustomField=[{**field, "DefinitionId": "4"}]), "3000", "CustomField")


def test_custom_sales_tax_is_quickbooks_own(shop: Shop) -> None:
    refused(invoice(shop, TxnTaxDetail={"TxnTaxCodeRef": {"value": "CustomSalesTax"}}), "6160")


@pytest.mark.parametrize("switched_off", ["AllowShipping", "AllowDiscount", "AllowDeposit"])
def test_what_preferences_switch_off_is_refused(shop: Shop, switched_off: str) -> None:
    shop.company.edit("Preferences", "1", {"SalesFormsPrefs": {switched_off: False}})
    detail = {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}
    shipping = {"DetailType": "SalesItemLineDetail", "Amount": 5, "SalesItemLineDetail": detail}
    discount = {"DetailType": "DiscountLineDetail", "Amount": 5, "DiscountLineDetail": {}}
    answers = {
        "AllowShipping": invoice(shop, shop.line(), shipping),
        "AllowDiscount": invoice(shop, shop.line(), discount),
        "AllowDeposit": invoice(shop, Deposit=5),
    }
    for name, answer in answers.items():
        assert (answer.code == "6000") is (name == switched_off), name


def test_gratuity_is_added_where_it_is_allowed(shop: Shop) -> None:
    detail = {"ItemRef": {"value": "GRATUITY_ITEM_ID"}}
    tip = {"DetailType": "SalesItemLineDetail", "Amount": 7, "SalesItemLineDetail": detail}
    made = shop.invoice(shop.line("100"), tip)
    assert (made["TotalAmt"], made["Line"][1]["Amount"]) == (107, 100)
    assert "Id" not in made["Line"][2]
    off = {"NameValue": [{"Name": "SalesFormsPrefs.AllowGratuity", "Value": "false"}]}
    shop.company.edit("Preferences", "1", {"OtherPrefs": off})
    refused(invoice(shop, shop.line("100"), tip), "6000")


def test_ids_are_numbers(company: EmulatorCompany) -> None:
    refused(company.call("GET", "invoice/abc"), "2030", "Id")
    refused(company.call("POST", "invoice", {"Id": "abc", "SyncToken": "0"}), "2030", "Id")


@pytest.mark.parametrize(("day", "code"), [("20/11/2026", "2060"), ("2026-02-30", "2070")])
def test_dates(shop: Shop, day: str, code: str) -> None:
    refused(invoice(shop, TxnDate=day), code, "TxnDate")


@pytest.mark.parametrize(
    ("entity", "kind"), [("Account", {"AccountType": "Bank"}), ("Class", {}), ("Customer", {})]
)
def test_nothing_is_its_own_parent(company: EmulatorCompany, entity: str, kind: Json) -> None:
    name = "DisplayName" if entity == "Customer" else "Name"
    made = company.create(entity, {name: "Top", **kind})
    change = sparse(made, ParentRef={"value": made["Id"]}, **({"Job": True} if entity == "Customer" else {}))
    refused(company.call("POST", entity.lower(), change), "900", "ParentRef")


def test_a_bad_parent(shop: Shop) -> None:
    bank = {"Name": "Drawer", "AccountType": "Bank"}
    services = {"value": shop.company.id_of("Account", "Services")}
    refused(shop.company.call("POST", "account", {**bank, "ParentRef": services}), "700", "ParentRef")
    below = sparse(shop.goods, ParentRef={"value": shop.service["Id"]})
    refused(shop.company.call("POST", "item", below), "700", "ParentRef")


def test_who_owes_cannot_change_who_pays(shop: Shop) -> None:
    job = {
        "DisplayName": "Roof", "Job": True, "BillWithParent": True, "ParentRef": {"value": shop.customer["Id"]},
    }  # fmt: skip
    child = shop.company.create("Customer", job)
    shop.invoice(CustomerRef={"value": child["Id"]})
    newest = shop.again("Customer", child)
    refused(
        shop.company.call("POST", "customer", sparse(newest, BillWithParent=False)), "6130", "BillWithParent"
    )


def test_a_company_that_does_not_pay_can_only_be_read(shop: Shop) -> None:
    made = shop.invoice()
    status = [{"Name": "SubscriptionStatus", "Value": "EXPIRED"}]
    shop.company.edit("CompanyInfo", "1", {"NameValue": status})
    refused(invoice(shop), "6190")
    refused(shop.company.call("POST", "invoice?operation=void", made), "6190")
    assert shop.again("Invoice", made) == made
    shop.company.edit("CompanyInfo", "1", {"NameValue": [{"Name": "SubscriptionStatus", "Value": "PAID"}]})
    shop.invoice()
