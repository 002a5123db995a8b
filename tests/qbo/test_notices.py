"""Reminders: in time, once each, and to those who can do something about it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from qbo import notices, tasks
from qbo.models import Company, Connection, Notice, Role, Usage
from tests.factories import CompanyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    company = CompanyFactory()
    MembershipFactory(company=company, role=Role.MANAGER, user__email="boss@kestrel.example")
    MembershipFactory(company=company, role=Role.BILLER, user__email="clerk@kestrel.example")
    return company


def remind(company: Company, days: float) -> list[str]:
    """The subjects of what goes out when the connection has so many days left."""
    mail.outbox.clear()
    Company.objects.filter(pk=company.pk).update(
        refresh_expires_at=timezone.now() + timedelta(days=days, minutes=5)
    )
    tasks.remind.call_local()
    assert all(message.to == ["boss@kestrel.example"] for message in mail.outbox)
    return [message.subject for message in mail.outbox]


def again(company: Company) -> list[str]:
    mail.outbox.clear()
    tasks.remind.call_local()
    return [message.subject for message in mail.outbox]


@pytest.mark.parametrize(
    ("days", "words"), [(14, "14 days"), (10, "10 days"), (7, "7 days"), (1, "1 day"), (0, "0 days")]
)
def test_managers_are_reminded_ahead_of_time_and_once(company: Company, days: int, words: str) -> None:
    assert remind(company, days) == [f"{company.name}: connect to QuickBooks again within {words}"]
    assert again(company) == []


def test_each_step_has_its_own_reminder(company: Company) -> None:
    ends = timezone.now() + timedelta(days=13)
    Company.objects.filter(pk=company.pk).update(refresh_expires_at=ends)
    sent = []
    for days_left in (13, 12, 7, 3, 1, 0):
        company.refresh_from_db()
        sent.append(_reminders_at(company, ends - timedelta(days=days_left, minutes=1)))
    assert sent == [1, 0, 1, 0, 1, 0]


def _reminders_at(company: Company, moment: Any) -> int:
    mail.outbox.clear()
    with time_machine.travel(moment, tick=False):
        notices.reconnect_soon(company)
    return len(mail.outbox)


def test_nobody_is_reminded_early_or_of_what_is_over(company: Company) -> None:
    assert remind(company, 15) == []
    Company.objects.update(connection=Connection.DISCONNECTED)
    assert remind(company, 5) == []


def test_a_mail_server_that_is_down_is_tried_again(company: Company, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    remind(company, 5)
    assert not Notice.objects.exists()

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert len(remind(company, 5)) == 1


def test_those_who_run_the_portal_hear_once_a_month_that_reads_run_out(
    company: Company, settings: Any
) -> None:
    settings.QBO_MONTHLY_READS = 100
    UserFactory(is_superuser=True, email="root@kestrel.example")
    Usage.objects.create(company=company, day=timezone.localdate(), action="x", metered=79)
    assert again(company) == []
    Usage.objects.update(metered=80)
    assert again(company) == ["QuickBooks: 80% of this month's reads are used"]
    assert mail.outbox[0].to == ["root@kestrel.example"]
    assert again(company) == []
