"""Killing the worker between every two steps: after a restart both sides agree, and nothing is there twice."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.utils import timezone

from customers.models import Customer
from invoices.models import Invoice, Payment
from qbo.models import Company, Connection, OutboxEntry
from qbo.sync import importing, inbox
from tests.crash.dying_worker import BOUNDARIES
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import a_check, an_invoice, an_item

pytestmark = pytest.mark.crash
Work = Callable[[], None]


def run_worker(company: Company, qb: EmulatorCompany, boundary: str = "") -> int:
    """Run a worker process over the tests' database until it is done or dead; returns its exit status."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.crash.dying_worker", str(company.pk), boundary],
        env={**os.environ, **engine(), "QBO_EMULATOR_URL": qb.emulator.url, "QBO_ENVIRONMENT": "emulator"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode in (0, -signal.SIGKILL), child.stderr
    return child.returncode


def engine() -> dict[str, str]:
    """The environment that leads another process to the very database of this test."""
    from django.conf import settings

    database = connections["default"].settings_dict
    connections.close_all()
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        login = f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
        url = f"postgres://{login}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return {
        "DJANGO_SETTINGS_MODULE": "billing_portal.settings",
        "DATABASE_URL": url,
        "HUEY_URL": f"sqlite:///{tempfile.mkdtemp()}/huey.sqlite3",
        "SECRET_KEY": settings.SECRET_KEY,
        "TOKEN_KEYS": ",".join(settings.TOKEN_KEYS),
        "QBO_CATCH_UP_SECONDS": "3600",
        "QBO_PACED": "false",
    }


def kill_and_restart(company: Company, qb: EmulatorCompany, boundary: str) -> None:
    assert run_worker(company, qb, boundary) == -signal.SIGKILL, "it never came to that step"
    assert run_worker(company, qb) == 0


CREATING = [
    name for name in BOUNDARIES if name.startswith("push") and "refused" not in name and "newer" not in name
]


@pytest.mark.parametrize("boundary", CREATING)
def test_a_new_invoice_and_its_payment(
    company: Company, qb: EmulatorCompany, work: Work, boundary: str
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    item = an_item(company)
    work()
    invoice = an_invoice(company, customer, item, "1", "100")
    kill_and_restart(company, qb, boundary)
    invoice.refresh_from_db()
    a_check(company, customer, "100", {invoice: "100"})
    kill_and_restart(company, qb, boundary)

    assert len(qb.all("Invoice")) == Invoice.objects.count() == 1
    assert len(qb.all("Payment")) == Payment.objects.count() == 1
    invoice.refresh_from_db()
    assert invoice.balance == Decimal(0)
    assert_in_step(company, qb)


@pytest.mark.parametrize("boundary", CREATING)
def test_a_batch_of_invoices(company: Company, qb: EmulatorCompany, work: Work, boundary: str) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    item = an_item(company)
    work()
    for number in range(65):
        an_invoice(company, customer, item, "1", str(100 + number))
    kill_and_restart(company, qb, boundary)

    assert len(qb.all("Invoice")) == Invoice.objects.count() == 65
    assert_in_step(company, qb)


@pytest.mark.parametrize(
    "boundary", ["push: refused or stale, not noted", "push: newer version read, not merged"]
)
def test_an_edit_that_meets_another(company: Company, qb: EmulatorCompany, work: Work, boundary: str) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    customer.refresh_from_db()
    qb.edit("Customer", customer.qbo_id, {"PrimaryPhone": {"FreeFormNumber": "555-0100"}})
    customer.notes = "gate code 2"
    customer.save()
    kill_and_restart(company, qb, boundary)

    customer.refresh_from_db()
    assert (customer.notes, customer.phone) == ("gate code 2", "555-0100")
    assert_in_step(company, qb)


@pytest.mark.parametrize("boundary", [name for name in BOUNDARIES if name.startswith("pull")])
def test_news_from_quickbooks(company: Company, qb: EmulatorCompany, boundary: str) -> None:
    for number in range(3):
        qb.create("Customer", {"DisplayName": f"Customer {number}"})
    inbox.catch_up_now(company)
    kill_and_restart(company, qb, boundary)

    assert Customer.objects.count() == 3
    assert_in_step(company, qb)


@pytest.mark.parametrize("boundary", [name for name in BOUNDARIES if name.startswith("import")])
def test_an_import(connected: Company, qb: EmulatorCompany, boundary: str) -> None:
    for number in range(3):
        qb.create("Customer", {"DisplayName": f"Customer {number}"})
    importing.start(connected)
    kill_and_restart(connected, qb, boundary)

    assert importing.running(connected) is None
    assert_in_step(connected, qb)


@pytest.mark.parametrize("boundary", [name for name in BOUNDARIES if name.startswith("refresh")])
def test_a_token_refresh(company: Company, qb: EmulatorCompany, work: Work, boundary: str) -> None:
    """Between Intuit's rotation and our storing, the connection itself may be lost, and nothing else."""
    Company.objects.update(access_expires_at=timezone.now() - timedelta(minutes=1))
    Customer.objects.create(company=company, display_name="Alder Court")
    kill_and_restart(company, qb, boundary)

    company.refresh_from_db()
    if boundary == "refresh: rotated, not stored" and company.connection == Connection.RECONNECT:
        assert OutboxEntry.objects.unfinished().get().state == OutboxEntry.State.WAITING
        again = qb.new_tokens()
        company.access_token, company.refresh_token = again.access_token, again.refresh_token
        company.access_expires_at = timezone.now() + timedelta(hours=1)
        company.connection = Connection.CONNECTED
        company.save()
        work()
    assert company.connection == Connection.CONNECTED
    assert_in_step(company, qb)
