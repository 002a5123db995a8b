"""E-mails to the people who look after a company."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from qbo import usage
from qbo.models import Company, Notice, Role, User

log = logging.getLogger("qbo.notices")

#: How many days ahead people are reminded to connect again.
REMIND_DAYS = (1, 7, 14)


def managers(company: Company) -> list[str]:
    """The addresses of those who can reconnect the company."""
    people = User.objects.filter(is_active=True).filter(
        Q(is_superuser=True) | Q(memberships__company=company, memberships__role=Role.MANAGER)
    )
    return sorted(set(people.exclude(email="").values_list("email", flat=True)))


def admins() -> list[str]:
    """The addresses of those who run the portal."""
    people = User.objects.filter(is_active=True, is_superuser=True).exclude(email="")
    return sorted(set(people.values_list("email", flat=True)))


def reconnect_needed(company: Company) -> None:
    """Tell the managers that QuickBooks no longer lets us in."""
    _send(
        f"{company.name}: connect to QuickBooks again",
        f"QuickBooks no longer accepts the connection of {company.name}.\n\n"
        "What people enter is kept here and goes out as soon as somebody connects again:\n"
        f"{_connection(company)}\n",
        managers(company),
    )


def reconnect_soon(company: Company) -> None:
    """Tell the managers 14, 7 and 1 days ahead, once each, that the connection ends. Call it as often as you like."""
    ends, days = company.connection_ends_at, company.days_to_reconnect
    if ends is None or days is None or not company.is_connected:
        return
    ahead = min((some for some in REMIND_DAYS if days <= some), default=None)
    if ahead is None:
        return
    _once(
        f"reconnect {company.pk} {ends.date()} {ahead}",
        f"{company.name}: connect to QuickBooks again within {days} day{'' if days == 1 else 's'}",
        f"QuickBooks ends the connection of {company.name} on {ends:%d %B %Y}. "
        "Connecting again takes a minute and loses nothing:\n"
        f"{_connection(company)}\n",
        managers(company),
    )


def budget_short() -> None:
    """Tell those who run the portal, once a month, that QuickBooks' metered reads run out."""
    budget = usage.budget()
    if budget.is_short:
        _once(
            f"budget {timezone.localdate():%Y-%m}",
            f"QuickBooks: {budget.part:.0%} of this month's reads are used",
            f"{budget.used:,} of {budget.allowed:,} reads are used. When none are left, QuickBooks refuses to be read "
            "until the month is over; what people enter still goes out.\n\n"
            f"What they were used for: {settings.PORTAL_URL}/\n",
            admins(),
        )


def _once(key: str, subject: str, text: str, to: list[str]) -> None:
    """Send it unless it was sent before; if the mail server is down, the next call tries again."""
    notice, is_new = Notice.objects.get_or_create(key=key)
    if is_new and not _send(subject, text, to):
        notice.delete()


def _send(subject: str, text: str, to: list[str]) -> bool:
    """False when the mail server takes it not: it stops nothing else."""
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, to)
    except OSError:
        log.exception("could not send: %s", subject)
        return False
    return True


def _connection(company: Company) -> str:
    return f"{settings.PORTAL_URL}{reverse('connection', args=[company.pk])}"
