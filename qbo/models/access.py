"""Who may come in, and as what: users, and their role in each company."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in. `is_superuser` is the installation's admin and has every company."""

    email = models.EmailField("e-mail address", unique=True)

    @property
    def initials(self) -> str:
        """Two letters for the account button: "Dana Whitfield" gives DW, "demo" gives DE."""
        names = [self.first_name, self.last_name]
        letters = "".join(name[0] for name in names if name) or self.username[:2]
        return letters.upper()

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Role(models.TextChoices):
    """What a member may do in a company; each role may do all that the one before it may."""

    VIEWER = "viewer", "Viewer: sees everything, changes nothing"
    BILLER = "biller", "Biller: customers, invoices and payments"
    MANAGER = "manager", "Manager: also the connection and who may come in"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Membership(models.Model):
    """One user's role in one company."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey("qbo.Company", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="one_role_per_company")]

    def __str__(self) -> str:
        return f"{self.user} in {self.company}: {self.role}"
