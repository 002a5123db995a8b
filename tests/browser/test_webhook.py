"""What somebody does inside QuickBooks shows up here within seconds, by webhook."""

import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import open_company
from tests.browser.portal import CEDAR, Portal


def test_a_change_in_quickbooks_arrives_by_itself(page: Page, portal: Portal) -> None:
    address = open_company(page, "Cedar & Quill")
    customer = portal.records(CEDAR, "Customer")[0]
    portal.edit(CEDAR, "Customer", customer["Id"], Notes="Rings twice before noon.")
    page.goto(f"{address}customers/?q={customer['DisplayName']}")
    page.locator("tbody a.doc").first.click()

    deadline = time.monotonic() + 20  # the timer's own look comes a minute later at the earliest
    while not page.get_by_text("Rings twice before noon.").count() and time.monotonic() < deadline:
        page.reload()
    expect(page.get_by_text("Rings twice before noon.").first).to_be_visible()
