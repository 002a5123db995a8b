"""The lists that every fresh US company has before anybody has typed a word (facts 9.5)."""

from datetime import datetime

from emulator.books import Company

TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))

PAYMENT_METHODS = (
    ("Cash", "NON_CREDIT_CARD"),
    ("Check", "NON_CREDIT_CARD"),
    ("Visa", "CREDIT_CARD"),
    ("MasterCard", "CREDIT_CARD"),
    ("Discover", "CREDIT_CARD"),
    ("American Express", "CREDIT_CARD"),
    ("Diners Club", "CREDIT_CARD"),
)

# Name, AccountType, AccountSubType. Emulator choice: the facts have no list, these are the usual US names.
ACCOUNTS = (
    ("Checking", "Bank", "Checking"),
    ("Savings", "Bank", "Savings"),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    ("Machinery and Equipment", "Fixed Asset", "MachineryAndEquipment"),
    ("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("Mastercard", "Credit Card", "CreditCard"),
    ("Board of Equalization Payable", "Other Current Liability", "SalesTaxPayable"),
    ("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("Retained Earnings", "Equity", "RetainedEarnings"),
    ("Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("Services", "Income", "ServiceFeeIncome"),
    ("Discounts given", "Income", "DiscountsRefundsGiven"),
    ("Unapplied Cash Payment Income", "Income", "UnappliedCashPaymentIncome"),
    ("Uncategorized Income", "Income", "ServiceFeeIncome"),
    ("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("Advertising", "Expense", "AdvertisingPromotional"),
    ("Fuel", "Expense", "Auto"),
    ("Bank Charges", "Expense", "BankCharges"),
    ("Equipment Rental", "Expense", "EquipmentRental"),
    ("Insurance", "Expense", "Insurance"),
    ("Job Materials", "Expense", "SuppliesMaterials"),
    ("Office Expenses", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("Repairs and Maintenance", "Expense", "RepairMaintenance"),
    ("Utilities", "Expense", "Utilities"),
    ("Interest Earned", "Other Income", "InterestEarned"),
    ("Miscellaneous", "Other Expense", "OtherMiscellaneousExpense"),
)

# One real code beside the pseudo codes, with the Ids and the rate of the facts' sample (facts 10).
TAX_CODE, TAX_RATE = "2", "3"
RATE = {
    "Id": TAX_RATE,
    "Name": "California",
    "Description": "Sales Tax",
    "Active": True,
    "RateValue": 8,
    "AgencyRef": {"value": "1"},
    "SpecialTaxType": "NONE",
    "DisplayType": "ReadOnly",
}
CODE = {
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


def stock_up(company: Company, since: datetime) -> None:
    """Give a company file its stock lists, made at `since`."""
    for name, days in TERMS:
        company.create("Term", {"Name": name, "DueDays": days}, at=since)
    for name, kind in PAYMENT_METHODS:
        company.create("PaymentMethod", {"Name": name, "Type": kind}, at=since)
    for name, kind, detail in ACCOUNTS:
        company.create("Account", {"Name": name, "AccountType": kind, "AccountSubType": detail}, at=since)
    company.create("TaxRate", RATE, at=since)
    company.create("TaxCode", CODE, at=since)
    # Automated sales tax, as every US company made since November 2017 has it (facts 10), unless told otherwise.
    chosen = company.get("Preferences", "1")["TaxPrefs"]
    automatic = {"PartnerTaxEnabled": True, "TaxGroupCodeRef": {"value": TAX_CODE}}
    company.edit("Preferences", "1", {"TaxPrefs": automatic | chosen})
