"""The invoice PDF, read back as text."""

import re
import zlib
from decimal import Decimal
from typing import Any

import pytest

from emulator import seed
from emulator.books import Company
from emulator.pdf import form_pdf, latin, stamp
from emulator.store import Store

Json = dict[str, Any]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    store = Store(str(tmp_path_factory.mktemp("pdf") / "demo.sqlite3"))
    company = store.create_company(name="Harbor & Pine Landscaping")
    seed.demo(company)
    return company


def text_of(pdf: bytes) -> str:
    """The words of a PDF whose fonts are built in: they stand in its page streams as they are."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            # the checksum at the end may end in a byte that the pattern takes for the end of the line
            plain = zlib.decompressobj().decompress(stream)
        except zlib.error:
            continue
        found += [word.decode("latin-1") for word in re.findall(rb"\((.*?)(?<!\\)\) Tj", plain, re.DOTALL)]
    return re.sub(r"\\(.)", r"\1", "\n".join(found))


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def new_invoice(company: Company, **changes: Any) -> Json:
    line = {
        "Amount": Decimal("38.50"),
        "Description": "Shrub",
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "20"}, "Qty": 1, "UnitPrice": Decimal("38.50")},
    }
    return company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line]} | changes)


def test_it_shows_who_what_and_how_much(company: Company) -> None:
    text = text_of(form_pdf(company, invoice := new_invoice(company)))
    for expected in (
        "Harbor & Pine Landscaping",
        "1200 River Street",
        "Santa Cruz, CA 95060",
        "Kestrel Ridge Property Management LLC",
        invoice["DocNumber"],
        "Net 30",
        "Shrub, 5 gallon",
        "T 38.50",
        "Sales tax (lines marked T)",
        "3.08",
        "$41.58",
    ):
        assert expected in text
    assert "PAID" not in text
    assert "VOID" not in text


def test_a_discount_stands_in_the_sums(company: Company) -> None:
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }
    invoice = new_invoice(company)
    saved = company.edit("Invoice", invoice["Id"], {"Line": [*invoice["Line"], discount]})
    text = text_of(form_pdf(company, saved))
    assert "Discount 10%" in text
    assert "-3.85" in text
    assert "$37.73" in text  # 38.50 - 3.85 + 3.08 tax on the amount before the discount


def test_money_received_is_taken_off(company: Company) -> None:
    invoice = new_invoice(company)
    link = {"Amount": Decimal("40.00"), "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    company.create("Payment", {"CustomerRef": {"value": "1"}, "TotalAmt": Decimal("40.00"), "Line": [link]})
    text = text_of(form_pdf(company, company.get("Invoice", invoice["Id"])))
    assert "-40.00" in text
    assert "$1.58" in text


def test_paid_and_void_are_stamped(company: Company) -> None:
    invoice = new_invoice(company)
    void = company.void("Invoice", {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]})
    assert "VOID" in text_of(form_pdf(company, void))
    paid = next(found for found in company.all("Invoice") if found["TotalAmt"] and not found["Balance"])
    assert "PAID" in text_of(form_pdf(company, paid))


def test_a_free_invoice_is_neither_paid_nor_void(company: Company) -> None:
    assert stamp({"TotalAmt": 0, "Balance": 0}) == ""


def test_many_lines_run_over_pages_and_the_head_of_the_table_comes_along(company: Company) -> None:
    line = new_invoice(company)["Line"][0]
    lines = [{**line, "Description": f"Shrub number {place}"} for place in range(120)]
    pdf = form_pdf(company, new_invoice(company, Line=lines))
    assert pages_of(pdf) > 3
    text = text_of(pdf)
    assert "Shrub number 119" in text
    assert text.count("Activity") == pages_of(pdf) - (text.split("Activity")[-1].count("Shrub number") == 0)


def test_characters_beyond_latin_1_are_replaced_sensibly(company: Company) -> None:
    invoice = new_invoice(company, CustomerMemo={"value": "“Łódź” – naïve… 日本 ₿ €5"})
    text = text_of(form_pdf(company, invoice))
    assert '"Lódz" - naïve... ?? ? EUR5' in text


@pytest.mark.parametrize("character", ["\x00", "\n", "\u200b", "👍", "é", "ﬁ", "ő"])
def test_every_character_has_a_latin_1_form(character: str) -> None:
    latin(character).encode("latin-1")


def test_every_invoice_of_the_demo_company_can_be_printed(company: Company) -> None:
    for invoice in company.all("Invoice")[::25]:
        assert form_pdf(company, invoice).startswith(b"%PDF-")


def test_the_other_forms_say_what_they_are(company: Company) -> None:
    line = new_invoice(company)["Line"][0]
    for entity, title in (
        ("CreditMemo", "CREDIT MEMO"),
        ("Estimate", "ESTIMATE"),
        ("SalesReceipt", "SALES RECEIPT"),
    ):
        made = company.create(entity, {"CustomerRef": {"value": "1"}, "Line": [line]})
        text = text_of(form_pdf(company, made, entity))
        assert title in text
        assert "INVOICE" not in text
        assert "Balance due" not in text
        assert ("PAID" in text) is (entity == "SalesReceipt")


def test_a_receipt_for_nobody_in_particular_has_a_pdf(company: Company) -> None:
    item = company.all("Item")[0]
    line = {
        "Amount": 14,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}},
    }
    made = company.create("SalesReceipt", {"Line": [line]})
    assert "14.00" in text_of(form_pdf(company, made, "SalesReceipt"))
