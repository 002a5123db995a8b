"""A QuickBooks company (realm) and its connection."""

from datetime import date, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from qbo.api.payloads import CanonicalEncoder, DecimalDecoder
from qbo.crypto import EncryptedTextField


class Connection(models.TextChoices):
    CONNECTED = "connected", "Connected"
    RECONNECT = "reconnect", "Reconnect needed"
    DISCONNECTED = "disconnected", "Disconnected"


class CompanyQuerySet(models.QuerySet["Company"]):
    def seen_by(self, user: Any) -> Self:
        """The companies a user may see at all; somebody else's company does not exist for them."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_superuser else self.filter(memberships__user=user)

    def workable(self, now: datetime | None = None) -> Self:
        """Companies that QuickBooks can be asked about right now."""
        now = now or timezone.now()
        return self.filter(connection=Connection.CONNECTED).filter(
            models.Q(paused_until=None) | models.Q(paused_until__lte=now)
        )


class Company(models.Model):
    """One connected QuickBooks company. Everything mirrored belongs to exactly one.

    Tokens are encrypted at rest and written only by `qbo.tokens`.
    """

    realm_id = models.CharField("QuickBooks company id", max_length=32, unique=True)
    name = models.CharField(max_length=255)
    environment = models.CharField(max_length=12, editable=False)
    country = models.CharField(max_length=3, default="US")
    home_currency = models.CharField(max_length=3, default="USD")
    preferences = models.JSONField(default=dict, blank=True, encoder=CanonicalEncoder, decoder=DecimalDecoder)

    connection = models.CharField(max_length=12, choices=Connection, default=Connection.DISCONNECTED)
    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    connected_at = models.DateTimeField(null=True, blank=True)
    access_token = EncryptedTextField(blank=True, editable=False)
    access_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_token = EncryptedTextField(blank=True, editable=False)
    refresh_expires_at = models.DateTimeField(null=True, blank=True)
    hard_expires_at = models.DateTimeField(null=True, blank=True)

    paused_until = models.DateTimeField(null=True, blank=True)
    changes_seen_until = models.DateTimeField(
        null=True, blank=True, help_text="QuickBooks' own clock: every change before this has been taken in."
    )
    next_wake_at = models.DateTimeField(null=True, blank=True, editable=False)
    look_wanted_at = models.DateTimeField(
        null=True, blank=True, help_text="Somebody asked to look for changes in QuickBooks now."
    )
    caught_up_at = models.DateTimeField(null=True, blank=True)
    last_webhook_at = models.DateTimeField(null=True, blank=True)
    last_push_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "companies"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("dashboard", args=[self.pk])

    @property
    def is_connected(self) -> bool:
        return self.connection == Connection.CONNECTED

    @property
    def connection_ends_at(self) -> datetime | None:
        """When QuickBooks wants a person to connect again; None when that is not known."""
        return min((end for end in (self.refresh_expires_at, self.hard_expires_at) if end), default=None)

    @property
    def days_to_reconnect(self) -> int | None:
        """The same in whole days from now."""
        ends = self.connection_ends_at
        return max((ends - timezone.now()) // timedelta(days=1), 0) if ends else None

    def preference(self, group: str, name: str, default: Any = None) -> Any:
        """One value of QuickBooks' Preferences, such as `preference("SalesFormsPrefs", "CustomTxnNumbers")`."""
        return self.preferences.get(group, {}).get(name, default)

    @property
    def books_closed_through(self) -> date | None:
        """The last day of the closed period, as last read; None while the books are open."""
        day = self.preference("AccountingInfoPrefs", "BookCloseDate")
        return date.fromisoformat(day[:10]) if day else None

    @property
    def custom_numbers(self) -> bool:
        """Whether people number invoices themselves; otherwise QuickBooks gives the next number."""
        return bool(self.preference("SalesFormsPrefs", "CustomTxnNumbers", False))
