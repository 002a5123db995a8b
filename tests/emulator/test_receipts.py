"""Facts 9.5: sales receipts and refund receipts."""

from decimal import Decimal

import pytest

from tests.emulator.conftest import Json, Shop


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


def receipt(shop: Shop, entity: str = "SalesReceipt", **more: object) -> Json:
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line()], **more}
    if entity == "RefundReceipt":
        payload.setdefault("DepositToAccountRef", {"value": shop.company.id_of("Account", "Checking")})
    return shop.company.create(entity, payload)


def test_9_5_a_sales_receipt_is_paid_at_once(shop: Shop) -> None:
    made = receipt(shop, PaymentRefNum="1042")
    assert (made["TotalAmt"], made["Balance"], made["PaymentRefNum"]) == (100, 0, "1042")
    undeposited = shop.company.id_of("Account", "Undeposited Funds")
    assert made["DepositToAccountRef"]["value"] == undeposited
    assert shop.balance() == 0


def test_9_5_a_sales_receipt_needs_lines_only(shop: Shop) -> None:
    made = shop.company.create("SalesReceipt", {"Line": [shop.line()]})
    assert "CustomerRef" not in made
    assert shop.company.call("POST", "salesreceipt", {"CustomerRef": made.get("CustomerRef")}).code == "2020"


def test_9_5_the_reference_has_21_characters(shop: Shop) -> None:
    refused = shop.company.call("POST", "salesreceipt", {"Line": [shop.line()], "PaymentRefNum": "x" * 22})
    assert refused.code == "2050"


def test_10_tax_on_a_sales_receipt(shop: Shop) -> None:
    made = receipt(shop, Line=[shop.line("100", taxed=True)])
    assert made["TotalAmt"] == 100 + shop.tax_percent


def test_2_a_sales_receipt_is_voided_like_a_payment(shop: Shop) -> None:
    made = receipt(shop, PrivateNote="fair")
    assert shop.company.call("POST", "salesreceipt?operation=void", made).code == "500"
    void = shop.company.api("POST", "salesreceipt?operation=update&include=void", sparse(made))[
        "SalesReceipt"
    ]
    assert (void["TotalAmt"], void["Line"][0]["Amount"], void["TxnTaxDetail"]) == (0, 0, {"TotalTax": 0})
    assert (void["PrivateNote"], void["SyncToken"]) == ("Voided - fair", "1")


def test_9_5_a_refund_names_the_account_it_comes_from(shop: Shop) -> None:
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line()]}
    refused = shop.company.call("POST", "refundreceipt", payload)
    assert (refused.code, refused.body["Fault"]["Error"][0]["element"]) == ("2020", "DepositToAccountRef")
    made = receipt(shop, "RefundReceipt")
    assert (made["TotalAmt"], made["Balance"]) == (100, 0)
    assert made["DepositToAccountRef"]["name"] == "Checking"
    assert shop.balance() == 0


@pytest.mark.parametrize("entity", ["SalesReceipt", "RefundReceipt"])
def test_8_3_money_goes_through_a_bank_or_current_asset_only(shop: Shop, entity: str) -> None:
    income = {"value": shop.company.id_of("Account", "Services")}
    payload = {"Line": [shop.line()], "DepositToAccountRef": income}
    assert shop.company.call("POST", entity.lower(), payload).code == "6430"


@pytest.mark.parametrize("entity", ["SalesReceipt", "Payment"])
def test_8_3_a_raw_card_number_is_refused(shop: Shop, entity: str) -> None:
    card = {"CreditChargeInfo": {"Number": "4111111111111111", "Type": "Visa"}}
    payload = {"Line": [shop.line()]} if entity == "SalesReceipt" else shop.payment_payload("5")
    refused = shop.company.call("POST", entity.lower(), {**payload, "CreditCardPayment": card})
    assert (refused.status, refused.code) == (400, "6530")


@pytest.mark.parametrize("entity", ["SalesReceipt", "RefundReceipt"])
def test_9_5_a_receipt_is_changed_deleted_and_gone(shop: Shop, entity: str) -> None:
    made = receipt(shop, entity)
    changed = shop.company.update(entity, sparse(made, Line=[shop.line("12.50")]))
    assert (changed["TotalAmt"], changed["SyncToken"]) == (Decimal("12.50"), "1")
    shop.company.api("POST", f"{entity.lower()}?operation=delete", sparse(changed))
    assert shop.company.call("GET", f"{entity.lower()}/{made['Id']}").code == "610"


def test_8_3_a_number_is_taken_within_one_kind_of_form(shop: Shop) -> None:
    shop.company.edit("Preferences", "1", {"SalesFormsPrefs": {"CustomTxnNumbers": True}})
    receipt(shop, DocNumber="7")
    shop.invoice(DocNumber="7")
    refused = shop.company.call("POST", "salesreceipt", {"Line": [shop.line()], "DocNumber": "7"})
    assert refused.code == "6140"
    assert "TxnType=SalesReceipt" in refused.detail
