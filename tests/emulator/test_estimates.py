"""Facts 9.5: estimates, and invoices made from them."""

import pytest

from tests.emulator.conftest import Json, Shop


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


def estimate(shop: Shop, amount: str = "100", **more: object) -> Json:
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line(amount)], **more}
    return shop.company.create("Estimate", payload)


def link(made: Json) -> list[Json]:
    return [{"TxnId": made["Id"], "TxnType": "Estimate"}]


def test_9_5_a_new_estimate_is_pending_and_owes_nothing(shop: Shop) -> None:
    made = estimate(shop, ExpirationDate="2027-01-31")
    assert (made["TxnStatus"], made["TotalAmt"], made["LinkedTxn"]) == ("Pending", 100, [])
    assert made["ExpirationDate"] == "2027-01-31"
    assert "Balance" not in made
    assert shop.balance() == 0


def test_9_5_the_customer_accepts(shop: Shop) -> None:
    made = estimate(shop)
    change = {"TxnStatus": "Accepted", "AcceptedBy": "Ann Archer", "AcceptedDate": "2026-11-20"}
    accepted = shop.company.update("Estimate", sparse(made, **change))
    assert {name: accepted[name] for name in change} == change
    refused = shop.company.call("POST", "estimate", sparse(accepted, TxnStatus="Maybe"))
    assert refused.code == "2170"


def test_9_5_an_invoice_closes_its_estimate(shop: Shop) -> None:
    made = estimate(shop)
    invoice = shop.invoice(LinkedTxn=link(made))
    assert invoice["LinkedTxn"] == link(made)
    after = shop.again("Estimate", made)
    assert (after["TxnStatus"], after["SyncToken"]) == ("Closed", "1")
    assert after["LinkedTxn"] == [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    assert shop.balance() == 100


def test_9_5_the_estimate_stays_linked_when_the_invoice_is_paid_and_changed(shop: Shop) -> None:
    made = estimate(shop)
    invoice = shop.invoice(LinkedTxn=link(made))
    paid = shop.payment("40", **{invoice["Id"]: "40"})
    newest = shop.again("Invoice", invoice)
    assert newest["LinkedTxn"] == [*link(made), {"TxnId": paid["Id"], "TxnType": "Payment"}]
    full = {name: value for name, value in newest.items() if name != "LinkedTxn"}
    assert shop.company.update("Invoice", full)["LinkedTxn"] == newest["LinkedTxn"]


def test_9_5_one_estimate_makes_one_invoice(shop: Shop) -> None:
    made = estimate(shop)
    shop.invoice(LinkedTxn=link(made))
    again = {"CustomerRef": made["CustomerRef"], "Line": [shop.line()], "LinkedTxn": link(made)}
    assert shop.company.call("POST", "invoice", again).code == "6000"
    two = {**again, "LinkedTxn": link(estimate(shop)) + link(estimate(shop))}
    assert shop.company.call("POST", "invoice", two).code == "6000"


def test_8_3_the_wrong_estimate_is_refused(shop: Shop) -> None:
    other = shop.company.create("Customer", {"DisplayName": "Bo"})
    theirs = estimate(shop, CustomerRef={"value": other["Id"]})
    ours = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line()]}
    assert shop.company.call("POST", "invoice", {**ours, "LinkedTxn": link(theirs)}).code == "620"
    assert shop.company.call("POST", "invoice", {**ours, "LinkedTxn": link({"Id": "9999"})}).code == "2500"


def test_9_5_an_estimate_can_be_linked_by_an_update(shop: Shop) -> None:
    made, invoice = estimate(shop), shop.invoice()
    shop.company.update("Invoice", sparse(invoice, LinkedTxn=link(made)))
    assert shop.again("Estimate", made)["TxnStatus"] == "Closed"


@pytest.mark.parametrize("operation", ["void", "delete"])
def test_9_5_an_estimate_opens_again_without_its_invoice(shop: Shop, operation: str) -> None:
    made = estimate(shop, AcceptedBy="Ann")
    invoice = shop.invoice(LinkedTxn=link(made))
    held = shop.again("Estimate", made)
    assert shop.company.call("POST", "estimate?operation=delete", held).code == "6000"
    shop.company.api("POST", f"invoice?operation={operation}", sparse(invoice))
    after = shop.again("Estimate", made)
    assert (after["TxnStatus"], after["LinkedTxn"]) == ("Accepted", [])
    shop.company.api("POST", "estimate?operation=delete", sparse(after))


def test_2_an_estimate_cannot_be_voided(shop: Shop) -> None:
    made = estimate(shop)
    assert shop.company.call("POST", "estimate?operation=update&include=void", made).code == "500"


def test_9_3_an_estimate_is_sent_and_printed(shop: Shop) -> None:
    made = estimate(shop)
    sent = shop.company.api("POST", f"estimate/{made['Id']}/send?sendTo=ann@example.com")["Estimate"]
    assert (sent["EmailStatus"], sent["BillEmail"]["Address"]) == ("EmailSent", "ann@example.com")
    pdf = shop.company.call("GET", f"estimate/{made['Id']}/pdf", headers={"Accept": "application/pdf"})
    assert pdf.text.startswith("%PDF")
