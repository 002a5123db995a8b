"""Facts 9.4: payments: applying, over-applying, unapplied money, updates, voids, and what they do to the rest."""

from decimal import Decimal

import pytest

from emulator.pdf import receipt
from tests.emulator.conftest import Json, Shop, pays


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


def extras(line: Json) -> dict[str, str]:
    return {member["value"]["Name"]: member["value"]["Value"] for member in line["LineEx"]["any"]}


def test_9_4_a_payment_without_lines_is_all_unapplied(shop: Shop) -> None:
    made = shop.company.create("Payment", {"TotalAmt": 25.0, "CustomerRef": {"value": shop.customer["Id"]}})
    assert (made["UnappliedAmt"], made["Line"], made["ProcessPayment"]) == (25, [], False)
    undeposited = next(
        account for account in shop.company.all("Account") if account["AccountSubType"] == "UndepositedFunds"
    )
    assert made["DepositToAccountRef"] == {"value": undeposited["Id"]}
    assert shop.balance() == -25


def test_9_4_one_check_over_several_invoices(shop: Shop) -> None:
    invoices = [shop.invoice(shop.line(price)) for price in ("100", "50", "30")]
    made = shop.payment("170", **{invoices[0]["Id"]: "100", invoices[1]["Id"]: "50", invoices[2]["Id"]: "10"})
    assert made["UnappliedAmt"] == 10
    assert [shop.again("Invoice", invoice)["Balance"] for invoice in invoices] == [0, 0, 20]
    assert shop.balance() == 10


def test_9_4_the_invoice_gains_the_link_and_a_new_token(shop: Shop) -> None:
    invoice = shop.invoice()
    made = shop.payment("40", **{invoice["Id"]: "40"})
    after = shop.again("Invoice", invoice)
    assert after["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Payment"}]
    assert after["SyncToken"] == "1"


def test_9_4_a_line_tells_what_it_pays(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.payment("30", **{invoice["Id"]: "30"})
    line = shop.payment("55", **{invoice["Id"]: "55"})["Line"][0]
    assert extras(line) == {
        "txnId": invoice["Id"], "txnOpenBalance": "70.00", "txnReferenceNumber": invoice["DocNumber"],
    }  # fmt: skip


@pytest.mark.parametrize("missing", ["TotalAmt", "CustomerRef"])
def test_9_4_customer_and_amount_are_required(shop: Shop, missing: str) -> None:
    payload = shop.payment_payload("10")
    del payload[missing]
    refused = shop.company.call("POST", "payment", payload)
    assert (refused.code, refused.body["Fault"]["Error"][0]["element"]) == ("2020", missing)


def test_9_4_more_than_the_open_balance_is_refused(shop: Shop) -> None:
    invoice = shop.invoice(shop.line("10"))
    refused = shop.company.call("POST", "payment", shop.payment_payload("15", **{invoice["Id"]: "15"}))
    assert refused.code == "6000"
    assert shop.again("Invoice", invoice) == invoice


def test_9_4_two_lines_for_one_invoice_count_together(shop: Shop) -> None:
    invoice = shop.invoice(shop.line("10"))
    payload = {**shop.payment_payload("12"), "Line": [pays(invoice["Id"], "6"), pays(invoice["Id"], "6")]}
    assert shop.company.call("POST", "payment", payload).code == "6000"


def test_9_4_more_than_the_payment_is_refused(shop: Shop) -> None:
    invoice = shop.invoice(shop.line("100"))
    assert (
        shop.company.call("POST", "payment", shop.payment_payload("15", **{invoice["Id"]: "16"})).code
        == "6000"
    )


def test_8_3_another_customers_invoice_is_620(shop: Shop) -> None:
    invoice = shop.invoice()
    other = shop.company.create("Customer", {"DisplayName": "Bo"})
    payload = {**shop.payment_payload("10", **{invoice["Id"]: "10"}), "CustomerRef": {"value": other["Id"]}}
    refused = shop.company.call("POST", "payment", payload)
    assert refused.code == "620"
    assert refused.body["Fault"]["Error"][0]["element"] == "Payment.Line.LinkedTxn.TxnId"


def test_9_4_an_invoice_that_does_not_exist_is_2500(shop: Shop) -> None:
    assert shop.company.call("POST", "payment", shop.payment_payload("10", **{"9999": "10"})).code == "2500"


def test_9_4_a_sparse_update_with_one_new_line_wipes_the_earlier_ones(shop: Shop) -> None:
    first, second = shop.invoice(), shop.invoice()
    made = shop.payment("150", **{first["Id"]: "100"})
    changed = shop.company.update("Payment", sparse(made, Line=[pays(second["Id"], "50")]))
    assert changed["UnappliedAmt"] == 100
    assert [shop.again("Invoice", invoice)["Balance"] for invoice in (first, second)] == [100, 50]
    assert shop.again("Invoice", first)["LinkedTxn"] == []


def test_9_4_an_empty_line_list_unlinks_everything(shop: Shop) -> None:
    invoice = shop.invoice()
    made = shop.payment("100", **{invoice["Id"]: "100"})
    changed = shop.company.update("Payment", sparse(made, Line=[]))
    assert (changed["UnappliedAmt"], shop.again("Invoice", invoice)["Balance"]) == (100, 100)


def test_9_4_an_unapplied_payment_is_applied_by_updating_it(shop: Shop) -> None:
    made = shop.payment("500")
    invoice = shop.invoice(shop.line("500"))
    changed = shop.company.update("Payment", sparse(made, TotalAmt=500, Line=[pays(invoice["Id"], "500")]))
    assert (changed["UnappliedAmt"], shop.again("Invoice", invoice)["Balance"]) == (0, 0)


def test_9_4_an_update_that_moves_no_money_leaves_the_invoice_alone(shop: Shop) -> None:
    invoice = shop.invoice()
    made = shop.payment("100", **{invoice["Id"]: "100"})
    before = shop.again("Invoice", invoice)
    shop.company.update("Payment", sparse(made, PrivateNote="check was wet"))
    assert shop.again("Invoice", invoice) == before


def test_9_4_void_zeroes_the_payment_and_opens_the_invoice(shop: Shop) -> None:
    invoice = shop.invoice()
    made = shop.payment("120", **{invoice["Id"]: "100"})
    answer = shop.company.api(
        "POST", "payment?operation=update&include=void", {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    )
    void = answer["Payment"]
    assert (void["TotalAmt"], void["UnappliedAmt"], void["Line"]) == (0, 0, [])
    assert (void["PrivateNote"], void["SyncToken"]) == ("Voided", "1")
    after = shop.again("Invoice", invoice)
    assert (after["Balance"], after["LinkedTxn"]) == (100, [])
    assert shop.balance() == 100


def test_2_operation_void_is_for_invoices_only(shop: Shop) -> None:
    made = shop.payment("10")
    assert shop.company.call("POST", "payment?operation=void", made).code == "500"


def test_9_4_delete_opens_the_invoice_again(shop: Shop) -> None:
    invoice = shop.invoice()
    made = shop.payment("100", **{invoice["Id"]: "100"})
    answer = shop.company.api("POST", "payment?operation=delete", {"Id": made["Id"], "SyncToken": "0"})
    assert answer["Payment"]["status"] == "Deleted"
    assert shop.again("Invoice", invoice)["Balance"] == 100
    assert shop.balance() == 100


def test_8_3_money_goes_to_a_bank_or_current_asset_only(shop: Shop) -> None:
    income = shop.company.query("SELECT * FROM Account WHERE AccountType = 'Income'")[0]["Id"]
    bank = shop.company.create("Account", {"Name": "Vault", "AccountType": "Bank"})["Id"]
    refused = shop.company.call(
        "POST", "payment", {**shop.payment_payload("1"), "DepositToAccountRef": {"value": income}}
    )
    assert refused.code == "6430"
    paid = shop.company.create(
        "Payment", {**shop.payment_payload("1"), "DepositToAccountRef": {"value": bank}}
    )
    assert paid["DepositToAccountRef"] == {"value": bank}


def test_9_4_the_check_number_may_come_twice(shop: Shop) -> None:
    for _ in range(2):
        shop.company.create("Payment", {**shop.payment_payload("10"), "PaymentRefNum": "1042"})
    assert len(shop.company.query("SELECT * FROM Payment WHERE PaymentRefNum = '1042'")) == 2


def test_9_4_a_parent_pays_for_those_billed_with_it(shop: Shop) -> None:
    job = {
        "DisplayName": "Roof",
        "Job": True,
        "ParentRef": {"value": shop.customer["Id"]},
        "BillWithParent": True,
    }
    child = shop.company.create("Customer", job)
    invoice = shop.invoice(CustomerRef={"value": child["Id"]})
    shop.payment("100", **{invoice["Id"]: "100"})
    assert shop.again("Invoice", invoice)["Balance"] == 0


def test_9_4_what_the_emulator_cannot_apply_is_refused_loudly(shop: Shop) -> None:
    line = {"Amount": 1, "LinkedTxn": [{"TxnId": "1", "TxnType": "JournalEntry"}]}
    assert shop.company.call("POST", "payment", {**shop.payment_payload("1"), "Line": [line]}).status == 501


def test_2_amounts_are_rounded_to_cents(shop: Shop) -> None:
    made = shop.company.create("Payment", {**shop.payment_payload("0"), "TotalAmt": Decimal("10.005")})
    assert made["TotalAmt"] == Decimal("10.01")


def test_9_3_a_payment_is_sent_to_the_address_that_comes_along(shop: Shop) -> None:
    paid = shop.payment("40")
    headers = {"Content-Type": "application/octet-stream"}
    assert shop.company.call("POST", f"payment/{paid['Id']}/send", headers=headers).code == "6420"
    sent = shop.company.api("POST", f"payment/{paid['Id']}/send?sendTo=ann@example.com", headers=headers)[
        "Payment"
    ]
    assert (sent["Id"], sent["SyncToken"]) == (paid["Id"], "0")
    (email,) = shop.company.emails()
    assert (email["recipient"], email["entity"], email["entity_id"]) == (
        "ann@example.com",
        "Payment",
        paid["Id"],
    )


def test_9_4_a_payment_has_a_receipt(shop: Shop) -> None:
    invoice = shop.invoice()
    paid = shop.payment("40", **{invoice["Id"]: "30"})
    answer = shop.company.call("GET", f"payment/{paid['Id']}/pdf", headers={"Accept": "application/pdf"})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.text.startswith("%PDF")
    (line,) = receipt(paid)["Line"]
    assert (line["Description"], line["Amount"]) == (f"Invoice {invoice['DocNumber']}", 30)
