"""What is measured. Each case makes a company of its own, so one may run alone or all in any order."""

import statistics
import time
from collections.abc import Callable

from django.conf import settings

from bench.result import Result
from bench.world import World
from customers.models import Customer
from invoices.models import Invoice
from qbo.models import Company, ImportRun
from qbo.sync import importing, worker

#: What QuickBooks meters (facts 7.2): reads. Everything else is free.
READS = ("GET",)


def imported_per_second(world: World) -> Result:
    """A company's first import: records per second, from the first request to the finished run."""
    company, _ = world.connected("demo")
    seconds = _import(company)
    run = ImportRun.objects.get(company=company)
    return Result("import", run.done / seconds, "records/s", bound=50, at_least=True)


def reads_of_an_import(world: World) -> Result:
    """Metered calls that a first import of a small company costs."""
    company, there = world.connected("demo")
    _import(company)
    reads = [request for request in there.requests() if request["method"] in READS]
    return Result("import-reads", len(reads), "metered calls", bound=40)


def save_of_a_customer(world: World) -> Result:
    """What a person waits for when saving: row, outbox entry and commit."""
    company, _ = world.connected("empty")
    customers = [Customer(company=company, display_name=f"Customer {number}") for number in range(100)]
    durations = [_milliseconds(customer.save) for customer in customers]
    return Result("save", statistics.median(durations), "ms, median of 100", bound=30)


def calls_of_a_burst(world: World) -> Result:
    """Ten quick edits of one invoice have to reach QuickBooks as one call."""
    company, there = world.connected("demo")
    _import(company)
    invoice = Invoice.objects.filter(company=company).exclude(balance=0).latest("txn_date")
    before = max(request["id"] for request in there.requests())
    for number in range(10):
        invoice.private_note = f"Edit {number}"
        invoice.save()
    worker.run(company.pk)
    writes = [request for request in there.requests(since=before) if request["method"] == "POST"]
    return Result("burst", len(writes), "writes for 10 edits", bound=1)


CASES: dict[str, Callable[[World], Result]] = {
    "import": imported_per_second,
    "import-reads": reads_of_an_import,
    "save": save_of_a_customer,
    "burst": calls_of_a_burst,
}


def unlimited() -> None:
    """Without the pace that Intuit's limits ask for; the emulator of the benchmarks does not enforce them either."""
    settings.QBO_PACED = False


def _import(company: Company) -> float:
    """Import a company at full speed; seconds."""
    unlimited()
    importing.start(company)
    started = time.perf_counter()
    worker.run(company.pk)
    return time.perf_counter() - started


def _milliseconds(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000
