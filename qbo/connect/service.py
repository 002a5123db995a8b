"""Connecting a QuickBooks company and letting it go. Intuit is asked outside of transactions."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from qbo import oauth, tokens
from qbo.access import policy
from qbo.api import QuickBooksError
from qbo.clients import client_for_person
from qbo.models import Company, Connection, Lease, Membership, Role
from qbo.sync import importing

log = logging.getLogger("qbo.connect")


class NotYours(Exception):
    """The company that was chosen is connected here already, by others."""


class MayNotConnect(Exception):
    """The person may not bring a further company into this installation."""


def check_may_connect(user: Any, realm_id: str) -> None:
    """Raises NotYours or MayNotConnect; before the code is spent, so that somebody else may still use it."""
    company = Company.objects.filter(realm_id=realm_id).first()
    if company is None:
        if not policy.may_connect_new(user):
            raise MayNotConnect
    elif not policy.may(user, company, "disconnect"):
        raise NotYours


def connect(user: Any, realm_id: str, code: str) -> Company:
    """Trade the code for tokens and connect the company, new or known; start its import.

    A known company keeps its records, links and queue. Raises oauth.OAuthFailed, NotYours, MayNotConnect.
    """
    check_may_connect(user, realm_id)
    company = _store(user, realm_id, oauth.exchange(tokens.oauth_config(), code, realm_id))
    _read_company(company)
    importing.start(company, asked_by=user)
    return company


@transaction.atomic
def _store(user: Any, realm_id: str, found: oauth.Tokens) -> Company:
    company, is_new = Company.objects.select_for_update().get_or_create(
        realm_id=realm_id, defaults={"name": f"Company {realm_id}"}
    )
    _end_refreshes(company)
    company.environment = settings.QBO_ENVIRONMENT
    company.connection = Connection.CONNECTED
    company.connected_by, company.connected_at = user, timezone.now()
    company.paused_until = company.hard_expires_at = None
    company.save(update_fields=["environment", "connection", "connected_by", "connected_at", "paused_until"])
    tokens.store(company, found)
    if is_new:
        Membership.objects.create(user=user, company=company, role=Role.MANAGER)
    return company


def _end_refreshes(company: Company) -> None:
    """Make a refresh that is under way miss its lease, so that it cannot put old tokens over what comes now."""
    Lease.objects.filter(name=f"tokens:{company.pk}").update(
        fence=F("fence") + 1, holder="", expires_at=timezone.now() - timedelta(seconds=1)
    )


def _read_company(company: Company) -> None:
    """The company's name and preferences. The connection stands without them: the import reads them again."""
    try:
        importing.refresh_company(company, client_for_person(company))
    except QuickBooksError as error:
        log.warning("connected company %s, but could not read about it: %s", company.pk, error)


def disconnect(company: Company) -> bool:
    """Forget the tokens and have QuickBooks revoke them; records, links and the queue stay.

    Whether QuickBooks confirmed; where it did not, the access ends there when the token runs out.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=company.pk)
        _end_refreshes(company)
        token = company.refresh_token
        company.connection = Connection.DISCONNECTED
        company.access_token = company.refresh_token = ""
        company.access_expires_at = company.refresh_expires_at = company.hard_expires_at = None
        company.save(update_fields=[*tokens.TOKEN_FIELDS, "hard_expires_at", "connection"])
    return not token or _revoke(company, token)


def _revoke(company: Company, token: str) -> bool:
    try:
        oauth.revoke(tokens.oauth_config(), token)
    except oauth.OAuthFailed as error:
        log.warning("disconnected company %s, but could not revoke its tokens: %s", company.pk, error)
        return False
    return True
