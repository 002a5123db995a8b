from invoices.models.credit import CreditMemo, CreditMemoLine
from invoices.models.draft import Draft
from invoices.models.estimate import Estimate, EstimateLine, EstimateStatus
from invoices.models.invoice import Invoice, InvoiceLine
from invoices.models.item import Item
from invoices.models.lists import Account, CompanyCurrency, PaymentMethod, TaxCode, TaxRate
from invoices.models.payment import Allocation, Payment
from invoices.models.proof import Proof
from invoices.models.sales import EmailStatus, SalesForm, SalesLine

__all__ = [
    "Account",
    "Allocation",
    "CompanyCurrency",
    "CreditMemo",
    "CreditMemoLine",
    "Draft",
    "EmailStatus",
    "Estimate",
    "EstimateLine",
    "EstimateStatus",
    "Invoice",
    "InvoiceLine",
    "Item",
    "Payment",
    "PaymentMethod",
    "Proof",
    "SalesForm",
    "SalesLine",
    "TaxCode",
    "TaxRate",
]
