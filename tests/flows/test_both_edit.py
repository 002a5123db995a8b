"""Somebody here and somebody in QuickBooks edit the same record."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from customers.models import Customer
from invoices.editing import save_invoice
from invoices.models import Invoice
from invoices.receiving import save_payment
from qbo.models import Company, Conflict, OutboxEntry, SyncState
from qbo.sync import conflicts
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step, money
from tests.flows.test_main_job import a_check, an_invoice, an_item

Work = Callable[[], None]


@pytest.fixture
def customer(company: Company, work: Work) -> Customer:
    customer = Customer.objects.create(company=company, display_name="Alder Court", notes="gate code 1")
    work()
    customer.refresh_from_db()
    return customer


def edit_here(customer: Customer, **changes: str) -> None:
    for name, value in changes.items():
        setattr(customer, name, value)
    customer.save()


def test_different_fields_merge(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    qb.edit("Customer", customer.qbo_id, {"PrimaryPhone": {"FreeFormNumber": "555-0100"}})
    edit_here(customer, notes="gate code 2")
    work()

    customer.refresh_from_db()
    assert (customer.notes, customer.phone) == ("gate code 2", "555-0100")
    assert qb.read("Customer", customer.qbo_id)["Notes"] == "gate code 2"
    assert_in_step(company, qb)


def test_they_merge_as_well_when_the_news_comes_first(
    company: Company, qb: EmulatorCompany, customer: Customer, look: Work
) -> None:
    from qbo.models import Company as CompanyModel
    from qbo.models import Connection

    qb.edit("Customer", customer.qbo_id, {"PrimaryPhone": {"FreeFormNumber": "555-0100"}})
    CompanyModel.objects.update(connection=Connection.DISCONNECTED)
    edit_here(customer, notes="gate code 2")
    CompanyModel.objects.update(connection=Connection.CONNECTED)
    look()

    customer.refresh_from_db()
    assert (customer.notes, customer.phone) == ("gate code 2", "555-0100")
    assert_in_step(company, qb)


@pytest.fixture
def conflict(qb: EmulatorCompany, customer: Customer, work: Work) -> Conflict:
    qb.edit("Customer", customer.qbo_id, {"Notes": "gate code 7"})
    edit_here(customer, notes="gate code 2")
    work()
    return Conflict.objects.get(resolved_at=None)


def test_the_same_field_waits_for_a_person(
    qb: EmulatorCompany, customer: Customer, conflict: Conflict
) -> None:
    (row,) = conflicts.describe(conflict)

    assert (row.label, row.base, row.here, row.there, row.clash) == (
        "Notes",
        "gate code 1",
        "gate code 2",
        "gate code 7",
        True,
    )
    customer.refresh_from_db()
    assert customer.sync_state == SyncState.CONFLICT
    assert customer.notes == "gate code 2"
    assert qb.read("Customer", customer.qbo_id)["Notes"] == "gate code 7"


@pytest.mark.parametrize(("choice", "notes"), [("ours", "gate code 2"), ("theirs", "gate code 7")])
def test_the_decision_holds_on_both_sides(
    company: Company,
    qb: EmulatorCompany,
    customer: Customer,
    conflict: Conflict,
    work: Work,
    choice: str,
    notes: str,
) -> None:
    conflicts.decide(conflict, {"Notes": choice}, by=None)
    work()

    customer.refresh_from_db()
    assert customer.notes == notes
    assert qb.read("Customer", customer.qbo_id)["Notes"] == notes
    conflict.refresh_from_db()
    assert (conflict.ours["Notes"], conflict.theirs["Notes"]) == ("gate code 2", "gate code 7")
    assert_in_step(company, qb)


def test_an_undecided_conflict_stays(conflict: Conflict) -> None:
    with pytest.raises(conflicts.Undecided):
        conflicts.decide(conflict, {}, by=None)

    assert OutboxEntry.objects.filter(state=OutboxEntry.State.CONFLICT).exists()


def test_quickbooks_moving_on_meanwhile_asks_again(
    qb: EmulatorCompany, customer: Customer, conflict: Conflict, work: Work
) -> None:
    qb.edit("Customer", customer.qbo_id, {"Notes": "gate code 9"})
    conflicts.decide(conflict, {"Notes": "ours"}, by=None)
    work()

    again = Conflict.objects.get(resolved_at=None)
    assert again.theirs["Notes"] == "gate code 9"
    assert qb.read("Customer", customer.qbo_id)["Notes"] == "gate code 9"


def test_quickbooks_coming_round_to_our_value_ends_the_conflict(
    company: Company, qb: EmulatorCompany, customer: Customer, conflict: Conflict, look: Work
) -> None:
    qb.edit("Customer", customer.qbo_id, {"Notes": "gate code 2"})
    look()

    assert not Conflict.objects.filter(resolved_at=None).exists()
    assert_in_step(company, qb)


def test_lines_clash_as_one(company: Company, qb: EmulatorCompany, customer: Customer, work: Work) -> None:
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    remote = qb.read("Invoice", invoice.qbo_id)
    line = next(line for line in remote["Line"] if line["DetailType"] == "SalesItemLineDetail")
    line["Amount"], line["SalesItemLineDetail"]["Qty"] = 200, 2
    qb.edit("Invoice", invoice.qbo_id, {"Line": [line]})
    ours = invoice.lines.get()
    ours.quantity, ours.amount = Decimal(3), Decimal(300)
    invoice.private_note = "call first"
    save_invoice(invoice, [ours], by=None)
    work()

    conflict = Conflict.objects.get()
    assert conflict.groups == ["lines and tax"]
    conflicts.decide(conflict, {"lines and tax": "theirs"}, by=None)
    work()
    invoice.refresh_from_db()
    assert (invoice.total, invoice.private_note) == (Decimal(200), "call first")
    assert money(qb.read("Invoice", invoice.qbo_id)["TotalAmt"]) == Decimal(200)
    assert_in_step(company, qb)


def test_what_nobody_contests_goes_on_merging_while_a_conflict_is_open(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work, look: Work
) -> None:
    qb.edit("Customer", customer.qbo_id, {"Notes": "gate code 7", "CompanyName": "theirs"})
    edit_here(customer, notes="gate code 2")
    work()
    customer.refresh_from_db()
    edit_here(customer, company_name="ours, after theirs")
    qb.edit("Customer", customer.qbo_id, {"PrimaryPhone": {"FreeFormNumber": "555-0100"}})
    look()

    conflict = Conflict.objects.get(resolved_at=None)
    assert conflict.groups == ["Notes"]
    conflicts.decide(conflict, {"Notes": "theirs"}, by=None)
    work()
    customer.refresh_from_db()
    assert (customer.notes, customer.company_name, customer.phone) == (
        "gate code 7",
        "ours, after theirs",
        "555-0100",
    )
    assert_in_step(company, qb)


def test_a_newer_version_that_names_something_new_merges_as_well(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    account = qb.query("SELECT * FROM Account WHERE AccountType = 'Income'")[0]["Id"]
    item = qb.create("Item", {"Name": "New there", "Type": "Service", "IncomeAccountRef": {"value": account}})
    line = {
        "Amount": 70,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}},
    }
    qb.edit("Invoice", invoice.qbo_id, {"Line": [line]})
    invoice.private_note = "call first"
    invoice.save()
    work()

    invoice.refresh_from_db()
    assert (invoice.total, invoice.private_note) == (Decimal(70), "call first")
    assert_in_step(company, qb)


def test_an_edit_that_is_being_saved_while_the_worker_prepares_is_not_missed(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    """A line changes in a transaction that is still open when the worker comes to its invoice."""
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    invoice.private_note = "noted first"
    invoice.save()

    def run() -> None:
        work()
        connection.close()

    worker = Thread(target=run)
    with transaction.atomic():
        line = invoice.lines.get()
        line.description = "changed at the same moment"
        line.save()
        worker.start()
        worker.join(0.5)  # it cannot get past us
    worker.join()
    work()

    assert qb.read("Invoice", invoice.qbo_id)["Line"][0]["Description"] == "changed at the same moment"
    assert_in_step(company, qb)


@pytest.mark.parametrize(
    ("policy", "earlier", "kept", "lost"),
    [
        ("ours", "here", "gate code 2", "gate code 7"),
        ("theirs", "here", "gate code 7", "gate code 2"),
        ("newest", "here", "gate code 7", "gate code 2"),
        ("newest", "there", "gate code 2", "gate code 7"),
    ],
)
def test_a_policy_decides_and_what_lost_can_be_brought_back(
    company: Company,
    qb: EmulatorCompany,
    customer: Customer,
    work: Work,
    settings: Any,
    policy: str,
    earlier: str,
    kept: str,
    lost: str,
) -> None:
    settings.QBO_CONFLICT_POLICIES = {"Customer": {"Notes": policy}}
    edit_here(customer, notes="gate code 2")
    qb.edit("Customer", customer.qbo_id, {"Notes": "gate code 7"})
    moved = timedelta(minutes=-10 if earlier == "here" else 10)
    OutboxEntry.objects.unfinished().update(edited_at=timezone.now() + moved)
    work()

    customer.refresh_from_db()
    assert (customer.notes, qb.read("Customer", customer.qbo_id)["Notes"]) == (kept, kept)
    conflict = Conflict.objects.get()
    assert (conflict.by_policy, conflict.resolved_at is not None) == (True, True)
    assert_in_step(company, qb)

    conflicts.restore(conflict, "Notes", by=None)
    work()
    customer.refresh_from_db()
    assert (customer.notes, qb.read("Customer", customer.qbo_id)["Notes"]) == (lost, lost)
    assert_in_step(company, qb)


def test_lines_that_lost_a_decision_can_be_brought_back(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    there = qb.read("Invoice", invoice.qbo_id)
    detail = there["Line"][0]["SalesItemLineDetail"]
    qb.edit(
        "Invoice",
        invoice.qbo_id,
        {"Line": [there["Line"][0] | {"Amount": 500, "SalesItemLineDetail": detail | {"Qty": 5}}]},
    )
    line = invoice.lines.get()
    line.quantity, line.amount = Decimal(3), Decimal(300)
    save_invoice(invoice, [line], by=None)
    work()
    conflict = Conflict.objects.get()
    conflicts.decide(conflict, {"lines and tax": "theirs"}, by=None)
    work()
    invoice.refresh_from_db()
    assert invoice.total == Decimal(500)

    conflict.refresh_from_db()
    conflicts.restore(conflict, "lines and tax", by=None)
    work()
    invoice.refresh_from_db()
    assert invoice.total == money(qb.read("Invoice", invoice.qbo_id)["TotalAmt"]) == Decimal(300)
    assert_in_step(company, qb)


def test_money_that_is_brought_back_counts_as_confirmed_once_quickbooks_has_taken_it(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    item = an_item(company)
    first, second = (an_invoice(company, customer, item, "1", "100") for _ in range(2))
    payment = a_check(company, customer, "100", {first: "40"})
    work()
    payment.refresh_from_db()
    line = qb.read("Payment", payment.qbo_id)["Line"][0]
    first.refresh_from_db()
    second.refresh_from_db()
    moved = {"Amount": 50, "LinkedTxn": [{"TxnType": "Invoice", "TxnId": second.qbo_id}]}
    qb.edit("Payment", payment.qbo_id, {"Line": [line | moved]})
    save_payment(payment, {first: Decimal(60)}, by=None)
    work()
    conflict = Conflict.objects.get()
    conflicts.decide(conflict, {"amount and what it pays": "theirs"}, by=None)
    work()
    conflict.refresh_from_db()

    conflicts.restore(conflict, "amount and what it pays", by=None)
    rows = payment.allocations.values_list("invoice", "amount", "agreed_amount")
    assert set(rows) == {(first.pk, Decimal(60), Decimal(0)), (second.pk, Decimal(0), Decimal(50))}
    work()
    balances = [qb.read("Invoice", invoice.qbo_id)["Balance"] for invoice in Invoice.objects.order_by("pk")]
    assert balances == [40, 100]
    assert_in_step(company, qb)
