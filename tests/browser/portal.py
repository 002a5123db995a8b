"""A whole portal for a real browser: `manage.py demo` as `make run` starts it, over an empty folder."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SECONDS = 90
#: The emulator's two demonstration companies.
HARBOR, CEDAR = "9341450000000042", "9341450000000059"


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

    def edit(self, realm: str, entity: str, key: str, **changes: Any) -> None:
        """Change a record as somebody inside QuickBooks."""
        self.control("POST", "edit", {"realmId": realm, "entity": entity, "id": key, "changes": changes})


@contextmanager
def running_portal(folder: Path) -> Iterator[Portal]:
    """Portal, worker and emulator, started now and stopped at the end."""
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, port: int, emulator_port: int) -> dict[str, str]:
    """Everything the portal writes goes into `folder`; nothing of this checkout's own portal is touched."""
    return {
        "VAR_DIR": str(folder),
        "ENV_FILE": str(folder / ".env"),
        "SECRET_KEY": "of this portal only",
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


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


# The first steps in it


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


def address_of(page: Page) -> str:
    """Where the company begins that a page belongs to, as in /c/2/."""
    return "/" + "/".join(page.url.split("/")[3:5]) + "/"
