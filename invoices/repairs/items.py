"""An item that is inactive in QuickBooks, and an item's name that is taken there."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from invoices.activity import plain_name
from invoices.models import Item
from qbo.models import Company, OutboxEntry
from qbo.sync import outbox
from qbo.sync.repairs import EACH, INACTIVE, Repair, Trouble

LONGEST_NAME = 100


def ways(company: Company, troubles: Sequence[Trouble]) -> Iterator[tuple[OutboxEntry, Repair]]:
    stopped = [one for one in troubles if one.entry.code in INACTIVE and hasattr(one.obj, "lines")]
    for model in {type(one.obj) for one in stopped}:
        own = {one.obj.pk: one.entry for one in stopped if type(one.obj) is model}
        for key, item in _inactive_items(model, list(own)):
            yield own[key], _make_active(item)
    taken = [one for one in troubles if one.entry.code == "6240" and isinstance(one.obj, Item)]
    for trouble in taken[:EACH]:
        yield trouble.entry, _call_it(company, trouble.obj)


def _inactive_items(model: Any, keys: list[int]) -> Iterator[tuple[int, Item]]:
    """(form, item) of every line of these forms that names an inactive item, each pair once."""
    line = model._meta.get_field("lines").related_model
    rows = line.objects.filter(**{f"{line.form_field}__in": keys}, item__active=False, item__gone_at=None)
    seen = set()
    for row in rows.select_related("item", "item__company"):
        pair = (getattr(row, f"{line.form_field}_id"), row.item)
        if pair not in seen:
            seen.add(pair)
            yield pair


def _make_active(item: Item) -> Repair:
    name = plain_name(item)
    return Repair(
        f"item:{item.pk}",
        f"Make {name} active again",
        lambda by: _reactivate(item, by),
        shared=True,
        because=f"The item {name} is inactive in QuickBooks.",
    )


def _reactivate(item: Item, by: Any) -> None:
    """Under its old name, where no other item has taken it meanwhile."""
    name = plain_name(item)
    if not Item.objects.called(name, item.company, besides=item.pk).exists():
        item.name = name
    item.active = True
    _save(item, by)


def _call_it(company: Company, item: Any) -> Repair:
    numbered = (f"{item.name[: LONGEST_NAME - 5]} ({number})" for number in count(2))
    name = next(one for one in numbered if not Item.objects.called(one, company).exists())

    def rename(by: Any) -> None:
        item.name = name
        _save(item, by)

    return Repair(f"name:{name}", f"Call it {name}", rename)


def _save(item: Item, by: Any) -> None:
    item.save(update_fields=["name", "active"])
    outbox.enqueue(item, reason="repaired", asked_by=by)
