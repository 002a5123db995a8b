"""Step 7: disconnecting, connecting again, and choosing the wrong company."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import open_company
from tests.browser.portal import CEDAR, HARBOR, Portal, consent


def test_disconnecting_and_connecting_again_doubles_nothing(page: Page, portal: Portal) -> None:
    address = open_company(page, "Cedar & Quill")
    before = counted(page, address)
    page.goto(f"{address}connection/")
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name=re.compile("Disconnect")).click()
    page.goto(address)
    expect(
        page.get_by_text(re.compile("no longer|not connected|disconnected", re.IGNORECASE)).first
    ).to_be_visible()
    enter_a_customer(page, address, "Thyme & Tally")
    assert not [row for row in portal.records(CEDAR, "Customer") if row["DisplayName"] == "Thyme & Tally"]

    page.goto(f"{address}connection/")
    page.get_by_role("button", name="Connect again").first.click()
    press_connect_if_asked(page)
    consent(page, "Cedar & Quill")
    page.wait_for_url(re.compile(rf"{address}$"), timeout=60_000)
    page.goto(f"{address}customers/?q=thyme")
    expect(page.locator(".state", has_text="In QuickBooks").first).to_be_visible(timeout=20_000)
    assert counted(page, address) == before + 1
    assert (
        len([row for row in portal.records(CEDAR, "Customer") if row["DisplayName"] == "Thyme & Tally"]) == 1
    )


def test_choosing_another_company_when_reconnecting_is_noticed(page: Page, portal: Portal) -> None:
    address = open_company(page, "Cedar & Quill")
    page.goto(f"{address}connection/")
    page.get_by_role("button", name="Connect again").first.click()
    press_connect_if_asked(page)
    consent(page, "Harbor & Pine")

    expect(page.get_by_role("heading", level=1)).to_have_text("You chose another company")
    names = {row["DisplayName"] for row in portal.records(HARBOR, "Customer")}
    page.goto(f"{address}customers/")
    for link in page.locator("tbody a.doc").all_inner_texts():
        assert link not in names


def test_a_second_company_stands_beside_the_first(page: Page) -> None:
    cedar, harbor = open_company(page, "Cedar & Quill"), open_company(page, "Harbor & Pine")

    assert cedar != harbor
    page.goto(f"{harbor}connection/")
    expect(page.get_by_role("link", name="Cedar & Quill Bookkeeping").first).to_be_visible()


def press_connect_if_asked(page: Page) -> None:
    """The portal's own page in between says what will happen."""
    if page.url.endswith("/connect/") or "/connect/?" in page.url:
        page.get_by_role("button", name="Connect to QuickBooks").click()


def enter_a_customer(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}customers/new/")
    page.get_by_label("Display name").fill(name)
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def counted(page: Page, address: str) -> int:
    """How many customers the list says there are."""
    page.goto(f"{address}customers/")
    return int(re.sub(r"\D", "", page.locator(".tabs .n").first.inner_text()))
