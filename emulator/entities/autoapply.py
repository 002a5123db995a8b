"""What QuickBooks applies by itself where Preferences say so: AutoApplyCredit and AutoApplyPayments. How the real one
does it for records made through the API is not established (facts 9.5, 12); all of it is an emulator choice."""

from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.entities.base import Record
from emulator.wire import amount

if TYPE_CHECKING:
    from emulator.ledger import Ledger

Share = tuple[Record, Decimal]


def apply_credits(ledger: "Ledger", customer_id: str) -> None:
    """A payment of nothing that applies the customer's open credit memos to their open invoices, oldest first."""
    if not ledger.prefers("SalesFormsPrefs", "AutoApplyCredit"):
        return
    memos = open_forms(ledger, "CreditMemo", customer_id)
    credit = sum((Decimal(memo["Balance"]) for memo in memos), Decimal(0))
    paid = _shared_out(open_forms(ledger, "Invoice", customer_id), credit)
    used = _shared_out(memos, sum((share for _, share in paid), Decimal(0)))
    if paid and used:
        lines = [_line("Invoice", *share) for share in paid] + [_line("CreditMemo", *share) for share in used]
        whose = {name: dict(paid[0][0][name]) for name in ("CustomerRef", "CurrencyRef")}
        ledger.enter("Payment", {**whose, "TotalAmt": 0, "Line": lines})


def payment_lines(ledger: "Ledger", customer_id: str, total: Decimal) -> list[Record]:
    """The lines of a payment that came without any, if the company wants them found: oldest invoice first."""
    if not ledger.prefers("SalesFormsPrefs", "AutoApplyPayments"):
        return []
    shares = _shared_out(open_forms(ledger, "Invoice", customer_id), total)
    return [_line("Invoice", *share) for share in shares]


def open_forms(ledger: "Ledger", entity: str, customer_id: str) -> list[Record]:
    """A customer's forms with a balance, oldest first."""
    found = ledger.where(entity, "f_CustomerRef = ? AND f_Balance > 0", customer_id.casefold())
    return sorted(found, key=lambda form: (form["TxnDate"], int(form["Id"])))


def _shared_out(forms: list[Record], money: Decimal) -> list[Share]:
    shares = []
    for form in forms:
        share = min(Decimal(form["Balance"]), money)
        if share > 0:
            shares.append((form, share))
            money -= share
    return shares


def _line(entity: str, form: Record, share: Decimal) -> Record:
    return {"Amount": amount(share), "LinkedTxn": [{"TxnId": form["Id"], "TxnType": entity}]}
