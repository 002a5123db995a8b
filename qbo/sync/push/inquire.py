"""Finding out what stands behind a refusal, so that the sync centre can offer the way out of it."""

import logging

from django.utils import timezone

from qbo.api import Client, QuickBooksError
from qbo.models import Company, MirroredModel, OutboxEntry
from qbo.sync import importing
from qbo.sync.registry import mapping_for

log = logging.getLogger("qbo.sync.push")

#: Refused because of something else in QuickBooks, which we may not have heard of yet.
OTHERS = frozenset({"610", "620", "2500", "6000", "6140", "6240", "6250"})
CLOSED = frozenset({"6200", "6210"})


def after_refusal(entry: OutboxEntry, obj: MirroredModel, company: Company, client: Client) -> None:
    """Look for changes soon, in one call for all that was refused by then; for a closed period, read through when."""
    if entry.code in OTHERS:
        Company.objects.filter(pk=company.pk, look_wanted_at=None).update(look_wanted_at=timezone.now())
    elif entry.code in CLOSED and not _is_explained(entry, obj, company):
        try:
            importing.refresh_company(company, client)
        except QuickBooksError as error:
            log.info("the closing date of company %s could not be read: %s", company.pk, error)


def _is_explained(entry: OutboxEntry, obj: MirroredModel, company: Company) -> bool:
    """Whether the closing date that we know accounts for it."""
    dated = mapping_for(entry.entity).dump(obj).get("TxnDate")
    return bool(dated and company.books_closed_through and dated <= company.books_closed_through.isoformat())
