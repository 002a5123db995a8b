"""What becomes of an outbox entry after a failure. Pure: the error, the attempts so far and the time decide."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from qbo.api.errors import Fate, QuickBooksError, Throttled

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
THROTTLE_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True)
class Retry:
    """By itself, at `at`."""

    at: datetime


@dataclass(frozen=True)
class Pause:
    """The whole company waits until `until`: QuickBooks asked us to slow down."""

    until: datetime


@dataclass(frozen=True)
class Park:
    """A person has to look."""


@dataclass(frozen=True)
class Reconnect:
    """Nothing goes before somebody has connected again; the entry stays as it is."""


@dataclass(frozen=True)
class Reread:
    """QuickBooks has a newer version: read it, merge, try again."""


Decision = Retry | Pause | Park | Reconnect | Reread


def decide(error: QuickBooksError, attempts: int, now: datetime) -> Decision:
    """`attempts` counts those made, this one included."""
    if isinstance(error, Throttled):
        return Pause(now + (timedelta(seconds=error.retry_after) if error.retry_after else THROTTLE_PAUSE))
    match error.fate:
        case Fate.RETRY:
            return Retry(now + min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE))
        case Fate.RECONNECT:
            return Reconnect()
        case Fate.CONFLICT:
            return Reread()
        case _:
            return Park()
