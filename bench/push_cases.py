"""How quickly a heap of new invoices reaches QuickBooks, and in how many calls."""

import json
import math
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from bench.cases import READS, unlimited
from bench.result import Result
from bench.world import World
from customers.models import Customer
from invoices.editing import save_invoice
from invoices.models import Account, Invoice, InvoiceLine, Item
from qbo import pace
from qbo.api.calls import MAX_BATCH_ITEMS
from qbo.models import Company, OutboxEntry
from qbo.sync import importing, worker
from tests.emulator_process import EmulatorCompany

MANY, FEW = 1000, 60
HEAP, SPEED = 5000, 4
BATCHES_A_MINUTE = 40
ROUNDS = 3
LATENCY = 0.05
ROOT = Path(__file__).resolve().parent.parent


def calls(world: World) -> Result:
    """Calls for 1,000 new invoices; not one of them a read."""
    heap = _Heap(world, MANY)
    before = max(request["id"] for request in heap.there.requests())
    heap.push()
    made = heap.there.requests(since=before)
    reads = [request for request in made if request["method"] in READS]
    return Result("push-calls", len(made) + 1000 * len(reads), "calls, reads by 1000", bound=36)


def against_batches(world: World) -> Result:
    """1,000 new invoices over python-quickbooks' own batches of the same, taken in turns."""
    heaps = [_Heap(world, MANY) for _ in range(ROUNDS)]
    ratios = [heap.push() / heap.baseline("batches") for heap in heaps]
    return Result("push-batches", statistics.median(ratios), "x its batch_create", bound=1.5)


def against_saves(world: World) -> Result:
    """How many times faster than python-quickbooks' `save()` one by one, where QuickBooks answers after 50 ms."""
    heap = _Heap(world, MANY)
    heap.there.fault("delay", seconds=LATENCY, count=0)
    ours = heap.push()
    theirs = heap.baseline("saves", FEW) * MANY / FEW
    heap.there.clear_faults()
    return Result("push-saves", theirs / ours, "x its save()", bound=8, at_least=True)


def against_the_limit(world: World) -> Result:
    """5,000 new invoices with Intuit's limits on both sides, each batch answered after three seconds: the batches a
    minute over the 40 that are allowed, by one clock for both sides that runs four times as fast. A 429 counts as 0."""
    heap = _Heap(world, HEAP)
    heap.there.turn_clock(speed=SPEED)
    heap.there.enforce_limits()
    heap.there.fault("delay", path="batch", seconds=3, count=0)
    before = max(request["id"] for request in heap.there.requests())
    with _fast_clock():
        minutes = heap.push() * SPEED / 60
    refused = [row for row in heap.there.requests(since=before) if row["status"] == 429]
    batches = math.ceil(HEAP / MAX_BATCH_ITEMS)
    part = 0.0 if refused else 100 * batches / minutes / BATCHES_A_MINUTE
    return Result("push-ceiling", part, "% of 40 batches/min", bound=90, at_least=True)


@contextmanager
def _fast_clock() -> Iterator[None]:
    """The portal's pace by the emulator's fast clock; everything else keeps the real time."""
    began, clock, sleep = time.time(), pace.clock, pace.sleep
    settings.QBO_PACED = True
    pace.clock = lambda: began + (time.time() - began) * SPEED
    pace.sleep = lambda seconds: time.sleep(seconds / SPEED)
    try:
        yield
    finally:
        pace.clock, pace.sleep = clock, sleep
        settings.QBO_PACED = False


class _Heap:
    """A company with so many new invoices that QuickBooks has not heard of."""

    def __init__(self, world: World, size: int) -> None:
        unlimited()
        self.world = world
        self.company, self.there = world.connected("empty")
        self.size = size
        importing.start(self.company)
        worker.run(self.company.pk)
        self.customer = Customer.objects.create(company=self.company, display_name="Alder Court")
        self.item = _item(self.company)
        worker.run(self.company.pk)
        for _ in range(size):
            _enter(self.company, self.customer, self.item)

    def push(self) -> float:
        """Seconds until the last of them is stored as sent."""
        started = time.perf_counter()
        worker.run(self.company.pk)
        took = time.perf_counter() - started
        left = OutboxEntry.objects.filter(company=self.company).unfinished().count()
        if left or Invoice.objects.filter(company=self.company, qbo_id="").exists():
            raise RuntimeError(f"{left} of {self.size} invoices were not sent")
        return took

    def baseline(self, task: str, count: int | None = None) -> float:
        """Seconds that python-quickbooks takes for the same in a company of its own."""
        company = self.world.emulator.company(seed="empty")
        if self.there.faults():
            company.fault("delay", seconds=LATENCY, count=0)
        wanted = {
            "url": self.world.emulator.url,
            "count": count or self.size,
            **strings(company),
            **_papers(company),
        }
        ran = subprocess.run(
            [str(ROOT / ".venv-third-party/bin/python"), "-m", "bench.baselines", task],
            input=json.dumps(wanted),
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        if ran.returncode:
            raise RuntimeError(f"python-quickbooks failed: {ran.stderr[-2000:]}")
        return float(ran.stdout)


def _item(company: Company) -> Item:
    income = Account.objects.filter(company=company).income().first()
    return Item.objects.create(
        company=company, name="Spring cleanup", unit_price=Decimal(100), income_account=income
    )


def _enter(company: Company, customer: Customer, item: Item) -> None:
    line = InvoiceLine(
        item=item,
        description="Spring cleanup",
        quantity=Decimal(1),
        rate=Decimal(100),
        amount=Decimal(100),
    )
    save_invoice(Invoice(company=company, customer=customer), [line], by=None)


def strings(company: EmulatorCompany) -> dict[str, str]:
    return {
        "realm_id": company.realm_id,
        "access_token": company.access_token,
        "refresh_token": company.refresh_token,
        "client_id": company.client_id,
        "client_secret": company.client_secret,
    }


def _papers(company: EmulatorCompany) -> dict[str, str]:
    income = {"value": company.id_of("Account", "Services")}
    sold = {"Name": "Spring cleanup", "Type": "Service", "IncomeAccountRef": income}
    return {
        "customer": company.create("Customer", {"DisplayName": "Alder Court"})["Id"],
        "item": company.create("Item", sold)["Id"],
    }


CASES: dict[str, Callable[[World], Result]] = {
    "push-calls": calls,
    "push-batches": against_batches,
    "push-saves": against_saves,
    "push-ceiling": against_the_limit,
}
