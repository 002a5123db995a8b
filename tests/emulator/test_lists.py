"""Facts 9.5: items, accounts, terms, payment methods, tax codes, company info and preferences."""

import pytest

from tests.emulator.conftest import Json, Shop
from tests.emulator_process import EmulatorCompany


@pytest.fixture
def income(company: EmulatorCompany) -> Json:
    return {"value": company.query("SELECT * FROM Account WHERE AccountType = 'Income'")[0]["Id"]}


def test_9_5_an_item_comes_with_its_defaults(company: EmulatorCompany, income: Json) -> None:
    made = company.create("Item", {"Name": "Lamp", "Type": "NonInventory", "IncomeAccountRef": income})
    expected = {
        "UnitPrice": 0,
        "Active": True,
        "Taxable": False,
        "TrackQtyOnHand": False,
        "FullyQualifiedName": "Lamp",
    }
    assert made | expected == made
    assert made["IncomeAccountRef"]["name"]


def test_9_5_item_names_are_unique(company: EmulatorCompany, income: Json) -> None:
    company.create("Item", {"Name": "Lamp", "Type": "Service", "IncomeAccountRef": income})
    assert (
        company.call("POST", "item", {"Name": "LAMP", "Type": "Service", "IncomeAccountRef": income}).code
        == "6240"
    )


@pytest.mark.parametrize("missing", ["AssetAccountRef", "ExpenseAccountRef", "QtyOnHand", "InvStartDate"])
def test_9_5_inventory_needs_its_accounts_and_a_start(
    company: EmulatorCompany, income: Json, missing: str
) -> None:
    asset = company.create("Account", {"Name": "Stock", "AccountSubType": "Inventory"})
    cost = company.create("Account", {"Name": "Cost", "AccountType": "Cost of Goods Sold"})
    payload = {
        "Name": "Lamp", "Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": 5, "InvStartDate": "2026-01-01",
        "IncomeAccountRef": income, "ExpenseAccountRef": {"value": cost["Id"]},
        "AssetAccountRef": {"value": asset["Id"]},
    }  # fmt: skip
    refused = company.call(
        "POST", "item", {name: value for name, value in payload.items() if name != missing}
    )
    assert (refused.code, refused.body["Fault"]["Error"][0]["element"]) == ("2020", missing)
    assert company.create("Item", payload)["QtyOnHand"] == 5


def test_9_5_items_stand_under_categories(company: EmulatorCompany, income: Json) -> None:
    category = company.create("Item", {"Name": "Lights", "Type": "Category"})
    under = {"SubItem": True, "ParentRef": {"value": category["Id"]}}
    made = company.create("Item", {"Name": "Lamp", "Type": "Service", "IncomeAccountRef": income, **under})
    assert made["FullyQualifiedName"] == "Lights:Lamp"
    assert "UnitPrice" not in category
    gone = company.call(
        "POST", "item", {"Id": category["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    )
    assert gone.code == "6000"


def test_9_5_bundles_cannot_be_made(company: EmulatorCompany) -> None:
    assert company.call("POST", "item", {"Name": "Set", "Type": "Group"}).code == "500"


def test_9_5_an_account_is_derived_from_its_type(company: EmulatorCompany) -> None:
    made = company.create("Account", {"Name": "Vault", "AccountType": "Bank"})
    assert (made["AccountSubType"], made["Classification"], made["SubAccount"]) == (
        "CashOnHand",
        "Asset",
        False,
    )
    by_detail = company.create("Account", {"Name": "Shed", "AccountSubType": "Inventory"})
    assert by_detail["AccountType"] == "Other Current Asset"


def test_8_3_an_account_without_any_type_is_6010(company: EmulatorCompany) -> None:
    assert company.call("POST", "account", {"Name": "Vault"}).code == "6010"


def test_9_5_an_account_name_has_no_quote_and_no_colon(company: EmulatorCompany) -> None:
    for name in ('Va"ult', "Va:ult"):
        assert company.call("POST", "account", {"Name": name, "AccountType": "Bank"}).code == "2040"


def test_9_5_sub_accounts(company: EmulatorCompany) -> None:
    parent = company.create("Account", {"Name": "Vault", "AccountType": "Bank"})
    under = {"SubAccount": True, "ParentRef": {"value": parent["Id"]}}
    child = company.create("Account", {"Name": "Box", "AccountType": "Bank", **under})
    assert (child["FullyQualifiedName"], child["SubAccount"]) == ("Vault:Box", True)


def test_9_5_the_stock_lists(company: EmulatorCompany) -> None:
    methods = {method["Name"]: method["Id"] for method in company.query("SELECT * FROM PaymentMethod")}
    terms = [
        (term["Id"], term["Name"], term["DueDays"]) for term in company.query("SELECT * FROM Term ORDERBY Id")
    ]
    assert (methods["Cash"], methods["Check"]) == ("1", "2")
    assert terms[:4] == [
        ("1", "Due on receipt", 0),
        ("2", "Net 15", 15),
        ("3", "Net 30", 30),
        ("4", "Net 60", 60),
    ]


@pytest.mark.parametrize("days", [-1, 1000])
def test_9_5_due_days_have_bounds(company: EmulatorCompany, days: int) -> None:
    assert company.call("POST", "term", {"Name": "T", "DueDays": days}).code == "2090"


def test_9_5_pseudo_tax_codes_come_first_and_bare(company: EmulatorCompany) -> None:
    codes = company.query("SELECT * FROM TaxCode")
    assert [code["Id"] for code in codes[:3]] == ["TAX", "NON", "CustomSalesTax"]
    assert codes[0].keys() & {"SyncToken", "domain", "sparse"} == set()
    assert company.read("TaxCode", "NON")["Taxable"] is False
    assert codes[3]["SalesTaxRateList"]["TaxRateDetail"][0]["TaxTypeApplicable"] == "TaxOnAmount"


def test_9_5_company_info_is_read_by_realm_id_and_has_id_1(company: EmulatorCompany) -> None:
    assert company.read("CompanyInfo", company.realm_id)["Id"] == "1"
    answer = company.api("GET", "query", params={"query": "SELECT * FROM CompanyInfo"})["QueryResponse"]
    assert answer["maxResults"] == 1


def test_2_company_addresses_show_the_country_as_three_letters(company: EmulatorCompany) -> None:
    info = company.read("CompanyInfo", "1")
    address = {"Line1": "1 Main St", "Country": "United States"}
    change = {"Id": "1", "SyncToken": info["SyncToken"], "sparse": True, "LegalAddr": address}
    changed = company.update("CompanyInfo", change)
    assert changed["LegalAddr"]["Country"] == "USA"


def test_9_5_preferences_are_read_without_an_id(company: EmulatorCompany) -> None:
    preferences = company.api("GET", "preferences")["Preferences"]
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is False
    assert preferences["CurrencyPrefs"] == {
        "MultiCurrencyEnabled": False,
        "HomeCurrency": {"value": "USD", "name": "United States Dollar"},
    }


def test_9_5_a_client_may_change_only_a_few_preferences(company: EmulatorCompany) -> None:
    before = company.api("GET", "preferences")["Preferences"]
    wanted = {
        "SalesFormsPrefs": {"CustomTxnNumbers": True, "AutoApplyCredit": True},
        "TaxPrefs": {"UsingSalesTax": False},
    }
    change = {"Id": "1", "SyncToken": before["SyncToken"], "sparse": True, **wanted}
    after = company.update("Preferences", change)
    assert after["SalesFormsPrefs"] == before["SalesFormsPrefs"] | {"CustomTxnNumbers": True}
    assert after["TaxPrefs"] == before["TaxPrefs"]


def test_9_1_references_to_inactive_records_stay(shop: Shop) -> None:
    term = shop.company.id_of("Term", "Net 15")
    made = shop.company.create("Customer", {"DisplayName": "Bo", "SalesTermRef": {"value": term}})
    shop.company.edit("Term", term, {"Active": False})
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"}
    assert shop.company.update("Customer", change)["SalesTermRef"] == {"value": term}
