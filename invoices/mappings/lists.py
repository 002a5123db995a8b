"""Accounts, payment methods and taxes: read from QuickBooks, never written (facts 9.5)."""

from collections.abc import Collection
from decimal import Decimal

from invoices.models import Account, CompanyCurrency, PaymentMethod, TaxCode, TaxRate
from qbo.sync.fields import Flag, Number, Text
from qbo.sync.mapping import Mapping, Payload


class AccountMapping(Mapping[Account]):
    entity = "Account"
    model = Account
    name_list = True
    fields = (
        Text("Name", "name"),
        Text("FullyQualifiedName", "fully_qualified_name"),
        Text("AcctNum", "number"),
        Text("AccountType", "account_type"),
        Text("AccountSubType", "account_sub_type"),
        Flag("Active", "active", default=True),
    )


class CompanyCurrencyMapping(Mapping[CompanyCurrency]):
    """Whether change data capture reports it is not documented, so it is read by full reads only."""

    entity = "CompanyCurrency"
    model = CompanyCurrency
    name_list = True
    in_change_feed = False
    fields = (Text("Code", "code"), Text("Name", "name"), Flag("Active", "active", default=True))


class PaymentMethodMapping(Mapping[PaymentMethod]):
    entity = "PaymentMethod"
    model = PaymentMethod
    name_list = True
    fields = (Text("Name", "name"), Text("Type", "kind"), Flag("Active", "active", default=True))


class TaxRateMapping(Mapping[TaxRate]):
    entity = "TaxRate"
    model = TaxRate
    in_change_feed = False
    fields = (
        Text("Name", "name"),
        Number("RateValue", "percent", default=Decimal(0)),
        Flag("Active", "active", default=True),
    )


class TaxCodeMapping(Mapping[TaxCode]):
    entity = "TaxCode"
    model = TaxCode
    in_change_feed = False
    fields = (
        Text("Name", "name"),
        Text("Description", "description"),
        Flag("Active", "active", default=True),
        Flag("Taxable", "taxable", default=True),
        Flag("TaxGroup", "is_group"),
    )

    def store_parts(self, obj: TaxCode, payload: Payload, keep: Collection[str], *, pushed: bool) -> None:
        details = (payload.get("SalesTaxRateList") or {}).get("TaxRateDetail") or []
        ids = [detail["TaxRateRef"]["value"] for detail in details]
        obj.rates.set(TaxRate.objects.filter(company=obj.company, qbo_id__in=ids))
