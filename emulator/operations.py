"""Create, read, update, delete, void and send, the same for every entity (facts 2); rules are the entities' own."""

from copy import deepcopy
from typing import Any

from emulator import mail
from emulator.clock import metadata_time
from emulator.entities.base import Entity, Record
from emulator.entities.fields import CLEAR, EMAIL, Field, clean
from emulator.entities.references import resolve
from emulator.faults import QuickBooksFault, missing, not_found
from emulator.ledger import Ledger

PAYING = {"PAID", "TRIAL"}  # facts 9.5, CompanyInfo; the second is an emulator choice


def create(ledger: Ledger, kind: Entity, payload: Record) -> Record:
    check_subscription(ledger)
    new = _without_clears(clean(kind.fields, payload))
    resolve(ledger, kind.fields, new, None)
    kind.fill(ledger, new)
    kind.settle(ledger, new, None)
    identity = payload.get("Id") if "create" not in kind.operations else None
    ledger.insert(kind, new, identity)
    kind.spread(ledger, new, None)
    return ledger.need(kind.name, new["Id"])


def read(ledger: Ledger, kind: Entity, identity: str) -> Record:
    return ledger.need(kind.name, identity)


def update(ledger: Ledger, kind: Entity, payload: Record) -> Record:
    """Full update clears every writable field that is left out, sparse update leaves it alone (facts 2)."""
    old = _current(ledger, kind, payload)
    changes = clean(kind.fields, payload)
    sparse = str(payload.get("sparse", False)).lower() == "true"
    new = _merge(kind, old, changes) if sparse else _replace(kind, old, changes)
    return _write(ledger, kind, new, old)


def edit(ledger: Ledger, kind: Entity, identity: str, changes: Record) -> Record:
    old = ledger.need(kind.name, identity)
    if kind.name == "Preferences":
        return ledger.save(kind, _overlay(deepcopy(old), changes), old)
    new = _merge(kind, old, clean(kind.fields, changes))
    new |= {name: changes[name] for name in kind.set_inside if name in changes}
    return _write(ledger, kind, new, old)


def touch(ledger: Ledger, kind: Entity, identity: str) -> None:
    old = ledger.need(kind.name, identity)
    ledger.save(kind, deepcopy(old), old)


def delete(ledger: Ledger, kind: Entity, payload: Record) -> Record:
    old = _current(ledger, kind, payload)
    kind.check_delete(ledger, old)
    ledger.remove(kind, old)
    kind.spread(ledger, None, old)
    return {"status": "Deleted", "domain": "QBO", "Id": old["Id"]}


def void(ledger: Ledger, kind: Entity, payload: Record) -> Record:
    old = _current(ledger, kind, payload)
    new = deepcopy(old)
    kind.void(ledger, new)
    ledger.save(kind, new, old)
    ledger.report(kind, new["Id"], "voided")
    kind.spread(ledger, new, old)
    return ledger.need(kind.name, new["Id"])


def send(ledger: Ledger, kind: Entity, identity: str, to: str | None) -> Record:
    """EmailStatus, DeliveryInfo and, if `to` is given, BillEmail (facts 9.3, Send). SyncToken goes up (emulator
    choice: facts do not establish it). A payment keeps no address: `to` is needed, and nothing changes in it."""
    old = ledger.need(kind.name, identity)
    new = deepcopy(old)
    address = _address(to) if to else new.get("BillEmail", {})
    if not address.get("Address"):
        raise QuickBooksFault(
            6420, "Email address required : Enter an email address to send to.", "BillEmail"
        )
    if not kind.fields["BillEmail"].read_only:
        new["BillEmail"] = address
        new["EmailStatus"] = "EmailSent"
        new["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": metadata_time(ledger.now)}
        ledger.save(kind, new, old)
    ledger.report(kind, identity, "emailed")
    message = ledger.prefers("EmailMessagesPrefs", f"{kind.name}Message") or {}
    mail.keep(
        ledger.db,
        ledger.realm_id,
        mail.Email(
            0,
            ledger.now,
            address["Address"],
            message.get("Subject", kind.name),
            message.get("Message", ""),
            kind.name,
            identity,
        ),
    )
    return new


def check_subscription(ledger: Ledger) -> None:
    """6190 for every write to a company whose owner has stopped paying; reads still work (facts 8.3)."""
    about = ledger.glance("CompanyInfo", "1") or {}
    status = {pair["Name"]: pair["Value"] for pair in about.get("NameValue", [])}.get(
        "SubscriptionStatus", "PAID"
    )
    if status not in PAYING and not ledger.inside:
        raise QuickBooksFault(
            6190,
            "Subscription period has ended or canceled or there was a billing problem : You can't add data to "
            "QuickBooks Online because your trial or subscription period ended, you canceled your subscription, or "
            "there was a billing problem.",
        )


def _current(ledger: Ledger, kind: Entity, payload: Record) -> Record:
    """The stored record that a request names, if the request knows its newest version."""
    check_subscription(ledger)
    identity = payload.get("Id")
    if identity is None or not str(identity).strip():
        raise missing("Id")
    identity = str(identity)
    if not identity.lstrip("-").isdecimal():
        raise QuickBooksFault(2030, f"Invalid ID : {identity}", "Id")
    old = ledger.find(kind.name, identity)
    if old is None:
        raise not_found()
    ledger.check_token(kind, old, payload.get("SyncToken"))
    return old


def _write(ledger: Ledger, kind: Entity, new: Record, old: Record) -> Record:
    resolve(ledger, kind.fields, new, old)
    kind.settle(ledger, new, old)
    ledger.save(kind, new, old)
    kind.spread(ledger, new, old)
    return ledger.need(kind.name, new["Id"])


def _without_clears(record: Record) -> Record:
    return {name: value for name, value in record.items() if value is not CLEAR}


def _merge(kind: Entity, old: Record, changes: dict[str, Any]) -> Record:
    merged = {**deepcopy(old), **changes}
    return _without_clears(merged)


def _replace(kind: Entity, old: Record, changes: dict[str, Any]) -> Record:
    kept = {name: value for name, value in deepcopy(old).items() if _is_kept(kind.fields.get(name))}
    return kept | _without_clears(changes)


def _is_kept(field: Field | None) -> bool:
    return field is None or field.read_only


def _overlay(base: Record, changes: Record) -> Record:
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            _overlay(base[name], value)
        elif value is None:
            base.pop(name, None)
        else:
            base[name] = value
    return base


def _address(to: str) -> dict[str, str]:
    cleaned = clean({"BillEmail": EMAIL}, {"BillEmail": {"Address": to}})
    address: dict[str, str] = cleaned["BillEmail"]
    return address
