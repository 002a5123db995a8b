"""Account (facts 9.5). Balances are not kept: the emulator has no ledger of postings (emulator choice)."""

from typing import TYPE_CHECKING

from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column, Kind
from emulator.entities.fields import SYSTEM, choice, computed, flag, ignored, reference, text
from emulator.entities.naming import mark_inactive, place_in_tree, rename_children, require_unique
from emulator.faults import QuickBooksFault, missing

if TYPE_CHECKING:
    from emulator.ledger import Ledger

# AccountType -> (Classification, its AccountSubTypes, the default one first): Intuit's account page
TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Bank": ("Asset", ("CashOnHand", "Checking", "MoneyMarket", "RentsHeldInTrust", "Savings", "TrustAccounts")),
    "Accounts Receivable": ("Asset", ("AccountsReceivable",)),
    "Other Current Asset": (
        "Asset",
        (
            "EmployeeCashAdvances", "AllowanceForBadDebts", "DevelopmentCosts", "OtherCurrentAssets", "Inventory",
            "Investment_MortgageRealEstateLoans", "Investment_Other", "Investment_TaxExemptSecurities",
            "Investment_USGovernmentObligations", "LoansToOfficers", "LoansToOthers", "LoansToStockholders",
            "PrepaidExpenses", "Retainage", "UndepositedFunds",
        ),
    ),
    "Fixed Asset": (
        "Asset",
        (
            "FurnitureAndFixtures", "AccumulatedDepletion", "AccumulatedDepreciation", "DepletableAssets",
            "FixedAssetComputers", "FixedAssetCopiers", "FixedAssetFurniture", "FixedAssetPhone",
            "FixedAssetPhotoVideo", "FixedAssetSoftware", "FixedAssetOtherToolsEquipment", "Land",
            "LeaseholdImprovements", "OtherFixedAssets", "AccumulatedAmortization", "Buildings", "IntangibleAssets",
            "MachineryAndEquipment", "Vehicles",
        ),
    ),
    "Other Asset": (
        "Asset",
        (
            "Licenses", "LeaseBuyout", "OtherLongTermAssets", "SecurityDeposits",
            "AccumulatedAmortizationOfOtherAssets", "Goodwill", "OrganizationalCosts",
        ),
    ),
    "Equity": (
        "Equity",
        (
            "OpeningBalanceEquity", "PartnersEquity", "RetainedEarnings", "AccumulatedAdjustment", "OwnersEquity",
            "PaidInCapitalOrSurplus", "PartnerContributions", "PartnerDistributions", "PreferredStock", "CommonStock",
            "TreasuryStock", "EstimatedTaxes", "Healthcare", "PersonalIncome", "PersonalExpense",
        ),
    ),
    "Expense": (
        "Expense",
        (
            "Travel", "AdvertisingPromotional", "BadDebts", "BankCharges", "CharitableContributions",
            "CommissionsAndFees", "Entertainment", "EntertainmentMeals", "EquipmentRental", "FinanceCosts",
            "GlobalTaxExpense", "Insurance", "InterestPaid", "LegalProfessionalFees", "OfficeExpenses",
            "OfficeGeneralAdministrativeExpenses", "OtherBusinessExpenses", "OtherMiscellaneousServiceCost",
            "PromotionalMeals", "RentOrLeaseOfBuildings", "RepairMaintenance", "ShippingFreightDelivery",
            "SuppliesMaterials", "TravelMeals", "Utilities", "Auto", "CostOfLabor", "DuesSubscriptions",
            "PayrollExpenses", "TaxesPaid", "UnappliedCashBillPaymentExpense",
        ),
    ),
    "Other Expense": (
        "Expense",
        (
            "Depreciation", "ExchangeGainOrLoss", "OtherMiscellaneousExpense", "PenaltiesSettlements", "Amortization",
            "GasAndFuel", "HomeOffice", "HomeOwnerRentalInsurance", "OtherHomeOfficeExpenses", "MortgageInterest",
            "RentAndLease", "RepairsAndMaintenance", "ParkingAndTolls", "Vehicle", "VehicleInsurance", "VehicleLease",
            "VehicleLoanInterest", "VehicleLoan", "VehicleRegistration", "VehicleRepairs", "OtherVehicleExpenses",
            "WashAndRoadServices",
        ),
    ),
    "Cost of Goods Sold": (
        "Expense",
        (
            "CostOfLaborCos", "EquipmentRentalCos", "OtherCostsOfServiceCos", "ShippingFreightDeliveryCos",
            "SuppliesMaterialsCogs",
        ),
    ),
    "Accounts Payable": ("Liability", ("AccountsPayable",)),
    "Credit Card": ("Liability", ("CreditCard",)),
    "Long Term Liability": ("Liability", ("NotesPayable", "OtherLongTermLiabilities", "ShareholderNotesPayable")),
    "Other Current Liability": (
        "Liability",
        (
            "OtherCurrentLiabilities", "DirectDepositPayable", "LineOfCredit", "LoanPayable", "GlobalTaxPayable",
            "GlobalTaxSuspense", "PayrollClearing", "PayrollTaxPayable", "PrepaidExpensesPayable",
            "RentsInTrustLiability", "TrustAccountsLiabilities", "FederalIncomeTaxPayable", "InsurancePayable",
            "SalesTaxPayable", "StateLocalIncomeTaxPayable",
        ),
    ),
    "Income": (
        "Revenue",
        (
            "OtherPrimaryIncome", "NonProfitIncome", "SalesOfProductIncome", "ServiceFeeIncome",
            "DiscountsRefundsGiven", "UnappliedCashPaymentIncome",
        ),
    ),
    "Other Income": (
        "Revenue",
        (
            "OtherInvestmentIncome", "DividendIncome", "InterestEarned", "OtherMiscellaneousIncome",
            "TaxExemptInterest",
        ),
    ),
}  # fmt: skip
TYPE_OF = {subtype: kind for kind, (_, subtypes) in TYPES.items() for subtype in subtypes}
CHILDLESS = {"OpeningBalanceEquity", "UndepositedFunds", "RetainedEarnings"}
LONGEST_NUMBER = {"AU": 20, "CA": 20}


class Account(Entity):
    name = "Account"
    has_active = True
    fields = {
        **SYSTEM,
        "Name": text(100),
        "AcctNum": text(20),
        "Description": text(100),
        "Active": flag(),
        "AccountType": choice(*TYPES),
        "AccountSubType": choice(*TYPE_OF),
        "ParentRef": reference("Account"),
        "TaxCodeRef": reference("TaxCode"),
        "CurrencyRef": reference("Currency"),
        "SubAccount": flag(),
        "Classification": computed(),
        "FullyQualifiedName": computed(),
        "CurrentBalance": computed(),
        "CurrentBalanceWithSubAccounts": computed(),
        **ignored(
            "AccountAlias", "TxnLocationType", "AcctNumExtn", "BankNum", "OpeningBalance", "OpeningBalanceDate",
            "TaxAccount", "FIName", "OnlineBankingEnabled", "JournalCodeRef",
        ),
    }  # fmt: skip
    searchable = (
        Column("Name"),
        Column("AcctNum"),
        Column("AccountType"),
        Column("AccountSubType"),
        Column("Classification"),
        Column("FullyQualifiedName"),
        Column("SubAccount", Kind.FLAG),
        Column("CurrentBalance", Kind.NUMBER),
        Column("CurrentBalanceWithSubAccounts", Kind.NUMBER),
        Column("ParentRef", Kind.REFERENCE, filterable=False, sortable=False),
    )

    def fill(self, ledger: "Ledger", new: Record) -> None:
        new["CurrentBalance"] = 0
        new["CurrentBalanceWithSubAccounts"] = 0
        new.setdefault("CurrencyRef", dict(ledger.home_currency))

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        _check_name(ledger, new)
        _settle_type(new, old)
        new.setdefault("Active", True)
        new["SubAccount"] = "ParentRef" in new
        mark_inactive(ledger, self, "Name", new, old, " (deleted)")
        _check_parent(ledger, new)
        place_in_tree(ledger, self, "Name", new)
        require_unique(
            ledger,
            ("Account",),
            "FullyQualifiedName",
            new,
            "Another account is already using this name.  Please use a different name.",
        )

    def spread(self, ledger: "Ledger", new: Record | None, old: Record | None) -> None:
        if new is not None:
            rename_children(ledger, self, "Name", new, old)


def _check_name(ledger: "Ledger", new: Record) -> None:
    if not new.get("Name"):
        raise missing("Name")
    if set(new["Name"]) & set('":') or ":" in new.get("AcctNum", ""):
        raise QuickBooksFault(2040, "The string contains invalid characters: double quote or colon", "Name")
    longest = LONGEST_NUMBER.get(ledger.country, 7)
    if len(new.get("AcctNum", "")) > longest:
        raise QuickBooksFault(2050, f"Min:0, Max:{longest}, Supplied length:{len(new['AcctNum'])}", "AcctNum")


def _settle_type(new: Record, old: Record | None) -> None:
    """AccountType or AccountSubType is enough: each gives the other, and both the Classification (facts 9.5)."""
    if "AccountType" not in new and "AccountSubType" not in new:
        raise QuickBooksFault(6010, "Either AccountType or AccountSubType is needed.", "AccountType")
    if "AccountType" not in new:
        new["AccountType"] = TYPE_OF[new["AccountSubType"]]
    classification, subtypes = TYPES[new["AccountType"]]
    if (
        old is not None
        and old["AccountType"] != new["AccountType"]
        and new.get("AccountSubType") not in subtypes
    ):
        new.pop("AccountSubType", None)
    if new.setdefault("AccountSubType", subtypes[0]) not in subtypes:
        raise QuickBooksFault(2170, f"Invalid Enumeration : {new['AccountSubType']}", "AccountSubType")
    new["Classification"] = classification


def _check_parent(ledger: "Ledger", new: Record) -> None:
    if "ParentRef" not in new:
        return
    parent = ledger.need("Account", new["ParentRef"]["value"])
    if parent["AccountSubType"] in CHILDLESS or parent["AccountType"] != new["AccountType"]:
        raise QuickBooksFault(700, "This account cannot have that parent.", "ParentRef")
