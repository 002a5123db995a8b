"""The tax of a whole sales form: TxnTaxDetail (facts 10)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emulator.entities.base import Record
from emulator.entities.fields import ignored, number, reference, several, structure
from emulator.entities.lines import Sums
from emulator.entities.linetax import rates, taxed
from emulator.faults import QuickBooksFault, business
from emulator.wire import amount, cents

if TYPE_CHECKING:
    from emulator.ledger import Ledger

MOST_TAXED_LINES = 750  # facts 2, Limits
ZERO = Decimal(0)
TAX_DETAIL = structure(
    {
        "TxnTaxCodeRef": reference("TaxCode"),
        "TotalTax": number(),
        "TaxLine": several(),
        **ignored("DefaultTaxCodeRef", "UseAutomatedSalesTax"),
    }
)


def settle_tax(ledger: "Ledger", new: Record, old: Record | None, sums: Sums, *, recompute: bool) -> Decimal:
    """Fill TxnTaxDetail and answer the tax; a TotalTax that the client sent stands (facts 10)."""
    sent = new.pop("TxnTaxDetail", {})
    _check_sent(new, old, sent)
    if not taxed(ledger, new):
        new["TxnTaxDetail"] = {"TotalTax": 0}
        return ZERO
    before = (old or {}).get("TxnTaxDetail", {})
    # What merely comes back is not an override; it stays while nothing that it rests on changes.
    own = sent.get("TotalTax") if sent != before or not recompute else None
    if ledger.country == "US":
        code = _us_code(ledger, new, sent, sums)
        lines = _us_lines(ledger, new, code, sums)
        detail: Record = {"TxnTaxCodeRef": {"value": code}} if code else {}
    else:
        lines = _lines_by_code(ledger, new, sums)
        detail = {}
    new["TxnTaxDetail"] = detail | _total(lines, own)
    if new["TxnTaxDetail"]["TotalTax"] and len(new["Line"]) > MOST_TAXED_LINES:
        raise business(f"A taxable transaction may have at most {MOST_TAXED_LINES} lines.", "Line")
    return Decimal(new["TxnTaxDetail"]["TotalTax"])


def _check_sent(new: Record, old: Record | None, sent: Record) -> None:
    """6160 for the code that only QuickBooks itself may use, 6170 for tax on what has none (facts 8.3)."""
    if sent.get("TxnTaxCodeRef", {}).get("value") == "CustomSalesTax":
        raise QuickBooksFault(
            6160, "CustomSalesTax cannot be used on a transaction.", "TxnTaxDetail.TxnTaxCodeRef"
        )
    came_back = old is not None and sent == old.get("TxnTaxDetail")
    if new.get("GlobalTaxCalculation") == "NotApplicable" and not came_back and _says_something(sent):
        raise QuickBooksFault(
            6170, "TxnTaxDetail cannot be given when GlobalTaxCalculation is NotApplicable.", "TxnTaxDetail"
        )


def _says_something(detail: Record) -> bool:
    return bool("TxnTaxCodeRef" in detail or detail.get("TotalTax") or detail.get("TaxLine"))


def _us_code(ledger: "Ledger", new: Record, sent: Record, sums: Sums) -> str | None:
    """Automated sales tax picks the code itself (facts 10); the emulator's engine knows one place, the code in
    TaxPrefs.TaxGroupCodeRef (emulator choice)."""
    if ledger.prefers("TaxPrefs", "PartnerTaxEnabled"):
        customer = ledger.glance("Customer", new.get("CustomerRef", {}).get("value", "")) or {}
        exempt = "TaxExemptionReasonId" in customer
        automatic: str | None = (ledger.prefers("TaxPrefs", "TaxGroupCodeRef") or {}).get("value")
        something = sums.parts.get("TAX") or sums.charge_parts.get("TAX")
        return automatic if something and not exempt else None
    chosen: str | None = sent.get("TxnTaxCodeRef", {}).get("value")
    return chosen


def _us_lines(ledger: "Ledger", new: Record, code: str | None, sums: Sums) -> list[Record]:
    base = cents(_after_discount(new, sums, "TAX") + sums.charge_parts.get("TAX", ZERO))
    return [_tax_line(rate, base) for rate in rates(ledger, code)] if code else []


def _after_discount(new: Record, sums: Sums, code: str) -> Decimal:
    """What is taxed under a code; with ApplyTaxAfterDiscount less its share of the discount."""
    part = sums.parts.get(code, ZERO)
    if new.get("ApplyTaxAfterDiscount") and sums.subtotal:
        part -= sums.discount * part / sums.subtotal
    return part


def _lines_by_code(ledger: "Ledger", new: Record, sums: Sums) -> list[Record]:
    """One tax line per rate, over all lines whose code has that rate."""
    bases: dict[str, Decimal] = {}
    found: dict[str, Record] = {}
    included: dict[str, Decimal] = {}
    for code in sums.parts.keys() | sums.charge_parts.keys():
        base = _after_discount(new, sums, code) + sums.charge_parts.get(code, ZERO)
        of_code = rates(ledger, code)
        for rate, tax in zip(of_code, _shares(of_code, sums.included.get(code, ZERO)), strict=True):
            found[rate["Id"]] = rate
            bases[rate["Id"]] = bases.get(rate["Id"], ZERO) + base
            included[rate["Id"]] = included.get(rate["Id"], ZERO) + tax
    lines = [_tax_line(found[identity], cents(bases[identity])) for identity in sorted(found, key=int)]
    if new.get("GlobalTaxCalculation") == "TaxInclusive":
        for line in lines:  # what the lines hold is the tax, so that nothing is lost in rounding
            line["Amount"] = amount(included[line["TaxLineDetail"]["TaxRateRef"]["value"]])
    return lines


def _shares(of_code: list[Record], tax: Decimal) -> list[Decimal]:
    """Tax spread over the rates of one code by their height; the last one takes the rounding."""
    percent = sum((Decimal(rate["RateValue"]) for rate in of_code), ZERO)
    shares = [cents(tax * Decimal(rate["RateValue"]) / percent) if percent else ZERO for rate in of_code]
    if shares:
        shares[-1] += tax - sum(shares, ZERO)
    return shares


def _tax_line(rate: Record, base: Decimal) -> Record:
    return {
        "Amount": amount(base * Decimal(rate["RateValue"]) / 100),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate["Id"]},
            "PercentBased": True,
            "TaxPercent": rate["RateValue"],
            "NetAmountTaxable": amount(base),
        },
    }


def _total(lines: list[Record], own: Any) -> Record:
    total = sum((Decimal(line["Amount"]) for line in lines), ZERO)
    if own is not None and cents(Decimal(own)) != total:
        _prorate(lines, total, cents(Decimal(own)))
        total = cents(Decimal(own))
    return {"TotalTax": amount(total), **({"TaxLine": lines} if lines else {})}


def _prorate(lines: list[Record], computed: Decimal, wanted: Decimal) -> None:
    """Spread an overridden total over the tax lines (facts 10); the last one takes the rounding."""
    left = wanted
    for line in lines[:-1]:
        share = cents(Decimal(line["Amount"]) * wanted / computed) if computed else ZERO
        line["Amount"] = amount(share)
        left -= share
    if lines:
        lines[-1]["Amount"] = amount(left)
