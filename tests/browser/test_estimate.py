"""An estimate is written, sent and made into an invoice, in Chromium, with QuickBooks' side looked at after each."""

import re
from decimal import Decimal

from playwright.sync_api import Page, expect

from tests.browser.conftest import open_company
from tests.browser.portal import Portal
from tests.browser.test_main_job import in_quickbooks, the_one


def test_an_estimate_is_sent_and_becomes_an_invoice(page: Page, portal: Portal) -> None:
    company = open_company(page, "Harbor & Pine")
    page.get_by_role("link", name="Estimates").first.click()
    page.get_by_role("link", name=re.compile("New estimate")).first.click()
    page.get_by_role("button", name=re.compile("Save estimate")).click()
    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    page.get_by_role("combobox", name="Customer").fill("Cedar Row Townhomes")
    page.get_by_label("Send to").fill("ap@cedar-row.example")
    page.get_by_label("Line 1, item").fill("Green waste hauling")
    page.get_by_label("Line 1, item").press("Tab")
    expect(page.get_by_label("Line 1, quantity")).to_have_value("1")
    page.get_by_label("Line 1, quantity").fill("3")
    page.get_by_label("Line 1, rate").fill("141.17")
    expect(page.locator("#sum-total")).to_have_text("$423.51")
    page.get_by_role("button", name=re.compile("Save and send")).click()
    in_quickbooks(page)
    estimate = the_one(portal, "Estimate", TotalAmt=Decimal("423.51"))
    assert estimate["EmailStatus"] == "EmailSent"

    expect(page.get_by_role("link", name="Make an invoice")).to_be_visible()
    page.get_by_role("link", name="Make an invoice").click()
    expect(page.locator("#sum-total")).to_have_text("$423.51")
    page.get_by_role("button", name=re.compile("Save invoice")).click()
    in_quickbooks(page)
    invoice = the_one(portal, "Invoice", TotalAmt=Decimal("423.51"))
    assert {"TxnId": estimate["Id"], "TxnType": "Estimate"} in invoice["LinkedTxn"]

    page.get_by_role("link", name=f"Estimate {estimate['DocNumber']}").click()
    expect(page.get_by_role("link", name=f"Invoice {invoice['DocNumber']}")).to_be_visible()
    expect(page.locator(".state", has_text="Closed").first).to_be_visible(timeout=20_000)
    page.goto(f"{company}estimates/?tab=closed")
    expect(page.get_by_role("row", name=re.compile("Cedar Row"))).to_contain_text("423.51")
