"""Two people in two browsers edit the same invoice at once, while workers run. Nothing either typed is lost."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_company
from tests.browser.portal import CEDAR, Portal, sign_in


def test_two_browsers_and_one_invoice(page: Page, browser: Browser, portal: Portal) -> None:
    address = open_company(page, "Cedar & Quill")
    invoices = len(portal.records(CEDAR, "Invoice"))
    page.goto(f"{address}invoices/?tab=all")
    page.locator("tbody a.doc").first.click()
    edit = page.url + "edit/"
    other_context = browser.new_context(base_url=portal.url)
    other = other_context.new_page()
    sign_in(other)
    page.goto(edit)
    other.goto(edit)

    memo(page).fill("typed by the first")
    save(page)
    note(other).fill("typed by the second")
    save(other)
    expect(other).not_to_have_url(re.compile("/edit/"))  # different fields: both are kept without a question
    number = re.sub(r"\D", "", other.get_by_role("heading", level=1).inner_text())
    page.wait_for_timeout(0)
    in_quickbooks(other)
    (row,) = [row for row in portal.records(CEDAR, "Invoice") if row["DocNumber"] == number]
    assert (row["CustomerMemo"]["value"], row["PrivateNote"]) == ("typed by the first", "typed by the second")

    page.goto(edit)
    other.goto(edit)
    memo(page).fill("the first again")
    save(page)
    memo(other).fill("the second again")
    save(other)
    expect(other.get_by_text(re.compile("while you were editing")).first).to_be_visible()
    expect(memo(other)).to_have_value("the second again")
    save(other)
    in_quickbooks(other)
    (row,) = [row for row in portal.records(CEDAR, "Invoice") if row["DocNumber"] == number]
    assert row["CustomerMemo"]["value"] == "the second again"
    assert len(portal.records(CEDAR, "Invoice")) == invoices
    other_context.close()


def memo(page: Page):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return page.get_by_role("textbox", name=re.compile("^Message"))


def note(page: Page):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return page.get_by_role("textbox", name=re.compile("^Note"))


def save(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Save Invoice")).click()


def in_quickbooks(page: Page) -> None:
    expect(page.locator(".state", has_text="In QuickBooks").first).to_be_visible(timeout=20_000)
