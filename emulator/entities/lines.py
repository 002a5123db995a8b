"""The lines of sales forms: what they may hold, how they are checked, numbered and added up (facts 9.3)."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.entities.base import Record
from emulator.entities.fields import choice as one_of
from emulator.entities.fields import day, flag, ignored, number, reference, several, structure, text
from emulator.entities.linetax import check_tax_code, settle_inclusive
from emulator.entities.references import WHOLE_TRANSACTION_ITEMS
from emulator.faults import QuickBooksFault, business, missing, unsupported
from emulator.wire import amount, cents

if TYPE_CHECKING:
    from emulator.ledger import Ledger

ITEM = "SalesItemLineDetail"
DISCOUNT = "DiscountLineDetail"
SUBTOTAL = "SubTotalLineDetail"
DESCRIPTION = "DescriptionOnly"
GROUP = "GroupLineDetail"
LONGEST_AMOUNT = Decimal(10) ** 10  # facts 9.3: 15 digits, 10.5
MOST_PLACES = 5
ZERO = Decimal(0)

_LINKS = several({"TxnId": text(), "TxnType": text(), "TxnLineId": text()})
_COMMON = {
    "Id": text(),
    "LineNum": number(),
    "Description": text(4000),
    "Amount": number(),
    "DetailType": one_of(ITEM, DISCOUNT, SUBTOTAL, DESCRIPTION, GROUP, "DescriptionLineDetail"),
    ITEM: structure(
        {
            "ItemRef": reference("Item", named=True),
            "UnitPrice": number(),
            "Qty": number(),
            "TaxCodeRef": reference("TaxCode"),
            "TaxInclusiveAmt": number(),
            "ClassRef": reference("Class", named=True),
            "ServiceDate": day(),
            **ignored(
                "DeferredRevenue", "DiscountAmt", "DiscountRate", "ItemAccountRef", "MarkupInfo", "PriceLevelRef",
                "RatePercent", "TaxClassificationRef", "UOMRef",
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
    "LinkedTxn": _LINKS,
    **ignored("LineEx", "CustomField", "CustomExtensions", "Received"),
}  # fmt: skip
LINE = {
    **_COMMON,
    GROUP: structure(
        {
            "GroupItemRef": reference("Item", named=True),
            "Quantity": number(),
            "Line": several(_COMMON),
            **ignored("UOMRef", "ServiceDate"),
        }
    ),
}


@dataclass
class Sums:
    """What the lines of a form add up to, before tax. `parts` is the subtotal by tax code, `charge_parts` the
    charges by tax code, `included` the tax that was taken out of tax-inclusive lines, by tax code."""

    subtotal: Decimal = ZERO
    charges: Decimal = ZERO  # shipping and gratuity
    discount: Decimal = ZERO
    parts: dict[str, Decimal] = field(default_factory=dict)
    charge_parts: dict[str, Decimal] = field(default_factory=dict)
    included: dict[str, Decimal] = field(default_factory=dict)


def settle_lines(ledger: "Ledger", new: Record, old: Record | None) -> Sums:
    """Check and number the lines, add the subtotal line, and put discount and charges behind it (facts 9.3)."""
    sent = [line for line in new.get("Line", []) if line.get("DetailType") != SUBTOTAL]
    for place, line in enumerate(sent):
        _check_line(ledger, new, line, f"Line[{place}]")
    body = [line for line in sent if not _is_footer(line)]
    footer = [line for line in sent if _is_footer(line)]
    if not any(line["DetailType"] in {ITEM, DESCRIPTION, GROUP} for line in body):
        raise missing("Line")
    _number_lines(body, old)
    sums = _sum(body, footer)
    new["Line"] = [
        *body,
        {"Amount": amount(sums.subtotal), "DetailType": SUBTOTAL, SUBTOTAL: {}},
        *footer,
    ]
    return sums


def sold(record: Record | None) -> dict[str, Decimal]:
    """How many of each item a form's lines hold, by the item's Id."""
    result: dict[str, Decimal] = {}
    for line in flat((record or {}).get("Line", [])):
        detail = line.get(ITEM, {})
        if "Qty" in detail and "ItemRef" in detail:
            item = detail["ItemRef"]["value"]
            result[item] = result.get(item, ZERO) + Decimal(detail["Qty"])
    return result


def flat(lines: list[Record]) -> list[Record]:
    """The lines with those of each bundle in the bundle's place."""
    result: list[Record] = []
    for line in lines:
        result += line[GROUP]["Line"] if line.get("DetailType") == GROUP else [line]
    return result


def _is_footer(line: Record) -> bool:
    return line["DetailType"] == DISCOUNT or _item_id(line) in WHOLE_TRANSACTION_ITEMS


def _item_id(line: Record) -> str | None:
    value: str | None = line.get(ITEM, {}).get("ItemRef", {}).get("value")
    return value


def _check_line(ledger: "Ledger", form: Record, line: Record, where: str) -> None:
    if "DetailType" not in line:
        raise QuickBooksFault(
            2020, "Required parameter DetailType is missing in the request", f"{where}.DetailType"
        )
    if line["DetailType"] == "DescriptionLineDetail":
        line["DetailType"] = DESCRIPTION
    if line["DetailType"] == GROUP:
        _check_group(ledger, form, line, where)
    if line["DetailType"] == ITEM:
        _check_item_line(ledger, form, line, where)
    if line["DetailType"] == DISCOUNT:
        _check_discount(ledger, form, line, where)


def _check_item_line(ledger: "Ledger", form: Record, line: Record, where: str) -> None:
    detail = line.setdefault(ITEM, {})
    if "Amount" not in line:
        raise QuickBooksFault(
            2020, "Required parameter Line.Amount is missing in the request", f"{where}.Amount"
        )
    _check_size(line, detail, where)
    _check_charge(ledger, line, where)
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
    if "ItemRef" not in detail:
        return
    check_tax_code(ledger, form, detail, where)
    settle_inclusive(ledger, form, line)
    if _item_id(line) not in WHOLE_TRANSACTION_ITEMS:
        _check_item(ledger, detail, where)


def _check_size(line: Record, detail: Record, where: str) -> None:
    """2140 for an amount and 2160 for a quantity beyond 10.5 digits (facts 9.3; the split is an emulator choice)."""
    for code, name, value in ((2140, "Amount", line["Amount"]), (2160, "Qty", detail.get("Qty", 0))):
        number = Decimal(value)
        places = -int(number.normalize().as_tuple().exponent)
        if abs(number) >= LONGEST_AMOUNT or places > MOST_PLACES:
            raise QuickBooksFault(
                code, f"Supplied value:{value} has more than 10.5 digits", f"{where}.{name}"
            )


def _check_charge(ledger: "Ledger", line: Record, where: str) -> None:
    if _item_id(line) == "SHIPPING_ITEM_ID" and not ledger.prefers("SalesFormsPrefs", "AllowShipping"):
        raise business("Shipping is switched off in the company's preferences.", where)
    if _item_id(line) == "GRATUITY_ITEM_ID" and not ledger.prefers_other("SalesFormsPrefs.AllowGratuity"):
        raise business("Gratuity is switched off in the company's preferences.", where)


def _drop_empty_pair(line: Record, detail: Record) -> None:
    """Qty 0 and UnitPrice 0 beside an Amount say nothing: python-quickbooks sends every line without them so, and its
    own tests show Intuit's sandbox keeping the Amount. That both then stay absent is an emulator choice."""
    if line["Amount"] and detail.get("Qty") == 0 == detail.get("UnitPrice"):
        del detail["Qty"], detail["UnitPrice"]


def _check_item(ledger: "Ledger", detail: Record, where: str) -> None:
    kind = (ledger.glance("Item", detail["ItemRef"]["value"]) or {}).get("Type")
    if kind in {"Category", "Group"}:
        raise business(f"A {kind.lower()} cannot be sold on a line of its own.", f"{where}.{ITEM}.ItemRef")


def _check_group(ledger: "Ledger", form: Record, line: Record, where: str) -> None:
    """A bundle: its lines as sent, or made from the bundle's items (facts 9.3). Amount is their sum."""
    detail = line.setdefault(GROUP, {})
    if "GroupItemRef" not in detail:
        raise missing(f"{where}.{GROUP}.GroupItemRef")
    bundle = ledger.glance("Item", detail["GroupItemRef"]["value"]) or {}
    if bundle.get("Type") != "Group":
        raise business("GroupItemRef must refer to a bundle.", f"{where}.{GROUP}.GroupItemRef")
    detail.setdefault("Quantity", 1)
    if not detail.get("Line"):
        detail["Line"] = [
            _bundled(ledger, part, Decimal(detail["Quantity"]))
            for part in bundle["ItemGroupDetail"]["ItemGroupLine"]
        ]
    for place, part in enumerate(detail["Line"]):
        if part.get("DetailType") != ITEM:
            raise business("A bundle holds items only.", f"{where}.{GROUP}.Line[{place}].DetailType")
        _check_item_line(ledger, form, part, f"{where}.{GROUP}.Line[{place}]")
    line["Amount"] = amount(sum((Decimal(part["Amount"]) for part in detail["Line"]), ZERO))


def _bundled(ledger: "Ledger", part: Record, times: Decimal) -> Record:
    item = ledger.need("Item", part["ItemRef"]["value"])
    quantity, price = Decimal(part["Qty"]) * times, Decimal(item.get("UnitPrice", 0))
    detail = {
        "ItemRef": {"value": item["Id"], "name": item["Name"]},
        "UnitPrice": price,
        "Qty": quantity,
    }
    return {
        **({"Description": item["Description"]} if "Description" in item else {}),
        "Amount": cents(quantity * price),
        "DetailType": ITEM,
        ITEM: detail,
    }


def _check_discount(ledger: "Ledger", form: Record, line: Record, where: str) -> None:
    detail = line.setdefault(DISCOUNT, {})
    if not ledger.prefers("SalesFormsPrefs", "AllowDiscount"):
        raise business("Discounts are switched off in the company's preferences.", where)
    if form.get("GlobalTaxCalculation") == "TaxInclusive":
        raise unsupported("discounts on amounts that include tax")
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
    before = (old or {}).get("Line", [])
    known = {line["Id"] for line in [*before, *flat(before)] if "Id" in line}
    highest = max((int(identity) for identity in known), default=0)
    used: set[str] = set()
    for lines in _levels(body):
        for place, line in enumerate(lines, start=1):
            if line.get("Id") not in known or line["Id"] in used:
                highest += 1
                line["Id"] = str(highest)
            used.add(line["Id"])
            line["LineNum"] = place


def _levels(body: list[Record]) -> list[list[Record]]:
    return [body, *(line[GROUP]["Line"] for line in body if line["DetailType"] == GROUP)]


def _sum(body: list[Record], footer: list[Record]) -> Sums:
    sums = Sums()
    for line in flat(body):
        if line["DetailType"] == ITEM and "ItemRef" in line[ITEM]:
            sums.subtotal += Decimal(line["Amount"])
            _sort(line, sums.parts, sums)
        elif line["DetailType"] == DESCRIPTION:
            _settle_description(line, sums.subtotal)
    for line in footer:
        if line["DetailType"] == DISCOUNT:
            _settle_discount(line, sums)
        else:
            line.pop("Id", None)
            line.pop("LineNum", None)
            sums.charges += Decimal(line["Amount"])
            _sort(line, sums.charge_parts, sums)
    return sums


def _sort(line: Record, parts: dict[str, Decimal], sums: Sums) -> None:
    """Count a line in under its tax code."""
    code = line[ITEM].get("TaxCodeRef", {}).get("value", "")
    parts[code] = parts.get(code, ZERO) + Decimal(line["Amount"])
    if "TaxInclusiveAmt" in line[ITEM]:
        tax = Decimal(line[ITEM]["TaxInclusiveAmt"]) - Decimal(line["Amount"])
        sums.included[code] = sums.included.get(code, ZERO) + tax


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
