"""The invoice form's main path by keyboard alone, and its worst one: bad input, and a form that went stale."""

import re
from decimal import Decimal

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import open_company
from tests.browser.portal import HARBOR, Portal

PASTE = """text => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(paste);
}"""


def items(page: Page) -> list[str]:
    found: list[str] = page.locator("[name$=-item]").evaluate_all("all => all.map(field => field.value)")
    return found


def test_an_invoice_is_written_by_keyboard_with_rows_from_a_spreadsheet(page: Page, portal: Portal) -> None:
    open_company(page, "Harbor & Pine")
    page.keyboard.press("n")
    expect(page.get_by_role("combobox", name="Customer")).to_be_focused()
    customer = next(row for row in portal.records(HARBOR, "Customer") if row["Active"])
    page.keyboard.type(customer["DisplayName"])
    page.keyboard.press("Tab")
    for _ in range(5):
        page.keyboard.press("Enter")
    item = page.get_by_role("combobox", name="Line 1, item")
    item.focus()
    page.keyboard.type("hedge trimm")
    expect(page.locator("#picker [role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(item).to_have_value("Hedge and shrub trimming")
    expect(page.get_by_label("Line 1, rate")).not_to_have_value("")

    page.evaluate(PASTE, "Green waste hauling\t2\t140\nMowing and edging\t4\t65")
    expect(page.locator("[name$=-item]").nth(2)).to_have_value("Mowing and edging")
    assert items(page) == ["Hedge and shrub trimming", "Green waste hauling", "Mowing and edging"]
    expect(page.get_by_role("combobox", name=re.compile("item")).nth(2)).to_be_focused()
    page.keyboard.press("Control+d")
    expect(page.locator("[name$=-item]")).to_have_count(4)
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    assert items(page)[1] == "Mowing and edging"
    total = page.locator("#sum-total")
    expect(total).to_contain_text(".")
    expect(page.get_by_text("Customer is active there")).to_be_visible()
    page.keyboard.press("Control+Enter")

    expect(page.locator(".state", has_text="In QuickBooks").first).to_be_visible(timeout=20_000)
    newest = max(portal.records(HARBOR, "Invoice"), key=lambda row: int(row["Id"]))
    sold = [line["Amount"] for line in newest["Line"] if "SalesItemLineDetail" in line]
    assert [Decimal(str(amount)) for amount in sold][1:] == [260, 280, 260]


def test_an_answer_that_comes_late_leaves_what_was_typed_since(page: Page, portal: Portal) -> None:
    company = open_company(page, "Harbor & Pine")
    page.goto(f"{company}invoices/new/")
    quantity, rate = page.get_by_label("Line 1, quantity"), page.get_by_label("Line 1, rate")
    answers: list[Route] = []
    page.route("**/invoices/draft/", lambda route: answers.append(route))
    page.get_by_role("combobox", name="Line 1, item").fill("Green waste hauling")
    with page.expect_request("**/invoices/draft/"):
        page.keyboard.press("Tab")
    quantity.fill("3")  # not left yet, so nothing asks for the sums anew
    answers[0].continue_()

    expect(rate).not_to_have_value("")
    expect(quantity).to_have_value("3")


def test_bad_input_stays_and_a_stale_form_shows_what_changed(page: Page, portal: Portal) -> None:
    company = open_company(page, "Harbor & Pine")
    page.goto(f"{company}invoices/new/")
    page.get_by_role("combobox", name="Customer").fill("Nobody of that name")
    page.get_by_role("combobox", name="Line 1, item").fill("No such thing")
    page.get_by_label("Line 1, quantity").fill("many")
    page.get_by_role("button", name=re.compile("Save invoice")).click()

    expect(page.get_by_role("alert").first).to_contain_text("Nothing is saved yet")
    expect(page.get_by_role("combobox", name="Customer")).to_be_focused()
    expect(page.get_by_label("Line 1, quantity")).to_have_value("many")
    expect(page.get_by_text("No item is called “No such thing”.")).to_be_visible()
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_text("Draft, kept here")).to_be_visible()
    expect(page.get_by_label("Line 1, quantity")).to_have_value("many")

    page.goto(f"{company}invoices/?tab=open")
    page.goto(page.locator("main .ledger tbody a.doc").first.get_attribute("href") + "edit/")  # type: ignore[operator]
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Message on the invoice").fill("Theirs")
    other.get_by_role("button", name=re.compile("^Save Invoice")).click()
    other.wait_for_url(re.compile(r"invoices/\d+/$"))
    page.get_by_label("Message on the invoice").fill("Mine")
    page.get_by_role("button", name=re.compile("^Save Invoice")).click()
    expect(page.get_by_text("This became “Theirs”")).to_be_visible()
    expect(page.get_by_label("Message on the invoice")).to_have_value("Mine")
    page.get_by_role("button", name=re.compile("^Save Invoice")).click()
    expect(page.get_by_text("Message: Mine")).to_be_visible()
