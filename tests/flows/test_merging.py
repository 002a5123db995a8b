"""Two customers are merged in QuickBooks: what they had goes over, and what was on its way is not
lost."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from customers import linking
from customers.models import Customer
from invoices.models import Invoice, Item
from qbo.models import Company, OutboxEntry, Verb
from qbo.sync import outbox
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import a_check, an_invoice, an_item

Work = Callable[[], None]
State = OutboxEntry.State


@pytest.fixture
def two(company: Company, work: Work) -> tuple[Customer, Customer]:
    """Alder stays, Birch is merged into it. Birch has an invoice that is paid in part, and money left over."""
    stays, goes = (Customer.objects.create(company=company, display_name=name) for name in ("Alder", "Birch"))
    invoice = an_invoice(company, goes, an_item(company), "1", "100")
    a_check(company, goes, "50", {invoice: "40"})
    work()
    for customer in (stays, goes):
        customer.refresh_from_db()
    return stays, goes


def merge(qb: EmulatorCompany, two: tuple[Customer, Customer]) -> None:
    stays, goes = two
    qb.edit("Customer", goes.qbo_id, {"into": stays.qbo_id}, operation="merge")


def test_documents_and_money_go_over(
    company: Company, qb: EmulatorCompany, two: tuple[Customer, Customer], look: Work
) -> None:
    stays, goes = two
    merge(qb, two)
    look()

    goes.refresh_from_db()
    assert goes.is_gone
    assert {obj.customer for obj in (Invoice.objects.get(), stays.payments.get())} == {stays}
    assert (stays.invoices.get().balance, stays.payments.get().unapplied) == (Decimal(60), Decimal(10))
    assert_in_step(company, qb)


def test_an_edit_of_the_one_that_is_gone_waits_for_a_person(
    company: Company, qb: EmulatorCompany, two: tuple[Customer, Customer], look: Work
) -> None:
    _, goes = two
    merge(qb, two)
    goes.notes = "gate code 2"
    goes.save()
    look()

    entry = OutboxEntry.objects.get(state=State.NEEDS_YOU)
    assert (entry.entity, entry.object_id) == ("Customer", goes.pk)
    goes.refresh_from_db()
    assert (goes.is_gone, goes.notes) == (True, "gate code 2")


def test_an_invoice_on_its_way_for_the_one_that_is_gone_asks_for_another(
    company: Company, qb: EmulatorCompany, two: tuple[Customer, Customer], look: Work, work: Work
) -> None:
    stays, goes = two
    merge(qb, two)
    invoice = an_invoice(company, goes, Item.objects.get(company=company), "1", "70")
    look()
    assert OutboxEntry.objects.get(state=State.NEEDS_YOU).object_id == invoice.pk
    assert len(qb.all("Invoice")) == 1

    invoice.refresh_from_db()
    invoice.customer = stays
    invoice.save()
    work()
    look()
    assert len(qb.all("Invoice")) == 2
    assert_in_step(company, qb)


def test_one_that_was_entered_on_both_sides_is_linked_and_its_documents_follow(
    company: Company, qb: EmulatorCompany, look: Work, work: Work
) -> None:
    qb.edit("Customer", "", {"DisplayName": "Alder"}, operation="create")
    ours = Customer.objects.create(company=company, display_name="Alder", phone="1")
    invoice = an_invoice(company, ours, an_item(company), "1", "100")
    a_check(company, ours, "30", {invoice: "30"})
    work()
    assert OutboxEntry.objects.get(state=State.NEEDS_YOU).code == "6240"
    look()
    theirs = linking.namesake(ours)
    assert theirs is not None

    linking.link(ours, theirs, by=None)
    work()

    assert [row["DisplayName"] for row in qb.all("Customer")] == ["Alder"]
    assert theirs.invoices.get().balance == Decimal(70)
    assert not OutboxEntry.objects.unfinished().exists()
    assert_in_step(company, qb)


def test_what_was_to_be_sent_at_once_follows_as_well(
    company: Company, qb: EmulatorCompany, look: Work, work: Work
) -> None:
    qb.edit("Customer", "", {"DisplayName": "Alder"}, operation="create")
    ours = Customer.objects.create(company=company, display_name="Alder", email="alder@example.com")
    invoice = an_invoice(company, ours, an_item(company), "1", "100")
    outbox.command(invoice, Verb.SEND, to="alder@example.com")
    work()
    look()
    theirs = linking.namesake(ours)
    assert theirs is not None

    linking.link(ours, theirs, by=None)
    work()

    (there,) = qb.all("Invoice")
    assert (there["CustomerRef"]["value"], there["EmailStatus"]) == (theirs.qbo_id, "EmailSent")
    assert not OutboxEntry.objects.unfinished().exists()
