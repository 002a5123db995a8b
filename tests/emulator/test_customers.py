"""Facts 9.1 and 9.2: names, their shared list, inactivation, sub-customers, balances, limits of length."""

import pytest

from tests.emulator.conftest import Shop
from tests.emulator_process import EmulatorCompany, Json


def change(company: EmulatorCompany, entity: str, record: Json, **changes: object) -> Json:
    newest = company.read(entity, record["Id"])
    return company.update(
        entity, {"Id": record["Id"], "SyncToken": newest["SyncToken"], "sparse": True, **changes}
    )


def test_9_2_a_minimal_customer_comes_with_its_defaults(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann"})
    expected = {
        "BillWithParent": False, "Job": False, "BalanceWithJobs": 0, "Balance": 0, "Active": True, "Taxable": False,
        "PreferredDeliveryMethod": "Print", "FullyQualifiedName": "Ann", "PrintOnCheckName": "Ann",
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
    }  # fmt: skip
    assert made | expected == made


def test_9_2_the_display_name_is_built_from_the_parts_in_their_order(company: EmulatorCompany) -> None:
    parts = {"FamilyName": "Doe", "GivenName": "Jo", "Title": "Dr", "Suffix": "III", "MiddleName": "B"}
    assert company.create("Customer", parts)["DisplayName"] == "Dr Jo B Doe III"


def test_9_2_a_customer_without_any_name_is_6080(company: EmulatorCompany) -> None:
    assert company.call("POST", "customer", {"CompanyName": "Co"}).code == "6080"


def test_9_2_the_check_name_is_the_company_name_if_there_is_one(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Thrifty Meats", "CompanyName": "Neo Pets"})
    assert made["PrintOnCheckName"] == "Neo Pets"


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee"])
def test_9_2_names_are_unique_over_customers_vendors_and_employees(
    company: EmulatorCompany, entity: str
) -> None:
    company.create(entity, {"DisplayName": "Ann Archer", "GivenName": "Ann", "FamilyName": "Archer"})
    refused = company.call("POST", "customer", {"DisplayName": "ANN ARCHER"})
    assert refused.code == "6240"
    assert "Another customer, vendor or employee is already using this" in refused.detail


@pytest.mark.parametrize("name", ["A:B", "A\tB", "A\nB"])
def test_9_2_colon_tab_and_newline_are_2040(company: EmulatorCompany, name: str) -> None:
    assert company.call("POST", "customer", {"DisplayName": name}).code == "2040"


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("DisplayName", 500),
        ("GivenName", 100),
        ("CompanyName", 100),
        ("PrintOnCheckName", 110),
        ("Notes", 2000),
    ],
)
def test_9_2_lengths_are_checked(company: EmulatorCompany, field: str, longest: int) -> None:
    company.create("Customer", {"DisplayName": "A", field: "x" * longest})
    refused = company.call("POST", "customer", {"DisplayName": "B", field: "y" * (longest + 1)})
    assert refused.code == "2050"
    assert refused.detail == f"Min:0, Max:{longest}, Supplied length:{longest + 1}"


def test_9_2_an_email_needs_an_at_sign_and_a_dot(company: EmulatorCompany) -> None:
    bad = {"DisplayName": "A", "PrimaryEmailAddr": {"Address": "nobody@nowhere"}}
    assert company.call("POST", "customer", bad).code == "2210"


def test_9_1_inactivation_puts_a_suffix_and_frees_the_name(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann"})
    gone = change(company, "Customer", made, Active=False)
    assert (gone["DisplayName"], gone["FullyQualifiedName"]) == ("Ann (deleted)", "Ann (deleted)")
    assert gone["PrintOnCheckName"] == "Ann"
    assert company.create("Customer", {"DisplayName": "Ann"})["Id"] != made["Id"]


def test_9_1_the_suffix_stays_after_reactivation(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann"})
    change(company, "Customer", made, Active=False)
    assert change(company, "Customer", made, Active=True)["DisplayName"] == "Ann (deleted)"


def test_9_1_a_payment_method_gets_a_capital_d(company: EmulatorCompany) -> None:
    made = company.create("PaymentMethod", {"Name": "Barter"})
    assert change(company, "PaymentMethod", made, Active=False)["Name"] == "Barter (Deleted)"


def test_8_3_a_customer_with_a_balance_cannot_be_inactivated(shop: Shop) -> None:
    shop.invoice()
    newest = shop.again("Customer", shop.customer)
    refused = shop.company.call(
        "POST",
        "customer",
        {"Id": newest["Id"], "SyncToken": newest["SyncToken"], "sparse": True, "Active": False},
    )
    assert refused.code == "6220"
    assert refused.detail == "This customer cannot be deleted because it has a non-zero balance"


def test_9_2_a_sub_customer_hangs_under_its_parent(company: EmulatorCompany) -> None:
    parent = company.create("Customer", {"DisplayName": "Ann"})
    child = company.create(
        "Customer", {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": parent["Id"]}}
    )
    assert (child["FullyQualifiedName"], child["Level"]) == ("Ann:Roof", 1)
    change(company, "Customer", parent, DisplayName="Anna")
    renamed = company.read("Customer", child["Id"])
    assert (renamed["FullyQualifiedName"], renamed["SyncToken"]) == ("Anna:Roof", "0")


def test_9_2_five_levels_and_no_more(company: EmulatorCompany) -> None:
    above = company.create("Customer", {"DisplayName": "0"})
    for level in range(1, 5):
        above = company.create(
            "Customer", {"DisplayName": str(level), "Job": True, "ParentRef": {"value": above["Id"]}}
        )
    deeper = {"DisplayName": "5", "Job": True, "ParentRef": {"value": above["Id"]}}
    assert above["FullyQualifiedName"] == "0:1:2:3:4"
    assert company.call("POST", "customer", deeper).code == "6180"


def test_8_3_a_job_without_parent_is_6150(company: EmulatorCompany) -> None:
    assert company.call("POST", "customer", {"DisplayName": "Roof", "Job": True}).code == "6150"


def test_9_2_the_parent_sums_the_balances_of_its_jobs(shop: Shop) -> None:
    job = {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": shop.customer["Id"]}}
    child = shop.company.create("Customer", job)
    shop.company.create("Invoice", {"CustomerRef": {"value": child["Id"]}, "Line": [shop.line("70")]})
    parent = shop.again("Customer", shop.customer)
    assert (parent["Balance"], parent["BalanceWithJobs"]) == (0, 70)
    assert shop.company.read("Customer", child["Id"])["Balance"] == 70


def test_9_2_an_address_gets_a_new_id_when_it_changes(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann", "BillAddr": {"Line1": "1 Main St", "City": "X"}})
    same = change(company, "Customer", made, BillAddr=made["BillAddr"])
    assert same["BillAddr"]["Id"] == made["BillAddr"]["Id"]
    moved = change(company, "Customer", made, BillAddr={"Line1": "2 Main St"})
    assert moved["BillAddr"]["Id"] != made["BillAddr"]["Id"]
    assert "City" not in moved["BillAddr"]


def test_9_2_tax_identifiers_are_masked(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann", "PrimaryTaxIdentifier": "123-45-6789"})
    assert made["PrimaryTaxIdentifier"] == "XXXXXX56789"


def test_9_2_the_currency_is_for_life(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann"})
    assert (
        change(company, "Customer", made, CurrencyRef={"value": "USD"})["CurrencyRef"] == made["CurrencyRef"]
    )
    refused = company.call("POST", "customer", {"DisplayName": "B", "CurrencyRef": {"value": "EUR"}})
    assert (refused.code, refused.body["Fault"]["Error"][0]["element"]) == ("6000", "CurrencyRef")


def test_8_3_a_reference_to_nothing_is_2500_and_names_its_field(company: EmulatorCompany) -> None:
    refused = company.call("POST", "customer", {"DisplayName": "Ann", "SalesTermRef": {"value": "999"}})
    assert refused.code == "2500"
    assert refused.body["Fault"]["Error"][0]["element"] == "SalesTermRef"


def test_8_3_an_unknown_enumeration_is_2170(company: EmulatorCompany) -> None:
    refused = company.call("POST", "customer", {"DisplayName": "Ann", "PreferredDeliveryMethod": "Pigeon"})
    assert (refused.code, refused.detail) == ("2170", "Invalid Enumeration : Pigeon")


def test_8_3_an_unknown_property_is_2010(company: EmulatorCompany) -> None:
    refused = company.call("POST", "customer", {"DisplayName": "Ann", "DisplayNane": "Ann"})
    assert refused.code == "2010"
    assert "DisplayNane" in refused.detail
    nested = company.call("POST", "customer", {"DisplayName": "Ann", "BillAddr": {"Street": "1"}})
    assert (nested.code, nested.body["Fault"]["Error"][0]["element"]) == ("2010", "BillAddr.Street")


def test_9_2_a_sub_customer_takes_what_it_owes_to_its_new_parent(shop: Shop) -> None:
    company = shop.company
    above = company.create("Customer", {"DisplayName": "Above"})
    other = company.create("Customer", {"DisplayName": "Other"})
    child = company.create(
        "Customer", {"DisplayName": "Child", "Job": True, "ParentRef": {"value": above["Id"]}}
    )
    job = company.create("Customer", {"DisplayName": "Job", "Job": True, "ParentRef": {"value": child["Id"]}})
    shop.invoice(CustomerRef={"value": job["Id"]})

    def with_jobs() -> list[object]:
        return [
            company.read("Customer", made["Id"])["BalanceWithJobs"] for made in (above, other, child, job)
        ]

    assert with_jobs() == [100, 0, 100, 100]
    moved = change(company, "Customer", child, ParentRef={"value": other["Id"]})
    assert with_jobs() == [0, 100, 100, 100]
    assert company.read("Customer", job["Id"])["FullyQualifiedName"] == "Other:Child:Job"
    change(company, "Customer", moved, Job=False)
    assert with_jobs() == [0, 0, 100, 100]


@pytest.mark.parametrize(("balance", "form"), [(250, "Invoice"), (-40, "CreditMemo")])
def test_9_2_an_opening_balance_is_a_form_of_its_own(
    company: EmulatorCompany, balance: int, form: str
) -> None:
    opening = {"Balance": balance, "OpenBalanceDate": "2026-01-31"}
    for name in ("Ann", "Bo"):
        made = company.create("Customer", {"DisplayName": name, **opening})
        assert (made["Balance"], made["BalanceWithJobs"], made["SyncToken"]) == (balance, balance, "0")
    second = company.all(form)[1]
    assert (second["TotalAmt"], second["Balance"], second["TxnDate"]) == (
        abs(balance),
        abs(balance),
        "2026-01-31",
    )
    assert second["CustomerRef"]["name"] == "Bo"
    assert len(company.all("Item")) == 1
    assert company.update("Customer", {**made, "Balance": 1})["Balance"] == balance
