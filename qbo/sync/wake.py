"""Waking the worker. A wake-up may get lost: the outbox and the inbox are the truth, and a sweep finds the rest."""

import time
from dataclasses import dataclass

from django.db import connection, transaction


@dataclass(frozen=True)
class _Wake:
    company_id: int

    def __call__(self) -> None:
        from qbo.tasks import sync_company  # the task imports the engine, which imports this module

        sync_company(self.company_id)


#: News comes in bursts: what follows within this many seconds is read together with the first.
GATHER = 1.0
_booked: dict[int, float] = {}


@dataclass(frozen=True)
class _WakeSoon:
    company_id: int

    def __call__(self) -> None:
        from qbo.tasks import sync_company

        now = time.monotonic()
        if _booked.get(self.company_id, 0.0) > now:
            return  # a wake-up is booked for later than this news
        _booked[self.company_id] = now + GATHER * 0.9
        sync_company.schedule((self.company_id,), delay=GATHER)


def soon_after_commit(company_id: int) -> None:
    """The same within a second or two, for news: a burst of it is one wake-up, and few reads."""
    transaction.on_commit(_WakeSoon(company_id), robust=True)


def after_commit(company_id: int) -> None:
    """Wake the worker for a company once the current transaction is on disk; once per transaction is enough."""
    wake = _Wake(company_id)
    if not any(waiting[1] == wake for waiting in connection.run_on_commit):
        # robust: with the job storage out of reach the edit is still saved, and the sweep will find it.
        transaction.on_commit(wake, robust=True)
