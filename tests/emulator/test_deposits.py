"""Facts 8.3 (6540), 9.4 and 9.5: deposits, and what they hold fast."""

from decimal import Decimal

import pytest

from tests.emulator.conftest import Json, Shop, pays


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


def holding(entity: str, record: Json, amount: str | None = None) -> Json:
    link = {"TxnId": record["Id"], "TxnType": entity, "TxnLineId": "0"}
    return {"Amount": Decimal(amount) if amount else record["TotalAmt"], "LinkedTxn": [link]}


def payload(shop: Shop, *lines: Json, **more: object) -> Json:
    checking = {"value": shop.company.id_of("Account", "Checking")}
    return {"DepositToAccountRef": checking, "Line": list(lines), **more}


def deposit(shop: Shop, *lines: Json, **more: object) -> Json:
    return shop.company.create("Deposit", payload(shop, *lines, **more))


def income(shop: Shop, amount: str) -> Json:
    account = {"value": shop.company.id_of("Account", "Interest Earned")}
    return {
        "Amount": Decimal(amount), "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": account},
    }  # fmt: skip


def test_9_5_payments_and_other_money_together(shop: Shop) -> None:
    paid, sold = shop.payment("60"), shop.company.create("SalesReceipt", {"Line": [shop.line("40")]})
    made = deposit(
        shop, holding("Payment", paid), holding("SalesReceipt", sold), income(shop, "2.50"),
        CashBack={"AccountRef": {"value": shop.company.id_of("Account", "Savings")}, "Amount": 10},
    )  # fmt: skip
    assert made["TotalAmt"] == Decimal("92.50")
    assert made["DepositToAccountRef"]["name"] == "Checking"
    assert [line.get("Id") for line in made["Line"]] == [None, None, "1"]
    assert shop.again("Payment", paid)["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Deposit"}]
    assert shop.again("SalesReceipt", sold)["SyncToken"] == "1"


@pytest.mark.parametrize("path", ["payment?operation=delete", "payment?operation=update&include=void"])
def test_8_3_a_deposited_payment_is_6540(shop: Shop, path: str) -> None:
    paid = shop.payment("60")
    made = deposit(shop, holding("Payment", paid))
    newest = shop.again("Payment", paid)
    refused = shop.company.call("POST", path, sparse(newest))
    assert (refused.status, refused.code) == (400, "6540")
    assert refused.body["Fault"]["Error"][0]["Message"] == "Deposited Transaction cannot be changed"
    shop.company.api("POST", "deposit?operation=delete", sparse(made))
    shop.company.api("POST", path, sparse(shop.again("Payment", paid)))


def test_8_3_a_deposited_payment_keeps_its_amount_and_may_still_be_applied(shop: Shop) -> None:
    invoice, paid = shop.invoice(), shop.payment("60")
    deposit(shop, holding("Payment", paid))
    newest = shop.again("Payment", paid)
    assert shop.company.call("POST", "payment", sparse(newest, TotalAmt=61)).code == "6540"
    applied = shop.company.update("Payment", sparse(newest, Line=[pays(invoice["Id"], "60")]))
    assert applied["UnappliedAmt"] == 0


def test_8_3_a_deposited_sales_receipt_is_6540(shop: Shop) -> None:
    sold = shop.company.create("SalesReceipt", {"Line": [shop.line("40")]})
    deposit(shop, holding("SalesReceipt", sold))
    newest = shop.again("SalesReceipt", sold)
    refused = shop.company.call("POST", "salesreceipt", sparse(newest, Line=[shop.line("41")]))
    assert refused.code == "6540"
    assert shop.company.call("POST", "salesreceipt?operation=delete", newest).code == "6540"
    full = {name: value for name, value in newest.items() if name != "DepositToAccountRef"}
    noted = shop.company.update("SalesReceipt", {**full, "PrivateNote": "counted"})
    assert noted["PrivateNote"] == "counted"


def test_9_5_taking_a_line_out_frees_the_payment(shop: Shop) -> None:
    first, second = shop.payment("60"), shop.payment("40")
    made = deposit(shop, holding("Payment", first), holding("Payment", second))
    less = shop.company.update("Deposit", sparse(made, Line=[holding("Payment", first)]))
    assert less["TotalAmt"] == 60
    assert shop.again("Payment", second)["LinkedTxn"] == []
    shop.company.api("POST", "payment?operation=delete", sparse(shop.again("Payment", second)))


def test_9_5_what_cannot_be_deposited(shop: Shop) -> None:
    checking = {"value": shop.company.id_of("Account", "Checking")}
    banked = shop.company.create("Payment", {**shop.payment_payload("5"), "DepositToAccountRef": checking})
    paid = shop.payment("60")
    deposit(shop, holding("Payment", paid))
    loose = shop.payment("7")
    for line, code in (
        (holding("Payment", banked), "6000"),  # not in Undeposited Funds
        (holding("Payment", paid), "6000"),  # in another deposit
        (holding("Payment", loose, "6"), "6000"),  # a part of it
        (holding("Payment", {"Id": "9999"}, "6"), "2500"),
        (holding("Invoice", shop.invoice()), "2170"),
        (holding("JournalEntry", {"Id": "1"}, "6"), "501"),
    ):
        assert shop.company.call("POST", "deposit", payload(shop, line)).code == code


def test_8_3_a_line_needs_an_account(shop: Shop) -> None:
    line = {"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": {}}
    refused = shop.company.call("POST", "deposit", payload(shop, line))
    assert (refused.status, refused.code) == (400, "6440")


def test_9_5_account_and_lines_are_required(shop: Shop) -> None:
    assert shop.company.call("POST", "deposit", {"Line": [income(shop, "1")]}).code == "2020"
    assert shop.company.call("POST", "deposit", payload(shop)).code == "2020"
    services = {"value": shop.company.id_of("Account", "Services")}
    wrong = payload(shop, income(shop, "1"), DepositToAccountRef=services)
    assert shop.company.call("POST", "deposit", wrong).code == "6430"
