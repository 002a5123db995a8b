"""Hypothesis: however lines are taxed, a form's parts add up to its total, to the cent (facts 9.3, 10)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.books import Company
from emulator.seed import empty
from emulator.store import Store

Json = dict[str, Any]
LINES = st.lists(st.tuples(st.integers(1, 500_000), st.integers(0, 4)), min_size=1, max_size=6)
PERCENT = st.integers(0, 100)


class Canada:
    """One company for all examples; each writes one more invoice into it."""

    def __init__(self, company: Company) -> None:
        empty(company)
        self.company = company
        income = company.query("SELECT * FROM Account WHERE AccountType = 'Income'")["Account"][0]["Id"]
        self.customer = company.create("Customer", {"DisplayName": "Ann"})["Id"]
        item = {"Name": "Advice", "Type": "Service", "IncomeAccountRef": {"value": income}}
        self.item = company.create("Item", item)["Id"]
        self.codes = [code["Id"] for code in company.all("TaxCode")]
        rates = {rate["Id"]: Decimal(rate["RateValue"]) for rate in company.all("TaxRate")}
        self.percents = {
            code["Id"]: [
                rates[part["TaxRateRef"]["value"]] for part in code["SalesTaxRateList"]["TaxRateDetail"]
            ]
            for code in company.all("TaxCode")
        }

    def invoice(self, lines: list[tuple[int, int]], *more: Json, **fields: Any) -> Json:
        return self.company.create(
            "Invoice",
            {
                "CustomerRef": {"value": self.customer},
                "Line": [*(self.line(*line) for line in lines), *more],
                **fields,
            },
        )

    def line(self, cents: int, code: int) -> Json:
        detail = {"ItemRef": {"value": self.item}, "TaxCodeRef": {"value": self.codes[code]}}
        amount = Decimal(cents) / 100
        return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}


@pytest.fixture(scope="module")
def canada(tmp_path_factory: pytest.TempPathFactory) -> Canada:
    store = Store(str(tmp_path_factory.mktemp("canada") / "books.sqlite3"))
    return Canada(store.create_company(country="CA"))


def tax_of(invoice: Json) -> Decimal:
    lines = invoice["TxnTaxDetail"].get("TaxLine", [])
    total = sum((Decimal(line["Amount"]) for line in lines), Decimal(0))
    assert total == Decimal(invoice["TxnTaxDetail"]["TotalTax"])
    return total


@settings(max_examples=50, deadline=None)
@given(lines=LINES)
def test_amounts_that_include_tax_are_the_total(canada: Canada, lines: list[tuple[int, int]]) -> None:
    made = canada.invoice(lines, GlobalTaxCalculation="TaxInclusive")
    assert Decimal(made["TotalAmt"]) == Decimal(sum(cents for cents, _ in lines)) / 100
    assert Decimal(made["Line"][-1]["Amount"]) + tax_of(made) == Decimal(made["TotalAmt"])
    for line, (cents, code) in zip(made["Line"], lines, strict=False):
        gross = Decimal(cents) / 100
        exact = gross / (1 + sum(canada.percents[canada.codes[code]], Decimal(0)) / 100)
        assert abs(Decimal(line["Amount"]) - exact) <= Decimal("0.005")
        assert Decimal(line["SalesItemLineDetail"]["TaxInclusiveAmt"]) == gross


@settings(max_examples=50, deadline=None)
@given(lines=LINES, percent=PERCENT, after=st.booleans())
def test_tax_comes_on_top_of_amounts_without_it(
    canada: Canada, lines: list[tuple[int, int]], percent: int, after: bool
) -> None:
    detail = {"PercentBased": True, "DiscountPercent": percent}
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
    made = canada.invoice(lines, discount, ApplyTaxAfterDiscount=after)
    subtotal = Decimal(sum(cents for cents, _ in lines)) / 100
    assert Decimal(made["TotalAmt"]) == subtotal - Decimal(made["Line"][-1]["Amount"]) + tax_of(made)
    taxed = subtotal * (100 - percent) / 100 if after else subtotal
    assert tax_of(made) <= taxed * 13 / 100 + Decimal("0.05")


@settings(max_examples=50, deadline=None)
@given(lines=LINES, wanted=st.integers(0, 100_000))
def test_a_total_of_the_clients_is_spread_to_the_cent(
    canada: Canada, lines: list[tuple[int, int]], wanted: int
) -> None:
    total = Decimal(wanted) / 100
    made = canada.invoice(lines, TxnTaxDetail={"TotalTax": total})
    assert tax_of(made) == total
