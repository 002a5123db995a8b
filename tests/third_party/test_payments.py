"""Payments: one check over several invoices, what stays over, and taking it back."""

import json
from decimal import Decimal

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import GeneralException, ObjectNotFoundException, QuickbooksException
from quickbooks.objects.customer import Customer
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.payment import Payment
from quickbooks.objects.paymentmethod import PaymentMethod

from tests.third_party.papers import a_customer, a_line, a_payment, an_account, an_invoice, an_item, cents, on


@pytest.fixture
def customer(qb: QuickBooks) -> Customer:
    return a_customer(qb)


@pytest.fixture
def invoices(qb: QuickBooks, customer: Customer) -> list[Invoice]:
    """Over 100.00, 250.50 and 80.00."""
    item = an_item(qb)
    return [an_invoice(qb, customer, a_line(item, amount)) for amount in (100, 250.5, 80)]


@pytest.fixture
def check(qb: QuickBooks, customer: Customer, invoices: list[Invoice]) -> Payment:
    """A check over 400.00 that pays two invoices, a part of the third, and leaves 19.50."""
    (method,) = PaymentMethod.filter(Name="Check", qb=qb)
    payment = Payment()
    payment.CustomerRef, payment.PaymentMethodRef = customer.to_ref(), method.to_ref()
    payment.TotalAmt, payment.PaymentRefNum, payment.TxnDate = 400, "10418", "2026-11-20"
    payment.Line = [on(invoices[0], 100), on(invoices[1], 250.5), on(invoices[2], 30)]
    return payment.save(qb=qb)


def balances(qb: QuickBooks, invoices: list[Invoice]) -> list[Decimal]:
    return [cents(Invoice.get(invoice.Id, qb=qb).Balance) for invoice in invoices]


def owed(qb: QuickBooks, customer: Customer) -> Decimal:
    return cents(Customer.get(customer.Id, qb=qb).Balance)


def applied(payment: Payment) -> dict[str, Decimal]:
    return {line.LinkedTxn[0].TxnId: cents(line.Amount) for line in payment.Line}


def test_one_check_over_three_invoices(
    qb: QuickBooks, customer: Customer, invoices: list[Invoice], check: Payment
) -> None:
    read = Payment.get(check.Id, qb=qb)

    assert read.to_dict() == check.to_dict()
    assert (cents(read.TotalAmt), cents(read.UnappliedAmt)) == (cents(400), cents("19.50"))
    assert applied(read) == {
        invoices[0].Id: cents(100),
        invoices[1].Id: cents("250.50"),
        invoices[2].Id: cents(30),
    }
    assert (read.PaymentRefNum, read.TxnDate) == ("10418", "2026-11-20")
    assert read.DepositToAccountRef.value == an_account(qb, "Undeposited Funds").Id
    assert balances(qb, invoices) == [0, 0, cents(50)]
    assert owed(qb, customer) == cents("30.50")
    linked = Invoice.get(invoices[2].Id, qb=qb).LinkedTxn
    assert [(link.TxnId, link.TxnType) for link in linked] == [(check.Id, "Payment")]


def test_a_payment_may_stay_unapplied(qb: QuickBooks, customer: Customer) -> None:
    payment = a_payment(qb, customer, 25)

    assert (cents(payment.UnappliedAmt), payment.Line) == (cents(25), [])
    assert owed(qb, customer) == cents(-25)


def test_unapplied_money_is_applied_by_an_update(
    qb: QuickBooks, customer: Customer, invoices: list[Invoice]
) -> None:
    payment = a_payment(qb, customer, 120)
    payment.Line = [on(invoices[0], 100)]
    payment = payment.save(qb=qb)

    assert (cents(payment.UnappliedAmt), payment.SyncToken) == (cents(20), "1")
    assert balances(qb, invoices) == [0, cents("250.50"), cents(80)]


@pytest.mark.parametrize("sparse", [False, True])
def test_lines_are_all_or_none(qb: QuickBooks, invoices: list[Invoice], check: Payment, sparse: bool) -> None:
    check.sparse, check.Line = sparse, [on(invoices[2], 80)]
    check = check.save(qb=qb)

    assert applied(check) == {invoices[2].Id: cents(80)}
    assert cents(check.UnappliedAmt) == cents(320)
    assert balances(qb, invoices) == [cents(100), cents("250.50"), 0]


def test_a_sparse_update_without_lines_leaves_them(
    qb: QuickBooks, invoices: list[Invoice], check: Payment
) -> None:
    sparse = {"Id": check.Id, "SyncToken": check.SyncToken, "sparse": True, "PrivateNote": "by courier"}
    qb.update_object("Payment", json.dumps(sparse))

    read = Payment.get(check.Id, qb=qb)
    assert (read.PrivateNote, len(read.Line)) == ("by courier", 3)
    assert balances(qb, invoices) == [0, 0, cents(50)]


def test_void(qb: QuickBooks, customer: Customer, invoices: list[Invoice], check: Payment) -> None:
    check.void(qb=qb)

    read = Payment.get(check.Id, qb=qb)
    assert (cents(read.TotalAmt), cents(read.UnappliedAmt), read.Line) == (0, 0, [])
    assert (read.PrivateNote, read.SyncToken) == ("Voided", "1")
    assert balances(qb, invoices) == [cents(100), cents("250.50"), cents(80)]
    assert owed(qb, customer) == cents("430.50")


def test_delete(qb: QuickBooks, customer: Customer, invoices: list[Invoice], check: Payment) -> None:
    assert check.delete(qb=qb)["Payment"]["status"] == "Deleted"

    with pytest.raises(ObjectNotFoundException):
        Payment.get(check.Id, qb=qb)
    assert balances(qb, invoices) == [cents(100), cents("250.50"), cents(80)]
    assert owed(qb, customer) == cents("430.50")
    assert Invoice.get(invoices[0].Id, qb=qb).LinkedTxn == []


def test_a_stale_version_is_refused(qb: QuickBooks, invoices: list[Invoice], check: Payment) -> None:
    check.save(qb=qb)
    check.Line = []

    with pytest.raises(QuickbooksException) as refused:
        check.save(qb=qb)
    assert refused.value.error_code == 5010
    assert balances(qb, invoices) == [0, 0, cents(50)]


def test_more_than_the_balance_is_refused(
    qb: QuickBooks, customer: Customer, invoices: list[Invoice]
) -> None:
    with pytest.raises(QuickbooksException) as refused:
        a_payment(qb, customer, 200, on(invoices[0], 100.01))
    assert refused.value.error_code == 6000


def test_more_than_was_received_is_refused(
    qb: QuickBooks, customer: Customer, invoices: list[Invoice]
) -> None:
    with pytest.raises(QuickbooksException) as refused:
        a_payment(qb, customer, 99.99, on(invoices[0], 100))
    assert refused.value.error_code == 6000


def test_somebody_elses_invoice_is_refused(qb: QuickBooks, invoices: list[Invoice]) -> None:
    stranger = a_customer(qb, "Kestrel Ridge")

    with pytest.raises(GeneralException) as refused:
        a_payment(qb, stranger, 100, on(invoices[0], 100))
    assert refused.value.error_code == 620


def test_paid_invoices_are_found_by_their_balance(
    qb: QuickBooks, invoices: list[Invoice], check: Payment
) -> None:
    assert {found.Id for found in Invoice.where("Balance = '0'", qb=qb)} == {
        invoices[0].Id,
        invoices[1].Id,
    }
    assert [found.Id for found in Payment.filter(PaymentRefNum="10418", qb=qb)] == [check.Id]
