"""Proof of sync against a real emulator: agreement, named differences, and their repair."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from invoices.models import Invoice, Proof
from invoices.proof import errand
from qbo.models import Company, Role
from tests.emulator_process import EmulatorCompany
from tests.factories import MembershipFactory
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import a_check, an_invoice, an_item

Work = Callable[[], None]


@pytest.fixture
def customer(company: Company, work: Work) -> Customer:
    """Two open invoices, one of them paid in part, and money left over."""
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    item = an_item(company)
    first, _ = (an_invoice(company, customer, item, "1", rate) for rate in ("100", "250.55"))
    a_check(company, customer, "90", {first: "60"})
    work()
    return customer


def prove(company: Company, work: Work, **wanted: date) -> Proof:
    proof = errand.ask(company, **wanted)
    work()
    proof.refresh_from_db()
    assert proof.state == Proof.State.DONE, proof.problem
    return proof


def test_both_sides_agree(company: Company, customer: Customer, work: Work) -> None:
    proof = prove(company, work)

    assert (proof.agrees, proof.differences) == (True, [])
    assert (proof.open_count, proof.open_amount) == (2, Decimal("290.55"))
    assert proof.sums["together"] == {"here": Decimal("260.55"), "there": Decimal("260.55")}


def test_what_differs_is_named_and_reading_it_again_repairs_it(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    invoice = Invoice.objects.get(total=Decimal("250.55"))
    Invoice.objects.filter(pk=invoice.pk).update(balance=Decimal("1.00"))  # as a defect of ours would
    proof = prove(company, work)
    (row,) = proof.unexplained
    assert (row["kind"], row["label"], row["here"], row["there"]) == (
        "differs", str(invoice), Decimal("1.00"), Decimal("250.55"),
    )  # fmt: skip

    client = Client()
    client.force_login(MembershipFactory(company=company, role=Role.BILLER).user)
    page = client.get(f"/c/{company.pk}/proof/").content.decode()
    assert "One document differs" in page
    assert str(invoice) in page
    qb.edit("Invoice", invoice.qbo_id, {"PrivateNote": "touched"})  # so that there is something to take in
    client.post(f"/c/{company.pk}/proof/repair/", {"document": f"Invoice {invoice.qbo_id}"})
    work()

    assert Proof.objects.first().agrees  # type: ignore[union-attr]
    assert "equal to QuickBooks to the cent" in client.get(f"/c/{company.pk}/").content.decode()


def test_what_waits_to_be_sent_is_explained(company: Company, customer: Customer, work: Work) -> None:
    from qbo.models import OutboxEntry

    an_invoice(company, customer, an_item(company, "Mulch"), "1", "40")
    OutboxEntry.objects.unfinished().update(state=OutboxEntry.State.NEEDS_YOU, code="6140")
    proof = prove(company, work)

    assert proof.agrees
    assert [(row["kind"], row["here"]) for row in proof.explained] == [("on its way", Decimal(40))]


def test_journal_entries_and_credit_memos_are_named(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    customer.refresh_from_db()
    who = {"Type": "Customer", "EntityRef": {"value": customer.qbo_id}}
    lines = [
        posting("Credit", qb.id_of("Account", "Accounts Receivable (A/R)"), Entity=who),
        posting("Debit", qb.id_of("Account", "Fuel")),
    ]
    qb.create("JournalEntry", {"Line": lines, "DocNumber": "JE-1"})
    proof = prove(company, work)

    assert proof.agrees
    assert [(row["label"], row["there"]) for row in proof.explained] == [("Journal Entry JE-1", Decimal(-30))]


def posting(side: str, account: str, **more: object) -> dict[str, object]:
    detail = {"PostingType": side, "AccountRef": {"value": account}, **more}
    return {"Amount": 30, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


def test_as_of_a_day_in_the_past(company: Company, customer: Customer, work: Work) -> None:
    """The check of today had not come, and of the invoices only one was there."""
    last_week = timezone.localdate() - timedelta(days=7)
    invoice = Invoice.objects.get(total=Decimal(100))
    invoice.txn_date = last_week - timedelta(days=1)
    invoice.save()
    work()
    proof = prove(company, work, as_of=last_week)

    assert (proof.agrees, proof.open_count, proof.open_amount) == (True, 1, Decimal(100))


def test_it_happens_by_itself_once_a_day(company: Company, customer: Customer, work: Work) -> None:
    assert not errand.is_due(company)
    Company.objects.update(created_at=timezone.now() - timedelta(days=2))
    company.refresh_from_db()
    assert errand.is_due(company)
    work()

    assert Proof.objects.get().agrees
    assert not errand.is_due(company)


def test_a_proof_costs_three_reads(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    before = max(row["id"] for row in qb.requests())
    prove(company, work)

    paths = [row["path"].rpartition("/")[2] for row in qb.requests(since=before)]
    assert sorted(paths) == ["AgedReceivableDetail", "AgedReceivables", "cdc"]


def test_the_command_says_what_differs_and_how_it_ends(
    company: Company, customer: Customer, work: Work
) -> None:
    said = StringIO()
    call_command("proof", "--company", str(company.pk), stdout=said)
    assert "equal to the cent" in said.getvalue()

    Invoice.objects.filter(total=Decimal(100)).update(balance=Decimal(3))
    with pytest.raises(CommandError, match="Not everything agrees") as failure:
        call_command("proof", stdout=said)
    assert failure.value.returncode == 1
    assert "DIFFERS" in said.getvalue()
    assert json.dumps(Proof.objects.first().sums, default=str)  # type: ignore[union-attr]
    with pytest.raises(CommandError, match="no one company"):
        call_command("proof", "--company", "nobody")


def test_sub_customers_count_once(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    customer.refresh_from_db()
    parent = {"ParentRef": {"value": customer.qbo_id}, "Job": True, "BillWithParent": True}
    child = qb.create("Customer", {"DisplayName": "Roof", **parent})
    line = {
        "Amount": 40,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
    }
    qb.create("Invoice", {"CustomerRef": {"value": child["Id"]}, "Line": [line]})
    proof = prove(company, work)

    assert (proof.agrees, proof.open_amount, proof.sums["customers"]["count"]) == (True, Decimal("330.55"), 2)
    assert_in_step(company, qb)
