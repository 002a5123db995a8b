"""States of a company that a person meets sooner or later, brought about from outside as they would come about."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from playwright.sync_api import Locator, Page, expect

from tests.browser.portal import Portal, address_of, connect


def empty_company(page: Page, portal: Portal, name: str) -> str:
    """Connect a company in which nothing was ever entered; its address."""
    portal.control("POST", "tokens", {"seed": "empty", "name": name})
    connect(page, name)
    return address_of(page)


def conflict(page: Page, portal: Portal, company: str, realm: str) -> str:
    """Change the message of the latest invoice here and there at once; the address where somebody decides."""
    page.goto(f"{company}invoices/?tab=open&sort=-number")
    page.locator("tbody a.doc").first.click()
    number = re.sub(r"\D", "", page.get_by_role("heading", level=1).inner_text())
    invoice = page.url
    with unanswered(portal, realm, "Invoice"):
        page.get_by_role("link", name=re.compile("^Edit")).first.click()
        page.get_by_role("textbox", name=re.compile("^Message")).fill("Thank you. Spring offer enclosed.")
        page.get_by_role("button", name=re.compile("^Save Invoice")).click()
        (there,) = [row for row in portal.records(realm, "Invoice") if row["DocNumber"] == number]
        memo = {"value": "Gate code is 4471. Ask for Renée."}
        portal.edit(realm, "Invoice", there["Id"], CustomerMemo=memo, PrivateNote="Called on Friday")
    page.goto(invoice)
    expect(state(page, "Changed on both sides")).to_be_visible(timeout=60_000)
    page.locator("main a[href*='/conflict/']").first.click()
    return re.sub(r"^https?://[^/]+", "", page.url)


def refused_invoices(
    page: Page, portal: Portal, company: str, realm: str, amounts: dict[str, Decimal]
) -> None:
    """Invoices by customer, for an item that somebody made inactive in QuickBooks just before they got there."""
    (item,) = [row for row in portal.records(realm, "Item") if row["Name"] == "Stump grinding"]
    invoices = []
    with unanswered(portal, realm, "Invoice"):
        for customer, amount in amounts.items():
            page.goto(f"{company}invoices/new/")
            page.get_by_role("combobox", name="Customer").fill(customer)
            page.get_by_label("Line 1, item").fill("Stump grinding")
            page.get_by_label("Line 1, quantity").fill("1")
            expect(page.get_by_label("Line 1, rate")).not_to_have_value("")
            page.get_by_label("Line 1, rate").fill(str(amount))
            page.get_by_role("button", name=re.compile("^Save invoice")).click()
            expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Invoice"))
            invoices.append(page.url)
        portal.edit(realm, "Item", item["Id"], Active=False)
    for invoice in invoices:
        page.goto(invoice)
        expect(state(page, "Needs you")).to_be_visible(timeout=60_000)


def refused_customer(page: Page, portal: Portal, company: str, realm: str, name: str) -> None:
    """A customer whose name somebody gave to a vendor just before it got there."""
    with unanswered(portal, realm, "Customer"):
        page.goto(f"{company}customers/new/")
        page.get_by_label("Display name").fill(name)
        page.get_by_role("button", name=re.compile("^Save")).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        vendor = {
            "realmId": realm,
            "entity": "Vendor",
            "operation": "create",
            "changes": {"DisplayName": name},
        }
        portal.control("POST", "edit", vendor)
    expect(state(page, "Needs you")).to_be_visible(timeout=60_000)


def paper(page: Page, company: str, folder: str, noun: str) -> str:
    """An estimate or credit memo that somebody wrote; its address."""
    page.goto(f"{company}{folder}/new/")
    page.get_by_role("combobox", name="Customer").fill("Cedar Row Townhomes")
    page.get_by_label("Line 1, item").fill("Green waste hauling")
    page.get_by_label("Line 1, item").press("Tab")
    expect(page.get_by_label("Line 1, rate")).not_to_have_value("")
    page.get_by_role("button", name=re.compile(f"^Save {noun}")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(f"^{noun}", re.IGNORECASE))
    return re.sub(r"^https?://[^/]+", "", page.url)


def void_invoice(page: Page, company: str) -> str:
    """Void the latest open invoice; its address."""
    page.goto(f"{company}invoices/?tab=open&sort=-date")
    page.locator("tbody a.doc").first.click()
    invoice = page.url
    page.goto(f"{invoice}void/")
    page.get_by_role("button", name=re.compile("^Void")).click()
    expect(state(page, "Void")).to_be_visible(timeout=30_000)
    return re.sub(r"^https?://[^/]+", "", invoice)


@contextmanager
def unanswered(portal: Portal, realm: str, entity: str) -> Iterator[None]:
    """Meanwhile QuickBooks answers no write of a kind, so that what is saved here waits."""
    rule = {"realmId": realm, "method": "POST", "entity": entity, "kind": "503", "count": 0}
    portal.control("POST", "faults", rule)
    try:
        yield
    finally:
        portal.control("DELETE", "faults", realmId=realm)


def state(page: Page, word: str) -> Locator:
    return page.locator(".state", has_text=word).first
