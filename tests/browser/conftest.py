"""A whole portal for a real browser: `manage.py demo` as `make run` starts it, over an empty folder."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SECONDS = 90
#: The emulator's two demonstration companies.
HARBOR, CEDAR = "9341450000000042", "9341450000000059"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                reason = "no Chromium here: apt-get install chromium, or put one on the PATH"
                item.add_marker(pytest.mark.skip(reason=reason))


@dataclass(frozen=True)
class Portal:
    """The running portal and its emulator."""

    url: str
    emulator_url: str
    folder: Path

    def control(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        """A request to the emulator's control address."""
        answer = requests.request(
            method, f"{self.emulator_url}/_control/{path}", json=body, params=params, timeout=SECONDS
        )
        answer.raise_for_status()
        return answer.json()

    def records(self, realm: str, entity: str) -> list[dict[str, Any]]:
        """Every record of a kind that QuickBooks has."""
        return list(self.control("GET", "records", realmId=realm, entity=entity))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    port, emulator_port = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--end-with-parent"],
        env={**os.environ, **environment(folder, port, emulator_port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_until_running(process)
        yield Portal(f"http://localhost:{port}", f"http://127.0.0.1:{emulator_port}", folder)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)


def environment(folder: Path, port: int, emulator_port: int) -> dict[str, str]:
    """Everything the portal writes goes into `folder`; nothing of this checkout's own portal is touched."""
    return {
        "VAR_DIR": str(folder),
        "ENV_FILE": str(folder / ".env"),
        "SECRET_KEY": "of this test only",
        "TOKEN_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
        "HUEY_URL": f"sqlite:///{folder / 'huey.sqlite3'}",
        "QBO_ENVIRONMENT": "emulator",
        "PORT": str(port),
        "EMULATOR_PORT": str(emulator_port),
        "PORTAL_URL": f"http://localhost:{port}",
        "QBO_EMULATOR_URL": f"http://127.0.0.1:{emulator_port}",
    }


def wait_until_running(process: "subprocess.Popen[str]") -> None:
    said = []
    for line in process.stdout or ():
        said.append(line)
        if "Ctrl-C" in line:
            return
    raise RuntimeError(f"The portal did not start: {''.join(said)}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


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
    expected = re.compile(r"status of 4\d\d")  # a page that a test asked for on purpose
    assert not [fault for fault in faults if not expected.search(fault)]


def sign_in(page: Page) -> None:
    """Sign in as the demonstration's user, unless that is done."""
    page.goto("/login/")
    if not page.url.endswith("/login/"):
        return
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()


def connect(page: Page, name: str) -> None:
    """Through the consent page, and on until everything is read."""
    page.goto("/connect/")
    page.get_by_role("button", name="Connect to QuickBooks").click()
    consent(page, name)
    expect(page.get_by_role("progressbar").first).to_be_visible()
    page.wait_for_url(re.compile(r"/c/\d+/$"), timeout=60_000)


def consent(page: Page, name: str) -> None:
    """Choose a company on QuickBooks' page and say yes."""
    page.get_by_label(re.compile(name)).check()
    page.get_by_role("button", name="Connect", exact=True).click()


def open_company(page: Page, name: str) -> str:
    """Sign in and go to a company, connecting it first where no test has yet; returns its address, as in /c/2/."""
    sign_in(page)
    if name not in connected:
        connect(page, name)
        connected[name] = re.sub(r"^https?://[^/]+", "", page.url)
    page.goto(connected[name])
    return connected[name]


#: Companies that a test of this session has connected, with their address.
connected: dict[str, str] = {}
