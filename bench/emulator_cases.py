"""How quick the emulator is, and how little it matters to it that a company has grown."""
# ruff: noqa: S608 - the names are the tables' own, and what is asked of QuickBooks is no SQL

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from bench.result import Result
from bench.world import World
from tests.emulator_process import EmulatorCompany, Json

SMALL, LARGE = 2_000, 200_000
BATCH = 30
PAGE = 1000


def creates_per_second(world: World) -> Result:
    company = world.emulator.company()
    invoice = an_invoice(company)
    rate = _rate(300, lambda: company.create("Invoice", invoice))
    return Result("emulator-create", rate, "requests/s", bound=30, at_least=True)


def batches_per_second(world: World) -> Result:
    """Thirty invoices a request."""
    company = world.emulator.company()
    invoice = an_invoice(company)
    rate = _rate(20, lambda: _batch(company, [invoice] * BATCH))
    return Result("emulator-batch", rate * BATCH, "invoices/s", bound=100, at_least=True)


def reads_per_second(world: World) -> Result:
    company = world.emulator.company()
    identity = company.create("Invoice", an_invoice(company))["Id"]
    rate = _rate(500, lambda: company.read("Invoice", identity))
    return Result("emulator-read", rate, "requests/s", bound=50, at_least=True)


def queries_per_second(world: World) -> Result:
    """Pages of 100 of 600 invoices."""
    company = world.emulator.company()
    for _ in range(20):
        _batch(company, [an_invoice(company)] * BATCH)
    rate = _rate(200, lambda: company.query("SELECT * FROM Invoice ORDERBY Id STARTPOSITION 301"))
    return Result("emulator-query", rate, "requests/s", bound=10, at_least=True)


def flatness(world: World) -> Result:
    """The worst of what a request costs in a company of 200,000 invoices over its cost with 2,000: a page from the
    middle of a query, thirty by Id, changes, a read and a create. Taken in turns, so that a busy machine slows both."""
    small, large = _grown(world, SMALL), _grown(world, LARGE)
    ratios = [_ratio(act, small, large) for act in (_middle_page, _by_ids, _changes, _read, _create)]
    return Result("emulator-flat", max(ratios), f"x at {LARGE:,} rows", bound=1.5)


class _Grown:
    """A company with so many invoices."""

    def __init__(self, company: EmulatorCompany, invoice: Json, size: int) -> None:
        self.company, self.invoice, self.size = company, invoice, size
        self.last = int(company.create("Invoice", invoice)["Id"])
        self.since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()


def _grown(world: World, size: int) -> _Grown:
    """The first thirty come by the API; the rest are copies of one of them, written straight into the emulator's file
    and dated back, for two hundred thousand requests would take minutes and measure nothing more."""
    company = world.emulator.company()
    invoice = an_invoice(company)
    _batch(company, [invoice] * BATCH)
    pattern = int(company.create("Invoice", invoice)["Id"])
    with sqlite3.connect(world.emulator.file, timeout=60) as db:
        copied(db, "invoice", company.realm_id, pattern, size, {})
    db.close()
    return _Grown(company, invoice, size)


def copied(
    db: sqlite3.Connection, kind: str, realm_id: str, pattern: int, count: int, values: dict[str, str]
) -> None:
    """Write `count` copies of a record straight into the emulator's file, dated back; `values` gives SQL expressions
    over `value`, the number of the copy, for what differs in their JSON."""
    names = [row[1] for row in db.execute(f"PRAGMA table_info(record_{kind})")]
    inside = "".join(f", '$.{path}', {expression}" for path, expression in values.items())
    changed = {
        "id": f"CAST({pattern} + value AS TEXT)",
        "number": f"{pattern} + value",
        "created_ms": "created_ms - 3456000000",
        "updated_ms": "updated_ms - 3456000000",
        "json": f"json_set(json, '$.Id', CAST({pattern} + value AS TEXT){inside})",
    }
    columns = ", ".join(changed.get(name, name) for name in names)
    db.execute(
        "WITH RECURSIVE counted(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM counted WHERE value < ?)"
        f" INSERT INTO record_{kind} ({', '.join(names)}) SELECT {columns}"
        f" FROM record_{kind}, counted WHERE realm_id = ? AND id = ? AND value <= ?",
        (count, realm_id, str(pattern), count),
    )
    name = "transaction" if kind == "invoice" else kind.capitalize()
    db.execute(
        "UPDATE counters SET value = ? WHERE realm_id = ? AND name = ?", (pattern + count, realm_id, name)
    )


def _middle_page(grown: _Grown) -> None:
    start = grown.size // 2
    grown.company.query(f"SELECT * FROM Invoice ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}")


def _by_ids(grown: _Grown) -> None:
    ids = ", ".join(f"'{grown.last - place * (grown.size // 50)}'" for place in range(BATCH))
    grown.company.query(f"SELECT * FROM Invoice WHERE Id IN ({ids})")


def _changes(grown: _Grown) -> None:
    asked = {"entities": "Invoice,Customer", "changedSince": grown.since}
    grown.company.api("GET", "cdc", params=asked)


def _read(grown: _Grown) -> None:
    grown.company.read("Invoice", str(grown.last))


def _create(grown: _Grown) -> None:
    grown.company.create("Invoice", grown.invoice)


def _ratio(act: Callable[[_Grown], None], small: _Grown, large: _Grown, times: int = 30) -> float:
    took: dict[int, list[float]] = {small.size: [], large.size: []}
    for _ in range(times):
        for grown in (small, large):
            started = time.perf_counter()
            act(grown)
            took[grown.size].append(time.perf_counter() - started)
    # The quicker half: what else the machine does only ever adds.
    quick, slow = (statistics.quantiles(took[grown.size], n=4)[0] for grown in (small, large))
    return slow / quick


def _rate(times: int, act: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(times):
        act()
    return times / (time.perf_counter() - started)


def _batch(company: EmulatorCompany, invoices: Iterable[Json]) -> None:
    items = [
        {"bId": str(place), "operation": "create", "Invoice": invoice}
        for place, invoice in enumerate(invoices)
    ]
    company.api("POST", "batch", {"BatchItemRequest": items})


def an_invoice(company: EmulatorCompany) -> Json:
    """What a company's first customer orders; both are made if they are not there."""
    known = company.query("SELECT * FROM Customer MAXRESULTS 1")
    customer = known[0] if known else company.create("Customer", {"DisplayName": "Ann Archer"})
    items = company.query("SELECT * FROM Item MAXRESULTS 1")
    income = {"value": company.id_of("Account", "Services")}
    item = (
        items[0]
        if items
        else company.create("Item", {"Name": "Advice", "Type": "Service", "IncomeAccountRef": income})
    )
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": 1, "UnitPrice": 100}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 100, "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": customer["Id"]}, "Line": [line]}


CASES: dict[str, Callable[[World], Result]] = {
    "emulator-create": creates_per_second,
    "emulator-batch": batches_per_second,
    "emulator-read": reads_per_second,
    "emulator-query": queries_per_second,
    "emulator-flat": flatness,
}
