"""Which mappings there are: the list `settings.QBO_MAPPINGS`, in dependency order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from qbo.models import MirroredModel
    from qbo.sync.mapping import Mapping


@cache
def mappings() -> tuple[Mapping[Any], ...]:
    """All mappings; a later one may refer to objects of an earlier one."""
    return tuple(import_string(path)() for path in settings.QBO_MAPPINGS)


@cache
def _by_entity() -> dict[str, Mapping[Any]]:
    return {mapping.entity: mapping for mapping in mappings()}


@cache
def _by_model() -> dict[type[models.Model], Mapping[Any]]:
    return {mapping.model: mapping for mapping in mappings()}


def is_mirrored(entity: str) -> bool:
    return entity in _by_entity()


def mapping_for(entity: str) -> Mapping[Any]:
    """The mapping of a QuickBooks entity, such as "Invoice"; KeyError when it is not mirrored."""
    return _by_entity()[entity]


def mapping_of(obj: MirroredModel) -> Mapping[Any]:
    """The mapping of a model instance."""
    return _by_model()[type(obj)]


def mapping_for_model(model: type[models.Model]) -> Mapping[Any]:
    """The mapping of a model; KeyError when it is not mirrored."""
    return _by_model()[model]


def load(entity: str, object_id: int) -> MirroredModel | None:
    """The local object an outbox entry, a conflict or an agreed copy is about."""
    found: MirroredModel | None = (
        mapping_for(entity).model.objects.select_related("company").filter(pk=object_id).first()
    )
    return found
