"""The companies that the emulator starts with look lived in, and their books add up."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from emulator import seed
from emulator.books import Company
from emulator.clock import today
from emulator.seed import orders, people
from emulator.store import Store

Json = dict[str, Any]
Open = Callable[[datetime], Company]

NOON = datetime(2026, 11, 23, 20, tzinfo=UTC)
AWKWARD_DAYS = [date(2026, 1, 1), date(2028, 2, 29), date(2027, 3, 31), date(2026, 8, 31), date(2026, 11, 23)]


@pytest.fixture
def open_at(tmp_path: Path) -> Open:
    """Makes demo companies whose clock stands still."""

    def make(moment: datetime) -> Company:
        store = Store(str(tmp_path / f"{moment:%Y%m%d%H%M}-{len(list(tmp_path.iterdir()))}.sqlite3"))
        store.turn_clock(to=moment.timestamp(), speed=0)
        company = store.create_company(name="Harbor & Pine Landscaping")
        seed.demo(company)
        return company

    return make


@pytest.fixture(scope="module")
def harbor(tmp_path_factory: pytest.TempPathFactory) -> Company:
    store = Store(str(tmp_path_factory.mktemp("seed") / "demo.sqlite3"))
    store.turn_clock(to=NOON.timestamp(), speed=0)
    seed.populate(store, "demo")
    return store.companies()[0]


def money(record: Json, name: str) -> Decimal:
    return Decimal(record[name])


def paid(company: Company) -> defaultdict[str, Decimal]:
    """What the payments say each invoice has received."""
    received: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in company.all("Payment"):
        for line in payment["Line"]:
            received[line["LinkedTxn"][0]["TxnId"]] += money(line, "Amount")
    return received


def lines(invoice: Json, kind: str) -> list[Json]:
    return [line for line in invoice["Line"] if line["DetailType"] == kind]


def expected_total(invoice: Json) -> Decimal:
    """Lines less the discount plus 8 % on what is taxed, worked out here once more."""
    sold = lines(invoice, "SalesItemLineDetail")
    taxed = [line for line in sold if line["SalesItemLineDetail"]["TaxCodeRef"]["value"] == "TAX"]
    tax = (sum((money(line, "Amount") for line in taxed), Decimal(0)) * 8).quantize(
        Decimal(1), "ROUND_HALF_UP"
    ) / 100
    discount = sum((money(line, "Amount") for line in lines(invoice, "DiscountLineDetail")), Decimal(0))
    return sum((money(line, "Amount") for line in sold), Decimal(0)) - discount + tax


def is_void(invoice: Json) -> bool:
    return not invoice["TotalAmt"]


def days_late(company: Company, invoice: Json) -> int:
    return (today(company.now) - date.fromisoformat(invoice["DueDate"])).days


def test_an_empty_company_has_the_stock_lists(tmp_path: Path) -> None:
    company = Store(str(tmp_path / "empty.sqlite3")).create_company()
    seed.empty(company)
    terms = {term["Id"]: (term["Name"], term["DueDays"]) for term in company.all("Term")}
    assert terms == {
        "1": ("Due on receipt", 0),
        "2": ("Net 15", 15),
        "3": ("Net 30", 30),
        "4": ("Net 60", 60),
    }
    methods = {method["Id"]: method["Name"] for method in company.all("PaymentMethod")}
    assert list(methods.values()) == [
        "Cash", "Check", "Visa", "MasterCard", "Discover", "American Express", "Diners Club",
    ]  # fmt: skip
    assert list(methods) == ["1", "2", "3", "4", "5", "6", "7"]
    codes = [code["Id"] for code in company.all("TaxCode")]
    assert codes == ["TAX", "NON", "CustomSalesTax", "2"]
    kinds = {account["AccountSubType"] for account in company.all("Account")}
    assert {"UndepositedFunds", "Checking", "AccountsReceivable", "DiscountsRefundsGiven"} <= kinds
    assert not company.all("Customer")
    assert not company.all("Invoice")


def test_an_empty_company_can_be_billed_and_taxes_materials(tmp_path: Path) -> None:
    company = Store(str(tmp_path / "empty.sqlite3")).create_company()
    seed.empty(company)
    customer = company.create("Customer", {"DisplayName": "First"})
    income = next(account for account in company.all("Account") if account["Name"] == "Services")
    item = company.create(
        "Item",
        {
            "Name": "Soil",
            "Type": "NonInventory",
            "IncomeAccountRef": {"value": income["Id"]},
            "Taxable": True,
        },
    )
    detail = {"ItemRef": {"value": item["Id"]}}
    line = {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    invoice = company.create("Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [line]})
    assert money(invoice, "TotalAmt") == Decimal("108.00")


def test_the_store_starts_with_a_choice_of_two_companies(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "demo.sqlite3"))
    seed.populate(store, "demo")
    assert [company.name for company in store.companies()] == [
        "Harbor & Pine Landscaping",
        "Cedar & Quill Bookkeeping",
    ]
    small = store.companies()[1]
    assert len(small.all("Customer")) == 6
    assert sum(money(customer, "Balance") for customer in small.all("Customer")) > 0


def test_the_demo_company_has_its_size(harbor: Company) -> None:
    sizes = {entity: len(harbor.all(entity)) for entity in ("Customer", "Item", "Invoice")}
    assert sizes == {"Customer": 40, "Item": 25, "Invoice": 300}
    assert len(harbor.all("Payment")) > 180
    assert harbor.get("CompanyInfo", "1")["CompanyAddr"]["City"] == "Santa Cruz"


def test_history_covers_eighteen_months_up_to_today(harbor: Company) -> None:
    dates = sorted(invoice["TxnDate"] for invoice in harbor.all("Invoice"))
    assert dates[-1] == "2026-11-23"
    assert "2025-05-20" <= dates[0] <= "2025-06-30"
    assert len({day[:7] for day in dates}) >= 18


def test_every_invoice_adds_up(harbor: Company) -> None:
    received = paid(harbor)
    for invoice in harbor.all("Invoice"):
        if is_void(invoice):
            continue
        assert money(invoice, "TotalAmt") == expected_total(invoice), invoice["DocNumber"]
        assert money(invoice, "Balance") == money(invoice, "TotalAmt") - received[invoice["Id"]], invoice[
            "DocNumber"
        ]
        assert money(invoice, "Balance") >= 0


def test_every_payment_adds_up(harbor: Company) -> None:
    for payment in harbor.all("Payment"):
        applied = sum((money(line, "Amount") for line in payment["Line"]), Decimal(0))
        assert money(payment, "TotalAmt") == applied + money(payment, "UnappliedAmt") > 0


def test_every_customer_owes_its_invoices_less_its_credit(harbor: Company) -> None:
    owed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for invoice in harbor.all("Invoice"):
        owed[invoice["CustomerRef"]["value"]] += money(invoice, "Balance")
    for payment in harbor.all("Payment"):
        owed[payment["CustomerRef"]["value"]] -= money(payment, "UnappliedAmt")
    for customer in harbor.all("Customer"):
        assert money(customer, "Balance") == owed[customer["Id"]], customer["DisplayName"]


def test_no_payment_is_older_than_what_it_pays(harbor: Company) -> None:
    written = {invoice["Id"]: invoice["TxnDate"] for invoice in harbor.all("Invoice")}
    for payment in harbor.all("Payment"):
        for line in payment["Line"]:
            assert written[line["LinkedTxn"][0]["TxnId"]] <= payment["TxnDate"]


@pytest.mark.parametrize(("least", "most"), [(-90, 0), (1, 30), (31, 60), (61, 90), (91, 999)])
def test_debts_of_every_age_are_open(harbor: Company, least: int, most: int) -> None:
    open_invoices = [invoice for invoice in harbor.all("Invoice") if invoice["Balance"]]
    assert any(least <= days_late(harbor, invoice) <= most for invoice in open_invoices)


def test_who_buys_materials_is_charged_tax(harbor: Company) -> None:
    assert all(customer["Taxable"] for customer in harbor.all("Customer"))


def test_one_invoice_is_void(harbor: Company) -> None:
    (void,) = [invoice for invoice in harbor.all("Invoice") if is_void(invoice)]
    assert void["PrivateNote"].startswith("Voided")
    assert not void["Balance"]


def test_one_customer_has_paid_too_much(harbor: Company) -> None:
    (payment,) = [payment for payment in harbor.all("Payment") if payment["UnappliedAmt"]]
    assert payment["CustomerRef"]["name"] == people.OVERPAYER
    assert money(payment, "UnappliedAmt") == Decimal("50.00")


def test_checks_pay_several_invoices_and_several_wait_for_one(harbor: Company) -> None:
    assert max(len(payment["Line"]) for payment in harbor.all("Payment")) >= 3
    waiting = Counter(
        invoice["CustomerRef"]["value"] for invoice in harbor.all("Invoice") if invoice["Balance"]
    )
    assert max(waiting.values()) >= 3


def test_some_invoices_are_part_paid_discounted_taxed_and_remarked(harbor: Company) -> None:
    invoices = harbor.all("Invoice")
    assert any(0 < money(invoice, "Balance") < money(invoice, "TotalAmt") for invoice in invoices)
    assert sum(bool(lines(invoice, "DiscountLineDetail")) for invoice in invoices) >= 3
    assert sum(bool(invoice["TxnTaxDetail"]["TotalTax"]) for invoice in invoices) >= 40
    assert any("CustomerMemo" in invoice for invoice in invoices)
    assert any("PrivateNote" in invoice and invoice["Balance"] for invoice in invoices)


def test_the_awkward_customers_are_there(harbor: Company) -> None:
    customers = {customer["DisplayName"]: customer for customer in harbor.all("Customer")}
    manager = customers[people.MANAGER]
    below = [
        child for child in customers.values() if child.get("ParentRef", {}).get("value") == manager["Id"]
    ]
    assert len(below) == 3
    assert money(manager, "BalanceWithJobs") == sum(money(child, "Balance") for child in below)
    assert max(map(len, customers)) >= 85
    assert [name for name, customer in customers.items() if not customer["Active"]] == [
        f"{people.GONE} (deleted)"
    ]
    assert sum("PrimaryEmailAddr" not in customer for customer in customers.values()) >= 3


def test_one_item_is_retired_but_still_on_an_invoice(harbor: Company) -> None:
    (retired,) = [item for item in harbor.all("Item") if not item["Active"]]
    sold = [line for invoice in harbor.all("Invoice") for line in lines(invoice, "SalesItemLineDetail")]
    assert any(line["SalesItemLineDetail"]["ItemRef"]["value"] == retired["Id"] for line in sold)


def test_the_same_day_gives_the_same_books(open_at: Open) -> None:
    one, two = open_at(NOON), open_at(NOON)
    for entity in ("Customer", "Item", "Invoice", "Payment"):
        assert one.all(entity) == two.all(entity)


@pytest.mark.parametrize("day", AWKWARD_DAYS)
def test_the_plan_holds_on_any_day(day: date) -> None:
    plan = orders.plan(day)
    assert len(plan) == orders.INVOICES
    assert plan[-1].on == day
    assert plan[0].on >= orders.months_before(day, orders.MONTHS_OF_HISTORY) - timedelta(days=3)
    assert all(order.lines for order in plan)


def moments(company: Company) -> Iterator[datetime]:
    for entity in ("Customer", "Item", "Invoice", "Payment"):
        for record in company.all(entity):
            yield datetime.fromisoformat(record["MetaData"]["LastUpdatedTime"])


@pytest.mark.parametrize(
    "moment", [datetime(2028, 3, 1, 7, 59, tzinfo=UTC), datetime(2026, 1, 1, 8, 5, tzinfo=UTC)]
)
def test_nothing_is_dated_in_the_future_even_at_night(open_at: Open, moment: datetime) -> None:
    company = open_at(moment)
    assert max(moments(company)) <= moment
    for entity in ("Invoice", "Payment"):
        assert max(record["TxnDate"] for record in company.all(entity)) <= today(moment).isoformat()
