"""Lists that QuickBooks keeps and we only read: accounts, payment methods, tax codes and rates."""

from decimal import Decimal
from typing import Self

from django.db import models

from qbo.models import MirroredModel, MirroredQuerySet


class AccountQuerySet(MirroredQuerySet):
    def for_deposits(self) -> Self:
        """Where a payment may be put: a bank account, or an other current asset such as Undeposited Funds."""
        return self.present().filter(active=True, account_type__in=["Bank", "Other Current Asset"])

    def income(self) -> Self:
        return self.present().filter(active=True, account_type="Income")


class Account(MirroredModel):
    """One account of the chart of accounts."""

    name = models.CharField(max_length=100)
    fully_qualified_name = models.CharField(max_length=500, blank=True)
    number = models.CharField(max_length=20, blank=True)
    account_type = models.CharField(max_length=50, blank=True)
    account_sub_type = models.CharField(max_length=100, blank=True)
    active = models.BooleanField(default=True)

    objects = AccountQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar to django-stubs

    class Meta(MirroredModel.Meta):
        ordering = ["account_type", "name"]

    def __str__(self) -> str:
        return self.fully_qualified_name or self.name

    @property
    def is_undeposited_funds(self) -> bool:
        return self.account_sub_type == "UndepositedFunds"


class CompanyCurrency(MirroredModel):
    """A currency that the company uses besides its own. There are none unless several are switched on."""

    code = models.CharField(max_length=3)
    name = models.CharField(max_length=100, blank=True)
    active = models.BooleanField(default=True)

    class Meta(MirroredModel.Meta):
        verbose_name_plural = "company currencies"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class PaymentMethod(MirroredModel):
    """Check, Cash, Visa and so on."""

    name = models.CharField(max_length=31)
    kind = models.CharField(max_length=20, blank=True)
    active = models.BooleanField(default=True)

    class Meta(MirroredModel.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TaxRate(MirroredModel):
    """A rate in percent that tax codes are made of."""

    name = models.CharField(max_length=100)
    percent = models.DecimalField(max_digits=9, decimal_places=5, default=Decimal(0))
    active = models.BooleanField(default=True)

    class Meta(MirroredModel.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.percent.normalize():f}%)"


class TaxCode(MirroredModel):
    """A tax code. In US companies lines carry the pseudo codes TAX or NON, and the whole invoice carries a real one."""

    name = models.CharField(max_length=100)
    description = models.CharField(max_length=255, blank=True)
    active = models.BooleanField(default=True)
    taxable = models.BooleanField(default=True)
    is_group = models.BooleanField(default=False)
    rates = models.ManyToManyField(TaxRate, blank=True, related_name="codes", help_text="Rates on sales.")

    class Meta(MirroredModel.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> Decimal:
        """All its rates on sales together."""
        return sum((rate.percent for rate in self.rates.all()), Decimal(0))
