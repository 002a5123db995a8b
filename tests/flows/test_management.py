"""The commands about QuickBooks, against a real emulator and a real web process."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from qbo.models import Company, Connection, OutboxEntry
from tests.emulator_process import EmulatorCompany

Work = Callable[[], None]


def said(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_import_shows_how_far_it_is(connected: Company, qb: EmulatorCompany) -> None:
    qb.create("Customer", {"DisplayName": "Alder Court"})

    assert "100 %" in said("qbo_import", "--company", connected.name)
    assert Customer.objects.get().display_name == "Alder Court"


def test_compare_finds_what_was_deleted_meanwhile(company: Company, qb: EmulatorCompany) -> None:
    qb.create("Customer", {"DisplayName": "Alder Court"})
    assert "100 %" in said("qbo_compare")
    assert Customer.objects.count() == 1


def test_push_sends_what_waits_for_its_next_try(company: Company, qb: EmulatorCompany, work: Work) -> None:
    qb.fault("500", method="POST", count=4)
    Customer.objects.create(company=company, display_name="Alder Court")
    work()
    assert OutboxEntry.objects.get().next_attempt_at is not None

    assert "0 still to send, 0 need a person" in said("qbo_push", "--company", str(company.pk))
    assert len(qb.all("Customer")) == 1


def test_changes_takes_in_what_changed_there(company: Company, qb: EmulatorCompany) -> None:
    qb.edit("Customer", changes={"DisplayName": "Alder Court"}, operation="create")
    assert "is here" in said("qbo_changes", "--company", company.realm_id)
    assert Customer.objects.get().display_name == "Alder Court"


def test_retry_says_what_became_of_each(company: Company, qb: EmulatorCompany, work: Work) -> None:
    vendor = qb.create("Vendor", {"DisplayName": "Alder Court"})
    Customer.objects.create(company=company, display_name="Alder Court")
    work()
    assert "needs you" in said("qbo_retry", "--code", "6240")
    qb.edit("Vendor", vendor["Id"], {"DisplayName": "Somebody else"})
    assert "done" in said("qbo_retry")


def test_status_asks_nobody(company: Company, qb: EmulatorCompany) -> None:
    before = len(qb.requests())
    text = said("qbo_status")
    for words in ("Connected", "needs a person", "calls this month"):
        assert words in text
    assert len(qb.requests()) == before


def test_a_company_that_is_not_connected_says_so(company: Company) -> None:
    Company.objects.update(connection=Connection.RECONNECT)
    with pytest.raises(CommandError, match="not connected"):
        said("qbo_push", "--company", str(company.pk))
    with pytest.raises(CommandError, match="No company is connected"):
        said("qbo_push")


@pytest.mark.filterwarnings("ignore:No directory at")  # WhiteNoise: nothing is collected here
def test_the_doctor_finds_nothing_wrong_with_a_portal_that_runs(
    company: Company, live_server: Any, settings: Any
) -> None:
    settings.PORTAL_URL = live_server.url
    settings.QBO_WEBHOOK_TOKEN = "verifier"
    settings.TOKEN_KEYS = settings.TOKEN_KEYS or ["a key"]
    text = said("qbo_doctor")

    assert "takes a signed delivery" in text
    assert "WRONG" not in text


def test_the_doctor_names_each_thing_with_its_remedy(company: Company, settings: Any, work: Work) -> None:
    settings.PORTAL_URL = "http://portal.kestrel.example"
    settings.QBO_CLIENT_SECRET = ""
    settings.QBO_EMULATOR_URL = "http://127.0.0.1:1"
    Company.objects.update(connection=Connection.RECONNECT)
    output = StringIO()
    with pytest.raises(CommandError, match="things to put right") as failure:
        call_command("qbo_doctor", stdout=output)
    text = output.getvalue()

    assert failure.value.returncode == 1
    for words in (
        "Copy it from your app's keys",
        "Intuit takes https only",
        "cannot reach",
        "A manager clicks",
    ):
        assert words in text
