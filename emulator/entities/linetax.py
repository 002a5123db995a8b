"""Tax codes on lines: TAX and NON in the United States, real codes elsewhere (facts 10)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.entities.base import Record
from emulator.faults import QuickBooksFault, business
from emulator.wire import amount, cents

if TYPE_CHECKING:
    from emulator.ledger import Ledger

ITEM = "SalesItemLineDetail"
NO_RATE = "Make sure all your transactions have a GST/HST rate before you save."
PRICE_PLACES = Decimal("0.0000001")
ZERO = Decimal(0)


def taxed(ledger: "Ledger", form: Record) -> bool:
    """Whether this form's lines carry tax at all."""
    return bool(ledger.prefers("TaxPrefs", "UsingSalesTax")) and (
        form.get("GlobalTaxCalculation") != "NotApplicable"
    )


def check_tax_code(ledger: "Ledger", form: Record, detail: Record, where: str) -> None:
    """6100 for a US line with anything but TAX and NON; 6000 for any other line without a code."""
    if ledger.country == "US":
        _settle_us_code(ledger, detail, where)
    elif taxed(ledger, form) and "TaxCodeRef" not in detail:
        raise business(NO_RATE, f"{where}.{ITEM}.TaxCodeRef")


def _settle_us_code(ledger: "Ledger", detail: Record, where: str) -> None:
    """Without a code the item decides (emulator choice)."""
    code = detail.get("TaxCodeRef", {}).get("value")
    if code is None:
        item = ledger.glance("Item", detail["ItemRef"]["value"]) or {}
        is_taxed = item.get("Taxable") and ledger.prefers("TaxPrefs", "UsingSalesTax")
        detail["TaxCodeRef"] = {"value": "TAX" if is_taxed else "NON"}
    elif code not in {"TAX", "NON"}:
        raise QuickBooksFault(6100, f"Invalid tax code : {code}", f"{where}.{ITEM}.TaxCodeRef")


def settle_inclusive(ledger: "Ledger", form: Record, line: Record) -> None:
    """A line whose amount includes tax is kept as real companies answer it: Amount and UnitPrice without tax, and
    TaxInclusiveAmt with it. A line sent without TaxInclusiveAmt includes its tax in Amount (emulator choice)."""
    detail = line[ITEM]
    if form.get("GlobalTaxCalculation") != "TaxInclusive" or not taxed(ledger, form):
        detail.pop("TaxInclusiveAmt", None)
        return
    gross = cents(Decimal(detail.get("TaxInclusiveAmt", line["Amount"])))
    percent = sum((Decimal(rate["RateValue"]) for rate in rates(ledger, detail["TaxCodeRef"]["value"])), ZERO)
    net = cents(gross / (1 + percent / 100))
    if "UnitPrice" in detail and detail.get("Qty") and net != cents(Decimal(line["Amount"])):
        detail["UnitPrice"] = (net / Decimal(detail["Qty"])).quantize(PRICE_PLACES).normalize()
    line["Amount"], detail["TaxInclusiveAmt"] = amount(net), amount(gross)


def rates(ledger: "Ledger", code: str) -> list[Record]:
    """The rates of a tax code on sales, in their order."""
    record = ledger.glance("TaxCode", code) or {}
    details = record.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    return [ledger.need("TaxRate", detail["TaxRateRef"]["value"]) for detail in details]
