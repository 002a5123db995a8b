"""One record of each kind with everything on it that clients write, to be compared with recorded answers."""

from collections.abc import Iterator
from typing import Any

from emulator.books import Company
from emulator.entities.base import Record

Json = dict[str, Any]
ADDRESS = {
    **{f"Line{place}": f"line {place}" for place in range(1, 6)},
    "City": "Santa Cruz", "Country": "USA", "CountrySubDivisionCode": "CA", "PostalCode": "95060",
}  # fmt: skip
EMAIL, PHONE = {"Address": "ann@example.com"}, {"FreeFormNumber": "831 555 0100"}
PERSON = {
    "Title": "Ms", "GivenName": "Ann", "MiddleName": "B", "FamilyName": "Archer", "Suffix": "Jr",
    "PrimaryEmailAddr": EMAIL, "PrimaryPhone": PHONE, "Mobile": PHONE,
}  # fmt: skip
COMPANY = {
    "CompanyName": "Archer",
    "AlternatePhone": PHONE,
    "Fax": PHONE,
    "WebAddr": {"URI": "https://archer.example"},
}


def specimens(company: Company) -> Iterator[tuple[str, Record]]:
    """(kind of record, record as answered), some kinds more than once."""
    company.edit("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    yield from _stock(company)
    yield from _lists(company)
    yield from _people(company)
    yield from _items(company)
    yield from _forms(company)
    yield from _money(company)


def specimens_abroad(company: Company) -> Iterator[tuple[str, Record]]:
    """Forms of a company outside the United States, tax included and in another currency than the home one."""
    company.edit("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    customer = company.create("Customer", {"DisplayName": "Ann", "CurrencyRef": {"value": "EUR"}})
    income = {"IncomeAccountRef": account(company, "Services")}
    item = company.create("Item", {"Name": "Advice", "Type": "Service", **income})
    detail = {"ItemRef": {"value": item["Id"]}, "TaxCodeRef": first(company, "TaxCode")}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 120, "SalesItemLineDetail": detail}
    form = {
        "CustomerRef": {"value": customer["Id"]}, "Line": [line], "CurrencyRef": {"value": "EUR"}, "ExchangeRate": 2,
        "GlobalTaxCalculation": "TaxInclusive", "DepositToAccountRef": account(company, "Checking"),
    }  # fmt: skip
    for entity in ("Estimate", "Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt"):
        yield entity, company.create(entity, dict(form))


def account(company: Company, name: str) -> Json:
    found = company.query(f"SELECT * FROM Account WHERE Name = '{name}'")["Account"]
    return {"value": found[0]["Id"]}


def first(company: Company, entity: str) -> Json:
    return {"value": company.all(entity)[0]["Id"]}


def _stock(company: Company) -> Iterator[tuple[str, Record]]:
    for entity in ("CompanyInfo", "Preferences", "Term", "PaymentMethod", "TaxCode", "TaxRate", "TaxAgency"):
        yield from ((entity, record) for record in company.all(entity))
    addresses = dict.fromkeys(("CompanyAddr", "CustomerCommunicationAddr", "LegalAddr"), ADDRESS)
    emails = dict.fromkeys(("Email", "CustomerCommunicationEmailAddr", "CompanyEmailAddr"), EMAIL)
    company.edit(
        "CompanyInfo", "1", {**addresses, **emails, "PrimaryPhone": PHONE, "WebAddr": COMPANY["WebAddr"]}
    )
    yield "CompanyInfo", company.get("CompanyInfo", "1")


def _lists(company: Company) -> Iterator[tuple[str, Record]]:
    for entity in ("Class", "Department"):
        top = company.create(entity, {"Name": "North"})
        yield entity, company.create(entity, {"Name": "Coast", "ParentRef": {"value": top["Id"]}})
    yield "CompanyCurrency", company.create("CompanyCurrency", {"Code": "EUR"})
    bank = company.create(
        "Account", {"Name": "Vault", "AccountType": "Bank", "AcctNum": "1", "Description": "x"}
    )
    below = {"Name": "Drawer", "AccountType": "Bank", "ParentRef": {"value": bank["Id"]}}
    yield from (("Account", made) for made in (bank, company.create("Account", below)))
    yield (
        "Term",
        company.create(
            "Term",
            {
                "Name": "Tenth",
                "DayOfMonthDue": 10,
                "DueNextMonthDays": 5,
                "DiscountDayOfMonth": 3,
                "DiscountPercent": 2,
            },
        ),
    )


def _people(company: Company) -> Iterator[tuple[str, Record]]:
    customer = {
        **PERSON, **COMPANY, "DisplayName": "Archer", "BillAddr": ADDRESS, "ShipAddr": ADDRESS, "Notes": "x",
        "SalesTermRef": first(company, "Term"), "PaymentMethodRef": first(company, "PaymentMethod"),
        "ResaleNum": "1", "PrimaryTaxIdentifier": "123456789",
    }  # fmt: skip
    made = company.create("Customer", customer)
    job = {"DisplayName": "Roof", "Job": True, "BillWithParent": True, "ParentRef": {"value": made["Id"]}}
    yield from (("Customer", made) for made in (made, company.create("Customer", job)))
    vendor = {
        **PERSON, **COMPANY, "DisplayName": "Quarry", "BillAddr": ADDRESS, "AcctNum": "1", "TaxIdentifier": "12",
        "TermRef": first(company, "Term"),
    }  # fmt: skip
    yield "Vendor", company.create("Vendor", vendor)
    employee = {
        **PERSON, "DisplayName": "Bo", "PrimaryAddr": ADDRESS, "EmployeeNumber": "1", "SSN": "1",
        "HiredDate": "2020-01-01", "ReleasedDate": "2021-01-01", "BirthDate": "1990-01-01", "Gender": "Female",
        "BillRate": 10,
    }  # fmt: skip
    yield "Employee", company.create("Employee", employee)


def _items(company: Company) -> Iterator[tuple[str, Record]]:
    accounts = {
        "IncomeAccountRef": account(company, "Services"),
        "ExpenseAccountRef": account(company, "Job Materials"),
        "AssetAccountRef": account(company, "Inventory Asset"),
    }
    category = company.create("Item", {"Name": "Garden", "Type": "Category"})
    pot = {
        **accounts, "Name": "Pot", "Type": "Inventory", "Sku": "P", "Description": "x", "PurchaseDesc": "y",
        "ParentRef": {"value": category["Id"]}, "TrackQtyOnHand": True, "QtyOnHand": 5, "InvStartDate": "2026-01-01",
        "ReorderPoint": 1, "PrefVendorRef": first(company, "Vendor"), "Taxable": True, "UnitPrice": 4,
    }  # fmt: skip
    made = company.create("Item", pot)
    parts = {"ItemGroupLine": [{"ItemRef": {"value": made["Id"]}, "Qty": 2}]}
    bundle = {"Name": "Set", "Type": "Group", "Description": "x", "ItemGroupDetail": parts}
    yield from (("Item", item) for item in (category, made, company.create("Item", bundle, inside=True)))


def _lines(company: Company) -> list[Json]:
    by_type = {item["Type"]: item["Id"] for item in company.all("Item")}
    detail = {
        "ItemRef": {"value": by_type["Inventory"]}, "Qty": 1, "UnitPrice": 4, "TaxCodeRef": {"value": "TAX"},
        "ClassRef": first(company, "Class"), "ServiceDate": "2026-01-01",
    }  # fmt: skip
    return [
        {"DetailType": "SalesItemLineDetail", "Amount": 4, "Description": "x", "SalesItemLineDetail": detail},
        {"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": by_type["Group"]}}},
        {"DetailType": "DescriptionOnly", "Description": "x", "DescriptionLineDetail": {"ServiceDate": "2026-01-01"}},
        {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}},
    ]  # fmt: skip


def _forms(company: Company) -> Iterator[tuple[str, Record]]:
    form = {
        "CustomerRef": first(company, "Customer"), "Line": _lines(company), "CurrencyRef": {"value": "USD"},
        "BillEmail": EMAIL, "BillAddr": ADDRESS, "ShipAddr": ADDRESS, "ShipFromAddr": ADDRESS, "PrivateNote": "x",
        "CustomerMemo": {"value": "x"}, "ShipDate": "2026-01-01", "TrackingNum": "1",
        "ShipMethodRef": {"value": "FedEx", "name": "FedEx"}, "DepartmentRef": first(company, "Department"),
        "ClassRef": first(company, "Class"), "CustomField": [{"DefinitionId": "1", "Name": "PO", "StringValue": "7"}],
    }  # fmt: skip
    terms = {"DueDate": "2026-12-01", "SalesTermRef": first(company, "Term")}
    money = {
        "DepositToAccountRef": account(company, "Checking"), "PaymentMethodRef": first(company, "PaymentMethod"),
        "PaymentRefNum": "1",
    }  # fmt: skip
    more: dict[str, Json] = {
        "Estimate": {
            **terms,
            "ExpirationDate": "2026-12-31",
            "AcceptedBy": "Ann",
            "AcceptedDate": "2026-11-01",
        },
        "Invoice": {**terms, "Deposit": 1, "DepositToAccountRef": money["DepositToAccountRef"]},
        "CreditMemo": {},
        "SalesReceipt": money,
        "RefundReceipt": {**money, "PaymentType": "Check", "CheckPayment": {"CheckNum": "1"}},
    }
    for entity, fields in more.items():
        made = company.create(entity, {**form, **fields})
        yield entity, company.send(entity, made["Id"])


def _money(company: Company) -> Iterator[tuple[str, Record]]:
    lines = [
        {"Amount": 1, "LinkedTxn": [{"TxnId": company.all(entity)[0]["Id"], "TxnType": entity}]}
        for entity in ("Invoice", "CreditMemo")
    ]
    payment = {
        "CustomerRef": first(company, "Customer"), "TotalAmt": 5, "CurrencyRef": {"value": "USD"}, "Line": lines,
        "PaymentMethodRef": first(company, "PaymentMethod"), "PaymentRefNum": "1", "PrivateNote": "x",
        "ProjectRef": first(company, "Customer"),
    }  # fmt: skip
    paid = company.create("Payment", payment)
    detail = {
        "AccountRef": account(company, "Services"), "PaymentMethodRef": first(company, "PaymentMethod"),
        "Entity": {"value": company.all("Customer")[0]["Id"], "type": "CUSTOMER", "name": "Archer"}, "CheckNum": "1",
    }  # fmt: skip
    deposit = {
        "DepositToAccountRef": account(company, "Checking"), "CurrencyRef": {"value": "USD"}, "PrivateNote": "x",
        "Line": [
            {"Amount": 5, "LinkedTxn": [{"TxnId": paid["Id"], "TxnType": "Payment"}]},
            {"Amount": 1, "DetailType": "DepositLineDetail", "DepositLineDetail": detail, "Description": "x"},
        ],
    }  # fmt: skip
    yield "Deposit", company.create("Deposit", deposit)
    for entity in ("Payment", "Invoice", "CreditMemo"):
        yield entity, company.all(entity)[0]
    link = {"EntityRef": {"type": "Invoice", "value": company.all("Invoice")[0]["Id"]}}
    file = {"Note": "x", "FileName": "x.txt", "ContentType": "text/plain", "AttachableRef": [link]}
    yield "Attachable", company.attach(file, b"x")
    posting = {"AccountRef": account(company, "Fuel")}
    entry = [
        {"Amount": 1, "Description": "x", "JournalEntryLineDetail": {**posting, "PostingType": side}}
        for side in ("Debit", "Credit")
    ]
    yield "JournalEntry", company.create("JournalEntry", {"Line": entry, "CurrencyRef": {"value": "USD"}})
