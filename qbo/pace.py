"""QuickBooks' limits, counted once per company for every process, web included; and a rest while it is down.

Limits (facts 7.1): 500 calls a minute, 10 a second, 40 batches a minute. We stay five in a hundred below. A call takes
its turn by moving the company's row on, in one short statement; then it waits for it, without any lock.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from qbo.api import Call, QuickBooksError, Response, Throttled
from qbo.api.errors import ServiceUnavailable, TimedOut, Unreachable
from qbo.models import Company, Pace

MICRO = 1_000_000
#: A longer wait is no wait: the company rests, and the worker looks after others.
LONGEST_WAIT = 15.0
#: After so many calls in a row without an answer QuickBooks counts as down, and is asked again after this long, twice
#: as long each time.
FAILURES = 5
FIRST_REST, LONGEST_REST = timedelta(seconds=15), timedelta(minutes=5)


@dataclass(frozen=True)
class Limit:
    """Evenly so many a minute. No minute ever holds more than one above that."""

    per_minute: int

    @property
    def apart(self) -> int:
        """Microseconds between two turns."""
        return 60 * MICRO // self.per_minute


#: 465 a minute is 7.75 a second: both limits hold.
CALLS = Limit(465)
BATCHES = Limit(37)


class NotYet(Throttled):
    """The company has used up its turns for now. Nothing was sent."""

    def __init__(self, seconds: float) -> None:
        super().__init__("QuickBooks' limit of calls is reached.", retry_after=seconds)


class Resting(Unreachable):
    """QuickBooks is down, and it is not yet time to ask again. Nothing was sent."""


def clock() -> float:
    """Seconds since 1970. Benchmarks turn it, together with the emulator's."""
    return time.time()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def before(company_id: int, call: Call) -> None:
    """Wait for the company's turn. Raises NotYet when that is far, and Resting while QuickBooks is down."""
    if not settings.QBO_PACED:
        return
    row = _row(company_id)
    if row.asked_again_at and row.asked_again_at > timezone.now():
        since = timezone.localtime(row.down_since or row.asked_again_at)
        raise Resting(
            f"QuickBooks has not answered since {since:%H:%M}.",
            retry_after=(row.asked_again_at - timezone.now()).total_seconds(),
        )
    sleep(_turn(row, is_batch=call.path == "batch"))


def _turn(row: Pace, *, is_batch: bool) -> float:
    """Take the next turn; the seconds until it comes."""
    while True:
        now = int(clock() * MICRO)
        at = max(now, row.next_call, row.next_batch if is_batch else 0)
        if at - now > LONGEST_WAIT * MICRO:
            raise NotYet((at - now) / MICRO)
        seen = Pace.objects.filter(pk=row.pk, next_call=row.next_call, next_batch=row.next_batch)
        moved = {"next_call": at + CALLS.apart}
        if is_batch:
            moved["next_batch"] = at + BATCHES.apart
        if seen.update(**moved):
            return (at - now) / MICRO
        row = _row(row.pk)  # somebody else took it


def _row(company_id: int) -> Pace:
    row = Pace.objects.filter(pk=company_id).first()
    return row or Pace.objects.get_or_create(company_id=company_id)[0]


def after(company_id: int, outcome: Response | QuickBooksError) -> None:
    """Notice when QuickBooks is down, and when it is back."""
    if not settings.QBO_PACED or isinstance(outcome, Resting | NotYet):
        return
    if not isinstance(outcome, Unreachable | TimedOut | ServiceUnavailable):
        Pace.objects.filter(pk=company_id).exclude(failures=0).update(
            failures=0, down_since=None, asked_again_at=None
        )
        return
    with transaction.atomic():
        row = Pace.objects.select_for_update().get_or_create(company_id=company_id)[0]
        row.failures += 1
        row.down_since = row.down_since or timezone.now()
        if row.failures >= FAILURES:
            rest = FIRST_REST * 2 ** min(row.failures - FAILURES, 10)
            row.asked_again_at = timezone.now() + min(rest, LONGEST_REST)
        row.save(update_fields=["failures", "down_since", "asked_again_at"])


def down_since(company: Company) -> datetime | None:
    """Since when QuickBooks has not been answering for this company; None while it does."""
    row = Pace.objects.filter(company=company, failures__gte=FAILURES).first()
    return row.down_since if row else None
