"""A customer from the first letter to the last line of its history, and the worst that can come in between."""

import re
from urllib.parse import quote

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import open_company
from tests.browser.portal import CEDAR, Portal
from tests.browser.states import state, unanswered

NAME = "Juniper Lane Orchard"


def test_a_name_is_found_taken_while_one_types_and_the_history_tells_the_rest(
    page: Page, portal: Portal
) -> None:
    company = open_company(page, "Cedar & Quill")
    portal.control("POST", "edit", made("Customer", NAME))
    fetch(page, company, NAME)
    page.goto(f"{company}customers/new/")
    page.get_by_label("City").first.fill("Quincy")
    page.get_by_label("Display name").press_sequentially(NAME.lower())
    expect(notice(page)).to_contain_text("is a customer already")
    assert not Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
    notice(page).get_by_role("link", name="Open the existing one").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(page.locator(".lanes .there")).to_contain_text(["Customer made"])

    page.go_back()
    page.get_by_label("City").first.fill("Quincy")
    page.get_by_label("Display name").fill(NAME)
    page.get_by_role("button", name=re.compile("Save this one beside it")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{NAME} (Quincy)")
    expect(state(page, "In QuickBooks")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name=re.compile("^Edit")).first.click()
    page.get_by_label("Phone").fill("(617) 555-0142")
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(state(page, "In QuickBooks")).to_be_visible(timeout=20_000)
    expect(page.locator(".lanes .here")).to_contain_text(["Details changed", "Customer entered"])
    page.get_by_role("link", name="Changes", exact=True).click()
    expect(page).to_have_url(re.compile("only=changes"))
    expect(page.get_by_role("link", name="Changes", exact=True)).to_be_focused()
    names = sorted(
        row["DisplayName"] for row in portal.records(CEDAR, "Customer") if NAME in row["DisplayName"]
    )
    assert names == [NAME, f"{NAME} (Quincy)"]


def test_entered_on_both_sides_at_once_it_becomes_one(page: Page, portal: Portal) -> None:
    """QuickBooks refuses the name; meanwhile there is an invoice for it. Nothing is entered again."""
    company = open_company(page, "Cedar & Quill")
    with unanswered(portal, CEDAR, "Customer"):
        page.goto(f"{company}customers/new/")
        page.get_by_label("Display name").fill("Lantern Wharf")
        page.get_by_role("button", name=re.compile("^Save")).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Lantern Wharf")
        portal.control("POST", "edit", made("Customer", "Lantern Wharf"))
    expect(state(page, "Needs you")).to_be_visible(timeout=60_000)
    fetch(page, company, "Lantern Wharf")
    page.locator("tr", has_text="Needs you").locator("a.doc").click()
    page.get_by_role("button", name="Link to the one in QuickBooks").click()
    expect(page.get_by_role("status")).to_contain_text("stands with the one in QuickBooks now")
    expect(state(page, "In QuickBooks")).to_be_visible()
    assert [row["DisplayName"] for row in portal.records(CEDAR, "Customer")].count("Lantern Wharf") == 1
    page.goto(f"{company}customers/?q=lantern+wharf")
    expect(page.locator("tbody a.doc")).to_have_count(1)


def notice(page: Page) -> Locator:
    return page.locator("#namesakes")


def made(entity: str, name: str) -> dict[str, object]:
    """Somebody makes a record inside QuickBooks."""
    return {"realmId": CEDAR, "entity": entity, "operation": "create", "changes": {"DisplayName": name}}


def fetch(page: Page, company: str, name: str) -> None:
    """Look for changes, and wait until the one that QuickBooks has of a name is here."""
    page.goto(f"{company}sync/")
    page.get_by_role("button", name=re.compile("Fetch again")).click()
    for _ in range(60):
        page.goto(f"{company}customers/?q={quote(name)}")
        if page.locator("tr", has_text="In QuickBooks").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{name} never came")
