"""What a program without an engine takes for the same: python-quickbooks, in the environment that has it.

    .venv-third-party/bin/python -m bench.baselines TASK   with a description as JSON on its standard input

Prints the seconds, from the first request to the last row.
"""

import json
import os
import sys
import time
from typing import Any

from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.objects.base import Ref
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice


def connected(wanted: dict[str, Any]) -> QuickBooks:
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    auth = AuthClient(
        wanted["client_id"],
        wanted["client_secret"],
        "http://localhost:8000/connect/callback/",
        environment=f"{wanted['url']}/.well-known/openid_sandbox_configuration",
        access_token=wanted["access_token"],
        refresh_token=wanted["refresh_token"],
    )
    made = QuickBooks(
        auth_client=auth,
        refresh_token=wanted["refresh_token"],
        company_id=wanted["realm_id"],
        minorversion=75,
        use_decimal=True,
    )
    made.api_url_v3 = f"{wanted['url']}/v3"
    return made


def invoices(wanted: dict[str, Any]) -> list[Invoice]:
    return [_invoice(wanted) for _ in range(wanted["count"])]


def _invoice(wanted: dict[str, Any]) -> Invoice:
    invoice, line = Invoice(), SalesItemLine()
    invoice.CustomerRef = Ref()
    invoice.CustomerRef.value = wanted["customer"]
    line.Amount, line.Description = 100, "Spring cleanup"
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = Ref()
    line.SalesItemLineDetail.ItemRef.value = wanted["item"]
    line.SalesItemLineDetail.Qty, line.SalesItemLineDetail.UnitPrice = 1, 100
    invoice.Line.append(line)
    return invoice


def in_batches(qb: QuickBooks, wanted: dict[str, Any]) -> None:
    """Its own `batch_create`, thirty to a request."""
    made = batch_create(invoices(wanted), qb=qb)
    if len(made.successes) != wanted["count"]:
        raise SystemExit(f"only {len(made.successes)} were made")


def one_by_one(qb: QuickBooks, wanted: dict[str, Any]) -> None:
    """Its own `save()`."""
    for invoice in invoices(wanted):
        invoice.save(qb=qb)


TASKS = {"batches": in_batches, "saves": one_by_one}


def main() -> None:
    wanted = json.load(sys.stdin)
    qb = connected(wanted)
    started = time.perf_counter()
    TASKS[sys.argv[1]](qb, wanted)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
