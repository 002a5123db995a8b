"""Taking QuickBooks in when pages shift, references are missing, and news comes at the worst moment."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from customers.models import Customer
from invoices.models import CompanyCurrency, Invoice, Payment
from qbo import clients, webhooks
from qbo.api import client as api_client
from qbo.models import Company, Connection, InboxEntry, OutboxEntry, Request
from qbo.sync import importing, inbox, pull, worker
from qbo.sync.push import settle
from tests.emulator_process import EmulatorCompany, EmulatorProcess
from tests.flows import both_sides
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import an_invoice, an_item

Work = Callable[[], None]


def in_quickbooks(qb: EmulatorCompany, customer: str, **more: Any) -> dict[str, Any]:
    """An invoice that somebody wrote there."""
    account = qb.query("SELECT * FROM Account WHERE AccountType = 'Income'")[0]["Id"]
    items = qb.query("SELECT * FROM Item") or [
        qb.create("Item", {"Name": "Mowing", "Type": "Service", "IncomeAccountRef": {"value": account}})
    ]
    detail = {"ItemRef": {"value": items[0]["Id"]}}
    line = {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return qb.create("Invoice", {"CustomerRef": {"value": customer}, "Line": [line], **more})


def customer_there(qb: EmulatorCompany, name: str = "Alder Court", **more: Any) -> str:
    return str(qb.create("Customer", {"DisplayName": name, **more})["Id"])


def test_rows_that_move_up_between_two_pages_are_not_skipped(
    connected: Company, qb: EmulatorCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = customer_there(qb)
    invoices = [in_quickbooks(qb, customer)["Id"] for _ in range(6)]
    qb.turn_clock(advance=600)  # so that asking for changes since the import does not bring them
    monkeypatch.setattr(importing, "PAGE", 2)
    take_all = pull.take_all

    def and_then_somebody_deletes(mapping: Any, company: Any, rows: Any, *rest: Any) -> None:
        take_all(mapping, company, rows, *rest)
        if mapping.entity == "Invoice" and invoices:
            qb.edit("Invoice", invoices[0], operation="delete")
            invoices.clear()

    monkeypatch.setattr(pull, "take_all", and_then_somebody_deletes)
    importing.start(connected)
    worker.run(connected.pk)

    assert_in_step(connected, qb)


def test_a_full_read_finds_what_was_deleted_while_we_were_away(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = customer_there(qb)
    kept, deleted = (in_quickbooks(qb, customer)["Id"] for _ in range(2))
    inbox.catch_up_now(company)
    work()
    qb.edit("Invoice", deleted, operation="delete")
    qb.turn_clock(advance=600)  # so that the changes since the import no longer tell of it
    importing.start(company)
    work()

    assert list(Invoice.objects.filter(gone_at=None).values_list("qbo_id", flat=True)) == [kept]
    assert_in_step(company, qb)


def test_more_changes_than_an_answer_holds_hide_no_deletion(
    company: Company, qb: EmulatorCompany, look: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = customer_there(qb)
    invoices = [in_quickbooks(qb, customer)["Id"] for _ in range(5)]
    look()
    limit_changes(monkeypatch, 3)
    for invoice in invoices[:2]:
        qb.edit("Invoice", invoice, operation="delete")
    for invoice in invoices[2:]:
        qb.edit("Invoice", invoice, {"PrivateNote": "changed"})
    qb.turn_clock(advance=5)  # times are whole seconds
    look()

    assert Invoice.objects.filter(gone_at=None).count() == 3
    assert_in_step(company, qb)


def limit_changes(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """Change data capture that stops silently at `limit` objects, the live ones first."""
    monkeypatch.setattr(api_client, "CDC_LIMIT", limit)
    whole = api_client.Client.cdc

    def cut_off(self: Any, entities: Any, since: Any) -> Any:
        changes = whole(self, entities, since)
        left = limit
        every: list[list[Any]] = [*changes.objects.values(), *changes.deleted.values()]
        for rows in every:
            del rows[left:]
            left -= len(rows)
        return changes

    monkeypatch.setattr(api_client.Client, "cdc", cut_off)


def test_a_payment_for_an_invoice_of_a_customer_none_of_whom_is_here(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = customer_there(qb)
    invoice = in_quickbooks(qb, customer)["Id"]
    line = {"Amount": 40, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}
    payment = qb.create("Payment", {"CustomerRef": {"value": customer}, "TotalAmt": 40, "Line": [line]})
    inbox.note(company, "Payment", payment["Id"], reason="webhook")
    work()

    paid = Payment.objects.get().allocations.get().invoice
    assert paid is not None
    assert paid.customer.qbo_id == customer
    assert not InboxEntry.objects.filter(state=InboxEntry.State.PARKED).exists()


def test_a_sub_customer_that_comes_before_its_parent(
    connected: Company, qb: EmulatorCompany, work: Work
) -> None:
    child, parent = customer_there(qb, "Job"), customer_there(qb, "Alder Court")
    qb.edit("Customer", child, {"Job": True, "ParentRef": {"value": parent}})
    importing.start(connected)
    work()

    found = Customer.objects.get(qbo_id=child)
    assert found.parent == Customer.objects.get(qbo_id=parent)
    assert_in_step(connected, qb)


def test_news_that_comes_while_we_read_is_read_again(
    company: Company, qb: EmulatorCompany, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = customer_there(qb)
    inbox.note(company, "Customer", customer)
    take_all, late = pull.take_all, ["changed after we read it"]

    def and_then_it_changes(*args: Any) -> None:
        take_all(*args)
        if late:
            qb.edit("Customer", customer, {"Notes": late.pop()})
            inbox.note(company, "Customer", customer, reason="webhook")

    monkeypatch.setattr(pull, "take_all", and_then_it_changes)
    work()

    assert Customer.objects.get().notes == "changed after we read it"


def test_a_hint_that_quickbooks_does_not_understand_holds_up_nothing(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = customer_there(qb)
    inbox.note(company, "Customer", "no number", reason="webhook")
    inbox.note(company, "Customer", customer, reason="webhook")
    work()

    assert Customer.objects.get().qbo_id == customer
    assert InboxEntry.objects.get(qbo_id="no number", state=InboxEntry.State.PARKED).problem


def test_a_worker_does_not_spin_while_it_may_not_read(
    company: Company, qb: EmulatorCompany, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading waits for the outcome of a creation, and that is asked for again only after a pause."""
    inbox.note(company, "Customer", customer_there(qb, "Otter Creek"))
    qb.fault("lost_answer", method="POST", entity="Customer", count=4)
    Customer.objects.create(company=company, display_name="Alder Court")
    slices = []
    slice_under_lease = worker._slice_under_lease

    def counted(*args: Any) -> Any:
        slices.append(args)
        assert len(slices) < 10, "the worker spins"
        return slice_under_lease(*args)

    monkeypatch.setattr(worker, "_slice_under_lease", counted)
    work()
    assert company.pk not in worker.due_companies()

    qb.clear_faults()
    work()
    assert_in_step(company, qb)


def test_a_throttle_stops_the_slice_at_once(company: Company, qb: EmulatorCompany) -> None:
    qb.fault("429", method="POST", count=50)
    for number in range(3):
        Customer.objects.create(company=company, display_name=f"Customer {number}")
    before = len(qb.requests())
    worker.run(company.pk)

    assert len(qb.requests()) == before + 1


def test_only_what_can_go_by_itself_is_woken_for(company: Company, qb: EmulatorCompany) -> None:
    Customer.objects.create(company=company, display_name="Alder Court")
    at = timezone.now() + timedelta(minutes=1)
    OutboxEntry.objects.update(next_attempt_at=at)
    assert worker.book_next_wake(company.pk) == at

    Company.objects.update(connection=Connection.RECONNECT, next_wake_at=None)
    assert worker.book_next_wake(company.pk) is None
    Company.objects.update(connection=Connection.CONNECTED)
    OutboxEntry.objects.update(state=OutboxEntry.State.NEEDS_YOU)
    assert worker.book_next_wake(company.pk) is None


def test_what_was_retried_and_then_refused_waits_for_nothing(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    qb.create("Employee", {"GivenName": "Alder", "FamilyName": "Court", "DisplayName": "Alder Court"})
    qb.fault("503", method="POST", entity="Customer", count=4)
    Customer.objects.create(company=company, display_name="Alder Court")
    work()
    qb.clear_faults()
    work()

    entry = OutboxEntry.objects.get()
    assert (entry.state, entry.next_attempt_at) == (OutboxEntry.State.NEEDS_YOU, None)


def test_a_database_that_is_busy_when_the_answer_comes_asks_nobody(
    company: Company, qb: EmulatorCompany, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    Customer.objects.create(company=company, display_name="Alder Court")

    def locked(*_: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(settle, "_store", locked)
        work()
    assert OutboxEntry.objects.get().state == OutboxEntry.State.IN_FLIGHT
    work()

    assert len(qb.all("Customer")) == 1
    assert_in_step(company, qb)


def test_looking_a_payment_up_in_vain_says_nothing_about_it(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    from tests.flows.test_main_job import a_check

    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    qb.fault("lost_answer", method="POST", entity="Payment", count=4)
    a_check(company, customer, "100", {invoice: "100"})
    work()
    Request.objects.filter(state=Request.State.OPEN).update(created_at=timezone.now() - timedelta(hours=2))
    qb.clear_faults()
    qb.fault("fault_200", path="query", count=4)
    work()
    work()
    qb.clear_faults()
    work()

    assert len(qb.all("Payment")) == 1
    assert_in_step(company, qb)


def test_two_companies_with_the_same_ids_stay_apart(
    company: Company, qb: EmulatorCompany, work: Work, emulator: Any
) -> None:
    there = emulator.company(seed="empty")
    other = both_sides.connected(there, "Otter Creek")
    importing.start(other)
    worker.run(other.pk)
    for each, books in ((company, qb), (other, there)):
        customer = Customer.objects.create(company=each, display_name=f"Customer of {each.pk}")
        an_invoice(each, customer, an_item(each), "1", "100")
        worker.run(each.pk)
        customer.refresh_from_db()
        books.edit("Customer", customer.qbo_id, {"Notes": f"of {each.pk}"})
        inbox.catch_up_now(each)
        worker.run(each.pk)

    assert set(Customer.objects.values_list("qbo_id", flat=True)) == {customer.qbo_id}
    assert_in_step(company, qb)
    assert_in_step(other, there)


def test_no_call_inside_a_transaction(company: Company) -> None:
    from django.db import transaction

    with transaction.atomic(), pytest.raises(clients.InsideTransaction):
        clients.client_for(company).company_info()


def test_an_idle_day_costs_at_most_a_hundred_and_ten_reads(
    company: Company, qb: EmulatorCompany, settings: Any
) -> None:
    """With the pause between looks that Intuit's hosts get, the daily proof included; a sweep looks every minute."""
    settings.QBO_CATCH_UP_SECONDS = 900
    Company.objects.update(created_at=timezone.now() - timedelta(days=1))
    before = max(row["id"] for row in qb.requests())
    began = timezone.now()
    for minute in range(24 * 60):
        with time_machine.travel(began + timedelta(minutes=minute), tick=False):
            for company_id in worker.due_companies():
                worker.run(company_id)

    paths = [row["path"].rpartition("/")[2] for row in qb.requests(since=before) if row["method"] == "GET"]
    reads = [path for path in paths if path in ("cdc", "query") or path.startswith("Aged")]
    assert 90 <= len(reads) <= 110, Counter(reads)
    assert {"cdc", "AgedReceivables", "AgedReceivableDetail"} == set(reads)


def test_a_list_that_may_not_be_read_is_left_out_and_the_others_are_read(
    connected: Company, qb: EmulatorCompany, work: Work
) -> None:
    """As for a user without the right to see employees."""
    qb.create("Customer", {"DisplayName": "Alder Court"})
    qb.fault("code", code=5020, entity="Employee", count=0)
    importing.start(connected)
    work()

    assert importing.running(connected) is None
    assert importing.refused(connected) == {"Employee"}
    assert Customer.objects.count() == 1
    qb.edit("Customer", changes={"DisplayName": "Otter Creek"}, operation="create")
    inbox.catch_up_now(connected)
    work()
    assert Customer.objects.count() == 2


def test_when_nothing_may_be_read_the_import_says_so_and_waits(
    connected: Company, qb: EmulatorCompany, work: Work
) -> None:
    qb.fault("code", code=5020, path="/query", count=0)
    importing.start(connected)
    work()
    run = importing.running(connected)
    assert run is not None
    assert "Permission Denied" in run.problem

    qb.clear_faults()
    work()
    assert importing.running(connected) is None
    assert importing.refused(connected) == frozenset()


@pytest.mark.django_db(transaction=True)
def test_the_currencies_of_a_company_that_uses_several(emulator: EmulatorProcess) -> None:
    there = emulator.company()
    there.edit("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    there.create("CompanyCurrency", {"Code": "EUR"})
    here = both_sides.connected(there)
    importing.start(here)
    worker.run(here.pk)

    assert importing.refused(here) == frozenset()
    assert list(CompanyCurrency.objects.values_list("company", "code")) == [(here.pk, "EUR")]


def test_a_company_with_one_currency_has_no_others(company: Company) -> None:
    assert not CompanyCurrency.objects.exists()
    assert importing.refused(company) == frozenset()


def test_the_news_of_our_own_writes_costs_nothing_and_that_of_others_is_read(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    customer.refresh_from_db()
    before = max(row["id"] for row in qb.requests())
    assert customer.qbo_updated_at is not None
    ours = customer.qbo_updated_at + timedelta(milliseconds=700)
    event = webhooks.Event(company.realm_id, "customer", customer.qbo_id, "updated", at=ours)
    webhooks.record([event, event])
    work()
    assert [row["path"] for row in qb.requests(since=before)] == []

    qb.turn_clock(advance=60)
    qb.edit("Customer", customer.qbo_id, {"Notes": "theirs"})
    webhooks.record([replace(event, at=ours + timedelta(seconds=60)), event])
    work()
    customer.refresh_from_db()
    assert customer.notes == "theirs"


@pytest.mark.parametrize("operation", ["deleted", "merged", "emailed", "voided"])
def test_what_is_no_plain_change_is_always_looked_at(
    company: Company, qb: EmulatorCompany, work: Work, operation: str
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    customer.refresh_from_db()
    before = max(row["id"] for row in qb.requests())
    long_ago = timezone.now() - timedelta(days=1)
    webhooks.record([webhooks.Event(company.realm_id, "customer", customer.qbo_id, operation, at=long_ago)])
    work()
    assert len(qb.requests(since=before)) == 1
