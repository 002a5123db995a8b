"""Postal addresses: their own Id, and the country codes of company addresses."""

from typing import TYPE_CHECKING

from emulator.entities.base import Record
from emulator.faults import QuickBooksFault

if TYPE_CHECKING:
    from emulator.ledger import Ledger

LINES = 5
_FORMATTED = {"City", "CountrySubDivisionCode", "PostalCode", "Country"}
LONGEST_TOGETHER = 2000  # facts 9.2: Line1 to Line5
ALPHA_3 = {
    "US": "USA", "UNITED STATES": "USA", "CA": "CAN", "CANADA": "CAN", "GB": "GBR", "UNITED KINGDOM": "GBR",
    "AU": "AUS", "AUSTRALIA": "AUS", "IN": "IND", "INDIA": "IND", "FR": "FRA", "FRANCE": "FRA",
}  # fmt: skip


def settle_address(ledger: "Ledger", new: Record, old: Record | None, name: str) -> None:
    """An address gets a new Id whenever it changes (facts 9.2)."""
    address = new.get(name)
    if not address:
        return
    lines = sum(len(address.get(f"Line{place}", "")) for place in range(1, 6))
    if lines > LONGEST_TOGETHER:
        raise QuickBooksFault(2050, f"Min:0, Max:{LONGEST_TOGETHER}, Supplied length:{lines}", name)
    before = (old or {}).get(name, {})
    same = _without_id(address) == _without_id(before)
    address["Id"] = before["Id"] if same and "Id" in before else str(ledger.count("address"))


def flatten_address(ledger: "Ledger", new: Record, old: Record | None, name: str) -> None:
    """An address that is changed on a transaction comes back in Line1 to Line5 alone, below the customer's name and
    company (facts 9.3). Lines that do not fit join the last one, as recorded."""
    address, before = new.get(name), (old or {}).get(name, {})
    if old is None or not address or not _FORMATTED & address.keys():
        return
    if _without_id(address) == _without_id(before):
        return
    customer = ledger.glance("Customer", new.get("CustomerRef", {}).get("value", "")) or {}
    lines = [*_names(customer), *_lines(address)]
    kept, rest = lines[: LINES - 1], lines[LINES - 1 :]
    if rest:
        kept.append("\r ".join(rest))
    new[name] = {f"Line{place}": line for place, line in enumerate(kept, start=1)}


def _names(customer: Record) -> list[str]:
    parts = [customer.get(part) for part in ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")]
    person = " ".join(filter(None, parts)) or customer.get("DisplayName")
    return [name for name in dict.fromkeys((person, customer.get("CompanyName"))) if name]


def _lines(address: Record) -> list[str]:
    given = [address.get(f"Line{place}") for place in range(1, LINES + 1)]
    region = " ".join(filter(None, (address.get("CountrySubDivisionCode"), address.get("PostalCode"))))
    place = ", ".join(filter(None, (address.get("City"), region)))
    return [line for line in (*given, place, address.get("Country")) if line]


def _without_id(address: Record) -> Record:
    return {key: value for key, value in address.items() if key != "Id"}


def alpha_3(country: str) -> str:
    """Company addresses answer ISO alpha-3 since 2025 (facts 2, Addresses)."""
    return ALPHA_3.get(country.strip().upper(), country)
