"""A QuickBooks API client for a company: its tokens, its pace, and no call inside a database transaction."""

import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection

from qbo.api import Call, Client, Session, Transport
from qbo.api.transport import TIMEOUT
from qbo.models import Company
from qbo.tokens import TokenKeeper

HOSTS = {
    "sandbox": "https://sandbox-quickbooks.api.intuit.com",
    "production": "https://quickbooks.api.intuit.com",
}

#: For a person who waits before an empty page: seconds to connect and to answer, and how often to try again.
PATIENCE: tuple[float, float] = (3.05, 10.0)
PERSON_RETRIES = 1

#: Below QuickBooks' 10 a second and 500 a minute (facts 7.1).
CALLS_PER_SECOND = 8


def client_for(
    company: Company,
    session: Session | None = None,
    *,
    timeout: tuple[float, float] = TIMEOUT,
    retries: int = 3,
) -> Client:
    """A client for one slice of the worker's work."""
    base_url = (
        settings.QBO_EMULATOR_URL
        if settings.QBO_ENVIRONMENT == "emulator"
        else HOSTS[settings.QBO_ENVIRONMENT]
    )
    transport = Transport(
        base_url,
        company.realm_id,
        TokenKeeper(company),
        session=session,
        timeout=timeout,
        retries=retries,
        before=_before_call(company.pk),
    )
    return Client(transport)


def client_for_person(company: Company) -> Client:
    """A client for the few views that ask QuickBooks directly: it gives up while somebody is still there to read so."""
    return client_for(company, timeout=PATIENCE, retries=PERSON_RETRIES)


class InsideTransaction(RuntimeError):
    """Somebody is about to ask QuickBooks while a database transaction is open: a mistake of ours."""


_next_call: dict[int, float] = {}
_pace = threading.Lock()


def _before_call(company_id: int) -> Callable[[Call], None]:
    def before(call: Call) -> None:
        if connection.in_atomic_block:
            raise InsideTransaction(f"{call.method} {call.path} inside a database transaction")
        time.sleep(_pause(company_id))

    return before


def _pause(company_id: int) -> float:
    """Seconds until this process may ask for the company again."""
    with _pace:
        now = time.monotonic()
        turn = max(now, _next_call.get(company_id, 0.0))
        _next_call[company_id] = turn + 1 / CALLS_PER_SECOND
        return turn - now
