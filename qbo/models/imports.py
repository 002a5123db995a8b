"""The first import, and every later full read."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from qbo.models.company import Company


class ImportRun(models.Model):
    """One full read of a company, page by page. `steps` remembers where each entity stands, so that a run that was
    interrupted goes on with the next page: `[{"entity", "total", "done", "position", "last", "finished", "refused"?}]`,
    the last with QuickBooks' words for a list that it does not let us read.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="imports")
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    steps = models.JSONField(default=list)
    problem = models.TextField(blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    quickbooks_time = models.DateTimeField(
        null=True,
        blank=True,
        help_text="QuickBooks' clock when the run began: changes since then are asked for next.",
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=Q(state="running"), name="one_import_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"Import of {self.company}, {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def total(self) -> int:
        return sum(step["total"] or 0 for step in self.steps)

    @property
    def done(self) -> int:
        return sum(step["done"] for step in self.steps)

    @property
    def percent(self) -> int:
        """Whole percent of the rows that were counted; 100 only when the run has ended."""
        if self.state == self.State.DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0
