"""The first import of a company, and every later full read: page by page, idempotent, resumable.

A run remembers its place after each page. Rows that change while it reads are caught afterwards, because changes are
asked for from the moment it began (by QuickBooks' clock).
"""

import logging
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from qbo.api import Client, Fate, QuickBooksError
from qbo.models import AgreedCopy, Company, ImportRun
from qbo.sync import inbox, pull, wake
from qbo.sync.leases import Held
from qbo.sync.mapping import Mapping, Payload
from qbo.sync.registry import mapping_for, mappings

log = logging.getLogger("qbo.sync.importing")

PAGE = 1000


def start(company: Company, *, asked_by: Any = None) -> ImportRun:
    """Begin a full read, or return the one that is running; the worker does the rest."""
    try:
        with transaction.atomic():
            run = ImportRun.objects.create(company=company, asked_by=asked_by, steps=_first_steps())
    except IntegrityError:
        run = ImportRun.objects.get(company=company, state=ImportRun.State.RUNNING)
    wake.after_commit(company.pk)
    return run


def _first_steps() -> list[dict[str, Any]]:
    return [
        {"entity": mapping.entity, "total": None, "done": 0, "position": 1, "last": "", "finished": False}
        for mapping in mappings()
    ]


def running(company: Company) -> ImportRun | None:
    return ImportRun.objects.filter(company=company, state=ImportRun.State.RUNNING).first()


def step(company: Company, client: Client, lease: Held) -> bool:
    """One page of the running import; False when none is running."""
    run = running(company)
    if run is None:
        return False
    if run.quickbooks_time is None:
        _begin(run, company, client, lease)
    current = next((step for step in run.steps if not step["finished"]), None)
    if current is None:
        _finish(run, lease)
    else:
        _read_page(run, current, company, client, lease)
    return True


def _begin(run: ImportRun, company: Company, client: Client, lease: Held) -> None:
    """Count what there is, for the progress bar, and note QuickBooks' time before the first row is read."""
    lease.renew()
    refresh_company(company, client)
    refusal: QuickBooksError | None = None
    for current in run.steps:
        query = mapping_for(current["entity"]).all_query()
        lease.renew()
        try:
            if run.quickbooks_time is None:
                run.quickbooks_time = client.query(query.page(1, 1)).time
            current["total"] = client.count(query)
        except QuickBooksError as error:
            refusal = error
            _leave_out(current, error)
    if run.quickbooks_time is None and refusal is not None:
        raise refusal  # it is not one list: nothing at all may be read
    _remember(run, lease)


def _leave_out(current: dict[str, Any], error: QuickBooksError) -> None:
    """A list that the user or the plan may not read, such as employees, is left out, and the others are read."""
    if error.fate is not Fate.PERSON:
        raise error
    log.warning("%s cannot be read: %s", current["entity"], error)
    current.update(total=0, finished=True, refused=error.words)


def refused(company: Company) -> frozenset[str]:
    """The entities that QuickBooks would not let us read at the last full read."""
    run = ImportRun.objects.filter(company=company).exclude(quickbooks_time=None).first()
    return frozenset(step["entity"] for step in run.steps if step.get("refused")) if run else frozenset()


def _read_page(
    run: ImportRun, current: dict[str, Any], company: Company, client: Client, lease: Held
) -> None:
    """Each page begins with the last row of the page before. If another one stands there, rows were deleted meanwhile
    and others moved up past us: then once more from the beginning."""
    mapping = mapping_for(current["entity"])
    known = 1 if current["last"] else 0
    lease.renew()
    page = client.query(mapping.all_query().page(current["position"] - known, PAGE)).rows
    if known and (not page or page[0]["Id"] != current["last"]):
        current.update(done=0, position=1, last="")
        _remember(run, lease)
        return
    rows = page[known:]
    pull.take_all(mapping, company, rows, client, lease)
    _confirm(mapping, company, rows)
    current["done"] += len(rows)
    current["position"] += len(rows)
    current["last"] = page[-1]["Id"] if page else ""
    current["total"] = max(current["total"] or 0, current["done"])
    current["finished"] = len(page) < PAGE
    if current["finished"]:
        _doubt_the_rest(run, mapping, company)
    _remember(run, lease)


def _confirm(mapping: Mapping[Any], company: Company, rows: list[Payload]) -> None:
    """QuickBooks has these as agreed, also where nothing had to be written."""
    here = mapping.model.objects.filter(company=company, qbo_id__in=[row["Id"] for row in rows])
    AgreedCopy.objects.filter(entity=mapping.entity, object_id__in=here.values("pk")).update(
        agreed_at=timezone.now()
    )


def _doubt_the_rest(run: ImportRun, mapping: Mapping[Any], company: Company) -> None:
    """What the full read did not come across may be gone. Being absent from a list proves nothing, so each is read."""
    seen = AgreedCopy.objects.filter(company=company, entity=mapping.entity, agreed_at__gte=run.started_at)
    rest = mapping.model.objects.filter(company=company, gone_at=None).exclude(qbo_id="")
    for obj in rest.exclude(pk__in=seen.values("object_id")):
        inbox.note(company, mapping.entity, obj.qbo_id, reason="missing from a full read")


def _remember(run: ImportRun, lease: Held) -> None:
    with transaction.atomic():
        lease.check()
        run.problem = ""
        run.save(update_fields=["steps", "quickbooks_time", "problem"])


def _finish(run: ImportRun, lease: Held) -> None:
    now = timezone.now()
    with transaction.atomic():
        lease.check()
        run.state, run.finished_at = ImportRun.State.DONE, now
        run.save(update_fields=["state", "finished_at"])
        Company.objects.filter(pk=run.company_id).update(
            changes_seen_until=run.quickbooks_time, caught_up_at=now, look_wanted_at=now
        )


def trouble(company: Company, error: QuickBooksError) -> None:
    """Say on the progress page why it does not move; the run goes on by itself when QuickBooks answers again."""
    ImportRun.objects.filter(company=company, state=ImportRun.State.RUNNING).update(problem=error.words)


def refresh_company(company: Company, client: Client) -> None:
    """Read the company's name and preferences: numbering, tax and closing date decide what forms may do."""
    info, preferences = client.company_info(), client.preferences()
    company.name = info.get("CompanyName") or info.get("LegalName") or company.name
    company.country = (info.get("Country") or company.country)[:3]
    company.preferences = preferences
    currency = (preferences.get("CurrencyPrefs") or {}).get("HomeCurrency") or {}
    company.home_currency = currency.get("value", company.home_currency)
    company.save(update_fields=["name", "country", "preferences", "home_currency"])
