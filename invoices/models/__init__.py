from invoices.models.invoice import EmailStatus, Invoice, InvoiceLine
from invoices.models.item import Item
from invoices.models.lists import Account, PaymentMethod, TaxCode, TaxRate
from invoices.models.payment import Allocation, Payment

__all__ = [
    "Account",
    "Allocation",
    "EmailStatus",
    "Invoice",
    "InvoiceLine",
    "Item",
    "Payment",
    "PaymentMethod",
    "TaxCode",
    "TaxRate",
]
