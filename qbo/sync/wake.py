"""Waking the worker. A wake-up may get lost: the outbox and the inbox are the truth, and a sweep finds the rest."""

from dataclasses import dataclass

from django.db import connection, transaction


@dataclass(frozen=True)
class _Wake:
    company_id: int

    def __call__(self) -> None:
        from qbo.tasks import sync_company  # the task imports the engine, which imports this module

        sync_company(self.company_id)


def after_commit(company_id: int) -> None:
    """Wake the worker for a company once the current transaction is on disk; once per transaction is enough."""
    wake = _Wake(company_id)
    if not any(waiting[1] == wake for waiting in connection.run_on_commit):
        # robust: with the job storage out of reach the edit is still saved, and the sweep will find it.
        transaction.on_commit(wake, robust=True)
