"""Records as addresses name them, by entity and number, and the addresses of records."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from qbo.models import Company, MirroredModel
from qbo.sync.registry import is_mirrored, mapping_for


def find(company: Company, entity: str, pk: int) -> MirroredModel:
    """The company's record; Http404 for anything else, somebody else's record above all."""
    if not is_mirrored(entity):
        raise Http404(f"No such kind of record: {entity}")
    found: MirroredModel = get_object_or_404(mapping_for(entity).model.objects.filter(company=company), pk=pk)
    return found


def home_of(obj: MirroredModel) -> str:
    """The record's own page, or the sync centre for a kind that has none."""
    address = getattr(obj, "get_absolute_url", None)
    return str(address()) if address else reverse("sync", args=[obj.company_id])
