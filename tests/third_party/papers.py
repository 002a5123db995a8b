"""Records as a user of python-quickbooks makes them."""

from decimal import Decimal
from typing import Any

from quickbooks import QuickBooks
from quickbooks.objects.account import Account
from quickbooks.objects.base import LinkedTxn
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import (
    DiscountLine,
    DiscountLineDetail,
    SalesItemLine,
    SalesItemLineDetail,
)
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.payment import Payment, PaymentLine

Number = int | float | str | Decimal


def cents(value: Any) -> Decimal:
    """An amount as the client read it, float or not, to the cent."""
    return Decimal(str(value)).quantize(Decimal("0.01"))


def a_customer(qb: QuickBooks, name: str = "Alder Court") -> Customer:
    customer = Customer()
    customer.DisplayName = name
    return customer.save(qb=qb)


def an_account(qb: QuickBooks, name: str) -> Account:
    (found,) = Account.filter(Name=name, qb=qb)
    return found


def an_item(qb: QuickBooks, name: str = "Spring cleanup", price: Number = 120) -> Item:
    item = Item()
    item.Name = name
    item.Type = "Service"
    item.UnitPrice = price
    item.IncomeAccountRef = an_account(qb, "Services").to_ref()
    return item.save(qb=qb)


def a_line(item: Item, amount: Number, *, tax: str = "NON", **detail: Number) -> SalesItemLine:
    """`detail` may hold Qty and UnitPrice, whose product the amount then has to be."""
    line = SalesItemLine()
    line.Amount = amount
    line.Description = item.Name
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = item.to_ref()
    line.SalesItemLineDetail.TaxCodeRef = {"value": tax}
    vars(line.SalesItemLineDetail).update(detail)
    return line


def a_discount(*, percent: Number = 0, amount: Number = 0) -> DiscountLine:
    line = DiscountLine()
    line.Amount = amount
    line.DiscountLineDetail = DiscountLineDetail()
    line.DiscountLineDetail.PercentBased = bool(percent)
    line.DiscountLineDetail.DiscountPercent = percent
    return line


def an_invoice(qb: QuickBooks, customer: Customer, *lines: SalesItemLine | DiscountLine) -> Invoice:
    invoice = Invoice()
    invoice.CustomerRef = customer.to_ref()
    invoice.Line.extend(lines)
    return invoice.save(qb=qb)


def on(invoice: Invoice, amount: Number) -> PaymentLine:
    """The part of a payment that pays an invoice."""
    return linked("Invoice", invoice.Id, amount)


def linked(kind: str, identity: str, amount: Number) -> PaymentLine:
    """A line of a payment."""
    line = PaymentLine()
    line.Amount = amount
    link = LinkedTxn()
    link.TxnId, link.TxnType = identity, kind
    line.LinkedTxn.append(link)
    return line


def a_payment(qb: QuickBooks, customer: Customer, total: Number, *lines: PaymentLine) -> Payment:
    payment = Payment()
    payment.CustomerRef = customer.to_ref()
    payment.TotalAmt = total
    payment.Line.extend(lines)
    return payment.save(qb=qb)
