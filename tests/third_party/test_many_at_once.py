"""Batches of thirty, and what changed since a moment."""

from datetime import datetime, timedelta

import pytest
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects.customer import Customer
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.payment import Payment
from quickbooks.objects.taxcode import TaxCode

from tests.emulator_process import EmulatorCompany
from tests.third_party.papers import a_customer, a_line, a_payment, an_invoice, an_item, cents, on


def customers(names: list[str]) -> list[Customer]:
    made = [Customer() for _ in names]
    for customer, name in zip(made, names, strict=True):
        customer.DisplayName = name
    return made


def test_thirty_customers(qb: QuickBooks, company: EmulatorCompany) -> None:
    created = batch_create(customers([f"Customer {number}" for number in range(30)]), qb=qb)

    assert (len(created.successes), created.faults) == (30, [])
    assert [request["path"].rpartition("/")[2] for request in company.requests()] == ["batch"]
    for customer in created.successes:
        customer.Notes = f"was {customer.DisplayName}"
    updated = batch_update(created.successes, qb=qb)
    assert {customer.SyncToken for customer in updated.successes} == {"1"}
    assert {customer.Notes for customer in Customer.all(qb=qb)} == {f"was Customer {n}" for n in range(30)}


def test_thirty_one_are_two_requests(qb: QuickBooks, company: EmulatorCompany) -> None:
    created = batch_create(customers([f"Customer {number}" for number in range(31)]), qb=qb)

    assert len(created.successes) == Customer.count(qb=qb) == 31
    posted = [request for request in company.requests() if request["path"].endswith("/batch")]
    assert len(posted) == 2


def test_one_that_fails_leaves_the_others_alone(qb: QuickBooks) -> None:
    a_customer(qb, "Customer 7")
    names = [f"Customer {number}" for number in range(30)]
    created = batch_create(customers(names), qb=qb)

    assert len(created.successes) == 29
    (fault,) = created.faults
    assert (fault.Error[0].code, fault.original_object.DisplayName) == ("6240", "Customer 7")


def test_stale_versions_in_a_batch(qb: QuickBooks) -> None:
    made = batch_create(customers(["Alder", "Birch"]), qb=qb).successes
    Customer.get(made[0].Id, qb=qb).save(qb=qb)
    updated = batch_update(made, qb=qb)

    assert [fault.Error[0].code for fault in updated.faults] == ["5010"]
    assert [customer.DisplayName for customer in updated.successes] == ["Birch"]


def test_thirty_invoices_made_and_deleted(qb: QuickBooks) -> None:
    customer, item = a_customer(qb), an_item(qb)
    invoices = []
    for number in range(30):
        invoice = Invoice()
        invoice.CustomerRef = customer.to_ref()
        invoice.Line.append(a_line(item, 10 + number))
        invoices.append(invoice)
    created = batch_create(invoices, qb=qb).successes
    assert len({invoice.DocNumber for invoice in created}) == 30
    assert cents(Customer.get(customer.Id, qb=qb).Balance) == cents(735)

    deleted = batch_delete(created, qb=qb)
    assert (len(deleted.successes), deleted.faults) == (30, [])
    assert {invoice.status for invoice in deleted.successes} == {"Deleted"}
    assert Invoice.count(qb=qb) == 0


def test_changes_since(qb: QuickBooks, company: EmulatorCompany) -> None:
    company.turn_clock(advance=-3600)
    old, item = a_customer(qb, "Unchanged"), an_item(qb)
    company.turn_clock(advance=3600)
    since = company.read("Customer", old.Id)["MetaData"]["LastUpdatedTime"]
    since = datetime.fromisoformat(since) + timedelta(minutes=30)
    customer = a_customer(qb, "Changed")
    kept, gone = (an_invoice(qb, customer, a_line(item, 100)) for _ in range(2))
    a_payment(qb, customer, 40, on(kept, 40))
    gone.delete(qb=qb)

    changed = change_data_capture([Customer, Invoice, Payment], since.isoformat(), qb=qb)
    assert [found.DisplayName for found in changed.Customer] == ["Changed"]
    assert [(found.Id, getattr(found, "status", "")) for found in changed.Invoice] == [
        (kept.Id, ""),
        (gone.Id, "Deleted"),
    ]
    assert cents(changed.Invoice[0].Balance) == cents(60)
    assert [cents(found.TotalAmt) for found in changed.Payment] == [cents(40)]


def test_no_changes_is_an_empty_member(qb: QuickBooks) -> None:
    soon = datetime.now().astimezone() + timedelta(minutes=5)

    changed = change_data_capture([Customer, Invoice], soon.isoformat(timespec="seconds"), qb=qb)
    assert not hasattr(changed, "Customer")
    assert not hasattr(changed, "Invoice")


def test_tax_codes_are_not_in_the_changes(qb: QuickBooks) -> None:
    with pytest.raises(QuickbooksException):
        change_data_capture([TaxCode], datetime.now().astimezone().isoformat(timespec="seconds"), qb=qb)
