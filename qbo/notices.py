"""E-mails to the people who look after a company."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.urls import reverse

from qbo.models import Company, Role, User

log = logging.getLogger("qbo.notices")


def managers(company: Company) -> list[str]:
    """The addresses of those who can reconnect the company."""
    people = User.objects.filter(is_active=True).filter(
        Q(is_superuser=True) | Q(memberships__company=company, memberships__role=Role.MANAGER)
    )
    return sorted(set(people.exclude(email="").values_list("email", flat=True)))


def reconnect_needed(company: Company) -> None:
    """Tell the managers that QuickBooks no longer lets us in. A mail server that is down stops nothing else."""
    link = f"{settings.PORTAL_URL}{reverse('connection', args=[company.pk])}"
    try:
        send_mail(
            f"{company.name}: connect to QuickBooks again",
            f"QuickBooks no longer accepts the connection of {company.name}.\n\n"
            "What people enter is kept here and goes out as soon as somebody connects again:\n"
            f"{link}\n",
            settings.DEFAULT_FROM_EMAIL,
            managers(company),
        )
    except OSError:
        log.exception("could not send the reconnect notice of company %s", company.pk)
