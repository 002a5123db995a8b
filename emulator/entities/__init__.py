"""The kinds of records that the emulator knows."""

from emulator.entities.account import Account
from emulator.entities.attachable import Attachable
from emulator.entities.base import Entity
from emulator.entities.company import CompanyInfo, Preferences
from emulator.entities.creditmemo import CreditMemo
from emulator.entities.currency import CompanyCurrency
from emulator.entities.customer import Customer
from emulator.entities.deposit import Deposit
from emulator.entities.estimate import Estimate
from emulator.entities.invoice import Invoice
from emulator.entities.item import Item
from emulator.entities.journal import JournalEntry
from emulator.entities.lists import PaymentMethod, Term
from emulator.entities.payment import Payment
from emulator.entities.people import Employee, Vendor
from emulator.entities.receipts import RefundReceipt, SalesReceipt
from emulator.entities.tax import TaxAgency, TaxCode, TaxRate
from emulator.entities.tracking import Class, Department
from emulator.faults import unsupported

ALL: tuple[Entity, ...] = (
    CompanyInfo(),
    Preferences(),
    Account(),
    Term(),
    PaymentMethod(),
    TaxAgency(),
    TaxCode(),
    TaxRate(),
    Item(),
    Class(),
    Department(),
    CompanyCurrency(),
    Customer(),
    Vendor(),
    Employee(),
    Invoice(),
    Payment(),
    CreditMemo(),
    Estimate(),
    SalesReceipt(),
    RefundReceipt(),
    Deposit(),
    JournalEntry(),
    Attachable(),
)
BY_NAME = {kind.name: kind for kind in ALL}
_BY_LOWER = {kind.name.lower(): kind for kind in ALL}


def get(name: str) -> Entity:
    """The kind of that name; 501 for everything that the emulator does not have."""
    kind = BY_NAME.get(name) or _BY_LOWER.get(name.lower())
    if kind is None:
        raise unsupported(f"the entity {name}")
    return kind
