"""Facts 10: several currencies in one company."""

from decimal import Decimal

import pytest

from tests.emulator.conftest import Json, Shop
from tests.emulator_process import EmulatorCompany


@pytest.fixture
def world(shop: Shop) -> Shop:
    """A shop that has switched multicurrency on, and has one customer in euros."""
    shop.company.edit("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    shop.customer = shop.company.create("Customer", {"DisplayName": "Anne", "CurrencyRef": {"value": "EUR"}})
    return shop


EURO: Json = {"CurrencyRef": {"value": "EUR"}}


def test_9_2_a_customers_currency_joins_the_companys_list(world: Shop) -> None:
    assert world.customer["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    (listed,) = world.company.query("SELECT * FROM CompanyCurrency")
    assert (listed["Code"], listed["Name"], listed["Active"]) == ("EUR", "Euro", True)
    world.company.create("Customer", {"DisplayName": "Beate", **EURO})
    assert len(world.company.all("CompanyCurrency")) == 1


def test_10_amounts_at_home(world: Shop) -> None:
    made = world.invoice(world.line("100.01"), **EURO, ExchangeRate=Decimal("1.0875"))
    assert (made["TotalAmt"], made["Balance"]) == (Decimal("100.01"), Decimal("100.01"))
    assert (made["HomeTotalAmt"], made["HomeBalance"]) == (Decimal("108.76"), Decimal("108.76"))
    assert made["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    assert world.balance() == Decimal("100.01")  # in the customer's own currency


def test_10_the_rate_defaults_to_one(world: Shop) -> None:
    assert world.invoice(**EURO)["ExchangeRate"] == 1


def test_10_the_currency_is_required_and_the_customers(world: Shop) -> None:
    payload = {"CustomerRef": {"value": world.customer["Id"]}, "Line": [world.line()]}
    assert world.company.call("POST", "invoice", payload).code == "2020"
    refused = world.company.call("POST", "invoice", {**payload, "CurrencyRef": {"value": "USD"}})
    assert refused.code == "6000"
    assert "EUR" in refused.detail
    assert world.company.call("POST", "payment", world.payment_payload("5")).code == "2020"


def test_10_a_payment_lowers_the_balance_at_home_by_the_forms_rate(world: Shop) -> None:
    invoice = world.invoice(**EURO, ExchangeRate=Decimal("1.1"))
    paid = {**world.payment_payload("40", **{invoice["Id"]: "40"}), **EURO, "ExchangeRate": Decimal("1.2")}
    made = world.company.create("Payment", paid)
    assert made["HomeTotalAmt"] == 48
    after = world.again("Invoice", invoice)
    assert (after["Balance"], after["HomeBalance"]) == (60, 66)


def test_10_an_update_keeps_currency_and_rate(world: Shop) -> None:
    made = world.invoice(**EURO, ExchangeRate=Decimal("1.1"))
    full = {name: value for name, value in made.items() if name not in {"CurrencyRef", "ExchangeRate"}}
    again = world.company.update("Invoice", full)
    assert (again["CurrencyRef"]["value"], again["ExchangeRate"]) == ("EUR", Decimal("1.1"))


def test_10_without_multicurrency_there_are_no_rates(shop: Shop) -> None:
    made = shop.invoice(ExchangeRate=2)
    assert not {"ExchangeRate", "HomeTotalAmt", "HomeBalance"} & made.keys()


def test_10_what_was_written_before_the_switch_is_at_home(shop: Shop) -> None:
    invoice, gone = shop.invoice(), shop.invoice()
    shop.company.edit("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    paid = {**shop.payment_payload("40", **{invoice["Id"]: "40"}), "CurrencyRef": {"value": "USD"}}
    shop.company.create("Payment", paid)
    after = shop.again("Invoice", invoice)
    assert (after["Balance"], after["HomeBalance"]) == (60, 60)
    void = shop.company.api("POST", "invoice?operation=void", gone)["Invoice"]
    assert (void["TotalAmt"], void["HomeTotalAmt"]) == (0, 0)


def test_9_2_a_sub_customer_has_its_parents_currency(world: Shop) -> None:
    job = {"DisplayName": "Dach", "Job": True, "ParentRef": {"value": world.customer["Id"]}}
    assert world.company.create("Customer", job)["CurrencyRef"]["value"] == "EUR"
    other = {**job, "DisplayName": "Tor", "CurrencyRef": {"value": "USD"}}
    assert world.company.call("POST", "customer", other).code == "6000"


def test_9_5_company_currencies(world: Shop) -> None:
    made = world.company.create("CompanyCurrency", {"Code": "gbp"})
    assert (made["Code"], made["Name"], made["Active"]) == ("GBP", "British Pound Sterling", True)
    for payload, code in (({}, "2020"), ({"Code": "GBP"}, "6240"), ({"Code": "QQQ"}, "2500")):
        assert world.company.call("POST", "companycurrency", payload).code == code
    hidden = world.company.update("CompanyCurrency", {**made, "Active": False})
    assert hidden["Name"] == "British Pound Sterling"  # it keeps its name (facts 9.1)


def test_8_3_currencies_need_multicurrency(company: EmulatorCompany) -> None:
    refused = company.call("POST", "companycurrency", {"Code": "EUR"})
    assert (refused.status, refused.code) == (400, "5030")
