"""A QuickBooks API client for a company: its tokens, its pace, and no call inside a database transaction."""

from django.conf import settings
from django.db import connection

from qbo import pace, usage
from qbo.api import Call, Client, Session, Transport
from qbo.api.transport import TIMEOUT, Outcome
from qbo.models import Company
from qbo.tokens import TokenKeeper

HOSTS = {
    "sandbox": "https://sandbox-quickbooks.api.intuit.com",
    "production": "https://quickbooks.api.intuit.com",
}

#: For a person who waits before an empty page: seconds to connect and to answer, and how often to try again.
PATIENCE: tuple[float, float] = (3.05, 10.0)
PERSON_RETRIES = 1


def client_for(
    company: Company,
    session: Session | None = None,
    *,
    timeout: tuple[float, float] = TIMEOUT,
    retries: int = 3,
    action: str | None = None,
) -> Client:
    """A client for one slice of the worker's work. `action` says what its calls are made for, where `usage.doing` does
    not."""

    def before(call: Call) -> None:
        if connection.in_atomic_block:
            raise InsideTransaction(f"{call.method} {call.path} inside a database transaction")
        pace.before(company.pk, call)

    def after(call: Call, outcome: Outcome) -> None:
        pace.after(company.pk, outcome)
        usage.record(company.pk, call, outcome, action)

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
        before=before,
        after=after,
    )
    return Client(transport)


def client_for_person(company: Company) -> Client:
    """A client for the few views that ask QuickBooks directly: it gives up while somebody is still there to read so."""
    return client_for(company, timeout=PATIENCE, retries=PERSON_RETRIES, action=usage.PAGE)


class InsideTransaction(RuntimeError):
    """Somebody is about to ask QuickBooks while a database transaction is open: a mistake of ours."""
