"""Three worker processes, twenty companies, trouble on every connection, and one worker that is killed on the way.

Run with each database and each queue that CI has: whatever they are, each change is carried out once, and no two
workers are ever at one company at the same time.
"""

import itertools
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from customers.models import Customer
from invoices.models import Invoice
from qbo.models import Company, Lease, OutboxEntry, Verb
from qbo.sync import importing, outbox, worker
from tests.crash.test_kill import engine
from tests.emulator_process import EmulatorCompany, EmulatorProcess
from tests.flows.both_sides import assert_in_step, connected
from tests.flows.test_main_job import a_check, an_invoice, an_item

pytestmark = [pytest.mark.crash, pytest.mark.jobs]

COMPANIES, WORKERS, INVOICES = 20, 3, 4
FAULTS = ("lost_answer", "reset", "truncated", "500", "503")
LINE = re.compile(r"^(\S+ \S+) DEBUG qbo\.sync\.leases (took|release) (\S+), fence (\d+)", re.MULTILINE)


@dataclass
class Process:
    """A worker as `manage.py run_huey` starts it, and its log."""

    process: subprocess.Popen[str]
    log: Path
    ended_at: datetime | None = None

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.ended_at = datetime.now()  # noqa: DTZ005 - as the log writes it

    def held(self) -> Iterator[tuple[str, datetime, datetime]]:
        """Which leases it held, and from when to when."""
        took: dict[tuple[str, str], datetime] = {}
        for at, act, name, fence in LINE.findall(self.log.read_text()):
            moment = datetime.strptime(at, "%Y-%m-%d %H:%M:%S,%f")  # noqa: DTZ007
            if act == "took":
                took[name, fence] = moment
            else:
                yield name, took.pop((name, fence)), moment
        for (name, _), moment in took.items():
            assert self.ended_at, f"{name} was never given back"
            yield name, moment, self.ended_at


class Workers:
    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment, self.folder = environment, folder
        self.all: list[Process] = []

    def start(self) -> Process:
        """The first keeps the timers, so that the sweep finds what a killed worker leaves behind."""
        log = self.folder / f"worker-{len(self.all)}.log"
        timers = [] if not self.all else ["--no-periodic"]
        command = [sys.executable, "manage.py", "run_huey", "--workers", "2", *timers]
        with log.open("w") as output:
            process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, text=True)
        self.all.append(Process(process, log))
        return self.all[-1]

    def wake(self) -> None:
        """What a save does in a portal of its own; this test's queue is one that reaches nobody."""
        sweep = "import django; django.setup(); from qbo.tasks import sweep; sweep.call_local()"
        subprocess.run([sys.executable, "-c", sweep], env=self.environment, check=True)

    def stop(self) -> None:
        for one in self.all:
            if one.process.poll() is None:
                one.process.terminate()
        for one in self.all:
            one.process.wait(30)
            # A look around that it was told to break off keeps its lease until then, and then to its end.
            one.ended_at = one.ended_at or datetime.now()  # noqa: DTZ005


@pytest.fixture
def workers(transactional_db: None, emulator: EmulatorProcess, tmp_path: Path) -> Iterator[Workers]:
    queue = os.environ.get("HUEY_URL") or f"sqlite:///{tmp_path / 'huey.sqlite3'}"
    addresses = {"HUEY_URL": queue, "QBO_EMULATOR_URL": emulator.url, "QBO_ENVIRONMENT": "emulator"}
    made = Workers(os.environ | engine() | addresses | {"LOG_LEVEL": "DEBUG", "QBO_PACED": "true"}, tmp_path)
    yield made
    made.stop()


def connect(qb: EmulatorCompany) -> Company:
    company = connected(qb, f"Company {qb.realm_id}")
    importing.start(company)
    worker.run(company.pk)
    company.refresh_from_db()
    return company


def a_day_of_work(company: Company) -> None:
    """A customer, an item, invoices with a check on one of them, one of them e-mailed."""
    item = an_item(company)
    customer = Customer.objects.create(company=company, display_name="Alder Court", email="ap@alder.example")
    invoices = [an_invoice(company, customer, item, "1", str(100 + n)) for n in range(INVOICES)]
    a_check(company, customer, "60", {invoices[0]: "60"})


def settled(seconds: int) -> bool:
    deadline = time.monotonic() + seconds
    while OutboxEntry.objects.unfinished().exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    return not OutboxEntry.objects.unfinished().exists()


def test_twenty_companies_three_workers_one_of_which_dies(
    emulator: EmulatorProcess, workers: Workers
) -> None:
    both_sides = [(connect(qb), qb) for qb in (emulator.company(seed="empty") for _ in range(COMPANIES))]
    for number, (company, qb) in enumerate(both_sides):
        qb.fault(FAULTS[number % len(FAULTS)], method="POST", count=2)
        a_day_of_work(company)
    for _ in range(WORKERS):
        workers.start()
    doomed = workers.start()
    workers.wake()
    while not OutboxEntry.objects.filter(state=OutboxEntry.State.DONE).exists():
        time.sleep(0.05)
    doomed.kill()

    assert settled(seconds=150), list(OutboxEntry.objects.unfinished().values("label", "state", "problem"))
    for company, _ in both_sides:
        invoice = Invoice.objects.filter(company=company).latest("pk")
        outbox.command(invoice, Verb.SEND, to="ap@alder.example")
    workers.wake()
    assert settled(seconds=90), list(OutboxEntry.objects.unfinished().values("label", "state", "problem"))
    workers.stop()

    for company, qb in both_sides:
        qb.clear_faults()
        worker.run(company.pk)
        assert len(qb.all("Invoice")) == INVOICES
        assert len(qb.emails()) == 1
        assert_in_step(company, qb)
    assert_nobody_held_a_lease_twice(workers.all)


def assert_nobody_held_a_lease_twice(processes: list[Process]) -> None:
    spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for process in processes:
        for name, since, until in process.held():
            spans[name].append((since, until))
    assert len(spans) >= COMPANIES
    for name, times in spans.items():
        times.sort()
        for (_, ended), (began, _) in itertools.pairwise(times):
            assert ended <= began, (name, ended, began, Lease.objects.get(name=name))
