"""Both sides at once: the portal's engine and a real emulator, over HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from qbo.models import Company
from qbo.sync import importing, worker
from tests.emulator_process import EmulatorCompany, EmulatorProcess, start_emulator
from tests.flows import both_sides


@pytest.fixture(scope="session")
def emulator() -> Iterator[EmulatorProcess]:
    """One emulator per test worker; every test has a company of its own in it."""
    process = start_emulator()
    yield process
    process.stop()


@pytest.fixture(autouse=True)
def against_the_emulator(emulator: EmulatorProcess, settings: Any) -> None:
    settings.QBO_EMULATOR_URL = emulator.url
    settings.QBO_CATCH_UP_SECONDS = 3600  # looks for changes happen when a test asks for them


@pytest.fixture
def qb(emulator: EmulatorProcess) -> EmulatorCompany:
    """A company in QuickBooks: the stock lists, nobody in them yet."""
    return emulator.company(seed="empty")


@pytest.fixture
def connected(transactional_db: None, qb: EmulatorCompany) -> Company:
    """The same company here, connected, nothing imported."""
    return both_sides.connected(qb)


@pytest.fixture
def company(connected: Company) -> Company:
    """The company with its lists imported."""
    importing.start(connected)
    worker.run(connected.pk)
    connected.refresh_from_db()
    return connected


@pytest.fixture
def work(connected: Company) -> Callable[[], None]:
    """Let the worker do everything that is due, ready for retries too."""
    from qbo.models import OutboxEntry

    def run() -> None:
        OutboxEntry.objects.filter(company=connected).unfinished().update(next_attempt_at=None)
        Company.objects.filter(pk=connected.pk).update(paused_until=None)
        worker.run(connected.pk)

    return run


@pytest.fixture
def look(connected: Company, work: Callable[[], None]) -> Callable[[], None]:
    """Take in what changed in QuickBooks."""
    from qbo.sync import inbox

    def run() -> None:
        inbox.catch_up_now(connected)
        work()

    return run
