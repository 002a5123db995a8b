"""Take the pictures of docs/images/ from a portal and an emulator that live only as long as this takes.

    python -m scripts.screenshots

Connects the demonstration company, brings about what a week in an office brings, and photographs the main screens.
"""

import re
import sys
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.portal import (
    CHROMIUM,
    HARBOR,
    Portal,
    address_of,
    chromium,
    connect,
    running_portal,
    sign_in,
)
from tests.browser.states import conflict, refused_customer, refused_invoices

FOLDER = Path(__file__).parent.parent / "docs" / "images"
WIDE, PHONE = (1280, 800), (390, 844)


@dataclass(frozen=True)
class Picture:
    """`path` is below the company's address, and may name one of the records that `stage` found."""

    name: str
    path: str
    size: tuple[int, int] = WIDE
    theme: str = "light"


PICTURES = [
    Picture("dashboard", ""),
    Picture("dashboard-dark", "", theme="dark"),
    Picture("invoices", "invoices/"),
    Picture("invoice", "invoices/{invoice}/"),
    Picture("invoice-form", "invoices/new/?customer={payer}"),
    Picture("receive-payment", "payments/new/?customer={payer}"),
    Picture("customer", "customers/{payer}/"),
    Picture("sync-centre", "sync/"),
    Picture("conflict", "{conflict}"),
    Picture("phone-dashboard", "", PHONE),
    Picture("phone-payment", "payments/new/?customer={payer}", PHONE),
]


def main() -> None:
    if CHROMIUM is None:
        sys.exit("Pictures need Chromium. On Debian and Ubuntu: sudo apt install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_portal(Path(folder)) as portal,
        chromium() as browser,
    ):
        page = open_page(browser, portal, WIDE, "light")
        connect(page, "Harbor & Pine")
        company = address_of(page)
        records = stage(page, portal, company)
        for picture in PICTURES:
            take(open_page(browser, portal, picture.size, picture.theme), picture, company, records)


def open_page(browser: Browser, portal: Portal, size: tuple[int, int], theme: str) -> Page:
    """A signed-in page of its own."""
    width, height = size
    page = browser.new_page(
        base_url=portal.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
    )
    sign_in(page)
    return page


def stage(page: Page, portal: Portal, company: str) -> dict[str, str]:
    """What needs a person, and the records to show: their ids by the names that `PICTURES` uses."""
    decide = conflict(page, portal, company, HARBOR)
    amounts = {"Oyster Point Marina & Boatyard": Decimal("1180.50"), "Cedar Row Townhomes": Decimal(640)}
    refused_invoices(page, portal, company, HARBOR, amounts)
    refused_customer(page, portal, company, HARBOR, "Lantern & Sons")
    page.goto(f"{company}invoices/?tab=overdue&sort=-total")
    invoice = id_of(page.locator("tbody a.doc").first.get_attribute("href"))
    page.goto(f"{company}customers/?q=Ironwood+Senior+Living")
    payer = id_of(page.locator("tbody a.doc").first.get_attribute("href"))
    return {"invoice": invoice, "payer": payer, "conflict": decide.removeprefix(company)}


def id_of(address: str | None) -> str:
    return (address or "").rstrip("/").rpartition("/")[2]


def take(page: Page, picture: Picture, company: str, records: dict[str, str]) -> None:
    page.goto(company + picture.path.format(**records))
    if picture.path.startswith("payments/new/"):
        spread_a_check(page)
    elif picture.path.startswith("invoices/new/"):
        write_an_invoice(page)
    page.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled")
    print(f"docs/images/{picture.name}.png")
    page.close()


def write_an_invoice(page: Page) -> None:
    """Two lines of three, and the sums that follow by themselves."""
    for row, (item, quantity) in enumerate(
        {"Hedge and shrub trimming": "14.5", "Tree, 15 gallon": "6"}.items(), 1
    ):
        page.get_by_label(f"Line {row}, item").fill(item)
        page.get_by_label(f"Line {row}, quantity").fill(quantity)
        expect(page.get_by_label(f"Line {row}, rate")).not_to_have_value("")
    page.get_by_label("Line 3, item").focus()
    expect(page.locator("#lines output").nth(1)).not_to_be_empty()


def spread_a_check(page: Page) -> None:
    """As somebody does who has a check in the hand."""
    page.get_by_label("Check no.").fill("10418")
    page.get_by_label("Amount").fill("2000.00")
    page.get_by_role("button", name=re.compile("Oldest first")).click()
    expect(page.locator("#applied-sum")).to_have_text("$2,000.00")


if __name__ == "__main__":
    main()
