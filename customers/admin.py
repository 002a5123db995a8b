"""Customers and terms in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from customers import activity
from customers.forms import CustomerForm
from customers.models import ADDRESS_PARTS, Customer, Employee, Term, Vendor
from qbo import levers
from qbo.admin_base import SYNC, SYNC_FIELDS, MirroredAdmin, ReadFromQuickBooks


@admin.register(Term)
class TermAdmin(ReadFromQuickBooks):
    list_display = ["name", "due_days", "day_of_month_due", "active", "company"]


@admin.register(Vendor, Employee)
class NamesakeAdmin(ReadFromQuickBooks):
    list_display = ["display_name", "active", "company"]
    search_fields = ["display_name"]


@admin.register(Customer)
class CustomerAdmin(MirroredAdmin):
    """Edited through the portal's own form, so that both refuse the same."""

    form = CustomerForm
    portal_new = "customers:new"
    list_display = ["display_name", "email", "balance", "active", "sync_state", "company"]
    list_filter = ["active", "sync_state", "company", "taxable"]
    search_fields = ["display_name", "company_name", "given_name", "family_name", "email", "phone", "qbo_id"]
    readonly_fields = (
        "company",
        "active",
        "parent",
        "currency",
        "balance",
        "balance_with_jobs",
        *SYNC_FIELDS,
    )
    actions = ["push_now", "fetch_again", "deactivate", "reactivate"]
    fieldsets = (
        (None, {"fields": ("company", "display_name", "company_name", "active", "parent", "opened")}),
        (
            "Person",
            {
                "fields": (
                    ("title", "given_name", "middle_name", "family_name", "suffix"),
                    "print_on_check_name",
                )
            },
        ),
        ("Contact", {"fields": ("email", ("phone", "mobile"), "notes")}),
        ("Money", {"fields": ("terms", "taxable", ("balance", "balance_with_jobs", "currency"))}),
        ("Billing address", {"fields": tuple(f"bill_{part}" for part in ADDRESS_PARTS)}),
        ("Shipping address", {"fields": ("ship_same", *(f"ship_{part}" for part in ADDRESS_PARTS))}),
        SYNC,
    )

    @admin.action(description="Make inactive", permissions=["change"])
    def deactivate(self, request: HttpRequest, rows: QuerySet[Customer]) -> None:
        self._each(request, rows, activity.deactivate, "Inactive now")

    @admin.action(description="Make active again", permissions=["change"])
    def reactivate(self, request: HttpRequest, rows: QuerySet[Customer]) -> None:
        self._each(request, rows, activity.reactivate, "Active again")

    def _each(self, request: HttpRequest, rows: QuerySet[Customer], act: Any, done: str) -> None:
        levers.on_each(request, rows, lambda customer: act(customer, by=request.user), done)
