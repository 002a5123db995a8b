"""The worker's part of a proof: look for changes, ask for the reports, compare, keep the result. Three reads."""

import logging
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from invoices.models import Proof
from invoices.proof.compare import compare
from invoices.proof.ours import open_documents
from qbo.api import Client, Fate, QuickBooksError, reports
from qbo.models import Company
from qbo.sync import importing, pull, wake
from qbo.sync.leases import Held

log = logging.getLogger("invoices.proof")

State = Proof.State
EVERY = timedelta(days=1)


def ask(company: Company, *, as_of: date | None = None, by: Any = None) -> Proof:
    """Have a proof made, or return the one that waits already."""
    try:
        with transaction.atomic():
            proof = Proof.objects.create(company=company, as_of=as_of or timezone.localdate(), asked_by=by)
    except IntegrityError:
        proof = Proof.objects.get(company=company, state=State.WAITING)
    wake.after_commit(company.pk)
    return proof


def latest(company: Company) -> Proof | None:
    """The newest proof of today's figures that was made."""
    made = Proof.objects.filter(company=company, state=State.DONE)
    return made.first()


def is_due(company: Company) -> bool:
    """Whether somebody has asked, or the last one is a day old. Before the first import there is nothing to compare."""
    if company.changes_seen_until is None or importing.running(company):
        return False
    if Proof.objects.filter(company=company, state=State.WAITING).exists():
        return True
    last = Proof.objects.filter(company=company).first()
    begun = last.asked_at if last else company.created_at
    return timezone.now() - begun >= EVERY


def step(company: Company, client: Client, lease: Held) -> bool:
    """Make the proof that is due; False when none is."""
    if not is_due(company):
        return False
    proof = ask(company)
    if not pull.catch_up(company, client, lease, without=importing.refused(company)):
        importing.start(company)
        return True
    try:
        _prove(proof, client, lease)
    except reports.UnreadableReport as error:
        _end(proof, lease, State.FAILED, f"QuickBooks' report could not be read: {error}.")
    except QuickBooksError as error:
        if error.fate is not Fate.PERSON:
            raise
        _end(proof, lease, State.FAILED, error.words)
    return True


def _prove(proof: Proof, client: Client, lease: Held) -> None:
    day = proof.as_of.isoformat()
    lease.renew()
    rows = reports.open_documents(client.report("AgedReceivableDetail", report_date=day))
    lease.renew()
    total = reports.grand_total(client.report("AgedReceivables", report_date=day))
    found = compare(open_documents(proof.company, proof.as_of), rows, total)
    proof.sums, proof.differences = found.as_json()
    proof.agrees = found.agrees
    _end(proof, lease, State.DONE, "")
    log.info("company %s as of %s: %s", proof.company_id, day, "agrees" if found.agrees else "differs")


@transaction.atomic
def _end(proof: Proof, lease: Held, state: Proof.State, problem: str) -> None:
    lease.check()
    proof.state, proof.problem, proof.finished_at = state, problem, timezone.now()
    proof.save()
