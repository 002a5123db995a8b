"""The same cases against two companies: one of the emulator, and a real sandbox company of Intuit's if there is one.

    QBO_SANDBOX_REALM_ID=... QBO_SANDBOX_ACCESS_TOKEN=... pytest tests/contract

The access token of a sandbox company lives for an hour; Intuit's OAuth playground hands one out. Without the two
variables only the emulator is asked. The cases write to the company, under names that begin with "contract".
"""

import os
import uuid
from collections.abc import Iterator

import pytest
import requests

from tests.emulator_process import EmulatorCompany, EmulatorProcess, start_emulator

SANDBOX = "https://sandbox-quickbooks.api.intuit.com"
REALM, TOKEN = "QBO_SANDBOX_REALM_ID", "QBO_SANDBOX_ACCESS_TOKEN"


class Sandbox(EmulatorProcess):
    """Intuit's sandbox, seen as the API half of an emulator: there is no process and no control."""

    def __init__(self) -> None:
        self.url = SANDBOX
        self.session = requests.Session()


@pytest.fixture(autouse=True, scope="session")
def network_block() -> None:
    """Nothing is blocked here: the sandbox is not on this machine, and a case talks to its company alone."""


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    running = start_emulator(file=tmp_path_factory.mktemp("contract") / "emulator.sqlite3")
    yield running
    running.stop()


@pytest.fixture(
    params=["emulator", "sandbox"] if REALM in os.environ and TOKEN in os.environ else ["emulator"]
)
def company(request: pytest.FixtureRequest) -> EmulatorCompany:
    if request.param == "emulator":
        made: EmulatorCompany = request.getfixturevalue("emulator").company()
        return made
    return EmulatorCompany(Sandbox(), os.environ[REALM], os.environ[TOKEN], "", "", "")


@pytest.fixture
def name() -> str:
    """A name that nobody has yet."""
    return f"contract {uuid.uuid4().hex[:12]}"
