"""Facts 9.1: tax codes and rates are made through TaxService only."""

import pytest

from tests.emulator.conftest import Json, Shop
from tests.emulator_process import EmulatorCompany


def asked(company: EmulatorCompany, name: str = "Marin", **rate: object) -> Json:
    detail = {
        "TaxRateName": "Marin County",
        "RateValue": "9.25",
        "TaxAgencyId": company.all("TaxAgency")[0]["Id"],
    }
    return {"TaxCode": name, "TaxRateDetails": [{**detail, **rate}]}


def test_9_1_a_code_with_a_new_rate(company: EmulatorCompany) -> None:
    answer = company.api("POST", "taxservice/taxcode", asked(company))
    assert answer.keys() == {"TaxCode", "TaxCodeId", "TaxRateDetails"}
    code = company.read("TaxCode", answer["TaxCodeId"])
    (listed,) = code["SalesTaxRateList"]["TaxRateDetail"]
    (detail,) = answer["TaxRateDetails"]
    assert (code["Name"], listed["TaxRateRef"]["value"]) == ("Marin", detail["TaxRateId"])
    rate = company.read("TaxRate", detail["TaxRateId"])
    assert (str(rate["RateValue"]), rate["AgencyRef"]["value"]) == ("9.25", "1")
    assert len(company.query("SELECT * FROM TaxCode")) == 5  # none that was there is lost


def test_9_1_a_code_with_a_rate_that_exists(company: EmulatorCompany) -> None:
    answer = company.api(
        "POST", "taxservice/taxcode", {"TaxCode": "Again", "TaxRateDetails": [{"TaxRateId": "3"}]}
    )
    assert answer["TaxRateDetails"][0]["TaxRateName"] == "California"


def test_10_the_new_code_taxes(shop: Shop) -> None:
    code = shop.company.api("POST", "taxservice/taxcode", asked(shop.company))["TaxCodeId"]
    shop.company.edit("Preferences", "1", {"TaxPrefs": {"TaxGroupCodeRef": {"value": code}}})
    made = shop.invoice(shop.line("100", taxed=True))
    assert (str(made["TxnTaxDetail"]["TotalTax"]), str(made["TotalAmt"])) == ("9.25", "109.25")


def test_8_3_what_tax_service_refuses(company: EmulatorCompany) -> None:
    company.api("POST", "taxservice/taxcode", asked(company))
    for payload, code in (
        (asked(company), "6240"),
        (asked(company, "Sonoma"), "6240"),  # the name of the rate
        (asked(company, "Sonoma", TaxRateName="Sonoma", RateValue="101"), "2090"),
        (asked(company, "Sonoma", TaxRateName="Sonoma", RateValue="much"), "2080"),
        (asked(company, "Sonoma", TaxRateName="Sonoma", TaxAgencyId="99"), "2500"),
        (asked(company, "Sonoma", TaxRateId="3"), "2600"),  # an old rate and a new one
        ({"TaxCode": "Sonoma", "TaxRateDetails": [{"TaxRateId": "3"}, {"TaxRateId": "3"}]}, "2600"),
        ({"TaxCode": "Sonoma", "TaxRateDetails": [{"TaxRateId": "99"}]}, "2500"),
        ({"TaxCode": "Sonoma"}, "2020"),
        ({"TaxRateDetails": [{"TaxRateId": "3"}]}, "2020"),
    ):
        assert company.call("POST", "taxservice/taxcode", payload).code == code, payload


@pytest.mark.parametrize("entity", ["TaxCode", "TaxRate"])
def test_9_1_neither_is_written_directly(company: EmulatorCompany, entity: str) -> None:
    assert company.call("POST", entity.lower(), {"Name": "X"}).code == "500"


def test_agencies(company: EmulatorCompany) -> None:
    made = company.create("TaxAgency", {"DisplayName": "County of Marin"})
    assert (made["TaxTrackedOnSales"], made["TaxTrackedOnPurchases"]) == (True, False)
    assert company.call("POST", "taxagency", {"DisplayName": "county of marin"}).code == "6240"
    assert company.call("POST", "taxagency", made).code == "500"
