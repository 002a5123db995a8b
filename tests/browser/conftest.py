"""One portal and one Chromium for all browser tests; a fresh context for each."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.portal import CHROMIUM, Portal, address_of, chromium, connect, running_portal, sign_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                reason = "no Chromium here: apt-get install chromium, or put one on the PATH"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with running_portal(tmp_path_factory.mktemp("portal")) as portal:
        yield portal


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, portal: Portal) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=portal.url, viewport={"width": 1360, "height": 900})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that nobody is signed in to. A script error or a failed request on it fails the test."""
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield page
    # A page that a test asked for on purpose; an answer that the next key made needless.
    expected = re.compile(r"status of 4\d\d|htmx:sendAbort|htmx:afterRequest")
    assert not [fault for fault in faults if not expected.search(fault)]


def open_company(page: Page, name: str) -> str:
    """Sign in and go to a company, connecting it first where no test has yet; returns its address, as in /c/2/."""
    sign_in(page)
    if name not in connected:
        connect(page, name)
        connected[name] = address_of(page)
    page.goto(connected[name])
    return connected[name]


#: Companies that a test of this session has connected, with their address.
connected: dict[str, str] = {}
