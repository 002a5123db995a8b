"""The lists that every fresh US company has before anybody has typed a word (facts 9.5)."""

from datetime import datetime

from emulator.books import Company
from emulator.seed.taxes import add_taxes

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
    ("Travel", "Expense", "Travel"),
    ("Bank Charges", "Expense", "BankCharges"),
    ("Equipment Rental", "Expense", "EquipmentRental"),
    ("Insurance", "Expense", "Insurance"),
    ("Job Materials", "Expense", "SuppliesMaterials"),
    ("Office Expenses", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("Repairs and Maintenance", "Expense", "RepairMaintenance"),
    ("Utilities", "Expense", "Utilities"),
    ("Interest Earned", "Other Income", "InterestEarned"),
    ("Miscellaneous", "Other Expense", "OtherMiscellaneousExpense"),
    ("Inventory Asset", "Other Current Asset", "Inventory"),
)


def stock_up(company: Company, since: datetime) -> None:
    """Give a company file its stock lists, made at `since`."""
    for name, days in TERMS:
        company.create("Term", {"Name": name, "DueDays": days}, at=since)
    for name, kind in PAYMENT_METHODS:
        company.create("PaymentMethod", {"Name": name, "Type": kind}, at=since)
    for name, kind, detail in ACCOUNTS:
        company.create("Account", {"Name": name, "AccountType": kind, "AccountSubType": detail}, at=since)
    add_taxes(company, since)
