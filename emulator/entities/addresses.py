"""Postal addresses: their own Id, and the country codes of company addresses."""

from typing import TYPE_CHECKING

from emulator.entities.base import Record
from emulator.faults import QuickBooksFault

if TYPE_CHECKING:
    from emulator.ledger import Ledger

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
    same = {key: value for key, value in address.items() if key != "Id"} == {
        key: value for key, value in before.items() if key != "Id"
    }
    address["Id"] = before["Id"] if same and "Id" in before else str(ledger.count("address"))


def alpha_3(country: str) -> str:
    """Company addresses answer ISO alpha-3 since 2025 (facts 2, Addresses)."""
    return ALPHA_3.get(country.strip().upper(), country)
