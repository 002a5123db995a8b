"""Facts 9.3 and 10: invoices: lines, maths, numbers, dates, tax, updates, void, delete, send, PDF."""

from decimal import Decimal

import pytest

from tests.emulator.conftest import Json, Shop


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


def kinds(invoice: Json) -> list[str]:
    return [line["DetailType"] for line in invoice["Line"]]


def prefer(shop: Shop, group: str, **settings: object) -> None:
    shop.company.edit("Preferences", "1", {group: settings})


def test_9_3_the_subtotal_line_is_added_without_id(shop: Shop) -> None:
    lines = shop.invoice(shop.line("10"), shop.line("5"))["Line"]
    assert [line.get("Id") for line in lines] == ["1", "2", None]
    assert [line.get("LineNum") for line in lines] == [1, 2, None]
    assert lines[2] == {"Amount": 15, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}


def test_9_3_references_come_back_with_their_names(shop: Shop) -> None:
    made = shop.invoice()
    assert made["CustomerRef"] == {"value": shop.customer["Id"], "name": "Ann Archer"}
    assert made["Line"][0]["SalesItemLineDetail"]["ItemRef"] == {
        "value": shop.service["Id"],
        "name": "Advice",
    }


def test_9_3_a_line_needs_only_amount_and_item(shop: Shop) -> None:
    detail = {"ItemRef": {"value": shop.service["Id"]}}
    made = shop.invoice({"Amount": 33, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail})
    stored = made["Line"][0]["SalesItemLineDetail"]
    assert "Qty" not in stored
    assert "UnitPrice" not in stored
    assert stored["TaxCodeRef"] == {"value": "NON"}


def test_9_3_the_documented_sum(shop: Shop) -> None:
    """50 - 5 discount (10 %) + 2 shipping + tax on 50 while ApplyTaxAfterDiscount is false, less a deposit of 12."""
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }
    shipping = {
        "DetailType": "SalesItemLineDetail",
        "Amount": 2,
        "SalesItemLineDetail": {"ItemRef": {"value": "SHIPPING_ITEM_ID"}},
    }
    made = shop.taxed_invoice(shop.line("50", taxed=True), discount, shipping, Deposit=12)
    tax = (50 * shop.tax_percent / 100).quantize(Decimal("0.01"))
    assert made["TxnTaxDetail"]["TotalTax"] == tax
    assert made["TotalAmt"] == 47 + tax
    assert made["Balance"] == 35 + tax
    assert kinds(made) == [
        "SalesItemLineDetail", "SubTotalLineDetail", "DiscountLineDetail", "SalesItemLineDetail",
    ]  # fmt: skip
    assert made["Line"][2]["Amount"] == 5
    assert "Id" not in made["Line"][2]
    assert "Id" not in made["Line"][3]


def test_9_3_tax_after_discount(shop: Shop) -> None:
    discount = {
        "DetailType": "DiscountLineDetail",
        "Amount": 50,
        "DiscountLineDetail": {"PercentBased": False},
    }
    made = shop.taxed_invoice(
        shop.line("100", taxed=True), shop.line("100"), discount, ApplyTaxAfterDiscount=True
    )
    assert made["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 75
    assert made["TotalAmt"] == 150 + (75 * shop.tax_percent / 100).quantize(Decimal("0.01"))


def test_10_the_tax_detail_shows_rate_and_base(shop: Shop) -> None:
    detail = shop.taxed_invoice(shop.line("335.25", taxed=True), shop.line("100"))["TxnTaxDetail"]
    line = detail["TaxLine"][0]
    assert detail["TxnTaxCodeRef"] == {"value": shop.tax_code}
    assert line["Amount"] == detail["TotalTax"]
    assert line["TaxLineDetail"]["TaxPercent"] == shop.tax_percent
    assert line["TaxLineDetail"]["NetAmountTaxable"] == Decimal("335.25")


def test_10_a_total_tax_of_the_clients_stands(shop: Shop) -> None:
    detail = {"TxnTaxCodeRef": {"value": shop.tax_code}, "TotalTax": Decimal("1.23")}
    made = shop.invoice(shop.line("100", taxed=True), TxnTaxDetail=detail)
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (Decimal("1.23"), Decimal("101.23"))
    noted = shop.company.update("Invoice", sparse(made, PrivateNote="x"))
    assert noted["TxnTaxDetail"]["TotalTax"] == Decimal("1.23")
    relined = shop.company.update("Invoice", sparse(noted, Line=[shop.line("200", taxed=True)]))
    assert relined["TxnTaxDetail"]["TotalTax"] == (200 * shop.tax_percent / 100).quantize(Decimal("0.01"))


def test_10_automated_tax_picks_the_code_itself(shop: Shop) -> None:
    prefer(shop, "TaxPrefs", PartnerTaxEnabled=True, TaxGroupCodeRef={"value": shop.tax_code})
    assert shop.invoice(shop.line("100", taxed=True))["TxnTaxDetail"]["TxnTaxCodeRef"] == {
        "value": shop.tax_code
    }
    assert shop.invoice(shop.line("100"))["TxnTaxDetail"] == {"TotalTax": 0}


def test_10_without_sales_tax_the_detail_is_not_kept(shop: Shop) -> None:
    prefer(shop, "TaxPrefs", UsingSalesTax=False)
    made = shop.taxed_invoice(shop.line("100", taxed=True))
    assert (made["TxnTaxDetail"], made["TotalAmt"]) == ({"TotalTax": 0}, 100)


def test_10_a_us_line_knows_only_tax_and_non(shop: Shop) -> None:
    line = shop.line()
    line["SalesItemLineDetail"]["TaxCodeRef"] = {"value": shop.tax_code}
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [line]}
    assert shop.company.call("POST", "invoice", payload).code == "6100"


def test_8_3_an_amount_that_is_not_the_product_is_6070(shop: Shop) -> None:
    line = shop.line("14.50", "128.35")
    assert shop.invoice(line)["Line"][0]["Amount"] == Decimal("1861.08")  # half up from 1861.075
    line["Amount"] = Decimal("1861.07")
    refused = shop.company.call(
        "POST", "invoice", {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [line]}
    )
    assert refused.code == "6070"
    assert refused.detail == "Amount is not equal to UnitPrice * Qty. Supplied value:1,861.07"
    assert refused.body["Fault"]["Error"][0]["element"] == "Line[0].Amount"


def test_9_3_a_line_without_item_is_documentation(shop: Shop) -> None:
    note = {
        "DetailType": "SalesItemLineDetail",
        "Amount": 77,
        "Description": "see photo",
        "SalesItemLineDetail": {},
    }
    assert shop.invoice(shop.line("10"), note)["TotalAmt"] == 10


def test_9_3_an_inline_subtotal_is_read_back_with_its_sum(shop: Shop) -> None:
    subtotal = {"DetailType": "DescriptionOnly", "Description": "Subtotal:"}
    made = shop.invoice(shop.line("10"), shop.line("2.50"), subtotal, shop.line("5"))
    assert made["Line"][2]["Description"] == "Subtotal: 12.50"
    assert made["TotalAmt"] == Decimal("17.50")


@pytest.mark.parametrize("missing", ["CustomerRef", "Line"])
def test_9_3_customer_and_lines_are_required(shop: Shop, missing: str) -> None:
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line()]}
    del payload[missing]
    refused = shop.company.call("POST", "invoice", payload)
    assert (refused.code, refused.detail) == (
        "2020",
        f"Required parameter {missing} is missing in the request",
    )


def test_9_3_the_due_date_follows_the_term(shop: Shop) -> None:
    term = shop.company.id_of("Term", "Net 15")
    made = shop.invoice(TxnDate="2026-02-20", SalesTermRef={"value": term})
    assert made["DueDate"] == "2026-03-07"
    moved = shop.company.update("Invoice", sparse(made, TxnDate="2026-03-01"))
    assert moved["DueDate"] == "2026-03-16"
    fixed = shop.company.update("Invoice", sparse(moved, DueDate="2026-12-24"))
    assert fixed["DueDate"] == "2026-12-24"


@pytest.mark.parametrize(("dated", "due"), [("2026-01-10", "2026-01-31"), ("2026-01-28", "2026-02-28")])
def test_9_5_a_date_driven_term(shop: Shop, dated: str, due: str) -> None:
    term = shop.company.create("Term", {"Name": "Month end", "DayOfMonthDue": 31, "DueNextMonthDays": 5})
    assert term["Type"] == "DATE_DRIVEN"
    assert shop.invoice(TxnDate=dated, SalesTermRef={"value": term["Id"]})["DueDate"] == due


def test_9_3_the_customers_term_and_addresses_are_taken_over(shop: Shop) -> None:
    term = shop.company.id_of("Term", "Net 60")
    address = {"Line1": "1 Main St", "City": "Napa"}
    customer = {"DisplayName": "Bo", "SalesTermRef": {"value": term}, "BillAddr": address}
    owner = shop.company.create("Customer", customer)
    made = shop.invoice(CustomerRef={"value": owner["Id"]})
    assert made["SalesTermRef"] == {"value": term}
    assert made["BillAddr"] | address == made["BillAddr"]


def test_9_3_an_address_changed_on_the_form_comes_back_in_lines(shop: Shop) -> None:
    shop.company.edit("Customer", shop.customer["Id"], {"CompanyName": "Archer & Co"})
    made = shop.invoice(BillAddr={"Line1": "1 Oak St", "City": "Bend", "PostalCode": "97701"})
    assert made["BillAddr"]["City"] == "Bend"
    address = {
        "Line1": "2 Elm St", "Line2": "Suite 4", "City": "Bend", "CountrySubDivisionCode": "OR", "PostalCode": "97701",
    }  # fmt: skip
    changed = shop.company.update("Invoice", sparse(made, BillAddr=address))
    lines = {name: value for name, value in changed["BillAddr"].items() if name != "Id"}
    assert list(lines.values()) == ["Ann Archer", "Archer & Co", "2 Elm St", "Suite 4", "Bend, OR 97701"]
    assert list(lines) == ["Line1", "Line2", "Line3", "Line4", "Line5"]
    assert shop.company.update("Invoice", changed)["BillAddr"] == changed["BillAddr"]
    longer = shop.company.update(
        "Invoice", sparse(shop.again("Invoice", made), BillAddr={**address, "Country": "USA"})
    )
    assert longer["BillAddr"]["Line5"] == "Bend, OR 97701\r USA"


def test_9_3_the_server_counts_and_a_number_of_the_clients_leaves_the_counter_alone(shop: Shop) -> None:
    numbers = [
        shop.invoice()["DocNumber"],
        shop.invoice(DocNumber="A-7")["DocNumber"],
        shop.invoice()["DocNumber"],
    ]
    assert numbers[1] == "A-7"
    assert int(numbers[2]) == int(numbers[0]) + 1


def test_9_3_custom_numbers_are_the_callers_business(shop: Shop) -> None:
    prefer(shop, "SalesFormsPrefs", CustomTxnNumbers=True)
    assert "DocNumber" not in shop.invoice()
    first = shop.invoice(DocNumber="7")
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line()], "DocNumber": "7"}
    refused = shop.company.call("POST", "invoice", payload)
    assert refused.code == "6140"
    assert f"TxnType=Invoice with TxnId={first['Id']}" in refused.detail
    allowed = shop.company.api("POST", "invoice?include=allowduplicatedocnum", payload)
    assert allowed["Invoice"]["DocNumber"] == "7"


def test_9_3_a_number_has_at_most_21_characters(shop: Shop) -> None:
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line()], "DocNumber": "x" * 22}
    refused = shop.company.call("POST", "invoice", payload)
    assert (refused.code, refused.detail) == ("2050", "Min:0, Max:21, Supplied length:22")


def test_9_3_lines_are_all_or_nothing_even_sparsely(shop: Shop) -> None:
    made = shop.invoice(shop.line("10", Description="first"), shop.line("20"))
    kept = {**shop.line("10"), "Id": "1"}
    changed = shop.company.update("Invoice", sparse(made, Line=[kept]))
    assert [line.get("Id") for line in changed["Line"]] == ["1", None]
    assert "Description" not in changed["Line"][0]
    assert changed["TotalAmt"] == 10


def test_9_3_leaving_line_out_leaves_the_lines_alone(shop: Shop) -> None:
    made = shop.invoice(shop.line("10"), shop.line("20"))
    changed = shop.company.update("Invoice", sparse(made, DueDate="2027-01-01"))
    assert changed["Line"] == made["Line"]


def test_9_3_an_unknown_line_id_is_a_new_line(shop: Shop) -> None:
    made = shop.invoice(shop.line("10"))
    lines = [{**shop.line("5"), "Id": "99"}, {**shop.line("10"), "Id": "1"}, {**shop.line("6"), "Id": "-1"}]
    changed = shop.company.update("Invoice", sparse(made, Line=lines))
    assert [line.get("Id") for line in changed["Line"]] == ["2", "1", "3", None]


def test_9_3_a_full_update_may_send_back_what_it_read(shop: Shop) -> None:
    made = shop.taxed_invoice(shop.line("10", taxed=True), PrivateNote="note")
    again = shop.company.update("Invoice", made)
    changing = {"SyncToken", "MetaData"}
    assert {name: value for name, value in again.items() if name not in changing} == {
        name: value for name, value in made.items() if name not in changing
    }


def test_9_3_void_zeroes_everything_and_notes_it(shop: Shop) -> None:
    made = shop.taxed_invoice(shop.line("10", "3", taxed=True), PrivateNote="old text")
    answer = shop.company.api("POST", "invoice?operation=void", {"Id": made["Id"], "SyncToken": "0"})
    void = answer["Invoice"]
    assert (void["TotalAmt"], void["Balance"], void["SyncToken"]) == (0, 0, "1")
    assert void["TxnTaxDetail"] == {"TotalTax": 0}
    assert void["LinkedTxn"] == []
    assert void["PrivateNote"].startswith("Voided")
    assert void["PrivateNote"].endswith("old text")
    assert [line["Amount"] for line in void["Line"]] == [0, 0]
    assert void["Line"][0]["SalesItemLineDetail"]["Qty"] == 0
    assert shop.balance() == 0


def test_9_3_a_void_invoice_can_still_be_noted_and_stays_at_zero(shop: Shop) -> None:
    made = shop.invoice()
    shop.company.api("POST", "invoice?operation=void", {"Id": made["Id"], "SyncToken": "0"})
    noted = shop.company.update(
        "Invoice", sparse(shop.again("Invoice", made), CustomerMemo={"value": "sorry"})
    )
    assert (noted["TotalAmt"], noted["Balance"]) == (0, 0)


def test_9_3_voiding_a_paid_invoice_frees_the_payment(shop: Shop) -> None:
    made = shop.invoice()
    paid = shop.payment("60", **{made["Id"]: "60"})
    newest = shop.again("Invoice", made)
    shop.company.api("POST", "invoice?operation=void", {"Id": made["Id"], "SyncToken": newest["SyncToken"]})
    freed = shop.again("Payment", paid)
    assert (freed["Line"], freed["UnappliedAmt"]) == ([], 60)
    assert shop.balance() == -60


def test_9_3_deleting_a_paid_invoice_is_refused(shop: Shop) -> None:
    made = shop.invoice()
    shop.payment("60", **{made["Id"]: "60"})
    newest = shop.again("Invoice", made)
    refused = shop.company.call(
        "POST", "invoice?operation=delete", {"Id": made["Id"], "SyncToken": newest["SyncToken"]}
    )
    assert refused.code == "6000"


def test_9_3_a_paid_invoice_cannot_be_made_smaller_than_what_is_paid(shop: Shop) -> None:
    made = shop.invoice(shop.line("100"))
    shop.payment("60", **{made["Id"]: "60"})
    newest = shop.again("Invoice", made)
    assert shop.company.call("POST", "invoice", sparse(newest, Line=[shop.line("59")])).code == "6000"
    assert shop.company.update("Invoice", sparse(newest, Line=[shop.line("75")]))["Balance"] == 15


def test_9_3_send_marks_stores_and_keeps_the_email(shop: Shop) -> None:
    made = shop.invoice(BillEmail={"Address": "ann@example.com"})
    headers = {"Content-Type": "application/octet-stream"}
    sent = shop.company.api("POST", f"invoice/{made['Id']}/send", headers=headers)["Invoice"]
    assert sent["EmailStatus"] == "EmailSent"
    assert sent["DeliveryInfo"].keys() == {"DeliveryType", "DeliveryTime"}
    other = shop.company.api("POST", f"invoice/{made['Id']}/send?sendTo=bo@example.com", headers=headers)[
        "Invoice"
    ]
    assert other["BillEmail"] == {"Address": "bo@example.com"}
    assert [email["recipient"] for email in shop.company.emails()] == ["bo@example.com", "ann@example.com"]


def test_8_3_sending_without_an_address_is_6420(shop: Shop) -> None:
    made = shop.invoice()
    assert shop.company.call("POST", f"invoice/{made['Id']}/send").code == "6420"
    marked = shop.company.call("POST", "invoice", sparse(made, EmailStatus="NeedToSend"))
    assert marked.code == "6420"


def test_9_3_marking_for_sending_does_not_send(shop: Shop) -> None:
    shop.invoice(BillEmail={"Address": "ann@example.com"}, EmailStatus="NeedToSend")
    assert shop.company.emails() == []


def test_2_the_pdf_is_a_pdf(shop: Shop) -> None:
    made = shop.invoice()
    answer = shop.company.call("GET", f"invoice/{made['Id']}/pdf", headers={"Accept": "application/pdf"})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.text.startswith("%PDF-")


def test_8_3_closed_books_are_6210(shop: Shop) -> None:
    made = shop.invoice(TxnDate="2026-03-15")
    prefer(shop, "AccountingInfoPrefs", BookCloseDate="2026-03-31")
    writes = [
        ("invoice", {"CustomerRef": made["CustomerRef"], "Line": [shop.line()], "TxnDate": "2026-03-31"}),
        ("invoice", sparse(made, PrivateNote="x")),
        ("invoice", sparse(made, TxnDate="2026-04-01")),
        ("invoice?operation=delete", made),
        ("invoice?operation=void", made),
        ("payment", {**shop.payment_payload("10"), "TxnDate": "2026-01-01"}),
    ]
    assert [shop.company.call("POST", path, body).code for path, body in writes] == ["6210"] * len(writes)
    assert shop.invoice(TxnDate="2026-04-01")["TotalAmt"] == 100


def test_8_3_an_inactive_item_cannot_be_sold_but_old_lines_keep_it(shop: Shop) -> None:
    made = shop.invoice(shop.line("10"))
    shop.company.edit("Item", shop.service["Id"], {"Active": False})
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line()]}
    refused = shop.company.call("POST", "invoice", payload)
    assert refused.code == "2500"
    assert "has been made inactive" in refused.detail
    assert shop.company.update("Invoice", made)["TotalAmt"] == 10


def test_9_3_an_invoice_link_on_request_where_it_can_be_paid_online(shop: Shop) -> None:
    email = {"Address": "a@b.example"}
    payable = shop.invoice(AllowOnlineCreditCardPayment=True, BillEmail=email)
    closed = shop.invoice(BillEmail=email)
    unaddressed = shop.invoice(AllowOnlineACHPayment=True)

    def read(invoice: Json, **params: str) -> Json:
        return dict(shop.company.api("GET", f"invoice/{invoice['Id']}", params=params)["Invoice"])

    link = read(payable, include="invoiceLink")["InvoiceLink"]
    assert shop.company.emulator.session.get(link, timeout=30).content.startswith(b"%PDF")
    assert "InvoiceLink" not in read(payable)
    assert "InvoiceLink" not in read(closed, include="invoiceLink")
    assert "InvoiceLink" not in read(unaddressed, include="invoiceLink")


def test_9_3_a_deposit_goes_to_undeposited_funds(shop: Shop) -> None:
    made = shop.invoice(Deposit=30)
    assert (made["TotalAmt"], made["Balance"]) == (100, 70)
    assert made["DepositToAccountRef"]["value"] == shop.company.id_of("Account", "Undeposited Funds")
    assert shop.balance() == 70
    services = {"value": shop.company.id_of("Account", "Services")}
    payload = {"CustomerRef": {"value": shop.customer["Id"]}, "Line": [shop.line()], "Deposit": 30}
    assert shop.company.call("POST", "invoice", {**payload, "DepositToAccountRef": services}).code == "6430"
