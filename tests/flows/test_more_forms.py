"""Credit memos and estimates, on their way in both directions."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from customers.models import Customer
from invoices.models import CreditMemo, CreditMemoLine, Estimate, EstimateLine, Item, SalesForm
from invoices.proof import errand
from qbo.models import Company, OutboxEntry, Verb
from qbo.sync import outbox
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import an_invoice, an_item

Work = Callable[[], None]
KINDS = [(CreditMemo, CreditMemoLine), (Estimate, EstimateLine)]


@pytest.fixture
def customer(company: Company, work: Work) -> Customer:
    an_item(company)
    customer = Customer.objects.create(company=company, display_name="Alder Court", email="ap@alder.example")
    work()
    customer.refresh_from_db()
    return customer


@transaction.atomic
def a_form(model: type[SalesForm], line: type[Any], customer: Customer, rate: str = "100") -> Any:
    form = model.objects.create(company=customer.company, customer=customer, private_note="as typed")
    line.objects.create(
        **{line.form_field: form},
        item=Item.objects.get(company=customer.company),
        quantity=2,
        rate=Decimal(rate),
        amount=2 * Decimal(rate),
    )
    return form


@pytest.mark.parametrize(("model", "line"), KINDS)
def test_what_is_made_here_is_there_with_its_sums(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work, model: Any, line: Any
) -> None:
    form = a_form(model, line, customer)
    work()

    form.refresh_from_db()
    row = qb.read(model.__name__, form.qbo_id)
    assert (form.total, row["TotalAmt"], row["PrivateNote"]) == (Decimal(200), 200, "as typed")
    assert form.doc_number == row["DocNumber"]
    assert_in_step(company, qb)


@pytest.mark.parametrize(("model", "line"), KINDS)
def test_edits_of_both_sides_merge(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work, model: Any, line: Any
) -> None:
    form = a_form(model, line, customer)
    work()
    form.refresh_from_db()
    qb.edit(model.__name__, form.qbo_id, {"CustomerMemo": {"value": "theirs"}})
    form.private_note = "ours"
    form.save()
    work()

    form.refresh_from_db()
    assert (form.private_note, form.customer_memo) == ("ours", "theirs")
    assert_in_step(company, qb)


@pytest.mark.parametrize(("model", "line"), KINDS)
def test_it_can_be_sent_and_deleted_and_not_voided(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work, model: Any, line: Any
) -> None:
    form = a_form(model, line, customer)
    outbox.command(form, Verb.SEND, to="ap@alder.example")
    work()
    assert [mail["recipient"] for mail in qb.emails()] == ["ap@alder.example"]
    with pytest.raises(outbox.NotPossible, match="cannot void"):
        outbox.command(form, Verb.VOID)
    outbox.command(form, Verb.DELETE)
    work()
    assert qb.all(model.__name__) == []
    assert_in_step(company, qb)


@pytest.mark.parametrize(("model", "line"), KINDS)
def test_many_go_in_one_batch_whatever_happens_to_the_answer(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work, model: Any, line: Any
) -> None:
    for number in range(10):
        a_form(model, line, customer, str(100 + number))
    qb.fault("lost_answer", method="POST", path="batch", count=2)
    work()
    work()

    assert len(qb.all(model.__name__)) == 10
    assert_in_step(company, qb)


def test_a_credit_that_is_put_on_an_invoice_there_lowers_both(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work, look: Work
) -> None:
    memo = a_form(CreditMemo, CreditMemoLine, customer, "20")
    invoice = an_invoice(company, customer, Item.objects.get(company=company), "1", "100")
    work()
    for obj in (memo, invoice):
        obj.refresh_from_db()
    lines = [
        {"Amount": 30, "LinkedTxn": [{"TxnId": obj.qbo_id, "TxnType": type(obj).__name__}]}
        for obj in (memo, invoice)
    ]
    payment = {"CustomerRef": {"value": customer.qbo_id}, "TotalAmt": 0, "Line": lines}
    qb.edit("Payment", changes=payment, operation="create")
    look()

    for obj in (memo, invoice):
        obj.refresh_from_db()
    assert (memo.balance, invoice.balance) == (Decimal(10), Decimal(70))
    assert_in_step(company, qb)
    proof = errand.ask(company)
    work()
    proof.refresh_from_db()
    assert (proof.agrees, proof.differences) == (True, [])
    assert proof.sums["together"]["here"] == Decimal(60)


def test_an_estimate_that_is_accepted_here_is_accepted_there(
    company: Company, qb: EmulatorCompany, customer: Customer, work: Work
) -> None:
    estimate = a_form(Estimate, EstimateLine, customer)
    work()
    estimate.refresh_from_db()
    estimate.status = "Accepted"
    estimate.save()
    work()

    assert qb.read("Estimate", estimate.qbo_id)["TxnStatus"] == "Accepted"
    assert_in_step(company, qb)


def test_a_credit_memo_that_waits_is_explained_by_the_proof(
    company: Company, customer: Customer, work: Work
) -> None:
    memo = a_form(CreditMemo, CreditMemoLine, customer)
    CreditMemo.objects.filter(pk=memo.pk).update(total=200)
    OutboxEntry.objects.unfinished().update(state=OutboxEntry.State.NEEDS_YOU, code="6140")
    proof = errand.ask(company)
    work()
    proof.refresh_from_db()

    assert proof.agrees
    assert [(row["kind"], row["here"]) for row in proof.explained] == [("on its way", Decimal(-200))]
