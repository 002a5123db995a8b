"""What every record that lives on both sides has in common."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from qbo.api.payloads import CanonicalEncoder, DecimalDecoder
from qbo.models.company import Company


class SyncState(models.TextChoices):
    """What the page says about a record, in the words it uses."""

    WAITING = "waiting", "On its way"
    SENDING = "sending", "Sending"
    RETRYING = "retrying", "Retrying by itself"
    IN_QUICKBOOKS = "in_quickbooks", "In QuickBooks"
    NEEDS_YOU = "needs_you", "Needs you"
    CONFLICT = "conflict", "Changed on both sides"
    ONLY_HERE = "only_here", "Only here"
    GONE = "gone", "Gone from QuickBooks"


class MirroredQuerySet(models.QuerySet[Any]):
    def present(self) -> Self:
        """Without what QuickBooks has deleted."""
        return self.filter(gone_at=None)


class MirroredModel(models.Model):
    """A row that stands for one QuickBooks object.

    `qbo_id` is empty until QuickBooks has the object. `version` counts every change of the row from either side;
    forms carry the version they were opened on. `sync_state` repeats, for lists and filters, what the outbox
    knows (`qbo.sync.states`). Rows are never removed: `gone_at` marks what QuickBooks has deleted.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    qbo_id = models.CharField("QuickBooks id", max_length=32, blank=True, editable=False)
    sync_token = models.PositiveIntegerField(null=True, blank=True, editable=False)
    sync_state = models.CharField(
        "in QuickBooks", max_length=13, choices=SyncState, default=SyncState.ONLY_HERE, editable=False
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    qbo_created_at = models.DateTimeField(null=True, blank=True, editable=False)
    qbo_updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    gone_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Any]] = MirroredQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["company", "qbo_id"], condition=~Q(qbo_id=""), name="%(class)s_once_per_company"
            ),
            models.CheckConstraint(
                condition=~Q(qbo_id="") | Q(sync_token=None), name="%(class)s_token_needs_an_id"
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Count the change; `version` is part of every partial save too."""
        is_new = self.pk is None
        self.version = 1 if is_new else F("version") + 1
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "version", "updated_at"}
        super().save(*args, **kwargs)
        if not is_new:
            self.refresh_from_db(fields=["version"])

    @property
    def is_gone(self) -> bool:
        return self.gone_at is not None


class AgreedCopy(models.Model):
    """The last JSON both sides agreed on: what a push compares with, and the base of every merge."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    entity = models.CharField(max_length=30)
    object_id = models.BigIntegerField()
    payload = models.JSONField(encoder=CanonicalEncoder, decoder=DecimalDecoder)
    agreed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "agreed copies"
        constraints = [
            models.UniqueConstraint(fields=["entity", "object_id"], name="one_agreed_copy_per_object")
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.object_id}"


class Conflict(models.Model):
    """The same group of fields changed on both sides. Both values are kept until, and after, a person decides.

    `base`, `ours` and `theirs` hold the modelled part of the object (a mapping's view) as it was agreed, is here,
    and is in QuickBooks; `groups` names the clashing groups; `remote` is QuickBooks' whole object.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="conflicts")
    entity = models.CharField(max_length=30)
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=255)
    groups = models.JSONField(default=list)
    base = models.JSONField(encoder=CanonicalEncoder, decoder=DecimalDecoder)
    ours = models.JSONField(encoder=CanonicalEncoder, decoder=DecimalDecoder)
    theirs = models.JSONField(encoder=CanonicalEncoder, decoder=DecimalDecoder)
    remote = models.JSONField(encoder=CanonicalEncoder, decoder=DecimalDecoder)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    choices = models.JSONField(default=dict, blank=True, help_text="Group name: ours or theirs.")
    by_policy = models.BooleanField(default=False, help_text="Decided as laid down in the settings.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "object_id"],
                condition=Q(resolved_at=None),
                name="one_open_conflict_per_object",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} was changed on both sides"
