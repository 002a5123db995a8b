"""Rows to test with. Each is valid as it stands; say only what the test is about.

Saving a mirrored row queues its push, as everywhere; `CustomerFactory(known=True)` looks as if it had come
from QuickBooks: it has an id there and nothing waits.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import factory
from django.db.models import F
from django.utils import timezone
from factory.django import DjangoModelFactory

from customers.models import Customer, Term
from invoices.models import (
    Account,
    Allocation,
    CreditMemo,
    Estimate,
    Invoice,
    InvoiceLine,
    Item,
    Payment,
    PaymentMethod,
    TaxCode,
    TaxRate,
)
from qbo.models import Company, Connection, Membership, Role, SyncState, User
from qbo.sync.echo import remote_write


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence("person{}".format)
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    first_name = "Dana"
    last_name = "Whitfield"
    password = factory.django.Password("a long enough password")


class CompanyFactory(DjangoModelFactory):
    """A connected company of the emulator."""

    class Meta:
        model = Company

    realm_id = factory.Sequence(lambda n: str(9130350000000000 + n))
    name = factory.Sequence("Kestrel Ridge Supply {}".format)
    environment = "emulator"
    connection = Connection.CONNECTED
    connected_at = factory.LazyFunction(timezone.now)
    access_token = "access"
    access_expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))
    refresh_token = "refresh"
    refresh_expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=100))


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    company = factory.SubFactory(CompanyFactory)
    role = Role.BILLER


class MirroredFactory(DjangoModelFactory):
    """A record of both sides. `known=True` makes it one that QuickBooks has and that nothing waits for."""

    class Meta:
        abstract = True

    class Params:
        known = factory.Trait(
            qbo_id=factory.Sequence(lambda n: str(n + 1)),
            sync_token=0,
            sync_state=SyncState.IN_QUICKBOOKS,
        )

    company = factory.SubFactory(CompanyFactory)

    @classmethod
    def _create(cls, model_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        if not kwargs.get("qbo_id"):
            return super()._create(model_class, *args, **kwargs)
        with remote_write():
            return super()._create(model_class, *args, **kwargs)


class TermFactory(MirroredFactory):
    """Payment terms always come from QuickBooks."""

    class Meta:
        model = Term

    name = factory.LazyAttribute(lambda term: f"Net {term.due_days}")
    due_days = 30
    known = True


class CustomerFactory(MirroredFactory):
    """A customer that was typed in here; with `known=True` one that came from QuickBooks."""

    class Meta:
        model = Customer

    display_name = factory.Sequence("Otter Creek Clinic {}".format)


class AccountFactory(MirroredFactory):
    """Accounts always come from QuickBooks."""

    class Meta:
        model = Account

    name = factory.Sequence("Checking {}".format)
    account_type = "Bank"
    known = True


class PaymentMethodFactory(MirroredFactory):
    class Meta:
        model = PaymentMethod

    name = "Check"
    kind = "NON_CREDIT_CARD"
    known = True


class TaxRateFactory(MirroredFactory):
    class Meta:
        model = TaxRate

    name = "MA"
    percent = Decimal("6.25")
    known = True


class TaxCodeFactory(MirroredFactory):
    """A tax code; `TaxCodeFactory(rates=["6.25"])` has one rate of that percentage."""

    class Meta:
        model = TaxCode
        skip_postgeneration_save = True

    name = "MA 6.25%"
    is_group = True
    known = True

    @factory.post_generation
    def rates(self, create: bool, percents: Any, **_: Any) -> None:
        for percent in percents or []:
            self.rates.add(TaxRateFactory(company=self.company, percent=Decimal(percent)))


class ItemFactory(MirroredFactory):
    """A service that came from QuickBooks."""

    class Meta:
        model = Item

    name = factory.Sequence("Grounds care {}".format)
    description = factory.LazyAttribute(lambda item: f"{item.name}, per visit")
    unit_price = Decimal(100)
    known = True


class InvoiceFactory(MirroredFactory):
    """An invoice over `total` (100.00): nothing is paid, and it has no lines unless `InvoiceLineFactory` makes them."""

    class Meta:
        model = Invoice

    customer = factory.SubFactory(CustomerFactory, company=factory.SelfAttribute("..company"), known=True)
    doc_number = factory.Sequence(lambda n: str(n + 1001))
    txn_date = factory.LazyFunction(timezone.localdate)
    due_date = factory.LazyAttribute(lambda invoice: invoice.txn_date + timedelta(days=30))
    subtotal = factory.SelfAttribute("total")
    total = Decimal(100)
    balance = factory.LazyAttribute(lambda invoice: invoice.total - invoice.settled)
    settled = Decimal(0)


class EstimateFactory(MirroredFactory):
    """An estimate over `total` (100.00), pending, without lines."""

    class Meta:
        model = Estimate

    customer = factory.SubFactory(CustomerFactory, company=factory.SelfAttribute("..company"), known=True)
    doc_number = factory.Sequence(lambda n: str(n + 2001))
    subtotal = factory.SelfAttribute("total")
    total = Decimal(100)


class CreditMemoFactory(MirroredFactory):
    """A credit memo over `total` (100.00) of which nothing is used, without lines."""

    class Meta:
        model = CreditMemo

    customer = factory.SubFactory(CustomerFactory, company=factory.SelfAttribute("..company"), known=True)
    doc_number = factory.Sequence(lambda n: str(n + 3001))
    subtotal = factory.SelfAttribute("total")
    total = Decimal(100)
    balance = factory.SelfAttribute("total")


class InvoiceLineFactory(DjangoModelFactory):
    """One line of an invoice, in the same company. Written as QuickBooks' own, so that nothing is queued."""

    class Meta:
        model = InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory, known=True)
    item = factory.SubFactory(ItemFactory, company=factory.SelfAttribute("..invoice.company"))
    description = factory.SelfAttribute("item.description")
    quantity = Decimal(1)
    rate = Decimal(100)
    amount = factory.LazyAttribute(lambda line: line.quantity * line.rate)

    @classmethod
    def _create(cls, model_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        with remote_write():
            return super()._create(model_class, *args, **kwargs)


class PaymentFactory(MirroredFactory):
    """A check over `total` (100.00) of which nothing is put on invoices; `AllocationFactory` does that."""

    class Meta:
        model = Payment

    customer = factory.SubFactory(CustomerFactory, company=factory.SelfAttribute("..company"), known=True)
    method = factory.SubFactory(PaymentMethodFactory, company=factory.SelfAttribute("..company"))
    ref_number = factory.Sequence(lambda n: str(n + 5001))
    total = Decimal(100)
    unapplied = factory.SelfAttribute("total")


class AllocationFactory(DjangoModelFactory):
    """A part of a payment on an invoice, as QuickBooks has it too: the invoice counts as settled by that much."""

    class Meta:
        model = Allocation

    payment = factory.SubFactory(PaymentFactory, known=True)
    invoice = factory.SubFactory(
        InvoiceFactory,
        company=factory.SelfAttribute("..payment.company"),
        customer=factory.SelfAttribute("..payment.customer"),
        known=True,
        settled=factory.SelfAttribute("..amount"),
    )
    amount = Decimal(100)
    agreed_amount = factory.SelfAttribute("amount")

    @classmethod
    def _create(cls, model_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        with remote_write():
            row: Allocation = super()._create(model_class, *args, **kwargs)
            spent = row.amount if row.txn_type == "Invoice" else -row.amount
            Payment.objects.filter(pk=row.payment.pk).update(unapplied=F("unapplied") - spent)
            row.payment.refresh_from_db(fields=["unapplied"])
            return row
