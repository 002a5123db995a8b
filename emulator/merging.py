"""Two customers become one, as a person does it inside QuickBooks; the API has no such operation (facts 9.2)."""

from copy import deepcopy

from emulator import entities
from emulator.entities.base import Record
from emulator.faults import business
from emulator.ledger import Ledger

CUSTOMER = "Customer"


def merge_customers(ledger: Ledger, survivor_id: str, loser_id: str) -> Record:
    """Everything of the losing customer goes over to the survivor, with its balance; then the loser is gone.

    Each record that moves is an update of its own. A customer with sub-customers cannot be the loser, and both must
    have one currency (emulator choices). Answers the survivor.
    """
    survivor, loser = ledger.need(CUSTOMER, survivor_id), ledger.need(CUSTOMER, loser_id)
    if survivor_id == loser_id:
        raise business("A customer cannot be merged with itself.")
    if survivor["CurrencyRef"] != loser["CurrencyRef"]:
        raise business("Customers with different currencies cannot be merged.")
    if ledger.where(CUSTOMER, "f_ParentRef = ?", loser_id):
        raise business("A customer with sub-customers cannot be merged into another.")
    _hand_over(ledger, survivor, loser_id)
    kind = entities.get(CUSTOMER)
    ledger.remove(kind, ledger.need(CUSTOMER, loser_id))
    del ledger.happened[(CUSTOMER, loser_id)]  # the merge tells of both
    before = ledger.need(CUSTOMER, survivor_id)
    merged = ledger.save(kind, deepcopy(before), before)
    ledger.report(kind, survivor_id, "merged", loser_id)
    return merged


def _hand_over(ledger: Ledger, survivor: Record, loser_id: str) -> None:
    reference = {"value": survivor["Id"], "name": survivor["DisplayName"]}
    for kind in entities.ALL:
        if kind.column("CustomerRef") is None:
            continue
        for record in ledger.where(kind.name, "f_CustomerRef = ?", loser_id):
            ledger.save(kind, {**deepcopy(record), "CustomerRef": reference}, record)
