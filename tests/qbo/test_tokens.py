"""The tokens of a company: refreshed once, by one process, and never lost to somebody else's trouble."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from customers.models import Customer
from qbo import oauth, tokens
from qbo.crypto import UnreadableSecret
from qbo.models import Company, Connection, OutboxEntry
from qbo.sync import leases, worker
from tests.crash.test_kill import engine
from tests.emulator_process import EmulatorCompany
from tests.factories import UserFactory
from tests.flows.both_sides import assert_in_step
from tests.flows.conftest import *  # noqa: F403

Work = Callable[[], None]
ASK = """
import sys
import django
django.setup()
from qbo.clients import client_for
from qbo.models import Company
company = Company.objects.get()
print("ready", flush=True)
sys.stdin.readline()
client_for(company).company_info()
"""


def expire(company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(access_expires_at=timezone.now() - timedelta(minutes=1))


def refreshes(qb: EmulatorCompany) -> int:
    rows = qb.emulator.control("GET", "requests")
    return sum(
        row["path"].endswith("tokens/bearer") and qb.refresh_token in (row["body"] or "") for row in rows
    )


def test_two_processes_refresh_once(connected: Company, qb: EmulatorCompany) -> None:
    expire(connected)
    environment = {
        **os.environ,
        **engine(),
        "QBO_ENVIRONMENT": "emulator",
        "QBO_EMULATOR_URL": qb.emulator.url,
        "QBO_CLIENT_ID": qb.client_id,
        "QBO_CLIENT_SECRET": qb.client_secret,
    }
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    both = [
        subprocess.Popen([sys.executable, "-c", ASK], env=environment, text=True, **pipes) for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in both:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors

    connected.refresh_from_db()
    assert connected.connection == Connection.CONNECTED
    assert refreshes(qb) == 1


@pytest.mark.parametrize(
    "error",
    [
        oauth.OAuthUnreachable("no answer", outcome_known=False),
        oauth.InvalidClient(status=401, error="invalid_client"),
        oauth.OAuthFailed("refused without a reason", status=400),
    ],
)
def test_a_sign_in_that_is_out_of_order_is_tried_again_by_itself(
    company: Company,
    qb: EmulatorCompany,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    error: oauth.OAuthFailed,
) -> None:
    def broken(*_: Any) -> None:
        raise error

    expire(company)
    Customer.objects.create(company=company, display_name="Alder Court")
    with monkeypatch.context() as patch:
        patch.setattr(oauth, "refresh", broken)
        patch.setattr("qbo.api.transport.time.sleep", lambda _: None)
        work()
    company.refresh_from_db()
    assert company.connection == Connection.CONNECTED
    assert OutboxEntry.objects.get().state == OutboxEntry.State.WAITING

    work()
    assert_in_step(company, qb)


def test_waiting_in_vain_for_another_one_to_refresh_is_no_lost_connection(
    company: Company, qb: EmulatorCompany, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "WAIT_SECONDS", 0.1)
    expire(company)
    Customer.objects.create(company=company, display_name="Alder Court")
    with leases.hold(f"tokens:{company.pk}"):
        work()
    company.refresh_from_db()
    assert company.connection == Connection.CONNECTED

    work()
    assert_in_step(company, qb)


def test_the_lease_outlasts_the_longest_refresh() -> None:
    discovery_and_two_tries = 3 * sum(oauth.TIMEOUT) + 1
    assert timedelta(seconds=discovery_and_two_tries) < tokens.LEASE_TTL


@pytest.fixture
def lost_key(company: Company, settings: Any) -> Company:
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    return Company.objects.get(pk=company.pk)


def test_a_lost_key_costs_a_reconnect_and_nothing_else(
    lost_key: Company, qb: EmulatorCompany, work: Work, client: Browser
) -> None:
    client.force_login(UserFactory(is_superuser=True))
    Customer.objects.create(company=lost_key, display_name="Alder Court")
    assert lost_key.pk in worker.due_companies()
    work()
    lost_key.refresh_from_db(fields=["connection"])
    assert lost_key.connection == Connection.RECONNECT
    assert client.get(lost_key.get_absolute_url()).status_code == 200

    fresh = qb.new_tokens()
    tokens.store(lost_key, oauth.Tokens(fresh.access_token, fresh.refresh_token, 3600, 8640000))
    Company.objects.update(connection=Connection.CONNECTED)
    work()
    assert_in_step(lost_key, qb)


def test_saving_a_company_leaves_a_secret_that_it_cannot_read_alone(lost_key: Company, settings: Any) -> None:
    lost_key.name = "Renamed"
    lost_key.save()
    with pytest.raises(UnreadableSecret):
        _ = lost_key.access_token

    settings.TOKEN_KEYS = []
    assert Company.objects.get().refresh_token


def test_secrets_are_encrypted_in_the_database_and_again_with_a_new_key(
    company: Company, settings: Any
) -> None:
    def stored() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT access_token FROM qbo_company")
            return str(cursor.fetchone()[0])

    before, token = stored(), company.access_token
    assert token not in before
    old = settings.TOKEN_KEYS
    settings.TOKEN_KEYS = [Fernet.generate_key().decode(), *(old or [])]
    if old:
        tokens.encrypt_again(company)
        assert stored() != before
        settings.TOKEN_KEYS = settings.TOKEN_KEYS[:1]
        assert Company.objects.get().access_token == token
