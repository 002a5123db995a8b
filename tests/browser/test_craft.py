"""What surrounds the work: a login that ends, a network that fails, a finger, a keyboard, and the way back."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import open_company
from tests.browser.portal import HARBOR, Portal, sign_in


@pytest.fixture
def company(browser: Browser, portal: Portal) -> str:
    context = browser.new_context(base_url=portal.url)
    address = open_company(context.new_page(), "Harbor & Pine")
    context.close()
    return address


@pytest.fixture
def bare(browser: Browser, portal: Portal) -> Iterator[Page]:
    """A signed-in page on which requests may fail."""
    context = browser.new_context(base_url=portal.url, viewport={"width": 1360, "height": 900})
    context.set_default_timeout(15_000)
    page = context.new_page()
    sign_in(page)
    yield page
    context.close()


def sign_out_behind_its_back(page: Page) -> None:
    page.context.clear_cookies(name="portal_session")


def sign_in_here(page: Page) -> None:
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()


def status(page: Page) -> Any:
    return page.locator("#status")


def test_a_login_that_ends_while_one_types_loses_nothing(bare: Page, company: str) -> None:
    bare.goto(f"{company}customers/new/")
    bare.get_by_label("Company name").fill("Hollow Oak Dental")
    bare.get_by_label("Notes").fill("Gate code 4410.\nCall first.")
    bare.get_by_label("Charge sales tax").uncheck()
    sign_out_behind_its_back(bare)
    bare.get_by_role("button", name=re.compile("^Save")).first.click()

    sign_in_here(bare)
    expect(bare).to_have_url(re.compile(r"/customers/new/$"))
    expect(bare.get_by_label("Company name")).to_have_value("Hollow Oak Dental")
    expect(bare.get_by_label("Notes")).to_have_value("Gate code 4410.\nCall first.")
    expect(bare.get_by_label("Charge sales tax")).not_to_be_checked()
    expect(status(bare)).to_contain_text("is back")
    bare.goto(f"{company}customers/new/")
    expect(bare.get_by_label("Company name")).to_have_value("")  # put back once, not for ever


def test_a_login_that_ends_while_one_searches_leads_back_to_the_search(bare: Page, company: str) -> None:
    bare.goto(f"{company}customers/?tab=overdue")
    sign_out_behind_its_back(bare)
    bare.get_by_role("searchbox").fill("cedar")
    sign_in_here(bare)
    expect(bare).to_have_url(re.compile(r"/customers/\?tab=overdue$"))


def test_a_slow_portal_and_none_are_told(bare: Page, company: str) -> None:
    bare.goto(f"{company}customers/")
    held: list[Route] = []
    bare.route(re.compile(r"q=slow"), lambda route: held.append(route))
    bare.get_by_role("searchbox").fill("slow")
    expect(status(bare)).to_contain_text("slow to answer", timeout=8000)
    held[0].continue_()
    bare.route(re.compile(r"q=down"), lambda route: route.abort())
    bare.get_by_role("searchbox").fill("down")
    expect(status(bare)).to_contain_text("does not answer")
    expect(bare.get_by_role("searchbox")).to_have_value("down")


def test_pressing_twice_saves_once(bare: Page, company: str, portal: Portal) -> None:
    bare.goto(f"{company}customers/new/")
    bare.get_by_label("Display name").fill("Pressed Twice")
    bare.get_by_role("button", name=re.compile("^Save")).first.dblclick()
    expect(bare.get_by_role("heading", level=1)).to_have_text("Pressed Twice")
    expect(bare.locator(".state", has_text="In QuickBooks").first).to_be_visible(timeout=20_000)
    assert [row["DisplayName"] for row in portal.records(HARBOR, "Customer")].count("Pressed Twice") == 1


def test_focus_stays_through_swaps_and_back_shows_the_whole_page(bare: Page, company: str) -> None:
    bare.goto(f"{company}customers/")
    bare.get_by_role("link", name=re.compile("^Overdue \\d")).focus()
    bare.keyboard.press("Enter")
    expect(bare).to_have_url(re.compile("tab=overdue"))
    expect(bare.get_by_role("link", name=re.compile("^Overdue \\d"))).to_be_focused()
    bare.get_by_role("link", name="Open", exact=True).press("Enter")
    expect(bare).to_have_url(re.compile("sort=-open"))
    expect(bare.get_by_role("link", name=re.compile("^Open$"))).to_be_focused()
    bare.locator("tbody a.doc").first.click()
    bare.go_back()
    expect(bare.get_by_role("heading", level=1)).to_have_text("Customers")
    expect(bare).to_have_url(re.compile("sort=-open"))


def test_the_keys_are_shown_on_demand(bare: Page, company: str) -> None:
    bare.goto(f"{company}customers/")
    bare.keyboard.press("?")
    expect(bare.get_by_role("dialog", name="Keys")).to_be_visible()
    bare.keyboard.press("Escape")
    expect(bare.get_by_role("dialog", name="Keys")).to_be_hidden()
    bare.keyboard.press("/")
    bare.keyboard.type("n?")
    expect(bare.get_by_role("searchbox")).to_have_value("n?")
    expect(bare.get_by_role("dialog", name="Keys")).to_be_hidden()


#: Controls of which less than 44 pixels in height react to a finger. A link in the middle of a text may be as high as
#: the text (WCAG 2.5.8); column heads are not shown on a phone.
TOO_SMALL = """
() => {
  const hits = (each, x, y) => {
    const found = document.elementFromPoint(x, y);
    return found && (each.contains(found) || (found.closest("label")?.control === each));
  };
  const height = (each) => {
    each.scrollIntoView({ block: "center", behavior: "instant" });
    const box = each.getBoundingClientRect();
    const [x, middle] = [box.left + box.width / 2, box.top + box.height / 2];
    let [top, bottom] = [middle, middle];
    while (hits(each, x, top - 1)) top -= 1;
    while (hits(each, x, bottom + 1)) bottom += 1;
    return bottom - top;
  };
  return [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden]), textarea")]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height > 0)
    .filter((each) => getComputedStyle(each).display !== "inline" && getComputedStyle(each).pointerEvents !== "none")
    .filter((each) => !each.closest(".visually-hidden, .visually-hidden-focusable, dialog, .ledger.fold thead, .lines"))
    .filter((each) => height(each) < 43)
    .map((each) => `${Math.round(height(each))} ${each.outerHTML.slice(0, 110)}`);
}
"""
TOUCHED = [
    "",
    "customers/",
    "customers/new/",
    "customers/{}/",
    "invoices/",
    "payments/",
    "sync/",
]


def test_a_finger_hits_everything(bare: Page, company: str) -> None:
    bare.goto(f"{company}customers/?tab=overdue")
    key = (bare.locator("tbody a.doc").first.get_attribute("href") or "").rstrip("/").rpartition("/")[2]
    bare.set_viewport_size({"width": 390, "height": 844})
    small = {}
    for path in TOUCHED:
        bare.goto(company + path.format(key))
        if found := bare.evaluate(TOO_SMALL):
            small[path] = found
    assert not small, "\n".join(f"{path}: {each}" for path, found in small.items() for each in found)
