"""Random histories: two sides that edit, pay, void and delete, over a connection that fails in every way.

Whatever happened, once the faults are over and a person has decided what only a person can, both sides agree to the
cent, nothing is there twice, and no edit has vanished unseen.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from customers.models import Customer
from invoices.editing import save_invoice
from invoices.models import Invoice, Item, Payment
from invoices.receiving import NotAllowed, save_payment
from qbo.models import Company, Conflict, Connection, OutboxEntry, Verb
from qbo.sync import conflicts, outbox, reconcile
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import a_check, an_invoice, an_item

Work = Callable[[], None]
State = OutboxEntry.State
FAULTS = ["lost_answer", "reset", "truncated", "429", "500", "503"]


@dataclass
class History:
    """One run. Every step picks at random; what makes no sense just now is left out."""

    company: Company
    qb: EmulatorCompany
    item: Item
    random: Random
    work: Work
    look: Work
    written: list[str] = field(default_factory=list)

    def step(self) -> None:
        kinds = [
            self.new_customer, self.edit_customer, self.new_invoice, self.edit_lines, self.edit_note, self.pay,
            self.allocate_again, self.void_or_delete, self.they_edit_a_customer, self.they_edit_an_invoice,
            self.they_pay, self.they_delete, self.break_something, self.work, self.work, self.look,
        ]  # fmt: skip
        kind = self.random.choice(kinds)
        self.written.append(getattr(kind, "__name__", str(kind)))
        try:
            kind()
        except (outbox.NotPossible, NotAllowed) as refusal:
            self.written.append(f"refused here: {refusal}")

    def one(self, queryset: Any) -> Any:
        rows = list(queryset.filter(company=self.company, gone_at=None).order_by("pk"))
        return self.random.choice(rows) if rows else None

    # here

    def new_customer(self) -> None:
        Customer.objects.create(company=self.company, display_name=f"Customer {Customer.objects.count()}")

    def edit_customer(self) -> None:
        if customer := self.one(Customer.objects):
            customer.notes = f"note {self.random.randint(1, 99)}"
            customer.save()

    def new_invoice(self) -> None:
        if customer := self.one(Customer.objects):
            an_invoice(self.company, customer, self.item, "1", str(self.random.randint(1, 500)))

    def edit_lines(self) -> None:
        invoice = self.one(Invoice.objects.filter(is_void=False, allocations=None, settled=0))
        if invoice and (line := invoice.lines.first()):
            line.quantity += 1
            line.amount = line.quantity * line.rate
            save_invoice(invoice, [line], by=None)

    def edit_note(self) -> None:
        if invoice := self.one(Invoice.objects.filter(is_void=False)):
            invoice.private_note = f"note {self.random.randint(1, 99)}"
            invoice.save()

    def pay(self) -> None:
        if invoice := self.one(Invoice.objects.open()):
            part = (invoice.balance * self.random.choice([1, Decimal("0.5")])).quantize(Decimal("0.01"))
            a_check(
                self.company, invoice.customer, str(part + self.random.choice([0, 5])), {invoice: str(part)}
            )

    def allocate_again(self) -> None:
        payment = self.one(Payment.objects.filter(is_void=False))
        if payment and (row := payment.allocations.exclude(invoice=None).exclude(amount=0).first()):
            save_payment(payment, {row.invoice: (row.amount / 2).quantize(Decimal("0.01"))}, by=None)

    def void_or_delete(self) -> None:
        model = self.random.choice([Payment, Invoice])
        rows = model.objects.filter(is_void=False)
        obj = self.one(rows if model is Payment else rows.filter(allocations=None, settled=0))
        if obj:
            outbox.command(obj, self.random.choice([Verb.VOID, Verb.DELETE]))

    # in QuickBooks

    def theirs(self, entity: str) -> Any:
        rows = self.qb.all(entity)
        return self.random.choice(rows) if rows else None

    def they(self, *args: Any, **options: Any) -> None:
        try:
            self.qb.edit(*args, **options)
        except AssertionError:  # QuickBooks refuses what makes no sense, such as deleting a paid invoice
            self.written.append("refused there")

    def they_edit_a_customer(self) -> None:
        if customer := self.theirs("Customer"):
            name = self.random.choice(["Notes", "CompanyName"])
            self.they("Customer", customer["Id"], {name: f"theirs {self.random.randint(1, 99)}"})

    def they_edit_an_invoice(self) -> None:
        if invoice := self.theirs("Invoice"):
            self.they("Invoice", invoice["Id"], {"DueDate": f"2027-01-{self.random.randint(10, 28)}"})

    def they_pay(self) -> None:
        invoice = self.theirs("Invoice")
        if invoice and invoice["Balance"] > 1:
            link = {"Amount": 1, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
            payment = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": 1, "Line": [link]}
            self.they("Payment", changes=payment, operation="create")

    def they_delete(self) -> None:
        if row := self.theirs(entity := self.random.choice(["Invoice", "Payment"])):
            self.they(entity, row["Id"], operation=self.random.choice(["delete", "void"]))

    def break_something(self) -> None:
        self.qb.fault(self.random.choice(FAULTS), method=self.random.choice(["POST", "GET"]), count=2)

    # the end

    def settle(self) -> None:
        """The faults are over; a person decides what only a person can; everything comes to rest."""
        self.qb.clear_faults()
        for _ in range(6):
            Company.objects.filter(pk=self.company.pk).update(connection=Connection.CONNECTED)
            self.look()
            for conflict in Conflict.objects.filter(company=self.company, resolved_at=None):
                choice = self.random.choice(["ours", "theirs"])
                conflicts.decide(conflict, dict.fromkeys(conflict.groups, choice), by=None)
            for entry in OutboxEntry.objects.filter(company=self.company, state=State.NEEDS_YOU):
                self.written.append(f"given up: {entry} {entry.code} {entry.problem}")
                reconcile.give_up(entry)


@pytest.mark.parametrize("seed", range(int(os.environ.get("HISTORIES", "12"))))
def test_both_sides_converge(
    company: Company, qb: EmulatorCompany, work: Work, look: Work, seed: int
) -> None:
    history = History(company, qb, an_item(company), Random(seed), work, look)
    work()
    for _ in range(40):
        history.step()
    history.settle()

    try:
        assert_in_step(company, qb)
    except AssertionError as error:
        raise AssertionError("\n".join([str(error), *history.written])) from error
    assert_money_adds_up(company)


def assert_money_adds_up(company: Company) -> None:
    """What is settled on invoices is what payments put there; an unapplied rest is never negative."""
    for invoice in Invoice.objects.filter(company=company, gone_at=None):
        applied = sum((row.amount for row in invoice.allocations.filter(payment__gone_at=None)), Decimal(0))
        assert invoice.settled == applied, (invoice, invoice.settled, applied)
        assert invoice.balance == invoice.total - applied
    for payment in Payment.objects.filter(company=company, gone_at=None):
        assert payment.unapplied >= 0
