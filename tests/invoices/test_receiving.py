"""Saving a payment together with all that it pays."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from customers.models import Customer
from invoices import receiving
from invoices.models import Allocation, Invoice, Payment
from invoices.receiving import NotAllowed, payables, save_payment
from invoices.spreading import Problems
from qbo.models import Company, OutboxEntry, User, Verb
from qbo.sync import outbox
from tests.factories import (
    AllocationFactory,
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    PaymentFactory,
    UserFactory,
)

TODAY = timezone.localdate()


@pytest.fixture
def kestrel(company: Company) -> Customer:
    customer: Customer = CustomerFactory(company=company, display_name="Kestrel Ridge", known=True)
    return customer


@pytest.fixture
def invoice(kestrel: Customer) -> Invoice:
    return owed(kestrel, 100)


@pytest.fixture
def dana(db: None) -> User:
    user: User = UserFactory()
    return user


def owed(customer: Customer, total: int, **fields: Any) -> Invoice:
    made: Invoice = InvoiceFactory(
        company=customer.company, customer=customer, known=True, total=Decimal(total), **fields
    )
    return made


def check_of(customer: Customer, total: str) -> Payment:
    return Payment(company=customer.company, customer=customer, total=Decimal(total), ref_number="88214")


def balance(invoice: Invoice) -> Decimal:
    invoice.refresh_from_db()
    return invoice.balance


def refused(act: Callable[[], Any]) -> Problems:
    with pytest.raises(NotAllowed) as caught:
        act()
    return caught.value.problems


# ── Saving ──────────────────────────────────────────────────────────────────────────────────────


def test_one_check_over_several_invoices(kestrel: Customer, dana: User) -> None:
    first, second = owed(kestrel, 100), owed(kestrel, 60)
    payment = save_payment(check_of(kestrel, "150"), {first: Decimal(100), second: Decimal(30)}, by=dana)
    assert receiving.own_amounts(payment) == {first.pk: Decimal(100), second.pk: Decimal(30)}
    assert (payment.unapplied, payment.entered_by) == (Decimal(20), dana)
    assert (balance(first), balance(second)) == (Decimal(0), Decimal(30))


def test_saving_queues_one_push_and_says_who_asked(kestrel: Customer, invoice: Invoice, dana: User) -> None:
    payment = save_payment(check_of(kestrel, "100"), {invoice: Decimal(100)}, by=dana)
    entry = OutboxEntry.objects.get()
    assert (entry.entity, entry.object_id, entry.verb, entry.asked_by) == (
        "Payment",
        payment.pk,
        Verb.SAVE,
        dana,
    )


def test_zeros_are_no_allocations(kestrel: Customer, invoice: Invoice) -> None:
    save_payment(check_of(kestrel, "10"), {invoice: Decimal(0)}, by=None)
    assert not Allocation.objects.exists()


def test_an_edit_replaces_what_was_paid(kestrel: Customer, dana: User) -> None:
    first, second = owed(kestrel, 100), owed(kestrel, 60)
    payment = save_payment(check_of(kestrel, "100"), {first: Decimal(100)}, by=dana)
    save_payment(payment, {second: Decimal(60)}, by=None)
    assert receiving.own_amounts(payment) == {second.pk: Decimal(60)}
    assert (balance(first), balance(second), payment.unapplied) == (Decimal(100), Decimal(0), Decimal(40))
    assert payment.entered_by == dana


def test_what_quickbooks_knows_keeps_its_row_until_quickbooks_has_confirmed(kestrel: Customer) -> None:
    row: Allocation = AllocationFactory(payment__company=kestrel.company, payment__customer=kestrel)
    assert row.invoice
    save_payment(row.payment, {}, by=None)
    row.refresh_from_db()
    assert (row.amount, row.agreed_amount) == (Decimal(0), Decimal(100))
    assert balance(row.invoice) == 100


def test_what_quickbooks_never_knew_leaves_no_row(kestrel: Customer, invoice: Invoice) -> None:
    payment = save_payment(check_of(kestrel, "100"), {invoice: Decimal(100)}, by=None)
    save_payment(payment, {}, by=None)
    assert not Allocation.objects.exists()


def test_other_documents_stay_and_credit_memos_count(kestrel: Customer, invoice: Invoice) -> None:
    memo: Allocation = AllocationFactory(
        payment__company=kestrel.company,
        payment__customer=kestrel,
        payment__total=Decimal(0),
        invoice=None,
        txn_type="CreditMemo",
        txn_id="207",
        amount=Decimal(100),
    )
    payment = save_payment(memo.payment, {invoice: Decimal(80)}, by=None)
    assert payment.unapplied == 20
    assert payment.allocations.filter(txn_type="CreditMemo", amount=100).exists()
    problems = refused(lambda: save_payment(payment, {invoice: Decimal(101)}, by=None))
    assert set(problems) == {None, invoice.pk}


# ── What is refused ─────────────────────────────────────────────────────────────────────────────


def test_more_than_is_open_is_refused_and_nothing_is_written(kestrel: Customer, invoice: Invoice) -> None:
    problems = refused(lambda: save_payment(check_of(kestrel, "500"), {invoice: Decimal("100.01")}, by=None))
    assert problems == {invoice.pk: f"{invoice} has $100.00 open. Put at most that on it."}
    assert not Payment.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_more_than_there_is_is_refused(kestrel: Customer, invoice: Invoice) -> None:
    problems = refused(lambda: save_payment(check_of(kestrel, "40"), {invoice: Decimal(41)}, by=None))
    assert list(problems) == [None]


def test_an_edit_may_use_what_the_payment_has_there_itself(kestrel: Customer, invoice: Invoice) -> None:
    payment = save_payment(check_of(kestrel, "100"), {invoice: Decimal(60)}, by=None)
    save_payment(payment, {invoice: Decimal(100)}, by=None)
    assert balance(invoice) == 0
    payment.total = Decimal(200)
    assert invoice.pk in refused(lambda: save_payment(payment, {invoice: Decimal(101)}, by=None))


def test_another_customers_invoice_is_refused(kestrel: Customer) -> None:
    other = owed(CustomerFactory(company=kestrel.company), 100)
    problems = refused(lambda: save_payment(check_of(kestrel, "100"), {other: Decimal(10)}, by=None))
    assert "belongs to another customer" in problems[other.pk]


def test_another_companys_invoice_is_refused(kestrel: Customer) -> None:
    foreign = owed(CustomerFactory(company=CompanyFactory()), 100)
    assert refused(lambda: save_payment(check_of(kestrel, "100"), {foreign: Decimal(10)}, by=None))
    assert balance(foreign) == 100


def test_a_sub_customers_invoice_that_quickbooks_paid_with_it_may_stay(kestrel: Customer) -> None:
    child = owed(CustomerFactory(company=kestrel.company, parent=kestrel), 100)
    row: Allocation = AllocationFactory(
        payment__company=kestrel.company, payment__customer=kestrel, invoice=child, amount=Decimal(30)
    )
    payment = save_payment(row.payment, {child: Decimal(20)}, by=None)
    assert receiving.own_amounts(payment) == {child.pk: Decimal(20)}


def test_a_payment_that_moves_to_another_customer_leaves_its_invoices(
    kestrel: Customer, invoice: Invoice
) -> None:
    payment = save_payment(check_of(kestrel, "100"), {invoice: Decimal(100)}, by=None)
    payment.customer = CustomerFactory(company=kestrel.company)
    assert invoice.pk in refused(lambda: save_payment(payment, {invoice: Decimal(100)}, by=None))
    save_payment(payment, {}, by=None)
    assert balance(invoice) == 100


@pytest.mark.parametrize("fields", [{"is_void": True}, {"gone_at": timezone.now()}])
def test_a_void_or_deleted_invoice_is_refused(kestrel: Customer, fields: dict[str, Any]) -> None:
    invoice = owed(kestrel, 100, **fields)
    assert invoice.pk in refused(
        lambda: save_payment(check_of(kestrel, "50"), {invoice: Decimal(50)}, by=None)
    )


def test_an_invoice_that_is_being_voided_takes_no_money(kestrel: Customer, invoice: Invoice) -> None:
    outbox.command(invoice, Verb.VOID)
    problems = refused(lambda: save_payment(check_of(kestrel, "50"), {invoice: Decimal(50)}, by=None))
    assert "about to be voided" in problems[invoice.pk]
    assert payables(check_of(kestrel, "50")) == []


@pytest.mark.parametrize("fields", [{"is_void": True}, {"gone_at": timezone.now()}])
def test_a_void_or_deleted_payment_cannot_be_changed(kestrel: Customer, fields: dict[str, Any]) -> None:
    payment = PaymentFactory(company=kestrel.company, customer=kestrel, known=True, **fields)
    assert list(refused(lambda: save_payment(payment, {}, by=None))) == [None]


def test_a_payment_that_is_being_taken_back_cannot_be_changed(kestrel: Customer) -> None:
    payment = PaymentFactory(company=kestrel.company, customer=kestrel, known=True)
    outbox.command(payment, Verb.DELETE)
    assert "delete is on its way" in str(refused(lambda: save_payment(payment, {}, by=None))[None])
    assert receiving.why_not_undone(payment, Verb.VOID)


def test_what_is_void_may_still_be_deleted(kestrel: Customer) -> None:
    payment = PaymentFactory(company=kestrel.company, customer=kestrel, known=True, is_void=True)
    assert receiving.why_not_undone(payment, Verb.VOID) == f"{payment} is void."
    assert receiving.why_not_undone(payment, Verb.DELETE) == ""


# ── Two at once ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_of_two_payments_for_the_same_money_the_second_is_refused() -> None:
    """Both have looked at the open balance before either has saved."""
    customer: Customer = CustomerFactory(known=True)
    invoice = owed(customer, 100)
    both_ready = threading.Barrier(2)
    outcomes: list[str] = []

    def pay() -> None:
        try:
            payment = check_of(customer, "100")
            assert [payable.open for payable in payables(payment)] == [100]
            both_ready.wait(timeout=20)
            save_payment(payment, {invoice: Decimal(100)}, by=None)
            outcomes.append("saved")
        except NotAllowed as refusal:
            outcomes.append(refusal.problems[invoice.pk])
        finally:
            connection.close()

    threads = [threading.Thread(target=pay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == [f"{invoice} has nothing open any more. Leave this empty.", "saved"]
    assert Payment.objects.count() == 1
    assert balance(invoice) == 0


# ── What there is to pay ────────────────────────────────────────────────────────────────────────


def test_open_invoices_come_with_the_oldest_due_first(kestrel: Customer) -> None:
    late = owed(kestrel, 10, due_date=TODAY - timedelta(days=9))
    no_due_date = owed(kestrel, 10, txn_date=TODAY - timedelta(days=5), due_date=None)
    soon = owed(kestrel, 10, due_date=TODAY + timedelta(days=3))
    owed(kestrel, 10, settled=Decimal(10))
    owed(kestrel, 10, is_void=True)
    owed(CustomerFactory(company=kestrel.company), 10)
    assert [one.invoice for one in payables(check_of(kestrel, "1"))] == [late, no_due_date, soon]


def test_what_the_payment_pays_itself_is_listed_although_it_is_paid(
    kestrel: Customer, invoice: Invoice
) -> None:
    payment = save_payment(check_of(kestrel, "100"), {invoice: Decimal(100)}, by=None)
    assert [(one.invoice, one.own, one.open) for one in payables(payment)] == [
        (invoice, Decimal(100), Decimal(100))
    ]


def test_a_closed_invoice_can_be_asked_for_but_nobody_elses(kestrel: Customer) -> None:
    paid = owed(kestrel, 10, settled=Decimal(10))
    other = owed(CustomerFactory(company=kestrel.company), 10)
    assert [one.invoice for one in payables(check_of(kestrel, "1"), also=[paid.pk, other.pk])] == [paid]


# ── The same check twice ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "is_twin"),
    [
        ({}, True),
        ({"ref_number": "88215"}, False),
        ({"total": Decimal("100.01")}, False),
        ({"txn_date": TODAY - timedelta(days=1)}, False),
        ({"is_void": True}, False),
        ({"gone_at": timezone.now()}, False),
    ],
)
def test_twins_share_number_amount_and_date(kestrel: Customer, fields: dict[str, Any], is_twin: bool) -> None:
    same = {"ref_number": "88214", "total": Decimal(100), "txn_date": TODAY}
    payment = PaymentFactory(company=kestrel.company, known=True, **same | fields)
    assert receiving.twins(Payment(company=kestrel.company, **same)) == ([payment] if is_twin else [])
    assert receiving.twins(payment) == []


def test_payments_without_a_number_are_nobodys_twins(kestrel: Customer) -> None:
    cash = PaymentFactory(company=kestrel.company, ref_number="")
    assert receiving.twins(Payment(company=kestrel.company, total=cash.total, txn_date=cash.txn_date)) == []
