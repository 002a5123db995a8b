"""What still has to reach QuickBooks, and the requests that carry it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from qbo.api import calls, payloads
from qbo.api.payloads import CanonicalEncoder, DecimalDecoder
from qbo.models.company import Company


class Request(models.Model):
    """One HTTP request to QuickBooks, stored before it leaves (write-ahead).

    `requestid` is used again, with the same bytes, only while the outcome is unknown; any definite answer, a fault
    included, ends it. So a lost answer is replayed and never becomes a second invoice.
    """

    class State(models.TextChoices):
        OPEN = "open", "Outcome unknown"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="requests")
    requestid = models.CharField(max_length=36, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=200)
    params = models.JSONField(default=list, blank=True)
    body = models.BinaryField(null=True, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    entity = models.CharField(max_length=30, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    intuit_tid = models.CharField(max_length=100, blank=True)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.requestid})"

    def sent_about(self, entry: "OutboxEntry") -> dict[str, Any]:
        """What it says about an entry's object; empty for a request without a body."""
        found: dict[str, Any] = self._sent.get(entry.bid) or self._sent.get("", {})
        return found

    @cached_property
    def _sent(self) -> dict[str, Any]:
        body = payloads.loads(bytes(self.body or b"{}"))
        if "BatchItemRequest" not in body:
            return {"": body}
        return {item["bId"]: item[calls.batch_entity(item)] for item in body["BatchItemRequest"]}


class Verb(models.TextChoices):
    """`save` says that an object differs; the others are commands, carried out once and in order."""

    SAVE = "save", "Save"
    SEND = "send", "Send by e-mail"
    VOID = "void", "Void"
    DELETE = "delete", "Delete"


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    def unfinished(self) -> Self:
        return self.exclude(state__in=OutboxEntry.FINISHED)

    def of(self, entity: str, object_id: int) -> Self:
        return self.filter(entity=entity, object_id=object_id)

    def need_a_person(self) -> Self:
        return self.filter(state__in=[OutboxEntry.State.NEEDS_YOU, OutboxEntry.State.CONFLICT])


class OutboxEntry(models.Model):
    """One object that differs from what was last agreed with QuickBooks, or one command on it.

    An entry holds no payload: the worker compares the object with its agreed copy when it sends. Only a command
    freezes the edit before it (`frozen`), so that "send, then edit" e-mails what was seen. Entries of one object are
    carried out in the order of their ids.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        IN_FLIGHT = "in_flight", "Sending"
        NEEDS_YOU = "needs_you", "Needs you"
        CONFLICT = "conflict", "Changed on both sides"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    FINISHED = (State.DONE, State.DROPPED)

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="outbox")
    entity = models.CharField(max_length=30)
    object_id = models.BigIntegerField()
    verb = models.CharField(max_length=6, choices=Verb, default=Verb.SAVE)
    options = models.JSONField(
        default=dict, blank=True, help_text="Of a command, such as the address to send to."
    )
    frozen = models.JSONField(null=True, blank=True, encoder=CanonicalEncoder, decoder=DecimalDecoder)
    is_frozen = models.BooleanField(default=False)
    label = models.CharField(max_length=255, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    request = models.ForeignKey(
        Request, null=True, blank=True, on_delete=models.SET_NULL, related_name="entries"
    )
    alone = models.BooleanField(
        default=False, help_text="Refused as a row of a batch, so it is tried in a request of its own."
    )
    sent_version = models.PositiveIntegerField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    merges = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    code = models.CharField("QuickBooks' code", max_length=20, blank=True)
    problem = models.TextField(blank=True)
    detail = models.TextField(blank=True)
    element = models.CharField(max_length=200, blank=True)
    remark = models.CharField(
        max_length=200, blank=True, help_text="Where QuickBooks came to other sums than we had."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(default=timezone.now, help_text="When it was last changed here.")
    updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "outbox entry"
        verbose_name_plural = "outbox"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["company", "state", "next_attempt_at"], name="outbox_due"),
            models.Index(fields=["entity", "object_id", "id"], name="outbox_object"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "object_id"],
                condition=Q(verb="save", is_frozen=False, state__in=["waiting", "needs_you", "conflict"]),
                name="one_open_edit_per_object",
            ),
            models.UniqueConstraint(
                fields=["entity", "object_id"],
                condition=Q(state="in_flight"),
                name="one_in_flight_per_object",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.label or f'{self.entity} {self.object_id}'}"

    @property
    def bid(self) -> str:
        """What a batch calls it."""
        return str(self.pk)
