"""What python-quickbooks can do beyond records: files, changes, batches with deletes, and reports."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete
from quickbooks.cdc import change_data_capture
from quickbooks.objects.attachable import Attachable
from quickbooks.objects.base import AttachableRef
from quickbooks.objects.customer import Customer
from quickbooks.objects.invoice import Invoice

from tests.emulator_process import SECONDS


@pytest.fixture
def ann(qb: QuickBooks) -> Customer:
    customer = Customer()
    customer.DisplayName = "Ann Archer"
    customer.save(qb=qb)
    return customer


def test_a_file_is_attached_and_fetched(qb: QuickBooks, ann: Customer, tmp_path: Path) -> None:
    paper = tmp_path / "order.pdf"
    paper.write_bytes(b"%PDF-1.4 an order")
    attachment = Attachable()
    reference = AttachableRef()
    reference.EntityRef = ann.to_ref()
    attachment.AttachableRef.append(reference)
    attachment.FileName = "order.pdf"
    attachment._FilePath = str(paper)
    attachment.ContentType = "application/pdf"
    attachment.save(qb=qb)
    read = Attachable.get(attachment.Id, qb=qb)
    assert (read.FileName, read.Size) == ("order.pdf", 17)
    assert requests.get(read.TempDownloadUri, timeout=SECONDS).content == paper.read_bytes()


def test_changes_since_a_moment(qb: QuickBooks, ann: Customer) -> None:
    since = datetime.now(UTC) - timedelta(minutes=5)
    found = change_data_capture([Customer, Invoice], since.isoformat(), qb=qb)
    assert [customer.DisplayName for customer in found.Customer] == ["Ann Archer"]


def test_a_batch_creates_and_deletes(qb: QuickBooks, ann: Customer) -> None:
    notes = [Attachable() for _ in range(3)]
    for number, note in enumerate(notes):
        note.Note = f"note {number}"
    made = batch_create(notes, qb=qb)
    assert (len(made.successes), made.faults) == (3, [])
    gone = batch_delete(made.successes, qb=qb)
    assert (len(gone.successes), gone.faults) == (3, [])
    assert Attachable.all(qb=qb) == []


def test_a_report(qb: QuickBooks, ann: Customer) -> None:
    report = qb.get_report("CustomerBalance", {"customer": ann.Id})
    assert report["Header"]["ReportName"] == "CustomerBalance"
    assert report["Header"]["Customer"] == ann.Id
