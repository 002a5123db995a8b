"""Sales forms: lines, discounts, shipping, US sales tax and totals, as QuickBooks computes them (facts 9.3, 10)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emulator.entities.base import Record
from emulator.entities.fields import choice as one_of
from emulator.entities.fields import day, flag, ignored, number, reference, several, structure, text
from emulator.entities.references import WHOLE_TRANSACTION_ITEMS
from emulator.faults import QuickBooksFault, business, missing, unsupported
from emulator.wire import amount, cents

if TYPE_CHECKING:
    from emulator.ledger import Ledger

ITEM = "SalesItemLineDetail"
DISCOUNT = "DiscountLineDetail"
SUBTOTAL = "SubTotalLineDetail"
DESCRIPTION = "DescriptionOnly"
MOST_TAXED_LINES = 750  # facts 2, Limits
ZERO = Decimal(0)

_LINKS = several({"TxnId": text(), "TxnType": text(), "TxnLineId": text()})
LINE = {
    "Id": text(),
    "LineNum": number(),
    "Description": text(4000),
    "Amount": number(),
    "DetailType": one_of(ITEM, DISCOUNT, SUBTOTAL, DESCRIPTION, "GroupLineDetail", "DescriptionLineDetail"),
    ITEM: structure(
        {
            "ItemRef": reference("Item", named=True),
            "UnitPrice": number(),
            "Qty": number(),
            "TaxCodeRef": reference("TaxCode"),
            "ClassRef": reference("Class", named=True),
            "ServiceDate": day(),
            **ignored(
                "DeferredRevenue", "DiscountAmt", "DiscountRate", "ItemAccountRef", "MarkupInfo", "PriceLevelRef",
                "RatePercent", "TaxClassificationRef", "TaxInclusiveAmt", "UOMRef",
            ),
        }
    ),
    DISCOUNT: structure(
        {
            "PercentBased": flag(),
            "DiscountPercent": number(),
            "DiscountAccountRef": reference("Account", named=True),
            "TaxCodeRef": reference("TaxCode"),
            "ClassRef": reference("Class", named=True),
            **ignored("DiscountRef", "ServiceDate"),
        }
    ),
    SUBTOTAL: structure({**ignored("ItemRef", "ServiceDate")}),
    "DescriptionLineDetail": structure({"ServiceDate": day(), "TaxCodeRef": reference("TaxCode")}),
    "GroupLineDetail": structure(),
    "LinkedTxn": _LINKS,
    **ignored("LineEx", "CustomField", "CustomExtensions", "Received"),
}  # fmt: skip
TAX_DETAIL = structure(
    {
        "TxnTaxCodeRef": reference("TaxCode"),
        "TotalTax": number(),
        "TaxLine": several(),
        **ignored("DefaultTaxCodeRef", "UseAutomatedSalesTax"),
    }
)


@dataclass
class Sums:
    """What the lines of a form add up to, before tax."""

    subtotal: Decimal = ZERO
    taxable: Decimal = ZERO  # the part of the subtotal that is taxed
    charges: Decimal = ZERO  # shipping and gratuity
    taxed_charges: Decimal = ZERO
    discount: Decimal = ZERO


def settle_lines(ledger: "Ledger", new: Record, old: Record | None) -> Sums:
    """Check and number the lines, add the subtotal line, and put discount and charges behind it (facts 9.3)."""
    sent = [line for line in new.get("Line", []) if line.get("DetailType") != SUBTOTAL]
    for place, line in enumerate(sent):
        _check_line(ledger, line, f"Line[{place}]")
    body = [line for line in sent if not _is_footer(line)]
    footer = [line for line in sent if _is_footer(line)]
    if not any(line["DetailType"] in {ITEM, DESCRIPTION} for line in body):
        raise missing("Line")
    _number_lines(body, old)
    sums = _sum(ledger, body, footer)
    new["Line"] = [
        *body,
        {"Amount": amount(sums.subtotal), "DetailType": SUBTOTAL, SUBTOTAL: {}},
        *footer,
    ]
    return sums


def _is_footer(line: Record) -> bool:
    return line["DetailType"] == DISCOUNT or _item_id(line) in WHOLE_TRANSACTION_ITEMS


def _item_id(line: Record) -> str | None:
    value: str | None = line.get(ITEM, {}).get("ItemRef", {}).get("value")
    return value


def _check_line(ledger: "Ledger", line: Record, where: str) -> None:
    if "DetailType" not in line:
        raise QuickBooksFault(
            2020, "Required parameter DetailType is missing in the request", f"{where}.DetailType"
        )
    if line["DetailType"] == "DescriptionLineDetail":
        line["DetailType"] = DESCRIPTION
    if line["DetailType"] == "GroupLineDetail":
        raise unsupported("bundle lines")
    if line["DetailType"] == ITEM:
        _check_item_line(ledger, line, where)
    if line["DetailType"] == DISCOUNT:
        _check_discount(ledger, line, where)


def _check_item_line(ledger: "Ledger", line: Record, where: str) -> None:
    detail = line.setdefault(ITEM, {})
    if "Amount" not in line:
        raise QuickBooksFault(
            2020, "Required parameter Line.Amount is missing in the request", f"{where}.Amount"
        )
    if _item_id(line) == "SHIPPING_ITEM_ID" and not ledger.prefers("SalesFormsPrefs", "AllowShipping"):
        raise business("Shipping is switched off in the company's preferences.", where)
    _drop_empty_pair(line, detail)
    if "Qty" in detail and "UnitPrice" in detail:
        product = cents(Decimal(detail["Qty"]) * Decimal(detail["UnitPrice"]))
        if (
            cents(Decimal(line["Amount"])) != product
        ):  # facts 8.3, 6070: compared after rounding half up to cents
            raise QuickBooksFault(
                6070,
                f"Amount is not equal to UnitPrice * Qty. Supplied value:{line['Amount']:,}",
                f"{where}.Amount",
            )
    line["Amount"] = amount(line["Amount"])
    if "ItemRef" in detail:
        _settle_tax_code(ledger, detail, where)
        if _item_id(line) not in WHOLE_TRANSACTION_ITEMS:
            _check_item(ledger, detail, where)


def _drop_empty_pair(line: Record, detail: Record) -> None:
    """Qty 0 and UnitPrice 0 beside an Amount say nothing: python-quickbooks sends every line without them so, and its
    own tests show Intuit's sandbox keeping the Amount. That both then stay absent is an emulator choice."""
    if line["Amount"] and detail.get("Qty") == 0 == detail.get("UnitPrice"):
        del detail["Qty"], detail["UnitPrice"]


def _check_item(ledger: "Ledger", detail: Record, where: str) -> None:
    if (ledger.glance("Item", detail["ItemRef"]["value"]) or {}).get("Type") == "Category":
        raise business("A category cannot be sold.", f"{where}.{ITEM}.ItemRef")


def _settle_tax_code(ledger: "Ledger", detail: Record, where: str) -> None:
    """US lines know only TAX and NON (6100); without one the item decides (emulator choice)."""
    code = detail.get("TaxCodeRef", {}).get("value")
    if code is None:
        item = ledger.glance("Item", detail["ItemRef"]["value"]) or {}
        taxed = item.get("Taxable") and ledger.prefers("TaxPrefs", "UsingSalesTax")
        detail["TaxCodeRef"] = {"value": "TAX" if taxed else "NON"}
    elif code not in {"TAX", "NON"}:
        raise QuickBooksFault(6100, f"Invalid tax code : {code}", f"{where}.{ITEM}.TaxCodeRef")


def _check_discount(ledger: "Ledger", line: Record, where: str) -> None:
    detail = line.setdefault(DISCOUNT, {})
    if not ledger.prefers("SalesFormsPrefs", "AllowDiscount"):
        raise business("Discounts are switched off in the company's preferences.", where)
    if "DiscountPercent" in detail:
        detail.setdefault("PercentBased", True)
    detail.setdefault("PercentBased", False)
    complete = "DiscountPercent" in detail if detail["PercentBased"] else "Amount" in line
    if not complete:
        raise QuickBooksFault(
            6090, "A discount line needs an Amount, or PercentBased and DiscountPercent.", where
        )
    if "DiscountAccountRef" not in detail:
        account = _discount_account(ledger)
        if account:
            detail["DiscountAccountRef"] = account


def _discount_account(ledger: "Ledger") -> dict[str, str] | None:
    found = ledger.where("Account", "f_AccountSubType = ? AND active = 1", "discountsrefundsgiven")
    return {"value": found[0]["Id"], "name": found[0]["Name"]} if found else None


def _number_lines(body: list[Record], old: Record | None) -> None:
    """An Id that exists is that line, every other line is new (facts 9.3); LineNum is the position."""
    known = {line["Id"] for line in (old or {}).get("Line", []) if "Id" in line}
    highest = max((int(identity) for identity in known), default=0)
    used: set[str] = set()
    for place, line in enumerate(body, start=1):
        if line.get("Id") not in known or line["Id"] in used:
            highest += 1
            line["Id"] = str(highest)
        used.add(line["Id"])
        line["LineNum"] = place


def _sum(ledger: "Ledger", body: list[Record], footer: list[Record]) -> Sums:
    sums = Sums()
    for line in body:
        if line["DetailType"] == ITEM and "ItemRef" in line[ITEM]:
            sums.subtotal += Decimal(line["Amount"])
            if line[ITEM]["TaxCodeRef"]["value"] == "TAX":
                sums.taxable += Decimal(line["Amount"])
        elif line["DetailType"] == DESCRIPTION:
            _settle_description(line, sums.subtotal)
    for line in footer:
        if line["DetailType"] == DISCOUNT:
            _settle_discount(line, sums)
        else:
            _settle_charge(line, sums)
    return sums


def _settle_description(line: Record, so_far: Decimal) -> None:
    """`Subtotal:` asks for an inline subtotal, read back as `Subtotal: nn.nn` (facts 9.3)."""
    line.pop("Amount", None)
    line.setdefault("DescriptionLineDetail", {})
    if line.get("Description", "").startswith("Subtotal:"):
        line["Description"] = f"Subtotal: {cents(so_far)}"


def _settle_discount(line: Record, sums: Sums) -> None:
    detail = line[DISCOUNT]
    if detail["PercentBased"]:
        line["Amount"] = cents(sums.subtotal * Decimal(detail["DiscountPercent"]) / 100)
    line["Amount"] = amount(abs(Decimal(line["Amount"])))
    line.pop("Id", None)
    line.pop("LineNum", None)
    sums.discount += Decimal(line["Amount"])


def _settle_charge(line: Record, sums: Sums) -> None:
    line.pop("Id", None)
    line.pop("LineNum", None)
    sums.charges += Decimal(line["Amount"])
    if line[ITEM]["TaxCodeRef"]["value"] == "TAX":
        sums.taxed_charges += Decimal(line["Amount"])


def settle_tax(ledger: "Ledger", new: Record, old: Record | None, sums: Sums, *, recompute: bool) -> Decimal:
    """Fill TxnTaxDetail and answer the tax. US only (facts 10); a TotalTax that the client sent stands."""
    sent = new.pop("TxnTaxDetail", {})
    if not ledger.prefers("TaxPrefs", "UsingSalesTax"):
        new["TxnTaxDetail"] = {"TotalTax": 0}
        return ZERO
    before = (old or {}).get("TxnTaxDetail", {})
    code = _tax_code(ledger, new, sent, sums)
    # What merely comes back is not an override; it stays while nothing that it rests on changes.
    own = sent.get("TotalTax") if sent != before or not recompute else None
    new["TxnTaxDetail"] = _tax_detail(ledger, code, _tax_base(new, sums), own)
    if sums.taxable and len(new["Line"]) > MOST_TAXED_LINES:
        raise business(f"A taxable transaction may have at most {MOST_TAXED_LINES} lines.", "Line")
    return Decimal(new["TxnTaxDetail"]["TotalTax"])


def _tax_code(ledger: "Ledger", new: Record, sent: Record, sums: Sums) -> str | None:
    """Automated sales tax picks the code itself (facts 10); the emulator's engine knows one place, the code in
    TaxPrefs.TaxGroupCodeRef (emulator choice)."""
    if ledger.prefers("TaxPrefs", "PartnerTaxEnabled"):
        customer = ledger.need("Customer", new["CustomerRef"]["value"])
        exempt = "TaxExemptionReasonId" in customer
        automatic: str | None = (ledger.prefers("TaxPrefs", "TaxGroupCodeRef") or {}).get("value")
        return automatic if (sums.taxable or sums.taxed_charges) and not exempt else None
    chosen: str | None = sent.get("TxnTaxCodeRef", {}).get("value")
    return chosen


def _tax_base(new: Record, sums: Sums) -> Decimal:
    """What is taxed; with ApplyTaxAfterDiscount less its share of the discount."""
    taxable = sums.taxable
    if new.get("ApplyTaxAfterDiscount") and sums.subtotal:
        taxable -= sums.discount * taxable / sums.subtotal
    return cents(taxable + sums.taxed_charges)


def _tax_detail(ledger: "Ledger", code: str | None, base: Decimal, own: Any) -> Record:
    rates = _rates(ledger, code) if code else []
    lines = [_tax_line(rate, base) for rate in rates]
    total = sum((Decimal(line["Amount"]) for line in lines), ZERO)
    if own is not None and cents(Decimal(own)) != total:
        _prorate(lines, total, cents(Decimal(own)))
        total = cents(Decimal(own))
    detail: Record = {"TxnTaxCodeRef": {"value": code}} if code else {}
    detail["TotalTax"] = amount(total)
    if lines:
        detail["TaxLine"] = lines
    return detail


def _rates(ledger: "Ledger", code: str) -> list[Record]:
    record = ledger.need("TaxCode", code)
    details = record.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    return [ledger.need("TaxRate", detail["TaxRateRef"]["value"]) for detail in details]


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


def _prorate(lines: list[Record], computed: Decimal, wanted: Decimal) -> None:
    """Spread an overridden total over the tax lines (facts 10); the last one takes the rounding."""
    left = wanted
    for line in lines[:-1]:
        share = cents(Decimal(line["Amount"]) * wanted / computed) if computed else ZERO
        line["Amount"] = amount(share)
        left -= share
    if lines:
        lines[-1]["Amount"] = amount(left)
