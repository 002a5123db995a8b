"""Credit memos, estimates, receipts and deposits."""

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException
from quickbooks.objects.base import Ref
from quickbooks.objects.creditmemo import CreditMemo
from quickbooks.objects.customer import Customer
from quickbooks.objects.deposit import Deposit, DepositLine, DepositLineDetail
from quickbooks.objects.estimate import Estimate
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.payment import Payment
from quickbooks.objects.refundreceipt import RefundReceipt, RefundReceiptCheckPayment
from quickbooks.objects.salesreceipt import SalesReceipt

from tests.third_party.papers import (
    Number,
    a_customer,
    a_discount,
    a_line,
    a_payment,
    an_account,
    an_invoice,
    an_item,
    cents,
    linked,
    on,
)


def a_memo(qb: QuickBooks, customer: Customer, amount: Number) -> CreditMemo:
    memo = CreditMemo()
    memo.CustomerRef = customer.to_ref()
    memo.Line.append(a_line(an_item(qb, "Returned pots"), amount))
    return memo.save(qb=qb)


def a_receipt(qb: QuickBooks, customer: Customer, amount: Number) -> SalesReceipt:
    receipt = SalesReceipt()
    receipt.CustomerRef = customer.to_ref()
    receipt.Line.append(a_line(an_item(qb, "Pots"), amount))
    return receipt.save(qb=qb)


def test_a_credit_memo_reads_back(qb: QuickBooks) -> None:
    memo = a_memo(qb, a_customer(qb), 80)
    read = CreditMemo.get(memo.Id, qb=qb)

    assert cents(read.TotalAmt) == cents(read.Balance) == cents(read.RemainingCredit) == cents(80)
    assert (read.Line[0].DetailType, len(read.Line)) == ("SalesItemLineDetail", 2)
    read.PrivateNote = "three pots"
    read.save(qb=qb)
    assert CreditMemo.get(memo.Id, qb=qb).PrivateNote == "three pots"


def test_a_credit_memo_is_applied_by_a_payment_of_nothing(qb: QuickBooks) -> None:
    customer = a_customer(qb)
    invoice = an_invoice(qb, customer, a_line(an_item(qb), 300))
    memo = a_memo(qb, customer, 120)
    payment = a_payment(qb, customer, 0, on(invoice, 120), linked("CreditMemo", memo.Id, 120))

    assert (cents(payment.TotalAmt), cents(payment.UnappliedAmt)) == (0, 0)
    assert cents(Invoice.get(invoice.Id, qb=qb).Balance) == cents(180)
    assert cents(CreditMemo.get(memo.Id, qb=qb).RemainingCredit) == 0
    assert cents(Customer.get(customer.Id, qb=qb).Balance) == cents(180)

    Payment.get(payment.Id, qb=qb).delete(qb=qb)
    assert cents(CreditMemo.get(memo.Id, qb=qb).RemainingCredit) == cents(120)


def test_an_estimate_becomes_an_invoice(qb: QuickBooks) -> None:
    customer, item = a_customer(qb), an_item(qb)
    estimate = Estimate()
    estimate.CustomerRef = customer.to_ref()
    estimate.Line.extend([a_line(item, 100, Qty=4, UnitPrice=25), a_discount(percent=10)])
    estimate = estimate.save(qb=qb)
    assert (estimate.TxnStatus, cents(estimate.TotalAmt)) == ("Pending", cents(90))

    estimate.TxnStatus, estimate.AcceptedBy = "Accepted", "Ann"
    estimate = estimate.save(qb=qb)
    invoice = Invoice()
    invoice.CustomerRef = customer.to_ref()
    invoice.Line.append(a_line(item, 100))
    invoice.LinkedTxn.append(estimate.to_linked_txn())
    invoice = invoice.save(qb=qb)

    assert [(link.TxnType, link.TxnId) for link in invoice.LinkedTxn] == [("Estimate", estimate.Id)]
    closed = Estimate.get(estimate.Id, qb=qb)
    assert (closed.TxnStatus, closed.LinkedTxn[0].TxnId) == ("Closed", invoice.Id)


def test_an_estimate_is_sent_and_printed(qb: QuickBooks) -> None:
    estimate = Estimate()
    estimate.CustomerRef = a_customer(qb).to_ref()
    estimate.Line.append(a_line(an_item(qb), 10))
    estimate = estimate.save(qb=qb)
    estimate.send(qb=qb, send_to="ann@example.com")

    assert Estimate.get(estimate.Id, qb=qb).EmailStatus == "EmailSent"
    assert estimate.download_pdf(qb=qb).startswith(b"%PDF")


def test_a_sales_receipt_is_paid_and_voided(qb: QuickBooks) -> None:
    customer = a_customer(qb)
    receipt = a_receipt(qb, customer, 100)
    assert (cents(receipt.TotalAmt), cents(receipt.Balance)) == (cents(100), 0)
    assert receipt.DepositToAccountRef.value == an_account(qb, "Undeposited Funds").Id
    assert receipt.download_pdf(qb=qb).startswith(b"%PDF")

    receipt.void(qb=qb)
    read = SalesReceipt.get(receipt.Id, qb=qb)
    assert cents(read.TotalAmt) == 0
    assert "Voided" in read.PrivateNote


def test_a_refund_by_check(qb: QuickBooks) -> None:
    refund = RefundReceipt()
    refund.CustomerRef = a_customer(qb).to_ref()
    refund.Line.append(a_line(an_item(qb), 200))
    refund.PaymentType = "Check"
    refund.CheckPayment = RefundReceiptCheckPayment()
    refund.CheckPayment.CheckNum = "1001"
    refund.DepositToAccountRef = an_account(qb, "Checking").to_ref()
    refund = refund.save(qb=qb)

    read = RefundReceipt.get(refund.Id, qb=qb)
    assert (cents(read.TotalAmt), read.CheckPayment.CheckNum) == (cents(200), "1001")
    read.delete(qb=qb)
    with pytest.raises(ObjectNotFoundException):
        RefundReceipt.get(refund.Id, qb=qb)


def test_a_deposit_holds_what_it_deposits(qb: QuickBooks) -> None:
    customer = a_customer(qb)
    payment = a_payment(qb, customer, 60)
    deposit = Deposit()
    deposit.DepositToAccountRef = an_account(qb, "Checking").to_ref()
    held = DepositLine()
    held.Amount = 60
    held.LinkedTxn.append(payment.to_linked_txn())
    held.LinkedTxn[0].TxnLineId = 0
    interest = DepositLine()
    interest.Amount = 1.5
    interest.DepositLineDetail = DepositLineDetail()
    interest.DepositLineDetail.AccountRef = an_account(qb, "Interest Earned").to_ref()
    deposit.Line.extend([held, interest])
    deposit = deposit.save(qb=qb)
    assert cents(deposit.TotalAmt) == cents("61.50")

    with pytest.raises(QuickbooksException) as refused:
        Payment.get(payment.Id, qb=qb).delete(qb=qb)
    assert refused.value.error_code == 6540
    deposit.delete(qb=qb)
    Payment.get(payment.Id, qb=qb).delete(qb=qb)


def test_a_receipt_of_nobody(qb: QuickBooks) -> None:
    receipt = SalesReceipt()
    receipt.Line.append(a_line(an_item(qb), 10))
    assert receipt.save(qb=qb).CustomerRef is None


def test_a_wrong_account_is_refused(qb: QuickBooks) -> None:
    receipt = SalesReceipt()
    receipt.Line.append(a_line(an_item(qb), 10))
    receipt.DepositToAccountRef = Ref()
    receipt.DepositToAccountRef.value = an_account(qb, "Services").Id
    with pytest.raises(QuickbooksException) as refused:
        receipt.save(qb=qb)
    assert refused.value.error_code == 6430
