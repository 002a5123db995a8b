"""Invoices: lines, discounts, tax, and their way from made to void."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException, ValidationException
from quickbooks.objects.base import CustomerMemo, EmailAddress
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import DetailLine
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.term import Term

from tests.emulator_process import EmulatorCompany, EmulatorProcess
from tests.third_party.conftest import Connect
from tests.third_party.papers import a_customer, a_discount, a_line, a_payment, an_invoice, an_item, cents, on


@pytest.fixture
def customer(qb: QuickBooks) -> Customer:
    return a_customer(qb)


@pytest.fixture
def item(qb: QuickBooks) -> Item:
    return an_item(qb)


@pytest.fixture
def invoice(qb: QuickBooks, customer: Customer, item: Item) -> Invoice:
    """Two lines, 340.50 in all."""
    return an_invoice(qb, customer, a_line(item, 240, Qty=2, UnitPrice=120), a_line(item, 100.5))


def again(qb: QuickBooks, invoice: Invoice) -> Invoice:
    return Invoice.get(invoice.Id, qb=qb)


def of_kind(invoice: Invoice, kind: str) -> list[DetailLine]:
    return [line for line in invoice.Line if line.DetailType == kind]


def item_lines(invoice: Invoice) -> list[DetailLine]:
    return of_kind(invoice, "SalesItemLineDetail")


def sums(invoice: Invoice) -> tuple[Decimal, Decimal]:
    return cents(invoice.TotalAmt), cents(invoice.Balance)


def test_what_was_created_reads_back(qb: QuickBooks, customer: Customer, invoice: Invoice) -> None:
    read = again(qb, invoice)

    assert read.to_dict() == invoice.to_dict()
    assert sums(read) == (cents("340.50"), cents("340.50"))
    assert [cents(line.Amount) for line in item_lines(read)] == [cents(240), cents("100.50")]
    assert [line.Id for line in item_lines(read)] == ["1", "2"]
    assert cents(of_kind(read, "SubTotalLineDetail")[0].Amount) == cents("340.50")
    assert (read.CustomerRef.value, read.CustomerRef.name) == (customer.Id, "Alder Court")
    assert (read.DocNumber, read.EmailStatus, read.SyncToken) == ("1001", "NotSet", "0")
    assert cents(Customer.get(customer.Id, qb=qb).Balance) == cents("340.50")


@pytest.mark.parametrize(
    ("quantity", "rate", "amount"),
    [("14.5", "128.35", "1861.08"), ("0.5", "0.25", "0.13"), ("3", "0.335", "1.01")],
)
def test_half_a_cent_goes_up(
    qb: QuickBooks, customer: Customer, item: Item, quantity: str, rate: str, amount: str
) -> None:
    invoice = an_invoice(qb, customer, a_line(item, amount, Qty=quantity, UnitPrice=rate))

    assert sums(again(qb, invoice)) == (cents(amount), cents(amount))


def test_an_amount_that_is_not_quantity_times_rate_is_refused(
    qb: QuickBooks, customer: Customer, item: Item
) -> None:
    with pytest.raises(QuickbooksException) as refused:
        an_invoice(qb, customer, a_line(item, "1861.07", Qty="14.5", UnitPrice="128.35"))
    assert refused.value.error_code == 6070
    assert "1,861.07" in refused.value.detail


def test_a_line_may_be_an_amount_alone(qb: QuickBooks, customer: Customer, item: Item) -> None:
    """The client then sends quantity 0 and rate 0 beside it."""
    invoice = an_invoice(qb, customer, a_line(item, 100))
    again(qb, invoice).save(qb=qb)

    assert sums(again(qb, invoice)) == (cents(100), cents(100))


def test_the_terms_of_the_customer_give_the_due_date(qb: QuickBooks, customer: Customer, item: Item) -> None:
    (net_60,) = Term.filter(Name="Net 60", qb=qb)
    customer.SalesTermRef = net_60.to_ref()
    customer.save(qb=qb)
    invoice = an_invoice(qb, customer, a_line(item, 100))

    assert invoice.SalesTermRef.value == net_60.Id
    due = date.fromisoformat(invoice.DueDate) - date.fromisoformat(invoice.TxnDate)
    assert due == timedelta(days=60)


@pytest.mark.parametrize(
    ("discount", "taken"),
    [
        (a_discount(percent=Decimal("12.5")), "42.56"),
        (a_discount(percent=10), "34.05"),
        (a_discount(amount=Decimal("0.51")), "0.51"),
    ],
)
def test_a_discount(qb: QuickBooks, customer: Customer, item: Item, discount: DetailLine, taken: str) -> None:
    invoice = an_invoice(qb, customer, a_line(item, 240), a_line(item, 100.5), discount)

    read = again(qb, invoice)
    (line,) = of_kind(read, "DiscountLineDetail")
    assert cents(line.Amount) == cents(taken)
    assert line.DiscountLineDetail.DiscountAccountRef.name == "Discounts given"
    assert sums(read) == (cents("340.50") - cents(taken),) * 2


@pytest.mark.parametrize(
    ("after_discount", "tax", "total"), [(False, "40.00", "580.00"), (True, "36.00", "576.00")]
)
def test_tax_on_the_taxable_lines(
    qb: QuickBooks, customer: Customer, item: Item, after_discount: bool, tax: str, total: str
) -> None:
    """500.00 at 8% beside 100.00 without tax, less 10%."""
    invoice = Invoice()
    invoice.CustomerRef, invoice.ApplyTaxAfterDiscount = customer.to_ref(), after_discount
    invoice.Line = [a_line(item, 500, tax="TAX"), a_line(item, 100), a_discount(percent=10)]
    invoice = invoice.save(qb=qb)

    read = again(qb, invoice)
    assert cents(read.TxnTaxDetail.TotalTax) == cents(tax)
    (line,) = read.TxnTaxDetail.TaxLine
    assert (cents(line.Amount), int(line.TaxLineDetail.TaxPercent)) == (cents(tax), 8)
    assert sums(read) == (cents(total), cents(total))


def test_saving_what_was_read_changes_nothing(qb: QuickBooks, customer: Customer, item: Item) -> None:
    invoice = an_invoice(
        qb,
        customer,
        a_line(item, "1861.08", tax="TAX", Qty="14.5", UnitPrice="128.35"),
        a_line(item, 100),
        a_discount(percent=10),
    )
    before = again(qb, invoice)
    before.save(qb=qb)

    after = again(qb, invoice)
    for server_owned in ("SyncToken", "MetaData"):
        delattr(before, server_owned)
        delattr(after, server_owned)
    assert after.to_dict() == before.to_dict()


def test_lines_are_replaced_whole(qb: QuickBooks, invoice: Invoice, item: Item) -> None:
    read = again(qb, invoice)
    first, second = item_lines(read)
    second.Amount = 50
    read.Line = [second, a_line(item, 7)]
    read.CustomerMemo = CustomerMemo()
    read.CustomerMemo.value = "Thank you"
    read.save(qb=qb)

    updated = again(qb, invoice)
    assert [(line.Id, cents(line.Amount)) for line in item_lines(updated)] == [
        (second.Id, cents(50)),
        ("3", cents(7)),
    ]
    assert first.Id not in {line.Id for line in item_lines(updated)}
    assert sums(updated) == (cents(57), cents(57))
    assert (updated.CustomerMemo.value, updated.SyncToken, updated.DocNumber) == ("Thank you", "1", "1001")


def test_a_sparse_update_without_lines_leaves_them(qb: QuickBooks, invoice: Invoice) -> None:
    sparse = {"Id": invoice.Id, "SyncToken": invoice.SyncToken, "sparse": True, "DueDate": "2030-01-31"}
    qb.update_object("Invoice", json.dumps(sparse))

    read = again(qb, invoice)
    assert (read.DueDate, len(item_lines(read))) == ("2030-01-31", 2)
    assert sums(read) == (cents("340.50"), cents("340.50"))


def test_a_stale_version_is_refused(qb: QuickBooks, invoice: Invoice) -> None:
    again(qb, invoice).save(qb=qb)

    with pytest.raises(QuickbooksException) as refused:
        invoice.save(qb=qb)
    assert refused.value.error_code == 5010


def test_void(qb: QuickBooks, customer: Customer, invoice: Invoice) -> None:
    invoice.PrivateNote = "call first"
    invoice = invoice.save(qb=qb)
    payment = a_payment(qb, customer, 40, on(invoice, 40))
    again(qb, invoice).void(qb=qb)

    read = again(qb, invoice)
    assert sums(read) == (0, 0)
    assert {cents(line.Amount) for line in item_lines(read)} == {0}
    assert read.PrivateNote.startswith("Voided")
    assert "call first" in read.PrivateNote
    assert (read.LinkedTxn, cents(read.TxnTaxDetail.TotalTax)) == ([], 0)
    assert cents(type(payment).get(payment.Id, qb=qb).UnappliedAmt) == cents(40)
    assert cents(Customer.get(customer.Id, qb=qb).Balance) == cents(-40)


def test_delete(qb: QuickBooks, customer: Customer, invoice: Invoice) -> None:
    answer = invoice.delete(qb=qb)["Invoice"]

    assert (answer["status"], answer["Id"]) == ("Deleted", invoice.Id)
    assert Invoice.filter(Id=invoice.Id, qb=qb) == []
    assert cents(Customer.get(customer.Id, qb=qb).Balance) == 0
    with pytest.raises(ObjectNotFoundException):
        again(qb, invoice)


def test_an_invoice_that_is_paid_cannot_be_deleted(
    qb: QuickBooks, customer: Customer, invoice: Invoice
) -> None:
    a_payment(qb, customer, 40, on(invoice, 40))

    with pytest.raises(QuickbooksException) as refused:
        again(qb, invoice).delete(qb=qb)
    assert refused.value.error_code == 6000


def test_send_to_an_address(qb: QuickBooks, company: EmulatorCompany, invoice: Invoice) -> None:
    invoice.send(qb=qb, send_to="ap+bills@alder.example")

    read = again(qb, invoice)
    assert read.email_sent
    assert (read.BillEmail.Address, read.DeliveryInfo.DeliveryType) == ("ap+bills@alder.example", "Email")
    assert [mail["recipient"] for mail in company.emails()] == ["ap+bills@alder.example"]


def test_send_to_the_address_on_the_invoice(
    qb: QuickBooks, company: EmulatorCompany, invoice: Invoice
) -> None:
    invoice.BillEmail = EmailAddress()
    invoice.BillEmail.Address = "ap@alder.example"
    invoice.save(qb=qb)
    invoice.send(qb=qb)

    assert [mail["recipient"] for mail in company.emails()] == ["ap@alder.example"]


def test_pdf(qb: QuickBooks, invoice: Invoice) -> None:
    pdf = invoice.download_pdf(qb=qb)

    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")


def test_a_pdf_of_what_is_not_there(qb: QuickBooks) -> None:
    missing = Invoice()
    missing.Id = "999999"

    with pytest.raises(ObjectNotFoundException):
        missing.download_pdf(qb=qb)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Line": []}, 2020),
        ({"CustomerRef": None}, 2020),
        ({"CustomerRef": {"value": "999999"}}, 2500),
        ({"DocNumber": "x" * 22}, 2050),
        ({"TxnDate": "23.11.2026"}, 2060),
    ],
)
def test_what_cannot_be_is_refused(
    qb: QuickBooks, customer: Customer, item: Item, change: dict[str, object], code: int
) -> None:
    invoice = Invoice()
    invoice.CustomerRef, invoice.Line = customer.to_ref(), [a_line(item, 100)]
    vars(invoice).update(change)

    with pytest.raises(ValidationException) as refused:
        invoice.save(qb=qb)
    assert refused.value.error_code == code


def test_a_number_in_use_is_refused(emulator: EmulatorProcess, connect: Connect) -> None:
    qb = connect(emulator.company(preferences={"SalesFormsPrefs": {"CustomTxnNumbers": True}}))
    invoice = Invoice()
    invoice.DocNumber, invoice.CustomerRef = "A-17", a_customer(qb).to_ref()
    invoice.Line.append(a_line(an_item(qb), 100))
    first = invoice.save(qb=qb)
    invoice.Id = None

    with pytest.raises(QuickbooksException) as refused:
        invoice.save(qb=qb)
    assert (refused.value.error_code, f"TxnId={first.Id}" in refused.value.detail) == (6140, True)
    assert invoice.save(qb=qb, params={"include": "allowduplicatedocnum"}).DocNumber == "A-17"
