"""Random histories: two sides that edit, send, pay, void and delete, over a connection that fails in every way, by
workers that lose their lease in the middle of things.

Whatever happened, once the faults are over and a person has decided what only a person can, both sides agree to the
cent, nothing is there twice, no e-mail went out twice, and no older value has come back over a newer one.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from customers.models import Customer
from invoices.editing import save_invoice
from invoices.models import Invoice, Item, Payment
from invoices.receiving import NotAllowed, save_payment
from qbo import webhooks
from qbo.api import transport
from qbo.models import Company, Conflict, Connection, Lease, MirroredModel, OutboxEntry, Verb
from qbo.sync import conflicts, importing, outbox, pull, reconcile
from qbo.sync.push import pipeline, settle
from qbo.sync.registry import mapping_for
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import a_check, an_invoice, an_item

Work = Callable[[], None]
State = OutboxEntry.State
FAULTS = ["lost_answer", "reset", "truncated", "401", "429", "500", "503", "stale_token"]
#: Where another worker may take over.
STEPS = [
    (pipeline, "perform"),
    (settle, "_store"),
    (settle, "_settle_each"),
    (settle, "_meet"),
    (pull, "take_all"),
    (importing, "_read_page"),
]


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
    #: The newest value of each side, for (entity, id on that side, property).
    here: dict[tuple[str, int, str], str] = field(default_factory=dict)
    there: dict[tuple[str, str, str], str] = field(default_factory=dict)
    given_up: set[tuple[str, int]] = field(default_factory=set)
    loses_lease_at: str = ""

    def step(self) -> None:
        kinds = [
            self.new_customer, self.edit_customer, self.rename_a_customer, self.deactivate, self.edit_item,
            self.new_invoice, self.edit_lines, self.edit_note, self.edit_note, self.send, self.send, self.pay,
            self.allocate_again, self.void_or_delete, self.they_edit_a_customer, self.they_rename_a_customer,
            self.they_edit_an_item, self.they_edit_an_invoice, self.they_note, self.they_pay, self.they_delete,
            self.break_something, self.break_something, self.lose_the_lease, self.read_all_again, self.decide,
            self.news_comes, self.news_comes, self.their_clock_jumps,
            self.work, self.work, self.work, self.look, self.look,
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

    def number(self) -> str:
        return str(len(self.written))

    def wrote(self, obj: MirroredModel, name: str) -> None:
        self.here[type(obj).__name__, obj.pk, name] = getattr(obj, name)

    # here

    def new_customer(self) -> None:
        Customer.objects.create(company=self.company, display_name=f"Customer {Customer.objects.count()}")

    def edit_customer(self) -> None:
        if customer := self.one(Customer.objects):
            customer.notes = f"note {self.number()}"
            customer.save()
            self.wrote(customer, "notes")

    def rename_a_customer(self) -> None:
        """Half of the names are taken, by a vendor, which only QuickBooks finds out."""
        if customer := self.one(Customer.objects):
            customer.display_name = self.random.choice(["Taken", f"Renamed {self.number()}"])
            customer.save()

    def deactivate(self) -> None:
        if obj := self.one(self.random.choice([Customer, Item]).objects.exclude(pk=self.item.pk)):
            obj.active = not obj.active
            obj.save()

    def edit_item(self) -> None:
        item = self.one(Item.objects.exclude(pk=self.item.pk)) or an_item(self.company, "Mulch")
        item.description = f"item {self.number()}"
        item.save()
        self.wrote(item, "description")

    def new_invoice(self) -> None:
        """Perhaps of a customer, or with an item, that is inactive by now in QuickBooks."""
        if customer := self.one(Customer.objects):
            item = self.one(Item.objects.filter(active=True)) or self.item
            an_invoice(self.company, customer, item, "1", str(self.random.randint(1, 500)))

    def edit_lines(self) -> None:
        invoice = self.one(Invoice.objects.filter(is_void=False, allocations=None, settled=0))
        if invoice and (line := invoice.lines.first()):
            line.quantity += 1
            line.amount = line.quantity * line.rate
            save_invoice(invoice, [line], by=None)

    def edit_note(self) -> None:
        if invoice := self.one(Invoice.objects.filter(is_void=False)):
            invoice.private_note = f"note {self.number()}"
            invoice.save()
            self.wrote(invoice, "private_note")

    def send(self) -> None:
        if invoice := self.one(Invoice.objects.filter(is_void=False)):
            outbox.command(invoice, Verb.SEND, to=f"{self.number()}@alder.example")

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

    def they(self, *args: Any, **options: Any) -> bool:
        try:
            self.qb.edit(*args, **options)
        except AssertionError:  # QuickBooks refuses what makes no sense, such as deleting a paid invoice
            self.written.append("refused there")
            return False
        return True

    def they_write(self, model: type[MirroredModel], qbo_id: str, key: str, name: str) -> None:
        value = f"theirs {self.number()}"
        if self.they(model.__name__, qbo_id, {key: value}):
            self.there[model.__name__, qbo_id, name] = value

    def they_edit_a_customer(self) -> None:
        if customer := self.theirs("Customer"):
            key, name = self.random.choice([("Notes", "notes"), ("CompanyName", "company_name")])
            self.they_write(Customer, customer["Id"], key, name)

    def they_rename_a_customer(self) -> None:
        if customer := self.theirs("Customer"):
            self.they("Customer", customer["Id"], {"DisplayName": f"Theirs {self.number()}"})

    def they_edit_an_item(self) -> None:
        if item := self.theirs("Item"):
            self.they_write(Item, item["Id"], "Description", "description")

    def they_note(self) -> None:
        invoice = self.theirs("Invoice")
        if invoice and invoice["TotalAmt"]:
            self.they_write(Invoice, invoice["Id"], "PrivateNote", "private_note")

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

    # in between

    def break_something(self) -> None:
        kind = self.random.choice(FAULTS)
        method = "POST" if kind == "stale_token" else self.random.choice(["POST", "POST", "GET"])
        self.qb.fault(kind, method=method, count=self.random.choice([1, 2, 5]))

    def news_comes(self) -> None:
        """A webhook about something: in time or late, once or twice, and of most changes none ever comes."""
        entity = self.random.choice(["Customer", "Item", "Invoice", "Payment"])
        if row := self.theirs(entity):
            event = webhooks.Event(self.company.realm_id, entity.lower(), row["Id"], "updated")
            webhooks.record([event] * self.random.choice([1, 2]))

    def their_clock_jumps(self) -> None:
        self.qb.turn_clock(advance=self.random.choice([1, 60, 4000]))

    def lose_the_lease(self) -> None:
        self.loses_lease_at = self.random.choice(STEPS)[1]

    def read_all_again(self) -> None:
        importing.start(self.company)

    def decide(self) -> None:
        for conflict in Conflict.objects.filter(company=self.company, resolved_at=None):
            choices = {name: self.random.choice(["ours", "theirs"]) for name in conflict.groups}
            conflicts.decide(conflict, choices, by=None)

    # the end

    def settle(self) -> None:
        """The faults are over; a person decides what only a person can; everything comes to rest."""
        self.qb.clear_faults()
        self.loses_lease_at = ""
        for _ in range(6):
            Company.objects.filter(pk=self.company.pk).update(connection=Connection.CONNECTED)
            self.look()
            self.decide()
            for entry in OutboxEntry.objects.filter(company=self.company, state=State.NEEDS_YOU):
                self.written.append(f"given up: {entry} {entry.code} {entry.problem}")
                assert entry.code != "internal", entry.problem
                self.given_up.add((entry.entity, entry.object_id))
                reconcile.give_up(entry)


@pytest.fixture
def stolen(monkeypatch: pytest.MonkeyPatch) -> Callable[[History], None]:
    """Another worker takes the lease over just before the step that the history names."""
    monkeypatch.setattr(transport, "jitter", lambda seconds, rng: 0.0)

    def watch(history: History) -> None:
        for module, name in STEPS:
            monkeypatch.setattr(module, name, steal_first(history, name, getattr(module, name)))

    return watch


def steal_first(history: History, name: str, step: Callable[..., Any]) -> Callable[..., Any]:
    def taken_over(*args: Any, **options: Any) -> Any:
        if history.loses_lease_at == name:
            history.loses_lease_at = ""
            history.written.append(f"lease lost at {name}")
            lease = Lease.objects.filter(name=f"company:{history.company.pk}")
            lease.update(fence=F("fence") + 1, holder="another worker", expires_at=timezone.now())
        return step(*args, **options)

    return taken_over


def seeds() -> list[int]:
    """The first few, as many as HISTORIES says; or the one that HISTORY names, to play it again."""
    if named := os.environ.get("HISTORY"):
        return [int(named)]
    return list(range(int(os.environ.get("HISTORIES", "20"))))


@pytest.mark.parametrize("seed", seeds())
def test_both_sides_converge(
    company: Company,
    qb: EmulatorCompany,
    work: Work,
    look: Work,
    stolen: Callable[[History], None],
    seed: int,
) -> None:
    history = History(company, qb, an_item(company), Random(seed), work, look)
    qb.create("Vendor", {"DisplayName": "Taken"})
    work()
    stolen(history)
    try:
        for _ in range(50):
            history.step()
        history.settle()
        qb.access_token = qb.new_tokens().access_token  # the test's own has run out where the clock jumped
        assert_in_step(company, qb)
        assert_money_adds_up(company)
        assert_nothing_older_came_back(history)
        assert_every_email_once(company, qb)
    except AssertionError as error:
        again = f"HISTORY={seed} .venv/bin/python -m pytest tests/flows/test_histories.py"
        raise AssertionError("\n".join([str(error), *history.written, again])) from error


def assert_every_email_once(company: Company, qb: EmulatorCompany) -> None:
    sent = OutboxEntry.objects.filter(company=company, verb=Verb.SEND, state=State.DONE)
    assert sorted(mail["recipient"] for mail in qb.emails()) == sorted(entry.options["to"] for entry in sent)


def assert_nothing_older_came_back(history: History) -> None:
    """Each value is the newest that somebody wrote, here or there, unless its writer gave it up."""
    for (entity, pk, name), ours in history.here.items():
        obj = mapping_for(entity).model.objects.get(pk=pk)
        if (entity, pk) not in history.given_up and not obj.is_gone and not getattr(obj, "is_void", False):
            theirs = history.there.get((entity, obj.qbo_id, name))
            assert getattr(obj, name) in (ours, theirs), (obj, name, getattr(obj, name))


def assert_money_adds_up(company: Company) -> None:
    """What is settled on invoices is what payments put there; an unapplied rest is never negative."""
    for invoice in Invoice.objects.filter(company=company, gone_at=None):
        applied = sum((row.amount for row in invoice.allocations.filter(payment__gone_at=None)), Decimal(0))
        assert invoice.settled == applied, (invoice, invoice.settled, applied)
        assert invoice.balance == invoice.total - applied
    for payment in Payment.objects.filter(company=company, gone_at=None):
        assert payment.unapplied >= 0
