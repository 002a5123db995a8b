"""News that something changed in QuickBooks: a hint to read it again, not data."""

from django.db import models
from django.db.models import Q

from qbo.models.company import Company


class InboxEntry(models.Model):
    """One object to read again. A burst of news about the same object is one waiting entry."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        PARKED = "parked", "Could not be read"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="inbox")
    entity = models.CharField(max_length=30)
    qbo_id = models.CharField("QuickBooks id", max_length=32)
    reason = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    problem = models.TextField(blank=True)
    happened_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="QuickBooks' time of the change. A record that is as new as this need not be read.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "inbox entry"
        verbose_name_plural = "inbox"
        ordering = ["id"]
        indexes = [models.Index(fields=["company", "state", "entity"], name="inbox_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "entity", "qbo_id"],
                condition=Q(state="waiting"),
                name="one_waiting_hint_per_object",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.qbo_id}"
