"""python-quickbooks, a client that we did not write, driven over HTTP against a real emulator.

`make test` runs this folder in an environment of its own, which holds neither Django nor our fixtures; the emulator
and the portal run under `PORTAL_PYTHON`. Nothing of the client is patched: it is told another host, that is all.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from intuitlib.client import AuthClient
from quickbooks import QuickBooks

from tests.emulator_process import EmulatorCompany, EmulatorProcess, start_emulator

ROOT = Path(__file__).resolve().parent.parent.parent
CALLBACK = "http://localhost:8000/connect/callback/"
Connect = Callable[..., QuickBooks]


@pytest.fixture(scope="session")
def portal_python() -> str:
    """A Python that has the portal's packages."""
    return os.environ.get("PORTAL_PYTHON") or str(ROOT / ".venv/bin/python")


@pytest.fixture(scope="session")
def emulator(portal_python: str) -> Iterator[EmulatorProcess]:
    process = start_emulator(python=portal_python)
    yield process
    process.stop()


@pytest.fixture(autouse=True, scope="session")
def plain_http() -> Iterator[None]:
    """The client's OAuth library wants https unless told otherwise; the emulator is on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        yield


@pytest.fixture(scope="session")
def connect(emulator: EmulatorProcess) -> Connect:
    """`connect(company)` is the client for a company of the emulator; `use_decimal=True` gives it exact numbers."""

    def client(company: EmulatorCompany, *, use_decimal: bool = False) -> QuickBooks:
        auth = AuthClient(
            company.client_id,
            company.client_secret,
            CALLBACK,
            environment=emulator.discovery_url,
            access_token=company.access_token,
            refresh_token=company.refresh_token,
        )
        made = QuickBooks(
            auth_client=auth,
            refresh_token=company.refresh_token,
            company_id=company.realm_id,
            minorversion=75,
            use_decimal=use_decimal,
        )
        made.api_url_v3 = f"{emulator.url}/v3"
        return made

    return client


@pytest.fixture
def company(emulator: EmulatorProcess) -> EmulatorCompany:
    """A company with the stock lists and nobody in them."""
    return emulator.company()


@pytest.fixture(params=["floats", "decimals"])
def qb(company: EmulatorCompany, connect: Connect, request: pytest.FixtureRequest) -> QuickBooks:
    """The client, in both of its ways with numbers; as decimals it sends them as text."""
    return connect(company, use_decimal=request.param == "decimals")
