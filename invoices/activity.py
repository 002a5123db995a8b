"""Putting items away and bringing them back."""

from customers.names import INACTIVE_SUFFIX
from invoices.models import Item
from qbo.models import User
from qbo.sync import outbox
from qbo.sync.outbox import NotPossible

__all__ = ["NotPossible", "plain_name", "set_active", "why_fixed"]


def why_fixed(item: Item) -> str:
    """Why an item cannot be changed here; empty when it can."""
    if item.is_gone:
        return f"{item} is no longer in QuickBooks."
    if item.item_type not in Item.EDITABLE_TYPES:
        return (
            f"{item} is changed in QuickBooks only, as all {item.get_item_type_display().lower()} items are."
        )
    return ""


def set_active(item: Item, active: bool, *, by: User) -> None:
    """Make an item inactive, or active again under the name it had. Raises NotPossible."""
    if reason := why_fixed(item):
        raise NotPossible(reason)
    if item.active == active:
        return
    item.active = active
    if active:
        item.name = _free_again(item)
    item.save()
    outbox.enqueue(item, reason="edited", asked_by=by)


def _free_again(item: Item) -> str:
    """The plain name; NotPossible when another item took it meanwhile."""
    name = plain_name(item)
    if name != item.name and Item.objects.called(name, item.company, besides=item.pk).exists():
        raise NotPossible(f"Another item is called {name} now. Rename that one first.")
    return name


def plain_name(item: Item) -> str:
    """The name without what QuickBooks put behind it."""
    return item.name.removesuffix(INACTIVE_SUFFIX)
