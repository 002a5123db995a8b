"""TaxService: a tax code together with its rates in one request (facts 9.1; Intuit's page)."""

from decimal import Decimal, InvalidOperation

from emulator import entities
from emulator.entities.base import Record
from emulator.entities.fields import CLEAR, choice, clean, computed, number, several, text
from emulator.faults import QuickBooksFault, missing
from emulator.ledger import Ledger
from emulator.operations import create

FIELDS = {
    "TaxCode": text(100),
    "TaxCodeId": computed(),
    "Id": computed(),
    "TaxRateDetails": several(
        {
            "TaxRateId": text(),
            "TaxRateName": text(100),  # the page says 10, its own sample has 16
            "RateValue": text(),
            "TaxAgencyId": text(),
            "TaxApplicableOn": choice("Sales", "Purchase"),
        }
    ),
    "domain": computed(),
    "sparse": computed(number()),
    "Fault": computed(),
}
LISTS = {"Sales": "SalesTaxRateList", "Purchase": "PurchaseTaxRateList"}


def create_tax_code(ledger: Ledger, payload: Record) -> Record:
    """Answers the request's own shape, with TaxCodeId and the ids of the rates, and no envelope (Intuit's page)."""
    asked = {name: value for name, value in clean(FIELDS, payload).items() if value is not CLEAR}
    if not asked.get("TaxCode"):
        raise missing("TaxCode")
    if not asked.get("TaxRateDetails"):
        raise missing("TaxRateDetails")
    _check_name(ledger, asked["TaxCode"])
    details = [_settle_rate(ledger, detail) for detail in asked["TaxRateDetails"]]
    if len({detail["TaxRateId"] for detail in details}) < len(details):
        raise QuickBooksFault(2600, "A tax rate may not be listed twice in a tax code.", "TaxRateDetails")
    code: Record = {"Name": asked["TaxCode"], "Taxable": True, "TaxGroup": True}
    for applicable, name in LISTS.items():
        of_list = [detail["TaxRateId"] for detail in details if detail["TaxApplicableOn"] == applicable]
        code[name] = {"TaxRateDetail": [_in_list(rate_id) for rate_id in of_list]}
    made = create(ledger, entities.get("TaxCode"), code)
    return {"TaxCode": asked["TaxCode"], "TaxCodeId": made["Id"], "TaxRateDetails": details}


def _in_list(rate_id: str) -> Record:
    return {"TaxTypeApplicable": "TaxOnAmount", "TaxRateRef": {"value": rate_id}, "TaxOrder": 0}


def _check_name(ledger: Ledger, name: str) -> None:
    if ledger.where("TaxCode", "f_Name = ?", name.casefold()):
        raise QuickBooksFault(
            6240,
            "The name supplied already exists. : Another tax code is already using this \nname. "
            "Please use a different name.",
            "TaxCode",
        )


def _settle_rate(ledger: Ledger, detail: Record) -> Record:
    """An existing rate, or a new one; to say both is 2600 (facts 8.3)."""
    detail.setdefault("TaxApplicableOn", "Sales")
    if detail.get("TaxRateId"):
        if "RateValue" in detail:
            raise QuickBooksFault(
                2600, "RateValue cannot be given together with TaxRateId.", "TaxRateDetails"
            )
        rate = ledger.find("TaxRate", detail["TaxRateId"])
        if rate is None:
            raise QuickBooksFault(2500, f"Invalid Reference Id : TaxRate {detail['TaxRateId']}", "TaxRateId")
    else:
        rate = _new_rate(ledger, detail)
    return {
        "TaxRateName": rate["Name"],
        "TaxRateId": rate["Id"],
        "RateValue": rate[
            "RateValue"
        ],  # a number, though the page shows a text (python-quickbooks' own live test)
        "TaxAgencyId": rate["AgencyRef"]["value"],
        "TaxApplicableOn": detail["TaxApplicableOn"],
    }


def _new_rate(ledger: Ledger, detail: Record) -> Record:
    for needed in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if needed not in detail:
            raise missing(needed)
    percent = _percent(detail["RateValue"])
    if ledger.where("TaxRate", "f_Name = ?", detail["TaxRateName"].casefold()):
        raise QuickBooksFault(6240, "The name supplied already exists. : TaxRateName", "TaxRateName")
    rate = {
        "Name": detail["TaxRateName"],
        "RateValue": percent,
        "AgencyRef": {"value": detail["TaxAgencyId"]},
    }
    return create(ledger, entities.get("TaxRate"), rate)


def _percent(text: str) -> Decimal:
    """`8` or `8%`, between 0 and 100."""
    try:
        percent = Decimal(text.strip().removesuffix("%"))
    except InvalidOperation:
        raise QuickBooksFault(2080, f"Invalid Number : {text}", "RateValue") from None
    if not 0 <= percent <= 100:
        raise QuickBooksFault(2090, f"Unsupported Number : {text}", "RateValue")
    return percent
