from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from customers.balances import account, with_balances
from customers.models import Customer
from qbo.models import Company
from tests.factories import CustomerFactory, InvoiceFactory

YESTERDAY = timezone.localdate() - timedelta(days=1)


@pytest.fixture
def otter(company: Company) -> Customer:
    """Owes 100 that is overdue and 60 that is not; nothing else about it counts."""
    customer: Customer = CustomerFactory(company=company, known=True)
    for fields in (
        {"total": Decimal(100), "due_date": YESTERDAY},
        {"total": Decimal(90), "settled": Decimal(30)},
        {"total": Decimal(7), "due_date": timezone.localdate(), "settled": Decimal(7)},
        {"total": Decimal(500), "due_date": YESTERDAY, "is_void": True},
        {"total": Decimal(900), "due_date": YESTERDAY, "gone_at": timezone.now()},
    ):
        InvoiceFactory(company=company, customer=customer, known=True, **fields)
    return customer


def test_open_and_overdue_are_summed_from_the_invoices_that_count(otter: Customer) -> None:
    idle = CustomerFactory(company=otter.company)
    found: Any = {customer.pk: customer for customer in with_balances(Customer.objects.all())}
    assert (found[otter.pk].open_balance, found[otter.pk].overdue) == (Decimal(160), Decimal(100))
    assert (found[idle.pk].open_balance, found[idle.pk].overdue) == (Decimal(0), Decimal(0))


def test_an_account_sets_unused_credit_off(otter: Customer) -> None:
    payments = otter.payments
    payments.create(company=otter.company, total=Decimal(50), unapplied=Decimal(45))
    payments.create(company=otter.company, total=Decimal(50), unapplied=Decimal(50), is_void=True)
    state = account(otter)
    assert (state.open, state.open_count, state.overdue) == (Decimal(160), 2, Decimal(100))
    assert (state.unapplied, state.owes) == (Decimal(45), Decimal(115))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a table this small as a whole")
def test_sums_are_read_from_an_index_of_what_is_owed(company: Company) -> None:
    """Of a million invoices few are open: nothing here may walk through all of a customer's."""
    assert with_balances(Customer.objects.all()).explain().count("invoice_owed") == 2
