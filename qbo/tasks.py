"""Huey's tasks. They are wake-up calls and carry no state: whatever is lost here, the sweep finds within a minute."""

from datetime import timedelta

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from qbo import notices
from qbo.models import Company, Connection
from qbo.sync import worker

#: How long one company is worked on before others get their turn.
PATIENCE = timedelta(seconds=30)


@db_task()
def sync_company(company_id: int) -> None:
    """Do what is due for a company, and come back when the next thing is."""
    if worker.run(company_id, patience=PATIENCE):
        sync_company(company_id)  # at the end of the queue, behind the other companies
        return
    again = worker.book_next_wake(company_id)
    if again is not None:
        seconds = max(1, int((again - timezone.now()).total_seconds()) + 1)
        sync_company.schedule((company_id,), delay=seconds)


@db_periodic_task(crontab(minute="17"))
def remind() -> None:
    """Once an hour: what people should know ahead of time. Each notice goes out once."""
    for company in Company.objects.filter(connection=Connection.CONNECTED):
        notices.reconnect_soon(company)
    notices.budget_short()


@db_periodic_task(crontab(minute="*"))
def sweep() -> None:
    """Wake every company that has something to do."""
    for company_id in worker.due_companies():
        sync_company(company_id)
