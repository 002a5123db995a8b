"""CompanyInfo and Preferences: one of each per company, made with it (facts 9.5)."""

from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from emulator.clock import today
from emulator.entities.addresses import alpha_3, settle_address
from emulator.entities.base import Entity, Record
from emulator.entities.fields import (
    ADDRESS,
    EMAIL,
    PHONE,
    SYSTEM,
    WEB,
    computed,
    ignored,
    plain_name,
    several,
    structure,
    text,
)

if TYPE_CHECKING:
    from emulator.ledger import Ledger

HOME_CURRENCY = {
    "US": {"value": "USD", "name": "United States Dollar"},
    "CA": {"value": "CAD", "name": "Canadian Dollar"},
    "GB": {"value": "GBP", "name": "British Pound Sterling"},
    "AU": {"value": "AUD", "name": "Australian Dollar"},
    "IN": {"value": "INR", "name": "Indian Rupee"},
}
COMPANY_ADDRESSES = ("CompanyAddr", "CustomerCommunicationAddr", "LegalAddr")


class CompanyInfo(Entity):
    name = "CompanyInfo"
    set_inside = frozenset({"NameValue"})
    operations = frozenset({"read", "update", "query"})
    fields = {
        **SYSTEM,
        "CompanyName": plain_name(1024),
        "LegalName": plain_name(1024),
        "CompanyAddr": ADDRESS,
        "CustomerCommunicationAddr": ADDRESS,
        "LegalAddr": ADDRESS,
        "CompanyEmailAddr": EMAIL,
        "CustomerCommunicationEmailAddr": EMAIL,
        "Email": EMAIL,
        "PrimaryPhone": PHONE,
        "WebAddr": WEB,
        "EmployerId": text(100),
        "NameValue": computed(),
        "CompanyStartDate": computed(),
        "Country": computed(),
        "FiscalYearStartMonth": computed(),
        "SupportedLanguages": computed(),
        "DefaultTimeZone": computed(),
        **ignored(
            "TaxYearStartMonth", "QBVersion", "OtherAddr", "Mobile", "Fax", "CompanyURL", "OtherContactInfo"
        ),
    }

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        for address in COMPANY_ADDRESSES:
            if "Country" in new.get(address, {}):
                new[address]["Country"] = alpha_3(new[address]["Country"])
            settle_address(ledger, new, old, address)
        if old is not None:
            for fixed in ("CompanyName", "LegalName"):
                new.setdefault(fixed, old[fixed])


def company_info(company_name: str, country: str, now: datetime) -> Record:
    """The CompanyInfo of a company that was just made."""
    return {
        "CompanyName": company_name,
        "LegalName": company_name,
        "CompanyStartDate": today(now).isoformat(),
        "FiscalYearStartMonth": "January",
        "Country": country,
        "SupportedLanguages": "en",
        "DefaultTimeZone": "America/Los_Angeles",
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "IndustryType", "Value": "Professional services"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "PayrollFeature", "Value": "false"},
            {"Name": "AccountantFeature", "Value": "false"},
            {"Name": "ItemCategoriesFeature", "Value": "true"},
        ],
    }


_WRITABLE_PREFERENCES = (
    "AllowDeposit",
    "AllowDiscount",
    "AllowShipping",
    "CustomTxnNumbers",
    "DefaultCustomerMessage",
)


class Preferences(Entity):
    name = "Preferences"
    operations = frozenset({"read", "update", "query"})
    fields = {
        **SYSTEM,
        # a client may change a handful of sales settings; the rest only QuickBooks' own pages can (facts 9.5)
        "SalesFormsPrefs": structure(),
        "EmailMessagesPrefs": structure(),
        **dict.fromkeys(
            (
                "AccountingInfoPrefs", "CurrencyPrefs", "OtherPrefs", "ProductAndServicesPrefs", "ReportPrefs",
                "TaxPrefs", "TimeTrackingPrefs", "VendorAndPurchasesPrefs", "AdvancedInventoryPrefs",
            ),
            computed(),
        ),
        "NameValue": computed(several()),
    }  # fmt: skip

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if old is None:
            return
        sent = new.get("SalesFormsPrefs", {})
        kept = {name: value for name, value in sent.items() if name in _WRITABLE_PREFERENCES}
        new["SalesFormsPrefs"] = {**old["SalesFormsPrefs"], **kept}
        new["EmailMessagesPrefs"] = {**old["EmailMessagesPrefs"], **new.get("EmailMessagesPrefs", {})}


_DEFAULTS: dict[str, dict[str, Any]] = {
    "AccountingInfoPrefs": {
        "UseAccountNumbers": False,
        "TrackDepartments": False,
        "ClassTrackingPerTxn": False,
        "ClassTrackingPerTxnLine": False,
        "FirstMonthOfFiscalYear": "January",
        "TaxYearMonth": "January",
        "CustomerTerminology": "Customers",
    },
    "ProductAndServicesPrefs": {
        "ForSales": True,
        "ForPurchase": True,
        "QuantityWithPriceAndRate": True,
        "QuantityOnHand": True,
    },
    "SalesFormsPrefs": {
        "CustomTxnNumbers": False,
        "EmailCopyToCompany": False,
        "AllowDeposit": True,
        "AllowDiscount": True,
        "AllowEstimates": True,
        "AllowServiceDate": True,
        "AllowShipping": True,
        "AutoApplyCredit": False,
        "AutoApplyPayments": False,
        "ETransactionEnabledStatus": "NotApplicable",
        "ETransactionAttachPDF": False,
        "ETransactionPaymentEnabled": False,
        "IPNSupportEnabled": False,
        "UsingPriceLevels": False,
        "UsingProgressInvoicing": False,
        "DefaultTerms": {"value": "3"},
        "DefaultCustomerMessage": "Thank you for your business and have a great day!",
    },
    "VendorAndPurchasesPrefs": {"TrackingByCustomer": True, "BillableExpenseTracking": True},
    "TimeTrackingPrefs": {"UseServices": True, "BillCustomers": True, "WorkWeekStartDate": "Monday"},
    "TaxPrefs": {"UsingSalesTax": True},
    "CurrencyPrefs": {"MultiCurrencyEnabled": False},
    "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
    "OtherPrefs": {
        "NameValue": [
            {"Name": "SalesFormsPrefs.AllowGratuity", "Value": "true"},
            {"Name": "ProjectsEnabled", "Value": "false"},
        ]
    },
}


def preferences_of(company_name: str, country: str, chosen: dict[str, dict[str, Any]]) -> Record:
    """The Preferences of a company that was just made, with the chosen settings laid over the defaults."""
    result = deepcopy(_DEFAULTS)
    result["CurrencyPrefs"]["HomeCurrency"] = dict(HOME_CURRENCY.get(country, HOME_CURRENCY["US"]))
    result["EmailMessagesPrefs"] = _messages(company_name)
    result["SalesFormsPrefs"]["CustomField"] = _custom_fields()
    for group, settings in chosen.items():
        result.setdefault(group, {}).update(settings)
    return result


def _messages(company_name: str) -> dict[str, dict[str, str]]:
    return {
        "InvoiceMessage": {
            "Subject": f"Invoice from {company_name}",
            "Message": "Here's your invoice! We appreciate your prompt payment.\n\nThanks for your business!\n"
            f"{company_name}",
        },
        **{
            f"{kind}Message": _message(kind, company_name)
            for kind in ("Estimate", "SalesReceipt", "CreditMemo")
        },
        "StatementMessage": {
            "Subject": f"Statement from {company_name}",
            "Message": f"Your statement is attached.\n\nThanks for your business!\n{company_name}",
        },
        "PaymentMessage": {
            "Subject": f"Payment receipt from {company_name}",
            "Message": f"Here is the receipt for your payment.\n\nThanks for your business!\n{company_name}",
        },
    }


def _message(kind: str, company_name: str) -> dict[str, str]:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    return {
        "Subject": f"{words.capitalize()} from {company_name}",
        "Message": f"Please review the {words} that is attached.\n\nThanks for your business!\n{company_name}",
    }


def _custom_fields() -> list[dict[str, Any]]:
    """The three custom fields of sales forms (facts 9.3): whether each is used, and its name."""
    used = [
        {"Name": f"SalesFormsPrefs.UseSalesCustom{place}", "Type": "BooleanType", "BooleanValue": True}
        for place in (1, 2, 3)
    ]
    names = [
        {
            "Name": f"SalesFormsPrefs.SalesCustomName{place}",
            "Type": "StringType",
            "StringValue": f"Custom field {place}",
        }
        for place in (1, 2, 3)
    ]
    return [{"CustomField": used}, {"CustomField": names}]
