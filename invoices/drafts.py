"""Keeping unfinished invoices here until somebody saves them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from invoices.models import Draft
from qbo.models import Company, User

#: What is posted with a form and is none of its fields.
NOT_TYPED = {
    "csrfmiddlewaretoken",
    "opened",
    "keep",
    "revision",
    "add",
    "remove",
    "copy",
    "up",
    "down",
    "paste",
}


class ChangedMeanwhile(Exception):
    """Somebody else kept the draft after this form was opened."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(str(draft))
        self.draft = draft


@transaction.atomic
def keep(
    company: Company, key: UUID, data: QueryDict, *, customer_name: str, total: Decimal, by: User
) -> Draft:
    """Keep what was typed under the form's key. Raises ChangedMeanwhile unless `data["revision"]` is the last one."""
    draft = Draft.objects.select_for_update().filter(company=company, key=key).first()
    if draft is None:
        draft = Draft(company=company, key=key)
    elif draft.discarded_at is None and draft.data == typed(data):
        return draft  # the same form twice
    elif data.get("revision") != str(draft.revision):
        raise ChangedMeanwhile(draft)
    else:
        draft.revision += 1
    draft.data = typed(data)
    draft.customer_name, draft.total, draft.kept_by, draft.discarded_at = customer_name[:500], total, by, None
    draft.save()
    return draft


def typed(data: QueryDict) -> dict[str, list[Any]]:
    """The fields of a posted form, with all their values."""
    return {name: data.getlist(name) for name in data if name not in NOT_TYPED}


def issued(company: Company, key: UUID | None) -> None:
    """The draft has become an invoice."""
    if key is not None:
        Draft.objects.filter(company=company, key=key).delete()


def discard(draft: Draft) -> None:
    Draft.objects.filter(pk=draft.pk).update(discarded_at=timezone.now())


def bring_back(draft: Draft) -> None:
    Draft.objects.filter(pk=draft.pk).update(discarded_at=None)
