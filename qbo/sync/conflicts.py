"""What a person sees of a conflict, and what their decision does."""

from collections.abc import Mapping as Choices
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from qbo.models import Company, Conflict, MirroredModel, OutboxEntry
from qbo.sync import outbox, reconcile, states, wake
from qbo.sync.echo import remote_write
from qbo.sync.fields import MissingReference, resolve
from qbo.sync.mapping import Mapping, View
from qbo.sync.merge import Group, all_groups, merge
from qbo.sync.policies import OURS, THEIRS
from qbo.sync.registry import load, mapping_for


@dataclass(frozen=True)
class Row:
    """One group of fields as text: as last agreed, here, and in QuickBooks. `clash` rows want a decision."""

    group: str
    label: str
    base: str
    here: str
    there: str
    clash: bool


class Undecided(Exception):
    """A clashing group has no choice."""


def describe(conflict: Conflict) -> list[Row]:
    """The groups in which both sides differ from each other, the clashing ones first."""
    mapping, obj = _subject(conflict)
    ours = mapping.dump(obj)
    merged = merge(conflict.base, ours, conflict.theirs, mapping.groups)
    return [
        Row(
            group.name,
            label(group),
            *_shown(mapping, conflict.company, group, (conflict.base, ours, conflict.theirs)),
            clash=group in merged.clashes,
        )
        for group in (*merged.clashes, *merged.here)
    ]


def decide(conflict: Conflict, choices: Choices[str, str], *, by: Any) -> None:
    """Carry out a decision per clashing group: `ours` is sent to QuickBooks, `theirs` is taken here.

    Both values stay in the conflict's row. If QuickBooks has moved on since, the push meets that and asks again.
    Raises Undecided.
    """
    with transaction.atomic():
        conflict = Conflict.objects.select_for_update().get(pk=conflict.pk)
        if conflict.resolved_at is not None:
            return
        mapping, _ = _subject(conflict)
        obj: MirroredModel = mapping.model.objects.select_for_update(of=("self",)).get(pk=conflict.object_id)
        merged = merge(conflict.base, mapping.dump(obj), conflict.theirs, mapping.groups)
        for group in merged.clashes:
            if choices.get(group.name) not in (OURS, THEIRS):
                raise Undecided(group.name)
        # The record of the decision: both values as they were when it was made.
        conflict.ours = mapping.dump(obj)
        ours = [group for group in merged.clashes if choices[group.name] == OURS]
        keep = {key for group in (*merged.here, *ours) for key in group.keys}
        with remote_write():
            # The newest version: answers to commands may have come in since.
            mapping.store(obj, reconcile.agreed_copy(mapping, obj) or conflict.remote, keep=keep)
        reconcile.rebase_frozen(mapping, obj, conflict.base, conflict.theirs, ours=ours)
        _close(conflict, choices, by)
        states.refresh(obj)
    wake.after_commit(conflict.company_id)


def bring_back(conflict: Conflict, *, by: Any) -> None:
    """Restore every group that was decided. Raises NotPossible while nothing is."""
    if conflict.resolved_at is None or not conflict.choices:
        raise outbox.NotPossible(f"{conflict.label}: nobody has decided yet.")
    for group_name in conflict.choices:
        restore(conflict, group_name, by=by)


@transaction.atomic
def restore(conflict: Conflict, group_name: str, *, by: Any) -> None:
    """Bring the value back that lost a decided conflict, as an edit of ours like any other."""
    mapping, _ = _subject(conflict)
    obj: MirroredModel = mapping.model.objects.select_for_update(of=("self",)).get(pk=conflict.object_id)
    lost = conflict.theirs if conflict.choices[group_name] == OURS else conflict.ours
    agreed = reconcile.agreed_copy(mapping, obj) or conflict.remote
    (keys,) = (group.keys for group in all_groups(mapping.groups, lost) if group.name == group_name)
    with remote_write():
        mapping.store(
            obj, {**agreed, **{key: lost[key] for key in keys}}, keep=[key for key in lost if key not in keys]
        )
        # QuickBooks has confirmed what was agreed and no more: a payment's money counts on its invoices by that.
        mapping.store(obj, agreed, keep=list(lost))
    outbox.enqueue(obj, reason="brought back", asked_by=by)


def _close(conflict: Conflict, choices: Choices[str, str], by: Any) -> None:
    conflict.choices, conflict.resolved_by, conflict.resolved_at = dict(choices), by, timezone.now()
    conflict.save()
    OutboxEntry.objects.of(conflict.entity, conflict.object_id).filter(
        state=OutboxEntry.State.CONFLICT
    ).update(state=OutboxEntry.State.WAITING, merges=0, next_attempt_at=None)


def open_conflict_of(obj: MirroredModel, entity: str) -> Conflict | None:
    return Conflict.objects.filter(entity=entity, object_id=obj.pk, resolved_at=None).first()


def _subject(conflict: Conflict) -> tuple[Mapping[MirroredModel], MirroredModel]:
    obj = load(conflict.entity, conflict.object_id)
    if obj is None:
        raise LookupError(f"{conflict.entity} {conflict.object_id} is not here")
    return mapping_for(conflict.entity), obj


# ── In words ────────────────────────────────────────────────────────────────────────────────────

LABELS = {
    "DocNumber": "Number",
    "TxnDate": "Date",
    "BillEmail": "E-mail",
    "CustomerMemo": "Message to the customer",
    "PrivateNote": "Private note",
    "CustomerRef": "Customer",
    "PaymentMethodRef": "Payment method",
    "PaymentRefNum": "Check number",
    "DepositToAccountRef": "Deposit to",
    "SalesTermRef": "Terms",
    "CompanyName": "Company",
    "PrimaryEmailAddr": "E-mail",
    "PrimaryPhone": "Phone",
    "PrintOnCheckName": "Name on checks",
    "UnitPrice": "Rate",
    "IncomeAccountRef": "Income account",
    "ApplyTaxAfterDiscount": "Tax after the discount",
    "Taxable": "Taxable",
    "Active": "Active",
}


def label(group: Group) -> str:
    """The name of a group as a person would say it."""
    return LABELS.get(group.name, group.name[:1].upper() + group.name[1:])


def _shown(
    mapping: Mapping[MirroredModel], company: Company, group: Group, views: tuple[View, View, View]
) -> tuple[str, str, str]:
    """The group in each of the three views, without the keys in which they do not differ."""
    keys = [key for key in group.keys if any(view.get(key) != views[0].get(key) for view in views)]
    base, here, there = (
        "\n".join(filter(None, (_text(mapping, company, key, view.get(key)) for key in keys))) or "empty"
        for view in views
    )
    return base, here, there


def _text(mapping: Mapping[MirroredModel], company: Company, key: str, piece: Any) -> str:
    """A piece of a view in words: names for references, a sentence for each line."""
    if piece in (None, "", [], {}):
        return ""
    if isinstance(piece, bool):
        return f"{LABELS.get(key, key)}: {'yes' if piece else 'no'}"
    if key == "Line":
        return "\n".join(_line(company, line) for line in piece)
    entity = {field.key: getattr(field, "entity", "") for field in mapping.fields}.get(key, "")
    if isinstance(piece, dict) and "value" in piece:
        return _name(company, entity, piece["value"]) if entity else str(piece["value"])
    if isinstance(piece, dict):
        return ", ".join(str(part) for part in piece.values() if not isinstance(part, dict))
    return f"{piece:,.2f}" if isinstance(piece, Decimal) else str(piece)


def _line(company: Company, line: dict[str, Any]) -> str:
    """One line of an invoice, or one allocation of a payment."""
    amount = f"{Decimal(str(line.get('Amount', 0))):,.2f}"
    if line.get("LinkedTxn"):
        link = line["LinkedTxn"][0]
        name = _name(company, "Invoice", link["TxnId"]) if link["TxnType"] == "Invoice" else link["TxnType"]
        return f"{name}: {amount}"
    detail = line.get("SalesItemLineDetail") or {}
    item = _name(company, "Item", detail["ItemRef"]["value"]) if detail.get("ItemRef") else ""
    if line.get("DetailType") == "DiscountLineDetail":
        percent = line.get("DiscountLineDetail", {}).get("DiscountPercent")
        item = f"Discount {percent}%" if percent is not None else "Discount"
    times = (
        f" {_plain(detail['Qty'])} × {_plain(detail['UnitPrice'])}"
        if {"Qty", "UnitPrice"} <= detail.keys()
        else ""
    )
    words = ", ".join(part for part in (item, line.get("Description", "")) if part)
    return f"{words}{times}: {amount}"


def _plain(number: Any) -> str:
    """A quantity or rate without the zeros that only a database column adds."""
    return f"{Decimal(str(number)).normalize():,f}"


def _name(company: Company, entity: str, qbo_id: str) -> str:
    try:
        return str(resolve(company, entity, qbo_id))
    except MissingReference:
        return f"{entity} {qbo_id}"
