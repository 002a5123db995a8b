"""Facts 10: sales tax outside the United States, with a real code on every line."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.emulator.conftest import Json
from tests.emulator_process import ApiAnswer, EmulatorCompany, EmulatorProcess


class Abroad:
    """A company in another country, with one customer and one item."""

    def __init__(self, company: EmulatorCompany) -> None:
        self.company = company
        income = {"value": company.id_of("Account", "Services")}
        self.customer = company.create("Customer", {"DisplayName": "Ann"})["Id"]
        self.item = company.create("Item", {"Name": "Advice", "Type": "Service", "IncomeAccountRef": income})[
            "Id"
        ]
        self.codes = {code["Name"]: code["Id"] for code in company.all("TaxCode")}

    def line(self, amount: str, code: str | None, **detail: object) -> Json:
        detail = {"ItemRef": {"value": self.item}, **detail}
        if code:
            detail["TaxCodeRef"] = {"value": self.codes[code]}
        return {"DetailType": "SalesItemLineDetail", "Amount": Decimal(amount), "SalesItemLineDetail": detail}

    def payload(self, *lines: Json, **more: object) -> Json:
        return {"CustomerRef": {"value": self.customer}, "Line": list(lines), **more}

    def invoice(self, *lines: Json, **more: object) -> Json:
        return self.company.create("Invoice", self.payload(*lines, **more))

    def refused(self, *lines: Json, **more: object) -> ApiAnswer:
        return self.company.call("POST", "invoice", self.payload(*lines, **more))


@pytest.fixture
def abroad(emulator: EmulatorProcess) -> Callable[[str], Abroad]:
    return lambda country: Abroad(emulator.company(country=country))


def test_10_tax_is_added_per_rate(abroad: Callable[[str], Abroad]) -> None:
    canada = abroad("CA")
    made = canada.invoice(
        canada.line("100", "GST/PST BC"), canada.line("50", "GST"), canada.line("9.99", "Exempt")
    )
    assert made["GlobalTaxCalculation"] == "TaxExcluded"
    lines = made["TxnTaxDetail"]["TaxLine"]
    by_percent = {
        (line["TaxLineDetail"]["TaxPercent"], line["TaxLineDetail"]["NetAmountTaxable"]): line["Amount"]
        for line in lines
    }
    assert by_percent == {(5, 100): 5, (7, 100): 7, (5, 50): Decimal("2.50"), (0, Decimal("9.99")): 0}
    assert made["TxnTaxDetail"]["TotalTax"] == Decimal("14.50")
    assert made["TotalAmt"] == Decimal("174.49")
    assert "TxnTaxCodeRef" not in made["TxnTaxDetail"]


def test_8_3_a_line_without_a_code_is_6000(abroad: Callable[[str], Abroad]) -> None:
    canada = abroad("CA")
    refused = canada.refused(canada.line("100", None))
    assert (refused.status, refused.code) == (400, "6000")
    assert "Make sure all your transactions have a GST/HST rate before you save." in refused.detail


def test_10_the_american_codes_do_not_exist(abroad: Callable[[str], Abroad]) -> None:
    britain = abroad("GB")
    assert not {"TAX", "NON", "CustomSalesTax"} & britain.codes.keys()
    assert britain.refused(britain.line("1", None, TaxCodeRef={"value": "TAX"})).code == "2500"


def test_10_tax_inclusive_amounts_are_answered_net_and_gross(abroad: Callable[[str], Abroad]) -> None:
    britain = abroad("GB")
    made = britain.invoice(
        britain.line("120", "20.0% S", Qty=2, UnitPrice=60), GlobalTaxCalculation="TaxInclusive"
    )
    line = made["Line"][0]
    assert (line["Amount"], line["SalesItemLineDetail"]["TaxInclusiveAmt"]) == (100, 120)
    assert line["SalesItemLineDetail"]["UnitPrice"] == 50
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (20, 120)
    again = britain.company.update("Invoice", made)
    assert {**again, "SyncToken": "0", "MetaData": None} == {**made, "MetaData": None}


def test_10_nothing_is_lost_in_rounding_inclusive_tax(abroad: Callable[[str], Abroad]) -> None:
    britain = abroad("GB")
    lines = [britain.line("9.99", "20.0% S") for _ in range(3)]
    made = britain.invoice(*lines, GlobalTaxCalculation="TaxInclusive")
    assert made["TotalAmt"] == Decimal("29.97")
    assert made["TxnTaxDetail"]["TotalTax"] == Decimal("4.98")  # 3 x (9.99 - 8.33), half up


def test_10_the_two_halves_of_an_inclusive_rate(abroad: Callable[[str], Abroad]) -> None:
    india = abroad("IN")
    made = india.invoice(india.line("100", "18.0% GST"), GlobalTaxCalculation="TaxInclusive")
    assert [line["Amount"] for line in made["TxnTaxDetail"]["TaxLine"]] == [Decimal("7.63"), Decimal("7.62")]
    assert made["TotalAmt"] == 100


def test_10_not_applicable_means_no_tax_and_no_codes(abroad: Callable[[str], Abroad]) -> None:
    australia = abroad("AU")
    made = australia.invoice(australia.line("100", None), GlobalTaxCalculation="NotApplicable")
    assert (made["TotalAmt"], made["TxnTaxDetail"]) == (100, {"TotalTax": 0})
    australia.company.update("Invoice", made)


def test_8_3_tax_on_what_has_none_is_6170(abroad: Callable[[str], Abroad]) -> None:
    australia = abroad("AU")
    refused = australia.refused(
        australia.line("100", "GST"), GlobalTaxCalculation="NotApplicable", TxnTaxDetail={"TotalTax": 10}
    )
    assert (refused.status, refused.code) == (400, "6170")


def test_10_a_total_tax_of_the_clients_is_spread(abroad: Callable[[str], Abroad]) -> None:
    canada = abroad("CA")
    made = canada.invoice(canada.line("100", "GST/PST BC"), TxnTaxDetail={"TotalTax": Decimal("12.01")})
    assert [line["Amount"] for line in made["TxnTaxDetail"]["TaxLine"]] == [Decimal("5.00"), Decimal("7.01")]
    assert made["TotalAmt"] == Decimal("112.01")


def test_10_changing_the_amount_counts_the_tax_anew(abroad: Callable[[str], Abroad]) -> None:
    canada = abroad("CA")
    made = canada.invoice(canada.line("100", "HST ON"))
    made.pop("TxnTaxDetail")
    changed = canada.company.update("Invoice", {**made, "Line": [canada.line("200", "HST ON")]})
    assert changed["TxnTaxDetail"]["TotalTax"] == 26


def test_10_tax_after_a_discount(abroad: Callable[[str], Abroad]) -> None:
    canada = abroad("CA")
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }
    lines = (canada.line("100", "HST ON"), discount)
    assert canada.invoice(*lines)["TotalAmt"] == 103
    assert canada.invoice(*lines, ApplyTaxAfterDiscount=True)["TotalAmt"] == Decimal("101.70")
    assert canada.refused(*lines, GlobalTaxCalculation="TaxInclusive").status == 501


def test_10_a_company_without_sales_tax(emulator: EmulatorProcess) -> None:
    brazil = Abroad(emulator.company(country="BR"))
    made = brazil.invoice(brazil.line("10", None))
    assert (made["TotalAmt"], made["TxnTaxDetail"]) == (10, {"TotalTax": 0})
