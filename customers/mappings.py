"""Customers and terms as QuickBooks sees them (facts 9.2, 9.5)."""

from collections.abc import Collection
from decimal import Decimal
from typing import cast

from customers.models import Customer, Employee, Term, Vendor
from qbo.api import Query
from qbo.sync.fields import Address, Computed, Flag, Nested, Number, Ref, Text, resolve
from qbo.sync.mapping import Mapping, Payload, View
from qbo.sync.merge import Group


def amount(value: object) -> Decimal:
    """A money figure that QuickBooks computes; absent means nothing."""
    return Decimal(str(value or 0))


class TermMapping(Mapping[Term]):
    entity = "Term"
    model = Term
    name_list = True
    fields = (
        Text("Name", "name"),
        Flag("Active", "active", default=True),
        Number("DueDays", "due_days", default=None, whole=True),
        Number("DayOfMonthDue", "day_of_month_due", default=None, whole=True),
        Number("DueNextMonthDays", "due_next_month_days", default=None, whole=True),
    )


NAMESAKE_FIELDS = (Text("DisplayName", "display_name"), Flag("Active", "active", default=True))


class VendorMapping(Mapping[Vendor]):
    entity = "Vendor"
    model = Vendor
    name_list = True
    fields = NAMESAKE_FIELDS


class EmployeeMapping(Mapping[Employee]):
    entity = "Employee"
    model = Employee
    name_list = True
    fields = NAMESAKE_FIELDS


class CustomerMapping(Mapping[Customer]):
    entity = "Customer"
    model = Customer
    pushable = True
    name_list = True
    fields = (
        Text("DisplayName", "display_name"),
        Text("Title", "title"),
        Text("GivenName", "given_name"),
        Text("MiddleName", "middle_name"),
        Text("FamilyName", "family_name"),
        Text("Suffix", "suffix"),
        Text("CompanyName", "company_name"),
        Text("PrintOnCheckName", "print_on_check_name"),
        Nested("PrimaryEmailAddr", "email"),
        Nested("PrimaryPhone", "phone", inner="FreeFormNumber"),
        Nested("Mobile", "mobile", inner="FreeFormNumber"),
        Text("Notes", "notes"),
        Flag("Active", "active", default=True),
        Flag("Taxable", "taxable"),
        Ref("SalesTermRef", "terms", entity="Term"),
        Address("BillAddr", "bill"),
        Address("ShipAddr", "ship"),
        Computed("FullyQualifiedName", "fully_qualified_name"),
        Computed("Balance", "balance", convert=amount),
        Computed("BalanceWithJobs", "balance_with_jobs", convert=amount),
        Computed("CurrencyRef", "currency", convert=lambda ref: (ref or {}).get("value", "")),
    )
    groups = (
        Group("name", ("DisplayName", "Title", "GivenName", "MiddleName", "FamilyName", "Suffix")),
        Group("billing address", ("BillAddr",)),
        Group("shipping address", ("ShipAddr",)),
    )

    def load(self, obj: Customer, payload: Payload, keep: Collection[str] = ()) -> None:
        super().load(obj, payload, keep)
        parent = payload.get("ParentRef")
        obj.parent = cast(Customer, resolve(obj.company, "Customer", parent["value"])) if parent else None

    def merged(self, company_id: int, qbo_id: str, into: str) -> None:
        Customer.objects.filter(company=company_id, qbo_id=qbo_id).update(merged_into=into)

    def natural_key(self, view: View) -> Query | None:
        return Query("Customer").where("DisplayName", "=", view["DisplayName"]).including_inactive()
