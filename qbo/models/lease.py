"""A lock that ends by itself, so that a dead worker never holds one for ever."""

from django.db import models


class Lease(models.Model):
    """Who may work on `name` until `expires_at`. `fence` grows with each new holder and is checked by every
    write-back, so that a holder that was away too long cannot write over its successor. See `qbo.sync.leases`."""

    name = models.CharField(max_length=80, unique=True)
    holder = models.CharField(max_length=200, blank=True)
    fence = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}, fence {self.fence}"
