"""How often each company asks QuickBooks: the turn of its next call, and what it has asked so far."""

from django.db import models

from qbo.models.company import Company


class Pace(models.Model):
    """When a company may ask QuickBooks next; one row for every process there is (`qbo.pace`).

    Moments are microseconds since 1970 by the portal's clock, as whole numbers, so that a turn can be taken by
    comparing and setting.
    """

    company = models.OneToOneField(Company, primary_key=True, on_delete=models.CASCADE, related_name="pace")
    next_call = models.BigIntegerField(default=0)
    next_batch = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0, help_text="Since QuickBooks last answered.")
    down_since = models.DateTimeField(null=True, blank=True)
    asked_again_at = models.DateTimeField(
        null=True, blank=True, help_text="Nothing is asked before, because QuickBooks is down."
    )

    def __str__(self) -> str:
        return f"Pace of {self.company}"


class Usage(models.Model):
    """The calls of one company on one day for one purpose. Metered are the reads that QuickBooks answered."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    action = models.CharField(max_length=20)
    reads = models.PositiveIntegerField(default=0)
    writes = models.PositiveIntegerField(default=0)
    metered = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "usage"
        ordering = ["-day", "company", "action"]
        constraints = [
            models.UniqueConstraint(fields=["company", "day", "action"], name="one_row_per_day_and_action")
        ]

    def __str__(self) -> str:
        return f"{self.company}, {self.day}: {self.action}"


class Notice(models.Model):
    """An e-mail that goes out once, such as "connect again within seven days"."""

    key = models.CharField(max_length=100, unique=True)
    sent_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key
