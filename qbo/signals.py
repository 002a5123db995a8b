"""What happens on save: the object, or the object it is a part of, is noted in the outbox. Nothing else.

`QuerySet.update` and `bulk_create` send no signal; after those, call `qbo.sync.outbox.enqueue` yourself.
"""

from typing import Any

from django.db.models.signals import post_delete, post_save

from qbo.models import MirroredModel
from qbo.sync import outbox
from qbo.sync.echo import is_remote_write
from qbo.sync.registry import mappings


def connect() -> None:
    """Listen to every model that is pushed, and to its parts."""
    for mapping in mappings():
        if not mapping.pushable:
            continue
        post_save.connect(object_saved, sender=mapping.model, dispatch_uid=f"outbox-{mapping.entity}")
        for part in mapping.parts:
            for signal in (post_save, post_delete):
                signal.connect(part_changed, sender=part, dispatch_uid=f"outbox-{part.__name__}-{id(signal)}")


def object_saved(instance: MirroredModel, raw: bool = False, **_: Any) -> None:
    if not raw and not is_remote_write():
        outbox.enqueue(instance, reason="edited")


def part_changed(instance: Any, raw: bool = False, **_: Any) -> None:
    if raw or is_remote_write():
        return
    for mapping in mappings():
        if type(instance) in mapping.parts:
            outbox.enqueue(getattr(instance, mapping.parts[type(instance)]), reason="edited")
