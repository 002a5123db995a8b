"""Every page: no sideways scroll down to 320 pixels, and nothing for axe to find, in both themes."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_company
from tests.browser.portal import HARBOR, Portal, sign_in
from tests.browser.states import (
    conflict,
    empty_company,
    paper,
    refused_customer,
    refused_invoices,
    void_invoice,
)

PAGES = [
    "",
    "customers/",
    "customers/?q=nobody-is-called-this",
    "customers/new/",
    "customers/{customer}/",
    "customers/{customer}/?only=emails&show=50",
    "customers/{customer}/edit/",
    "invoices/",
    "invoices/?tab=all",
    "invoices/?tab=open&age=61-90&customer={customer}",
    "invoices/new/",
    "invoices/new/?copy={invoice}",
    "invoices/drafts/",
    "invoices/{invoice}/",
    "invoices/{invoice}/edit/",
    "invoices/{invoice}/send/",
    "invoices/{invoice}/void/",
    "invoices/{invoice}/delete/",
    "estimates/",
    "estimates/?tab=all",
    "estimates/new/",
    "credit-memos/",
    "credit-memos/?tab=all",
    "credit-memos/new/?customer={customer}",
    "items/",
    "items/?q=nothing-is-called-this",
    "items/new/",
    "items/{item}/",
    "items/{item}/edit/",
    "accounts/",
    "payments/",
    "payments/new/",
    "payments/new/?customer={customer}",
    "payments/{payment}/",
    "payments/{payment}/edit/",
    "payments/{payment}/void/",
    "sync/",
    "proof/",
    "calls/",
    "connection/",
    "connection/disconnect/",
    "import/",
]
EMPTY = [
    "",
    "customers/",
    "invoices/",
    "payments/",
    "payments/?period=any",
    "estimates/",
    "credit-memos/",
    "items/",
    "accounts/",
    "sync/",
    "proof/",
    "calls/",
    "invoices/new/",
    "payments/new/",
]
OUTSIDE = ["/connect/", "/password/", "/no-such-page/", "/connect/callback/?error=access_denied"]
WIDTHS = [1360, 961, 861, 768, 641, 390, 320]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def addresses(browser: Browser, portal: Portal) -> list[str]:
    """Every page: of a company with records in every state, of an empty one, and outside of any."""
    context = browser.new_context(base_url=portal.url)
    page = context.new_page()
    company = open_company(page, "Harbor & Pine")
    ids = {
        "customer": first_of(page, f"{company}customers/?tab=overdue"),
        "invoice": first_of(page, f"{company}invoices/?tab=open"),
        "item": first_of(page, f"{company}items/?tab=Service"),
        "payment": first_of(page, f"{company}payments/?period=any"),
    }
    papers = [
        paper(page, company, "estimates", "estimate"),
        paper(page, company, "credit-memos", "credit memo"),
    ]
    special = [void_invoice(page, company), conflict(page, portal, company, HARBOR)]
    refused_customer(page, portal, company, HARBOR, "Lantern & Sons, Purveyors of Fine Garden Furniture")
    refused_invoices(page, portal, company, HARBOR, {"Birch Terrace": Decimal("48310.00")})
    empty = empty_company(page, portal, "Brand New Books")
    context.close()
    return [
        *(company + path.format(**ids) for path in PAGES),
        *(empty + path for path in EMPTY),
        *special,
        *(one + tail for one in papers for tail in ("", "edit/", "send/", "delete/")),
        f"{company}invoices/new/?estimate={papers[0].rstrip('/').rpartition('/')[2]}",
        *OUTSIDE,
    ]


def first_of(page: Page, listing: str) -> str:
    """The id of a list's first record."""
    page.goto(listing)
    return (page.locator("tbody a.doc").first.get_attribute("href") or "").rstrip("/").rpartition("/")[2]


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: Browser, portal: Portal) -> Iterator[Page]:
    context = browser.new_context(base_url=portal.url, color_scheme=request.param)
    page = context.new_page()
    sign_in(page)
    yield page
    context.close()


def test_axe_finds_nothing(themed: Page, addresses: list[str]) -> None:
    axe = Axe()
    found = {}
    for address in addresses:
        themed.goto(address)
        violations = axe.run(themed, options={"runOnly": RULES}).response["violations"]
        if violations:
            found[address] = [(each["id"], each["nodes"][0]["html"][:120]) for each in violations]
    assert found == {}


def test_nothing_scrolls_sideways(page: Page, addresses: list[str]) -> None:
    sign_in(page)
    wide = {}
    for address in addresses:
        page.goto(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            needed = page.evaluate("document.documentElement.scrollWidth")
            if needed > width:
                wide[f"{address} at {width}"] = needed
    assert wide == {}


def test_the_login_page(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/login/")

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert Axe().run(page).response["violations"] == []

    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill("DEMO")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    assert Axe().run(page).response["violations"] == []
