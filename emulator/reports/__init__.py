"""The reports on receivables, as Intuit's report service shapes them: Header, Columns, Rows with sections and sums.

Shapes and parameters are those of Intuit's pages ARAgingSummary, ARAgingDetail, CustomerBalance and
CustomerBalanceDetail. Balances are those of this moment; `report_date` leaves out what is dated later and is the day
that ages are counted from (emulator choice: the real service also takes back what was paid since).
"""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.faults import unsupported
from emulator.ledger import Ledger
from emulator.reports.aging import aged_receivable_detail, aged_receivables
from emulator.reports.balances import customer_balance, customer_balance_detail
from emulator.reports.options import Options, read_options

REPORTS: dict[str, Callable[[Ledger, Options], dict[str, Any]]] = {
    "AgedReceivables": aged_receivables,
    "AgedReceivableDetail": aged_receivable_detail,
    "CustomerBalance": customer_balance,
    "CustomerBalanceDetail": customer_balance_detail,
}


def run_report(ledger: Ledger, name: str, arguments: Mapping[str, str]) -> dict[str, Any]:
    """Raises the fault 501 for other reports and for parameters that are not supported, and 20xx for bad values."""
    report = REPORTS.get(name)
    if report is None:
        raise unsupported(f"the report {name}; it has {', '.join(REPORTS)}")
    return report(ledger, read_options(ledger, name, arguments))
