"""The tokens of a company: stored encrypted, refreshed by one process at a time, never shown.

Two refreshes at once end the connection (facts 1.5), so a refresh happens under a lease; no database lock is held
while Intuit is asked. The rotated token is stored before it is used.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from qbo import notices, oauth
from qbo.api.errors import AuthenticationFailed, Unreachable
from qbo.crypto import UnreadableSecret
from qbo.models import Company, Connection
from qbo.sync import leases

log = logging.getLogger("qbo.tokens")

#: Refreshed this long before the access token's hour is over.
EARLY = timedelta(minutes=5)
#: Longer than the longest refresh, which is a discovery document and two attempts (`oauth.TIMEOUT`).
LEASE_TTL = timedelta(seconds=150)
WAIT_SECONDS = 30
#: Trouble with the sign-in is not over in a second.
RETRY_SECONDS = 60.0


class ReconnectNeeded(AuthenticationFailed):
    """Only a person can help: connect to QuickBooks again."""


class SignInTrouble(Unreachable):
    """No token for the moment, though the connection may be as good as ever. Nothing was sent; it is tried again."""

    def __init__(self, summary: str) -> None:
        super().__init__(summary, retry_after=RETRY_SECONDS)


def oauth_config() -> oauth.OAuthConfig:
    """Our app as Intuit (or the emulator) knows it."""
    discovery = (
        f"{settings.QBO_EMULATOR_URL}/.well-known/openid_sandbox_configuration/"
        if settings.QBO_ENVIRONMENT == "emulator"
        else settings.QBO_ENVIRONMENT
    )
    return oauth.OAuthConfig(
        settings.QBO_CLIENT_ID,
        settings.QBO_CLIENT_SECRET,
        f"{settings.PORTAL_URL}/connect/callback/",
        discovery,
    )


def store(company: Company, tokens: oauth.Tokens) -> None:
    """Put new tokens on the company and save them at once."""
    now = timezone.now()
    company.access_token = tokens.access_token
    company.access_expires_at = now + timedelta(seconds=tokens.access_expires_in)
    company.refresh_token = tokens.refresh_token
    company.refresh_expires_at = now + timedelta(seconds=tokens.refresh_expires_in)
    if tokens.hard_expires_in:
        company.hard_expires_at = now + timedelta(seconds=tokens.hard_expires_in)
    company.save(update_fields=[*TOKEN_FIELDS, "hard_expires_at"])


TOKEN_FIELDS = ("access_token", "access_expires_at", "refresh_token", "refresh_expires_at")


class TokenKeeper:
    """Gives the API client a company's access token, refreshed when it is about to run out (a `TokenSource`)."""

    def __init__(self, company: Company) -> None:
        self.company = company

    def access_token(self) -> str:
        """A token good for the next call. ReconnectNeeded when there is none to be had, SignInTrouble when there is
        none now."""
        self._require_connection()
        with _readable():
            return (
                self.company.access_token if self._is_fresh() else self._refreshed(self.company.access_token)
            )

    def refreshed(self, rejected: str) -> str:
        """Another token than the one QuickBooks has just rejected; raises as `access_token`."""
        with _readable():
            return self._refreshed(rejected)

    def _refreshed(self, old: str) -> str:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            with leases.hold(f"tokens:{self.company.pk}", LEASE_TTL) as held:
                self._reload()
                if self._is_fresh() and self.company.access_token != old:
                    return self.company.access_token  # somebody else was quicker
                if held:
                    return self._refresh(held)
            if time.monotonic() > deadline:
                raise SignInTrouble("Another process is refreshing the token and does not come back.")
            time.sleep(0.2)

    def _refresh(self, held: leases.Held) -> str:
        try:
            tokens = self._ask()
        except oauth.InvalidGrant as error:
            reconnect_needed(self.company)
            raise ReconnectNeeded("QuickBooks no longer accepts the connection.") from error
        except oauth.OAuthFailed as error:
            raise SignInTrouble(str(error)) from error
        with transaction.atomic():
            held.check()
            store(self.company, tokens)
        log.info("refreshed the access token of company %s", self.company.pk)
        return self.company.access_token

    def _ask(self) -> oauth.Tokens:
        """One odd invalid_grant is asked about twice: an outage of Intuit's looks the same (facts 1.7)."""
        try:
            return oauth.refresh(oauth_config(), self.company.refresh_token)
        except oauth.InvalidGrant:
            time.sleep(1)
            return oauth.refresh(oauth_config(), self.company.refresh_token)

    def _is_fresh(self) -> bool:
        ends = self.company.access_expires_at
        return bool(self.company.access_token and ends and ends - timezone.now() > EARLY)

    def _reload(self) -> None:
        self.company.refresh_from_db(fields=[*TOKEN_FIELDS, "connection"])
        self._require_connection()

    def _require_connection(self) -> None:
        if self.company.connection != Connection.CONNECTED:
            raise ReconnectNeeded("The company is not connected to QuickBooks.")


@contextmanager
def _readable() -> Iterator[None]:
    """A secret that no key opens any more is as good as none."""
    try:
        yield
    except UnreadableSecret as error:
        raise ReconnectNeeded(str(error)) from error


def reconnect_needed(company: Company) -> None:
    """QuickBooks does not let us in any more: mark it and tell the managers, once. What is queued stays queued."""
    # Conditional on when it was made, so that a connection made anew in this very moment is not thrown away.
    known = Company.objects.filter(
        pk=company.pk, connection=Connection.CONNECTED, connected_at=company.connected_at
    )
    company.connection = Connection.RECONNECT
    if known.update(connection=Connection.RECONNECT):
        notices.reconnect_needed(company)


def encrypt_again(company: Company) -> None:
    """Write a company's tokens with the newest key, while no refresh is under way."""
    keeper_lease = f"tokens:{company.pk}"
    with leases.hold(keeper_lease, LEASE_TTL) as held:
        if held is None:
            raise RuntimeError(f"The tokens of {company} are being refreshed right now. Run this again.")
        company.refresh_from_db(fields=[*TOKEN_FIELDS])
        # Assigned, not just saved: what was only read goes back as it is.
        company.access_token, company.refresh_token = company.access_token, company.refresh_token
        company.save(update_fields=["access_token", "refresh_token"])
