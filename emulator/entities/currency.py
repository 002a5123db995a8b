"""CompanyCurrency: the currencies that a company deals in beside its own (facts 9.5, 10)."""

from typing import TYPE_CHECKING

from emulator.entities.base import Entity, Record
from emulator.entities.columns import Column
from emulator.entities.fields import SYSTEM, flag, ignored, plain_name, text
from emulator.faults import QuickBooksFault, missing

if TYPE_CHECKING:
    from emulator.ledger import Ledger

# ISO 4217; emulator choice: the codes that have a country or a market large enough to be met
NAMES = {
    "AED": "United Arab Emirates Dirham", "ARS": "Argentine Peso", "AUD": "Australian Dollar", "BRL": "Brazilian Real",
    "CAD": "Canadian Dollar", "CHF": "Swiss Franc", "CLP": "Chilean Peso", "CNY": "Chinese Yuan",
    "COP": "Colombian Peso", "CZK": "Czech Koruna", "DKK": "Danish Krone", "EGP": "Egyptian Pound", "EUR": "Euro",
    "GBP": "British Pound Sterling", "HKD": "Hong Kong Dollar", "HUF": "Hungarian Forint", "IDR": "Indonesian Rupiah",
    "ILS": "Israeli New Shekel", "INR": "Indian Rupee", "JPY": "Japanese Yen", "KES": "Kenyan Shilling",
    "KRW": "South Korean Won", "MXN": "Mexican Peso", "MYR": "Malaysian Ringgit", "NGN": "Nigerian Naira",
    "NOK": "Norwegian Krone", "NZD": "New Zealand Dollar", "PEN": "Peruvian Sol", "PHP": "Philippine Peso",
    "PKR": "Pakistani Rupee", "PLN": "Polish Zloty", "RON": "Romanian Leu", "SAR": "Saudi Riyal",
    "SEK": "Swedish Krona", "SGD": "Singapore Dollar", "THB": "Thai Baht", "TRY": "Turkish Lira",
    "TWD": "New Taiwan Dollar", "UAH": "Ukrainian Hryvnia", "USD": "United States Dollar", "VND": "Vietnamese Dong",
    "ZAR": "South African Rand",
}  # fmt: skip


class CompanyCurrency(Entity):
    name = "CompanyCurrency"
    has_active = True
    fields = {**SYSTEM, "Name": plain_name(100), "Code": text(3), "Active": flag(), **ignored("CustomField")}
    searchable = (Column("Name"), Column("Code"))

    def settle(self, ledger: "Ledger", new: Record, old: Record | None) -> None:
        if not ledger.multicurrency:  # emulator choice of the code
            raise QuickBooksFault(5030, "Multicurrency is switched off in the company's preferences.")
        if old is not None:
            new["Code"] = old["Code"]
        if "Code" not in new:
            raise missing("Code")
        new["Code"] = new["Code"].upper()
        if new["Code"] not in NAMES:
            raise QuickBooksFault(2500, f"Invalid Reference Id : Currency {new['Code']}", "Code")
        for other in ledger.where("CompanyCurrency", "f_Code = ?", new["Code"].casefold()):
            if other["Id"] != new.get("Id"):
                raise QuickBooksFault(6240, f"The name supplied already exists. : Id={other['Id']}", "Code")
        new.setdefault("Name", NAMES[new["Code"]])
        new.setdefault("Active", True)  # it keeps its name when it is not (facts 9.1)


def deal_in(ledger: "Ledger", code: str) -> None:
    """A customer's currency is added to the company's list (facts 9.2, CurrencyRef)."""
    listed = ledger.where("CompanyCurrency", "f_Code = ?", code.casefold())
    if code != ledger.home_currency["value"] and not listed:
        ledger.enter("CompanyCurrency", {"Code": code})
