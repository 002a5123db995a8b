"""QuickBooks at its worst: lost answers, refusals, throttles, lost connections. Nothing is lost, nothing doubled."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from customers.models import Customer
from invoices.models import Payment
from qbo.models import Company, Connection, InboxEntry, OutboxEntry, Request, SyncState, Verb
from qbo.sync import importing, inbox, outbox, problems, reconcile, worker
from tests.emulator_process import EmulatorCompany
from tests.factories import UserFactory
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import a_check, an_invoice, an_item

Work = Callable[[], None]


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "truncated", "500", "503", "429"])
def test_one_invoice_whatever_happens_to_the_answer(
    company: Company, qb: EmulatorCompany, work: Work, kind: str
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    item = an_item(company)
    work()
    qb.fault(kind, method="POST", entity="Invoice", count=2)
    an_invoice(company, customer, item, "1", "100")
    for _ in range(4):
        work()

    assert len(qb.all("Invoice")) == 1
    assert_in_step(company, qb)


@pytest.mark.parametrize("kind", ["lost_answer", "truncated"])
def test_one_payment_though_the_answer_was_lost(
    company: Company, qb: EmulatorCompany, work: Work, kind: str
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    qb.fault(kind, method="POST", entity="Payment", count=3)
    a_check(company, customer, "100", {invoice: "100"})
    for _ in range(4):
        work()

    assert len(qb.all("Payment")) == 1
    assert_in_step(company, qb)


@pytest.mark.parametrize("second", ["429", "401", "503", "reset"])
def test_a_lost_answer_stays_unknown_whatever_the_next_attempt_meets(
    company: Company, qb: EmulatorCompany, work: Work, second: str
) -> None:
    qb.fault("lost_answer", method="POST", entity="Customer", count=4)
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    qb.clear_faults()
    qb.fault(second, method="POST", entity="Customer", count=4)
    work()
    qb.clear_faults()
    Company.objects.update(connection=Connection.CONNECTED)
    customer.refresh_from_db()
    customer.notes = "edited meanwhile"
    customer.save()
    work()

    assert len(qb.all("Customer")) == 1
    assert_in_step(company, qb)


def test_an_edit_while_the_outcome_is_unknown_is_sent_however_often_the_answer_is_lost(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    qb.fault("lost_answer", method="POST", entity="Customer", count=8)
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    customer.notes = "edited meanwhile"
    customer.save()
    for _ in range(3):
        work()

    assert qb.all("Customer")[0]["Notes"] == "edited meanwhile"
    assert_in_step(company, qb)


def test_an_edit_before_a_person_was_asked_is_sent_when_they_try_again(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    qb.fault("lost_answer", method="POST", entity="Customer", count=0)
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    customer.notes = "edited meanwhile"
    customer.save()
    Request.objects.update(created_at=timezone.now() - timedelta(hours=5))
    qb.fault("fault_200", path="query", count=0)
    work()
    qb.clear_faults()
    outbox.retry(OutboxEntry.objects.need_a_person().get())
    work()

    assert qb.all("Customer")[0]["Notes"] == "edited meanwhile"
    assert_in_step(company, qb)


def test_an_unanswered_creation_is_looked_up_after_an_hour(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    qb.fault("lost_answer", method="POST", entity="Customer", count=10)
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    request = Request.objects.get(state=Request.State.OPEN)
    Request.objects.filter(pk=request.pk).update(created_at=timezone.now() - timedelta(hours=2))
    qb.clear_faults()
    before = len(qb.requests())
    work()

    paths = [(row["method"], row["path"].rpartition("/")[2]) for row in qb.requests()[before:]]
    assert paths[0] == ("GET", "query")
    assert ("POST", "customer") not in paths
    customer.refresh_from_db()
    assert customer.qbo_id
    assert_in_step(company, qb)


def test_a_throttle_pauses_the_company(company: Company, qb: EmulatorCompany) -> None:
    qb.fault("429", count=50)
    Customer.objects.create(company=company, display_name="Alder Court")
    worker.run(company.pk)

    company.refresh_from_db()
    assert company.paused_until is not None
    assert company.paused_until > timezone.now() + timedelta(seconds=30)
    assert OutboxEntry.objects.get().state == OutboxEntry.State.WAITING
    assert worker.due_companies() == []


def test_a_taken_name_is_explained_and_goes_through_once_it_is_changed(
    company: Company, qb: EmulatorCompany, work: Work, look: Work
) -> None:
    qb.create("Vendor", {"DisplayName": "Alder Court"})
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()

    entry = OutboxEntry.objects.get()
    problem = problems.explain(entry)
    assert entry.code == "6240"
    assert "already taken" in problem.title
    assert "already using this name" in problem.said.replace("\n", " ") or "already exists" in problem.said
    customer.refresh_from_db()
    assert customer.sync_state == SyncState.NEEDS_YOU

    customer.display_name = "Alder Court HOA"
    customer.save()
    look()
    assert_in_step(company, qb)


def test_trying_again_works_once_the_cause_is_gone(
    company: Company, qb: EmulatorCompany, work: Work, look: Work
) -> None:
    vendor = qb.create("Vendor", {"DisplayName": "Alder Court"})
    Customer.objects.create(company=company, display_name="Alder Court")
    work()
    qb.edit("Vendor", vendor["Id"], {"DisplayName": "Alder Court Supplies"})
    outbox.retry(OutboxEntry.objects.get())
    look()

    assert_in_step(company, qb)


def test_one_refusal_does_not_stop_the_others(company: Company, qb: EmulatorCompany, work: Work) -> None:
    qb.create("Vendor", {"DisplayName": "Alder Court"})
    Customer.objects.create(company=company, display_name="Alder Court")
    other = Customer.objects.create(company=company, display_name="Birch Terrace")
    work()

    other.refresh_from_db()
    assert other.sync_state == SyncState.IN_QUICKBOOKS


def test_deleting_what_somebody_deleted_there_is_done(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    qb.edit("Invoice", invoice.qbo_id, operation="delete")
    outbox.command(invoice, Verb.DELETE)
    work()

    invoice.refresh_from_db()
    assert invoice.is_gone
    assert_in_step(company, qb)


def test_an_edit_of_what_was_deleted_there_waits_for_a_person(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    qb.edit("Invoice", invoice.qbo_id, operation="delete")
    invoice.private_note = "call first"
    invoice.save()
    work()

    invoice.refresh_from_db()
    entry = OutboxEntry.objects.unfinished().get()
    assert invoice.is_gone
    assert (entry.state, entry.code) == (OutboxEntry.State.NEEDS_YOU, "gone")
    assert qb.all("Invoice") == []


def test_an_expired_access_token_is_refreshed_and_nothing_is_noticed(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    Company.objects.update(access_expires_at=timezone.now() - timedelta(minutes=1))
    Customer.objects.create(company=company, display_name="Alder Court")
    work()

    company.refresh_from_db()
    assert company.access_token != qb.access_token
    assert_in_step(company, qb)


def test_a_rejected_access_token_is_refreshed_once(company: Company, qb: EmulatorCompany, work: Work) -> None:
    company.access_token = "nonsense"
    company.save()
    Customer.objects.create(company=company, display_name="Alder Court")
    work()

    assert_in_step(company, qb)


def test_a_lost_connection_keeps_everything_until_somebody_connects_again(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    manager = UserFactory(is_superuser=True)
    qb.disconnect()
    Customer.objects.create(company=company, display_name="Alder Court")
    work()

    company.refresh_from_db()
    assert company.connection == Connection.RECONNECT
    assert [message.to for message in mail.outbox] == [[manager.email]]
    assert OutboxEntry.objects.get().state == OutboxEntry.State.WAITING

    fresh = qb.new_tokens()
    Company.objects.filter(pk=company.pk).update(connection=Connection.CONNECTED)
    company.refresh_from_db()
    company.access_token, company.refresh_token = fresh.access_token, fresh.refresh_token
    company.access_expires_at = timezone.now() + timedelta(hours=1)
    company.save()
    importing.start(company)
    work()
    assert_in_step(company, qb)


def test_an_import_goes_on_after_quickbooks_was_away(
    connected: Company, qb: EmulatorCompany, work: Work
) -> None:
    for number in range(5):
        qb.create("Customer", {"DisplayName": f"Customer {number}"})
    qb.fault("503", path="query", after=4, count=6)
    importing.start(connected)
    for _ in range(5):
        work()

    assert_in_step(connected, qb)


def test_an_edit_during_a_push_that_comes_back_is_still_one_edit(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    qb.fault("lost_answer", method="POST", entity="Customer", count=4)
    work()
    customer.refresh_from_db()
    customer.notes = "edited while the outcome was unknown"
    customer.save()
    qb.clear_faults()
    qb.fault("stale_token", method="POST", entity="Customer")
    work()
    work()

    customer.refresh_from_db()
    assert customer.notes == "edited while the outcome was unknown"
    assert_in_step(company, qb)


def test_what_might_be_ours_is_not_taken_in_as_somebody_elses(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    qb.fault("lost_answer", method="POST", entity="Payment", count=4)
    ours = a_check(company, customer, "100", {invoice: "100"})
    work()
    twin = qb.all("Payment")[0] | {"Line": []}
    copy = qb.create(
        "Payment", {key: twin[key] for key in ("CustomerRef", "TotalAmt", "TxnDate", "PaymentRefNum")}
    )
    Request.objects.filter(state=Request.State.OPEN).update(created_at=timezone.now() - timedelta(hours=2))
    qb.clear_faults()
    importing.start(company)
    work()
    assert OutboxEntry.objects.get(state=OutboxEntry.State.NEEDS_YOU).code == "ambiguous"
    assert list(Payment.objects.all()) == [ours]

    qb.edit("Payment", copy["Id"], operation="delete")
    outbox.retry(OutboxEntry.objects.get(state=OutboxEntry.State.NEEDS_YOU))
    work()
    assert list(Payment.objects.all()) == [ours]
    assert_in_step(company, qb)


def test_giving_up_what_might_be_there_takes_it_in_as_it_is_there(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    unanswered_for_hours(company, qb, work)
    qb.clear_faults()
    inbox.catch_up_now(company)
    work()
    assert InboxEntry.objects.get(reason=inbox.IN_DOUBT).state == InboxEntry.State.PARKED
    reconcile.give_up(OutboxEntry.objects.get())
    work()

    assert_in_step(company, qb)


def test_one_record_that_is_never_answered_does_not_stop_the_others(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    unanswered_for_hours(company, qb, work)
    entry = OutboxEntry.objects.get()
    assert (entry.state, entry.code) == (OutboxEntry.State.NEEDS_YOU, "unanswered")
    inbox.catch_up_now(company)
    work()
    company.refresh_from_db()
    assert company.look_wanted_at is None

    qb.clear_faults()
    outbox.retry(entry)
    work()
    assert len(qb.all("Customer")) == 1
    assert_in_step(company, qb)


def unanswered_for_hours(company: Company, qb: EmulatorCompany, work: Work) -> None:
    """A customer whose creation worked, though QuickBooks never says so, and who cannot be found by name."""
    qb.fault("lost_answer", method="POST", entity="Customer", count=0)
    Customer.objects.create(company=company, display_name="Alder Court")
    work()
    qb.edit("Customer", qb.all("Customer")[0]["Id"], {"DisplayName": "Alder Court HOA"})
    Request.objects.update(created_at=timezone.now() - timedelta(hours=5))
    work()
