from invoices.models.invoice import EmailStatus, Invoice, InvoiceLine
from invoices.models.item import Item
from invoices.models.lists import Account, PaymentMethod, TaxCode, TaxRate
from invoices.models.payment import Allocation, Payment
from invoices.models.proof import Proof

__all__ = [
    "Account",
    "Allocation",
    "EmailStatus",
    "Invoice",
    "InvoiceLine",
    "Item",
    "Payment",
    "PaymentMethod",
    "Proof",
    "TaxCode",
    "TaxRate",
]
