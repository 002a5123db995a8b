"""One import in a process of its own, so that its memory can be told from everything else's.

    python -m bench.importer          a company's strings as JSON on standard input; imports it by the engine
    python -m bench.importer plain    the same by python-quickbooks and one `update_or_create` for each row

Prints seconds and peak memory in megabytes. The second wants an environment that has python-quickbooks.
"""

import json
import os
import resource
import sys
import time
from datetime import timedelta
from typing import Any


def main() -> None:
    wanted = json.load(sys.stdin)
    import django

    django.setup()
    company = _company(wanted)
    began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    if sys.argv[1:] == ["plain"]:
        _plainly(company, wanted)
    else:
        _by_the_engine(company)
    took = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": took, "megabytes": peak / 1024, "before": began / 1024}))


def _company(wanted: dict[str, Any]) -> Any:
    from django.utils import timezone

    from qbo.models import Company, Connection

    now = timezone.now()
    return Company.objects.create(
        realm_id=wanted["realm_id"],
        name="Measured",
        environment="emulator",
        connection=Connection.CONNECTED,
        connected_at=now,
        access_token=wanted["access_token"],
        access_expires_at=now + timedelta(hours=1),
        refresh_token=wanted["refresh_token"],
        refresh_expires_at=now + timedelta(days=100),
    )


def _by_the_engine(company: Any) -> None:
    from qbo.sync import importing, worker

    importing.start(company)
    worker.run(company.pk)
    if importing.running(company):
        raise SystemExit("the import did not end")


def _plainly(company: Any, wanted: dict[str, Any]) -> None:
    """What a Django developer writes first: pages of objects, and `update_or_create` for each row and each line."""
    from quickbooks.objects.account import Account as TheirAccount
    from quickbooks.objects.customer import Customer as TheirCustomer
    from quickbooks.objects.invoice import Invoice as TheirInvoice
    from quickbooks.objects.item import Item as TheirItem

    from bench.baselines import connected
    from customers.models import Customer
    from invoices.models import Account, Invoice, InvoiceLine, Item

    qb = connected(wanted)

    def known(model: Any, ref: Any) -> Any:
        return model.objects.get(company=company, qbo_id=ref.value) if ref else None

    def keep(model: Any, entity: str, row: Any, **values: Any) -> Any:
        from qbo.models import AgreedCopy

        obj, _ = model.objects.update_or_create(company=company, qbo_id=row.Id, defaults=values)
        AgreedCopy.objects.update_or_create(
            entity=entity,
            object_id=obj.pk,
            defaults={"company": company, "payload": json.loads(row.to_json())},
        )
        return obj

    for row in _pages(TheirAccount, qb):
        keep(Account, "Account", row, name=row.Name, account_type=row.AccountType)
    for row in _pages(TheirItem, qb):
        income = known(Account, row.IncomeAccountRef)
        keep(Item, "Item", row, name=row.Name, unit_price=row.UnitPrice, income_account=income)
    for row in _pages(TheirCustomer, qb):
        keep(
            Customer,
            "Customer",
            row,
            display_name=row.DisplayName,
            notes=row.Notes or "",
            balance=row.Balance,
        )
    for row in _pages(TheirInvoice, qb):
        values = {
            "customer": known(Customer, row.CustomerRef),
            "doc_number": row.DocNumber or "",
            "txn_date": row.TxnDate,
            "due_date": row.DueDate,
            "total": row.TotalAmt,
            "balance": row.Balance,
        }
        invoice = keep(Invoice, "Invoice", row, **values)
        for line in row.Line:
            if line.DetailType != "SalesItemLineDetail":
                continue
            InvoiceLine.objects.update_or_create(
                invoice=invoice,
                line_id=line.Id,
                defaults={
                    "item": known(Item, line.SalesItemLineDetail.ItemRef),
                    "quantity": line.SalesItemLineDetail.Qty,
                    "rate": line.SalesItemLineDetail.UnitPrice,
                    "amount": line.Amount,
                    "description": line.Description or "",
                },
            )


def _pages(kind: Any, qb: Any) -> Any:
    start = 1
    while True:
        rows = kind.filter(order_by="Id", start_position=start, max_results=1000, qb=qb)
        yield from rows
        if len(rows) < 1000:
            return
        start += 1000


if __name__ == "__main__":
    # The environment that has python-quickbooks borrows the portal's packages, behind its own.
    sys.path.extend(filter(None, os.environ.get("BORROWED_PACKAGES", "").split(os.pathsep)))
    main()
