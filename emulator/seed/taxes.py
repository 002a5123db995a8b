"""The sales tax that a fresh company knows: agency, rates and codes of its country (facts 9.5, 10)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emulator.books import Company

# One real code beside the pseudo codes, with the Ids and the rate of the facts' sample (facts 10).
TAX_CODE, TAX_RATE = "2", "3"
_US_RATE = {
    "Id": TAX_RATE,
    "Name": "California",
    "Description": "Sales Tax",
    "Active": True,
    "RateValue": 8,
    "AgencyRef": {"value": "1"},
    "SpecialTaxType": "NONE",
    "DisplayType": "ReadOnly",
}
_US_CODE = {
    "Id": TAX_CODE,
    "Name": "California",
    "Description": "California",
    "Active": True,
    "Taxable": True,
    "TaxGroup": True,
    "SalesTaxRateList": {
        "TaxRateDetail": [
            {"TaxTypeApplicable": "TaxOnAmount", "TaxRateRef": {"value": TAX_RATE}, "TaxOrder": 0}
        ]
    },
}


@dataclass(frozen=True)
class Abroad:
    """A country's agency and codes, each with its rates as (name, percent). Emulator choice: the usual ones."""

    agency: str
    codes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


ABROAD = {
    "CA": Abroad(
        "Canada Revenue Agency",
        (
            ("GST", (("GST", "5"),)),
            ("HST ON", (("HST (ON)", "13"),)),
            ("GST/PST BC", (("GST BC", "5"), ("PST (BC)", "7"))),
            ("Zero-rated", (("Zero-rated", "0"),)),
            ("Exempt", (("Exempt", "0"),)),
        ),
    ),
    "GB": Abroad(
        "HM Revenue & Customs (VAT)",
        (
            ("20.0% S", (("20.0% S", "20"),)),
            ("5.0% R", (("5.0% R", "5"),)),
            ("0.0% Z", (("0.0% Z", "0"),)),
            ("Exempt", (("Exempt", "0"),)),
        ),
    ),
    "AU": Abroad(
        "Australian Taxation Office",
        (("GST", (("GST", "10"),)), ("GST free", (("GST free", "0"),))),
    ),
    "IN": Abroad(
        "Central Board of Indirect Taxes and Customs",
        (
            ("18.0% GST", (("9% CGST", "9"), ("9% SGST", "9"))),
            ("18.0% IGST", (("18% IGST", "18"),)),
            ("0% GST", (("0% GST", "0"),)),
        ),
    ),
    "FR": Abroad("Direction générale des Finances publiques", (("20,0 % TVA", (("20,0 % TVA", "20"),)),)),
}


def add_taxes(company: Company, since: datetime) -> None:
    if company.country == "US":
        _add_us(company, since)
    elif company.country in ABROAD:
        _add_abroad(company, ABROAD[company.country], since)
    else:  # emulator choice: a country whose codes nobody wrote down starts without sales tax
        company.edit("Preferences", "1", {"TaxPrefs": {"UsingSalesTax": False}})


def _add_us(company: Company, since: datetime) -> None:
    """Automated sales tax, as every US company made since November 2017 has it (facts 10), unless told otherwise."""
    company.create(
        "TaxAgency", {"DisplayName": "California Department of Tax and Fee Administration"}, at=since
    )
    company.create("TaxRate", _US_RATE, at=since)
    company.create("TaxCode", _US_CODE, at=since)
    chosen = company.get("Preferences", "1")["TaxPrefs"]
    automatic = {"PartnerTaxEnabled": True, "TaxGroupCodeRef": {"value": TAX_CODE}}
    company.edit("Preferences", "1", {"TaxPrefs": automatic | chosen})


def _add_abroad(company: Company, abroad: Abroad, since: datetime) -> None:
    agency = company.create("TaxAgency", {"DisplayName": abroad.agency}, at=since)["Id"]
    for name, rates in abroad.codes:
        made = [
            company.create(
                "TaxRate", {"Name": rate, "RateValue": percent, "AgencyRef": {"value": agency}}, at=since
            )
            for rate, percent in rates
        ]
        company.create("TaxCode", {"Name": name, "SalesTaxRateList": _rate_list(made)}, at=since)


def _rate_list(rates: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "TaxRateDetail": [
            {"TaxTypeApplicable": "TaxOnAmount", "TaxRateRef": {"value": rate["Id"]}, "TaxOrder": 0}
            for rate in rates
        ]
    }
