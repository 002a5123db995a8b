"""What an import and a burst of news cost: calls, memory, and time against what one writes first."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.cases import READS, unlimited
from bench.emulator_cases import an_invoice, copied
from bench.push_cases import ROOT, strings
from bench.result import Result
from bench.world import World
from invoices.models import Invoice
from qbo import webhooks
from qbo.sync import importing, worker
from tests.emulator_process import EmulatorCompany

CUSTOMERS, INVOICES = 5_000, 50_000
FEW = 10_000
SMALL_CUSTOMERS, SMALL_INVOICES = 400, 4_000
EVENTS = 1_000
#: Two for each list that is read, to count it and to find it at an end, and the company's own two.
CONSTANT = 30


def calls(world: World) -> Result:
    """Metered calls for 5,000 customers and 50,000 invoices beyond one for each thousand rows."""
    there = grown(world, CUSTOMERS, INVOICES)
    before = max(request["id"] for request in there.requests())
    _imported(world, there)
    reads = [request for request in there.requests(since=before) if request["method"] in READS]
    return Result(
        "import-calls", len(reads) - (CUSTOMERS + INVOICES) // 1000, "calls beyond 55", bound=CONSTANT
    )


def memory(world: World) -> Result:
    """The peak with 50,000 invoices over that with 10,000."""
    peaks = [_imported(world, grown(world, SMALL_CUSTOMERS, size))["megabytes"] for size in (FEW, INVOICES)]
    return Result("import-memory", peaks[1] / peaks[0], "x at 50,000", bound=1.2)


def against_plain(world: World) -> Result:
    """How many times faster than python-quickbooks' pages with one `update_or_create` for each row."""
    there = grown(world, SMALL_CUSTOMERS, SMALL_INVOICES)
    ours = _imported(world, there)["seconds"]
    theirs = _imported(world, there, "plain")["seconds"]
    return Result("import-plain", theirs / ours, "x update_or_create", bound=5, at_least=True)


def reads_of_news(world: World) -> Result:
    """Reads for 1,000 webhook events about 1,000 invoices."""
    unlimited()
    company, there = world.connected("empty")
    with_rows = grown(world, 1, EVENTS, there)
    importing.start(company)
    worker.run(company.pk)
    ids = Invoice.objects.filter(company=company).values_list("qbo_id", flat=True)[:EVENTS]
    before = max(request["id"] for request in with_rows.requests())
    webhooks.record([webhooks.Event(company.realm_id, "invoice", qbo_id, "updated") for qbo_id in ids])
    worker.run(company.pk)
    reads = [request for request in with_rows.requests(since=before) if request["method"] in READS]
    return Result("news-reads", len(reads), "reads, 1,000 events", bound=12)


def grown(
    world: World, customers: int, invoices: int, there: EmulatorCompany | None = None
) -> EmulatorCompany:
    """A company of that size: the first of each comes by the API, the rest are copies of it."""
    company = there or world.emulator.company()
    payload = an_invoice(company)
    customer = int(payload["CustomerRef"]["value"])
    pattern = int(company.create("Invoice", payload)["Id"])
    with sqlite3.connect(world.emulator.file, timeout=60) as db:
        name = f"'Customer ' || (value + {customer})"
        copied(db, "customer", company.realm_id, customer, customers - 1, {"DisplayName": name})
        owner = f"CAST({customer} + value % {customers} AS TEXT)"
        copied(db, "invoice", company.realm_id, pattern, invoices - 1, {"CustomerRef.value": owner})
    db.close()
    return company


def _imported(world: World, there: EmulatorCompany, *how: str) -> dict[str, Any]:
    """Import the company in a process and a database of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
            "QBO_EMULATOR_URL": world.emulator.url,
            "QBO_PACED": "false",
            "SECRET_KEY": "of a benchmark",
            "BORROWED_PACKAGES": "" if not how else os.pathsep.join(filter(_is_packages, sys.path)),
        }
        python = str(ROOT / ".venv-third-party/bin/python") if how else sys.executable
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=environment, cwd=ROOT, check=True)
        ran = subprocess.run(
            [python, "-m", "bench.importer", *how],
            input=json.dumps({"url": world.emulator.url, **strings(there)}),
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    if ran.returncode:
        raise RuntimeError(f"the import failed: {ran.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _is_packages(path: str) -> bool:
    return Path(path).name == "site-packages"


CASES: dict[str, Callable[[World], Result]] = {
    "import-calls": calls,
    "import-memory": memory,
    "import-plain": against_plain,
    "news-reads": reads_of_news,
}
