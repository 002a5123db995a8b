"""The company files that the emulator can start with."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from emulator.books import Company
from emulator.clock import PACIFIC, today
from emulator.entities.company import preferences_of
from emulator.seed import catalog, cedar, orders, people
from emulator.seed.history import History
from emulator.seed.stock import stock_up
from emulator.store import Store

Json = dict[str, Any]

DEMO_REALM, SECOND_REALM = "9341450000000042", "9341450000000059"
GONE_SINCE_DAYS, RETIRED_SINCE_DAYS = 150, 300


@dataclass(frozen=True)
class Profile:
    """What CompanyInfo says about a company."""

    name: str
    street: str
    city: str
    postal_code: str
    phone: str
    email: str


HARBOR = Profile(
    "Harbor & Pine Landscaping",
    "1200 River Street",
    "Santa Cruz",
    "95060",
    "(831) 555-0100",
    "office@harborandpine.example",
)
CEDAR = Profile(
    "Cedar & Quill Bookkeeping",
    "38 Walnut Avenue, Suite 4",
    "Monterey",
    "93940",
    "(831) 555-0190",
    "hello@cedarandquill.example",
)


def populate(store: Store, name: str) -> None:
    """Fill a store without companies: "demo" gives two of them, "empty" one with its stock lists only."""
    if name == "empty":
        empty(store.create_company(DEMO_REALM, "Sample Company"))
        return
    demo(store.create_company(DEMO_REALM, HARBOR.name))
    demo(store.create_company(SECOND_REALM, CEDAR.name))


def empty(company: Company) -> None:
    """The stock lists of a fresh US company (facts 9.5), and sales tax that knows its rate."""
    stock_up(company, company.now)


def demo(company: Company) -> None:
    """A demo company: Harbor & Pine, or Cedar & Quill in the file that always is theirs."""
    if company.realm_id == SECOND_REALM:
        cedar_and_quill(company)
    else:
        harbor_and_pine(company)


def harbor_and_pine(company: Company) -> None:
    """Harbor & Pine Landscaping: 40 customers, 25 items, 300 invoices of 18 months and their payments."""
    now = today(company.now)
    opened = orders.months_before(now, orders.MONTHS_OF_HISTORY) - timedelta(days=40)
    _introduce(company, HARBOR)
    stock_up(company, _morning(opened))
    history = History(company, _add_items(company, catalog.ITEMS, opened), "checkbooks")
    history.add_customers(people.people(), opened)
    history.at(
        now - timedelta(days=GONE_SINCE_DAYS), lambda on: _deactivate(company, "Customer", people.GONE, on)
    )
    history.at(
        now - timedelta(days=RETIRED_SINCE_DAYS), lambda on: _deactivate(company, "Item", catalog.RETIRED, on)
    )
    history.run(orders.plan(now))


def cedar_and_quill(company: Company) -> None:
    """Cedar & Quill Bookkeeping: six customers and half a year, so that consent offers a choice."""
    now = today(company.now)
    opened = orders.months_before(now, 7)
    _introduce(company, CEDAR)
    stock_up(company, _morning(opened))
    history = History(company, _add_items(company, cedar.ITEMS, opened), "quills")
    history.add_customers(cedar.CLIENTS, opened)
    history.run(cedar.plan(now))


def _introduce(company: Company, profile: Profile) -> None:
    address = {
        "Line1": profile.street,
        "City": profile.city,
        "CountrySubDivisionCode": "CA",
        "PostalCode": profile.postal_code,
        "Country": "US",
    }
    changes: Json = dict.fromkeys(("CompanyAddr", "CustomerCommunicationAddr", "LegalAddr"), address)
    changes |= {"CompanyName": profile.name, "LegalName": profile.name}
    changes |= {"PrimaryPhone": {"FreeFormNumber": profile.phone}, "Email": {"Address": profile.email}}
    company.edit("CompanyInfo", "1", changes)
    messages = preferences_of(profile.name, "US", {})["EmailMessagesPrefs"]
    company.edit("Preferences", "1", {"EmailMessagesPrefs": messages})


def _add_items(company: Company, items: tuple[tuple[str, str, str, str], ...], on: date) -> dict[str, str]:
    """Add what it sells; answers the Id of each name."""
    income = {record["Name"]: record["Id"] for record in company.all("Account")}
    accounts = {catalog.SERVICE: income["Services"], catalog.MATERIAL: income["Sales of Product Income"]}
    found = {}
    for name, kind, price, description in items:
        payload = {
            "Name": name,
            "Type": kind,
            "UnitPrice": Decimal(price),
            "Description": description,
            "Taxable": kind == catalog.MATERIAL,
            "IncomeAccountRef": {"value": accounts[kind]},
        }
        found[name] = company.create("Item", payload, at=_morning(on))["Id"]
    return found


def _deactivate(company: Company, entity: str, name: str, on: date) -> None:
    shown = "DisplayName" if entity == "Customer" else "Name"
    record = next(record for record in company.all(entity) if record[shown] == name)
    changes = {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, "Active": False}
    company.update(entity, changes, at=_morning(on))


def _morning(on: date) -> datetime:
    return datetime.combine(on, time(8), PACIFIC)
