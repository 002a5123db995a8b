"""The whole way of a wake-up: saved in one process, queued in the real storage, done by a real worker in another."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qbo.models import Company
from tests.crash.test_kill import engine
from tests.emulator_process import EmulatorCompany

pytestmark = pytest.mark.jobs

SAVE = """
import django
django.setup()
from customers.models import Customer
from qbo.models import Company
Customer.objects.create(company=Company.objects.get(), display_name="Alder Court")
"""


@pytest.fixture
def environment(company: Company, qb: EmulatorCompany, tmp_path: Path) -> dict[str, str]:
    """Of a process that shares database and queue with this test. CI runs it again for each kind of queue."""
    queue = os.environ.get("HUEY_URL") or f"sqlite:///{tmp_path / 'huey.sqlite3'}"
    addresses = {"HUEY_URL": queue, "QBO_EMULATOR_URL": qb.emulator.url, "QBO_ENVIRONMENT": "emulator"}
    return os.environ | engine() | addresses


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Path]:
    """A running worker, by its log. It keeps no timers, so nothing but the wake-up can make it work."""
    log = tmp_path / "worker.log"
    with log.open("w") as output:
        command = [sys.executable, "manage.py", "run_huey", "--no-periodic"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    wait_for(lambda: "consumer started" in log.read_text(), log)
    yield log
    process.terminate()
    process.wait(20)


def wait_for(condition: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def test_a_save_wakes_the_worker(environment: dict[str, str], worker: Path, qb: EmulatorCompany) -> None:
    subprocess.run([sys.executable, "-c", SAVE], env=environment, check=True)
    wait_for(lambda: bool(qb.all("Customer")), worker)
    assert [customer["DisplayName"] for customer in qb.all("Customer")] == ["Alder Court"]
