"""Steps 1 to 5 of a newcomer's first hour, in Chromium, with QuickBooks' side looked at after each."""

import re
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import open_company
from tests.browser.portal import HARBOR, Portal, address_of, sign_in
from tests.browser.states import refused_customer


def test_from_connecting_to_a_check_over_several_invoices(page: Page, portal: Portal) -> None:
    sign_in(page)
    refuse_first(page)
    open_company(page, "Harbor & Pine")
    look_at_the_dashboard(page, portal)
    create_a_customer(page, portal)
    create_and_send_an_invoice(page, portal)
    create_another_and_edit_it(page, portal)
    pay_both_with_one_check(page, portal)
    repair_a_failure(page, portal)


# 1. Connect


def refuse_first(page: Page) -> None:
    page.goto("/connect/")
    page.get_by_role("button", name="Connect to QuickBooks").click()
    page.get_by_role("button", name="No, go back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing is connected")


def look_at_the_dashboard(page: Page, portal: Portal) -> None:
    invoices = portal.records(HARBOR, "Invoice")
    owed = sum((Decimal(str(row["Balance"])) for row in invoices), Decimal(0))
    expect(page.get_by_text(f"${owed:,.2f}").first).to_be_visible()
    expect(page.get_by_role("heading", name="Latest payments")).to_be_visible()


# 2. Customers


def create_a_customer(page: Page, portal: Portal) -> None:
    page.get_by_role("link", name="Customers").first.click()
    page.get_by_role("searchbox").fill("kestrel")
    expect(page.get_by_role("link", name=re.compile("Kestrel")).first).to_be_visible()
    page.get_by_role("link", name=re.compile("New customer")).first.click()
    page.get_by_label("Display name").fill("Juniper: Lane")
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(page.get_by_text("no colon")).to_be_visible()
    page.get_by_label("Display name").fill("Juniper Lane Orchard")
    page.get_by_label("E-mail", exact=True).fill("ap@juniper.example")
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    in_quickbooks(page)
    customer = the_one(portal, "Customer", DisplayName="Juniper Lane Orchard")
    assert customer["PrimaryEmailAddr"]["Address"] == "ap@juniper.example"


# 3. Invoices


def line(page: Page, row: int, item: str, quantity: str, rate: str) -> None:
    """Fill a line; the item brings its own description and rate, which the given rate replaces."""
    page.get_by_label(f"Line {row}, item").fill(item)
    page.get_by_label(f"Line {row}, quantity").fill(quantity)
    expect(page.get_by_label(f"Line {row}, rate")).not_to_have_value("")
    page.get_by_label(f"Line {row}, rate").fill(rate)


def create_and_send_an_invoice(page: Page, portal: Portal) -> None:
    page.get_by_role("link", name="Invoices").first.click()
    page.get_by_role("link", name=re.compile("New invoice")).first.click()
    page.get_by_role("button", name=re.compile("Save invoice")).click()
    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    page.get_by_role("combobox", name="Customer").fill("Juniper Lane Orchard")
    page.get_by_label("Terms").select_option(label="Net 30")
    line(page, 1, "Hedge and shrub trimming", "14.5", "128.35")
    expect(page.locator("#sum-total")).to_have_text("$1,861.08")
    page.get_by_role("button", name=re.compile("Save and send")).click()
    confirm_sending(page)
    in_quickbooks(page)
    invoice = the_one(portal, "Invoice", TotalAmt=Decimal("1861.08"))
    assert invoice["EmailStatus"] == "EmailSent"
    sent = portal.control("GET", "emails", realmId=HARBOR)
    assert sent[0]["recipient"] == "ap@juniper.example"


def confirm_sending(page: Page) -> None:
    """Saving asks once more where the mail goes, unless the form has said so already."""
    button = page.get_by_role("button", name=re.compile(r"^Send "))
    if button.count():
        button.first.click()


def create_another_and_edit_it(page: Page, portal: Portal) -> None:
    page.keyboard.press("n")
    page.get_by_role("combobox", name="Customer").fill("Juniper Lane Orchard")
    line(page, 1, "Green waste hauling", "1", "140")
    line(page, 2, "Hedge and shrub trimming", "2", "72")
    page.get_by_label("Discount", exact=True).fill("10")
    expect(page.locator("#sum-total")).to_have_text("$255.60")
    page.get_by_role("button", name=re.compile("Save invoice")).click()
    in_quickbooks(page)
    page.get_by_role("link", name=re.compile("^Edit")).first.click()
    page.get_by_role("textbox", name=re.compile("^Message")).fill("Thank you")
    page.get_by_role("button", name="Remove this line").nth(1).click()
    expect(page.locator("#sum-total")).to_have_text("$126.00")
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    in_quickbooks(page)
    invoice = the_one(portal, "Invoice", TotalAmt=Decimal("126.00"))
    assert invoice["CustomerMemo"]["value"] == "Thank you"


# 4. Payments


def pay_both_with_one_check(page: Page, portal: Portal) -> None:
    page.keyboard.press("p")
    page.get_by_role("combobox", name="Customer").fill("Juniper Lane Orchard")
    page.get_by_role("combobox", name="Customer").press("Tab")
    page.get_by_label("Check no.").fill("10418")
    page.get_by_label("Amount").fill("2000.00")
    page.get_by_role("button", name=re.compile("Oldest first")).click()
    expect(page.locator("#tie")).to_contain_text("$12.92")
    page.get_by_role("button", name=re.compile("Save and close")).click()
    in_quickbooks(page)
    payment = the_one(portal, "Payment", PaymentRefNum="10418")
    assert Decimal(str(payment["UnappliedAmt"])) == Decimal("12.92")
    assert len(payment["Line"]) == 2
    for invoice in portal.records(HARBOR, "Invoice"):
        if invoice["CustomerRef"] == payment["CustomerRef"]:
            assert invoice["Balance"] == 0


# 5. A failure, explained and repaired


def repair_a_failure(page: Page, portal: Portal) -> None:
    refused_customer(page, portal, address_of(page), HARBOR, "Larch Supply")
    page.get_by_role("link", name=re.compile("Sync")).first.click()
    expect(page.get_by_text(re.compile("already taken in QuickBooks")).first).to_be_visible()
    taken = the_one(portal, "Vendor", DisplayName="Larch Supply")
    portal.edit(HARBOR, "Vendor", taken["Id"], DisplayName="Larch Vendor")
    page.get_by_role("button", name="Try again: Larch Supply").click()
    expect(page.get_by_role("row", name=re.compile("Larch Supply"))).to_contain_text("In QuickBooks")
    the_one(portal, "Customer", DisplayName="Larch Supply")


def in_quickbooks(page: Page) -> None:
    """The badge turns by itself, without a reload."""
    expect(page.locator(".state", has_text="In QuickBooks").first).to_be_visible(timeout=20_000)


def the_one(portal: Portal, entity: str, **values: Any) -> dict[str, Any]:
    found = [
        row
        for row in portal.records(HARBOR, entity)
        if all((Decimal(str(row.get(key))) if isinstance(value, Decimal) else row.get(key)) == value
               for key, value in values.items())
    ]  # fmt: skip
    assert len(found) == 1, found
    return found[0]
