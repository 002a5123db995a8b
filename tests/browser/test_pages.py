"""Every page: no sideways scroll down to 320 pixels, and nothing for axe to find, in both themes."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Portal, open_company

PAGES = [
    "",
    "customers/",
    "customers/new/",
    "customers/{customer}/",
    "customers/{customer}/edit/",
    "invoices/",
    "invoices/?tab=all",
    "invoices/new/",
    "invoices/{invoice}/",
    "invoices/{invoice}/edit/",
    "invoices/{invoice}/send/",
    "invoices/{invoice}/void/",
    "payments/",
    "payments/new/",
    "payments/{payment}/",
    "payments/{payment}/edit/",
    "sync/",
    "connection/",
    "disconnect/",
    "import/",
]
OUTSIDE = ["/connect/", "/password/", "/no-such-page/"]


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: Browser, portal: Portal) -> Iterator[Page]:
    context = browser.new_context(base_url=portal.url, color_scheme=request.param)
    yield context.new_page()
    context.close()


def addresses(page: Page) -> list[str]:
    """Each page of a company, with records that are there."""
    company = open_company(page, "Harbor & Pine")
    ids = {}
    for kind, listing in (
        ("customer", "customers/"),
        ("invoice", "invoices/?tab=open"),
        ("payment", "payments/?period=any"),
    ):
        page.goto(company + listing)
        ids[kind] = (
            (page.locator("tbody a.doc").first.get_attribute("href") or "").rstrip("/").rpartition("/")[2]
        )
    return [company + path.format(**ids) for path in PAGES] + OUTSIDE


def test_axe_finds_nothing(themed: Page) -> None:
    axe = Axe()
    found = {}
    for address in addresses(themed):
        themed.goto(address)
        violations = axe.run(
            themed, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
        ).response["violations"]
        if violations:
            found[address] = [(each["id"], each["nodes"][0]["html"][:120]) for each in violations]
    assert found == {}


@pytest.mark.parametrize("width", [1360, 768, 390, 320])
def test_nothing_scrolls_sideways(page: Page, width: int) -> None:
    wide = {}
    for address in addresses(page):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address)
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            wide[address] = needed
    assert wide == {}


def test_the_login_page(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/login/")

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert Axe().run(page).response["violations"] == []
