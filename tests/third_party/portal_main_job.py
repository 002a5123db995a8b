"""The portal's main job in a process of its own: connect, import, two invoices, one check over both.

    python -m tests.third_party.portal_main_job < tokens.json

Runs in the portal's environment, over the database of DATABASE_URL, which it makes. What it reads is the answer of the
emulator's `/_control/tokens`; what it writes is JSON: every invoice and payment as the portal has them afterwards,
amounts as text. A test there reads the same records with another client.
"""

import json
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from customers.models import Customer, Term  # noqa: E402
from invoices.editing import amount_of, default_tax_code, save_invoice  # noqa: E402
from invoices.models import Account, Invoice, InvoiceLine, Item, Payment, PaymentMethod  # noqa: E402
from invoices.receiving import save_payment  # noqa: E402
from qbo.models import Company, Connection, OutboxEntry  # noqa: E402
from qbo.sync import importing, inbox, worker  # noqa: E402


def main() -> None:
    call_command("migrate", verbosity=0)
    company = connect(json.load(sys.stdin))
    importing.start(company)
    worker.run(company.pk)
    company.refresh_from_db()
    do_business(company)
    worker.run(company.pk)
    inbox.catch_up_now(company)
    worker.run(company.pk)
    json.dump(report(company), sys.stdout, default=str)


def connect(given: dict[str, str]) -> Company:
    now = timezone.now()
    return Company.objects.create(
        realm_id=given["realmId"],
        name="Kestrel Ridge",
        environment="emulator",
        connection=Connection.CONNECTED,
        connected_at=now,
        access_token=given["access_token"],
        access_expires_at=now + timedelta(hours=1),
        refresh_token=given["refresh_token"],
        refresh_expires_at=now + timedelta(days=100),
    )


def do_business(company: Company) -> None:
    """Amounts that round: 14.5 x 128.35 ends in half a cent, 12.5% of 1921.05 in a fraction of one."""
    customer = Customer.objects.create(
        company=company,
        display_name="Mary O'Hara & Søn",
        email="ap@ohara.example",
        terms=Term.objects.get(company=company, name="Net 15"),
    )
    labor, feed = an_item(company, "Pruning", "128.35"), an_item(company, "Plant feed", "19.99", taxable=True)
    first = save_invoice(
        Invoice(
            company=company,
            customer=customer,
            discount_percent=Decimal("12.5"),
            tax_code=default_tax_code(company),
        ),
        [a_line(labor, "14.5", "128.35"), a_line(feed, "3", "19.99")],
        by=None,
    )
    second = save_invoice(
        Invoice(company=company, customer=customer, discount_amount=Decimal("1.01")),
        [a_line(labor, "0.333", "77.77"), a_line(labor, "7", "0.015")],
        by=None,
    )
    check = Payment(
        company=company,
        customer=customer,
        method=PaymentMethod.objects.get(company=company, name="Check"),
        ref_number="10418",
        total=Decimal(2000),
        deposit_to=Account.objects.get(company=company, account_sub_type="UndepositedFunds"),
    )
    save_payment(check, {first: first.total, second: Decimal("14.50")}, by=None)


def an_item(company: Company, name: str, price: str, *, taxable: bool = False) -> Item:
    return Item.objects.create(
        company=company,
        name=name,
        unit_price=Decimal(price),
        taxable=taxable,
        income_account=Account.objects.filter(company=company).income().first(),
    )


def a_line(item: Item, quantity: str, rate: str) -> InvoiceLine:
    line = InvoiceLine(
        item=item,
        description=f"{item.name}, as agreed",
        quantity=Decimal(quantity),
        rate=Decimal(rate),
        taxable=item.taxable,
    )
    line.amount = amount_of(line)
    return line


def report(company: Company) -> dict[str, Any]:
    return {
        "unfinished": list(
            OutboxEntry.objects.filter(company=company).unfinished().values("entity", "state", "code")
        ),
        "customers": {
            customer.qbo_id: {"name": customer.display_name, "balance": customer.balance}
            for customer in Customer.objects.filter(company=company)
        },
        "invoices": {
            invoice.qbo_id: an_invoice(invoice) for invoice in Invoice.objects.filter(company=company)
        },
        "payments": {
            payment.qbo_id: a_payment(payment) for payment in Payment.objects.filter(company=company)
        },
    }


def an_invoice(invoice: Invoice) -> dict[str, Any]:
    columns = ("quantity", "rate", "amount", "taxable", "description")
    return {
        "customer": invoice.customer.qbo_id,
        "number": invoice.doc_number,
        "due": invoice.due_date,
        "discount": invoice.discount,
        "tax": invoice.total_tax,
        "total": invoice.total,
        "balance": invoice.balance,
        "lines": [{name: getattr(line, name) for name in columns} for line in invoice.lines.all()],
    }


def a_payment(payment: Payment) -> dict[str, Any]:
    return {
        "customer": payment.customer.qbo_id,
        "reference": payment.ref_number,
        "total": payment.total,
        "unapplied": payment.unapplied,
        "allocations": {
            allocation.invoice.qbo_id: allocation.amount
            for allocation in payment.allocations.exclude(invoice=None).select_related("invoice")
        },
    }


if __name__ == "__main__":
    main()
