"""What one wake-up does: everything that is due for one company, in slices, under its lease.

One coordinator per company at a time, any number of companies at once. A slice first carries on what is in flight,
then sends, then reads. Between slices the lease is given back, so that work spreads over the workers.
"""

import logging
from datetime import datetime, timedelta
from enum import Enum

from django.db import OperationalError
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from qbo import tokens, usage
from qbo.api import (
    AuthenticationFailed,
    Client,
    NotAuthorized,
    QuickBooksError,
    Session,
    Throttled,
    new_session,
)
from qbo.clients import client_for
from qbo.models import Company, Connection, InboxEntry, OutboxEntry, Request
from qbo.sync import errands, importing, leases, pull, push, retry
from qbo.sync.leases import Held, LeaseLost

log = logging.getLogger("qbo.sync.worker")

LEASE = "company:{}"


class Outcome(Enum):
    WORKED = "worked"  # and there may be more
    IDLE = "idle"
    BLOCKED = "blocked"  # QuickBooks does not let us right now


def run(company_id: int, *, patience: timedelta | None = None) -> bool:
    """Do what is due for a company, unless another worker is at it already.

    With `patience` it stops after that long, so that other companies get their turn; True when there is more to do.
    """
    until = timezone.now() + patience if patience else None
    with new_session() as session:
        while True:
            outcome = _slice_under_lease(company_id, session)
            if outcome is Outcome.BLOCKED or (outcome is Outcome.IDLE and not _came_meanwhile(company_id)):
                return False
            if until and timezone.now() >= until:
                return True


def _slice_under_lease(company_id: int, session: Session) -> Outcome:
    with leases.hold(LEASE.format(company_id)) as lease:
        if lease is None:
            return Outcome.BLOCKED
        company = Company.objects.workable().filter(pk=company_id).first()
        if company is None:
            return Outcome.BLOCKED
        return run_slice(company, client_for(company, session), lease)


def run_slice(company: Company, client: Client, lease: Held) -> Outcome:
    """A bounded piece of work. QuickBooks' troubles are dealt with here and never get further."""
    try:
        return Outcome.WORKED if _work(company, client, lease) else Outcome.IDLE
    except LeaseLost:
        log.warning("company %s: another worker took over", company.pk)
    except (AuthenticationFailed, NotAuthorized) as error:
        log.warning("company %s: %s", company.pk, error)
        tokens.reconnect_needed(company)
    except Throttled as error:
        decision = retry.decide(error, 1, timezone.now())
        if isinstance(decision, retry.Pause):
            Company.objects.filter(pk=company.pk).update(paused_until=decision.until)
    except QuickBooksError as error:
        log.warning("company %s: %s", company.pk, error)
        importing.trouble(company, error)
    except OperationalError:
        log.exception("company %s: the database is out of reach", company.pk)
    return Outcome.BLOCKED


def _work(company: Company, client: Client, lease: Held) -> bool:
    with usage.doing(usage.PUSH):
        worked = push.carry(company, client, lease, lambda: _others_wait(company))
    if _creation_in_doubt(company):
        # What we would read might be the very object whose creation we have not heard about: first that.
        return worked
    with usage.doing(usage.NEWS):
        worked |= pull.read_noted(company, client, lease)
    if pull.is_out_of_reach(company):
        importing.start(company)
    with usage.doing(usage.IMPORT):
        if importing.step(company, client, lease):
            return True
    if pull.is_due(company):
        with usage.doing(usage.CHANGES):
            complete = pull.catch_up(company, client, lease, without=importing.refused(company))
        if not complete:
            importing.start(company)
        return True
    with usage.doing(usage.PROOF):
        return errands.step(company, client, lease) or worked


def _others_wait(company: Company) -> bool:
    """Whether there is something to read for this company, or something to send for another one."""
    if _to_read(company).exists() or importing.running(company) or pull.is_due(company):
        return True
    waiting = OutboxEntry.objects.exclude(company=company).filter(state=OutboxEntry.State.WAITING)
    return waiting.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now())).exists()


def _to_read(company: Company) -> QuerySet[InboxEntry]:
    return InboxEntry.objects.filter(company=company, state=InboxEntry.State.WAITING)


def _creation_in_doubt(company: Company) -> bool:
    in_flight = OutboxEntry.objects.filter(company=company, state=OutboxEntry.State.IN_FLIGHT)
    return in_flight.filter(request__state=Request.State.OPEN).exists()


def _came_meanwhile(company_id: int) -> bool:
    """Whether work was noted while we held the lease: its own wake-up found the lease taken and left."""
    company = Company.objects.workable().filter(pk=company_id).first()
    return company is not None and _has_work(company)


def _has_work(company: Company) -> bool:
    if push.has_due(company):
        return True
    if _creation_in_doubt(company):
        return False  # or it would be asked for again and again, while nothing may be read
    return (
        _to_read(company).exists()
        or bool(importing.running(company))
        or pull.is_due(company)
        or errands.is_due(company)
    )


def due_companies(now: datetime | None = None) -> list[int]:
    """Companies with anything to do: what the sweep wakes, should a wake-up have been lost."""
    return [company.pk for company in Company.objects.workable(now) if _has_work(company)]


def book_next_wake(company_id: int) -> datetime | None:
    """When to look at the company again for what waits for its time; None when nothing does, or a wake-up is booked.

    Booked once: every run asks, and without that each of them would keep a chain of wake-ups going.
    """
    at = _next_time(company_id)
    if at is None:
        return None
    now = timezone.now()
    unbooked = Q(next_wake_at=None) | Q(next_wake_at__lte=now) | Q(next_wake_at__gt=at)
    booked = Company.objects.filter(unbooked, pk=company_id).update(next_wake_at=max(at, now))
    return at if booked else None


def _next_time(company_id: int) -> datetime | None:
    company = Company.objects.filter(pk=company_id, connection=Connection.CONNECTED).first()
    if company is None:
        return None  # whoever connects it again wakes the worker
    if company.paused_until and company.paused_until > timezone.now():
        return company.paused_until
    next_time: datetime | None = push.movable(company).aggregate(at=Min("next_attempt_at"))["at"]
    return next_time
