"""Facts 9.4 and 9.5: credit memos, and how payments apply them."""

from decimal import Decimal

import pytest

from tests.emulator.conftest import Json, Shop, pays


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


def memo(shop: Shop, amount: str, **more: object) -> Json:
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line(amount)], **more}
    return shop.company.create("CreditMemo", payload)


def uses(memo_id: str, amount: str) -> Json:
    return {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": memo_id, "TxnType": "CreditMemo"}]}


def apply(shop: Shop, invoice: Json, credit: Json, amount: str, received: str = "0") -> Json:
    paid = Decimal(amount) + Decimal(received)
    lines = [pays(invoice["Id"], str(paid)), uses(credit["Id"], amount)]
    return shop.company.create("Payment", {**shop.payment_payload(received), "Line": lines})


def test_9_5_a_credit_memo_starts_with_all_its_credit(shop: Shop) -> None:
    made = memo(shop, "80")
    assert (made["TotalAmt"], made["Balance"], made["RemainingCredit"]) == (80, 80, 80)
    assert made["Line"][-1] == {"Amount": 80, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    assert (made["DocNumber"], made["PrintStatus"], made["EmailStatus"]) == ("1001", "NeedToPrint", "NotSet")
    assert shop.balance() == -80


@pytest.mark.parametrize("missing", ["CustomerRef", "Line"])
def test_9_5_customer_and_line_are_required(shop: Shop, missing: str) -> None:
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line()]}
    del payload[missing]
    assert shop.company.call("POST", "creditmemo", payload).code == "2020"


def test_9_4_a_payment_of_nothing_applies_a_credit_memo(shop: Shop) -> None:
    invoice, credit = shop.invoice(shop.line("300")), memo(shop, "300")
    made = apply(shop, invoice, credit, "300")
    assert (made["TotalAmt"], made["UnappliedAmt"]) == (0, 0)
    assert shop.again("Invoice", invoice)["Balance"] == 0
    after = shop.again("CreditMemo", credit)
    assert (after["Balance"], after["RemainingCredit"], after["SyncToken"]) == (0, 0, "1")
    assert after["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Payment"}]
    assert shop.balance() == 0


def test_9_4_money_and_credit_together(shop: Shop) -> None:
    invoice, credit = shop.invoice(shop.line("100")), memo(shop, "30")
    made = apply(shop, invoice, credit, "30", received="70")
    assert (made["TotalAmt"], made["UnappliedAmt"]) == (70, 0)
    assert shop.again("Invoice", invoice)["Balance"] == 0
    assert shop.balance() == 0


def test_9_4_credit_without_an_invoice_becomes_unapplied_money(shop: Shop) -> None:
    credit = memo(shop, "30")
    made = shop.company.create("Payment", {**shop.payment_payload("0"), "Line": [uses(credit["Id"], "20")]})
    assert made["UnappliedAmt"] == 20
    assert shop.again("CreditMemo", credit)["Balance"] == 10
    assert shop.balance() == -30


def test_9_4_more_than_the_remaining_credit_is_refused(shop: Shop) -> None:
    invoice, credit = shop.invoice(shop.line("100")), memo(shop, "30")
    lines = [pays(invoice["Id"], "40"), uses(credit["Id"], "40")]
    assert shop.company.call("POST", "payment", {**shop.payment_payload("0"), "Line": lines}).code == "6000"
    assert shop.again("CreditMemo", credit) == credit


def test_8_3_another_customers_credit_memo_is_620(shop: Shop) -> None:
    other = shop.company.create("Customer", {"DisplayName": "Bo"})
    credit = memo(shop, "30", CustomerRef={"value": other["Id"]})
    payload = {**shop.payment_payload("0"), "Line": [uses(credit["Id"], "10")]}
    assert shop.company.call("POST", "payment", payload).code == "620"


@pytest.mark.parametrize("undo", ["payment?operation=delete", "payment?operation=update&include=void"])
def test_9_4_taking_the_payment_back_restores_both(shop: Shop, undo: str) -> None:
    invoice, credit = shop.invoice(shop.line("100")), memo(shop, "30")
    made = apply(shop, invoice, credit, "30")
    shop.company.api("POST", undo, sparse(made))
    after = shop.again("CreditMemo", credit)
    assert (after["Balance"], after["RemainingCredit"], after["LinkedTxn"]) == (30, 30, [])
    assert shop.again("Invoice", invoice)["Balance"] == 100
    assert shop.balance() == 70


def test_9_5_an_applied_credit_memo_cannot_shrink_below_what_is_used(shop: Shop) -> None:
    invoice, credit = shop.invoice(shop.line("100")), memo(shop, "30")
    apply(shop, invoice, credit, "30")
    newest = shop.again("CreditMemo", credit)
    refused = shop.company.call("POST", "creditmemo", sparse(newest, Line=[shop.line("20")]))
    assert refused.code == "6000"
    grown = shop.company.update("CreditMemo", sparse(newest, Line=[shop.line("50")]))
    assert (grown["TotalAmt"], grown["RemainingCredit"]) == (50, 20)
    assert shop.balance() == 50


def test_9_5_delete_frees_what_is_not_applied_and_refuses_what_is(shop: Shop) -> None:
    free = memo(shop, "30")
    shop.company.api("POST", "creditmemo?operation=delete", sparse(free))
    assert shop.balance() == 0
    invoice, credit = shop.invoice(shop.line("100")), memo(shop, "30")
    apply(shop, invoice, credit, "30")
    newest = shop.again("CreditMemo", credit)
    assert shop.company.call("POST", "creditmemo?operation=delete", newest).code == "6000"


def test_2_a_credit_memo_is_voided_inside_quickbooks_only(shop: Shop) -> None:
    invoice, credit = shop.invoice(shop.line("100")), memo(shop, "30")
    paid = apply(shop, invoice, credit, "30", received="20")
    newest = shop.again("CreditMemo", credit)
    assert shop.company.call("POST", "creditmemo?operation=update&include=void", newest).code == "500"
    void = shop.company.edit("CreditMemo", credit["Id"], operation="void")
    assert (void["TotalAmt"], void["Balance"], void["LinkedTxn"]) == (0, 0, [])
    payment = shop.again("Payment", paid)
    assert (payment["UnappliedAmt"], [line["Amount"] for line in payment["Line"]]) == (0, [20])
    assert shop.again("Invoice", invoice)["Balance"] == 80
    assert shop.balance() == 80


def test_9_5_credits_apply_themselves_where_preferences_say_so(shop: Shop) -> None:
    shop.company.edit("Preferences", "1", {"SalesFormsPrefs": {"AutoApplyCredit": True}})
    credit = memo(shop, "130")
    first, second = shop.invoice(shop.line("100")), shop.invoice(shop.line("50"))
    assert [shop.again("Invoice", made)["Balance"] for made in (first, second)] == [0, 20]
    assert shop.again("CreditMemo", credit)["RemainingCredit"] == 0
    made = shop.company.query("SELECT * FROM Payment")
    assert [(payment["TotalAmt"], payment["CustomerRef"]["name"]) for payment in made] == [
        (0, "Ann Archer")
    ] * 2
    memo(shop, "5")
    assert shop.again("Invoice", second)["Balance"] == 15
    assert shop.balance() == 15


def test_9_5_payments_apply_themselves_where_preferences_say_so(shop: Shop) -> None:
    shop.company.edit("Preferences", "1", {"SalesFormsPrefs": {"AutoApplyPayments": True}})
    first, second = shop.invoice(shop.line("100")), shop.invoice(shop.line("50"))
    made = shop.payment("170")
    assert [line["LinkedTxn"][0]["TxnId"] for line in made["Line"]] == [first["Id"], second["Id"]]
    assert made["UnappliedAmt"] == 20
