"""The engine room: people, companies, and what moves between here and QuickBooks, to look at and with a few levers.

What an admin page shows of a company never includes its tokens.
"""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from qbo import levers
from qbo.admin_base import LookOnly
from qbo.api.payloads import CanonicalEncoder
from qbo.models import (
    AgreedCopy,
    Company,
    Conflict,
    ImportRun,
    InboxEntry,
    Lease,
    Membership,
    Notice,
    OutboxEntry,
    Pace,
    Request,
    Usage,
    User,
)
from qbo.sync import conflicts, importing, inbox
from qbo.sync.registry import is_mirrored, load

admin.site.site_header = admin.site.site_title = "Billing portal"
admin.site.index_title = "The machine"
admin.site.unregister(Group)  # roles come from memberships (qbo.access.policy), so groups would do nothing


def pretty(value: Any) -> str:
    """JSON as people read it."""
    text = json.dumps(value, indent=2, ensure_ascii=False, cls=CanonicalEncoder)
    return format_html('<pre style="white-space: pre-wrap; margin: 0">{}</pre>', text)


def portal_page(entity: str, object_id: int) -> str | None:
    """The page of the record that an entry is about; None for one that has no page."""
    obj: Any = load(entity, object_id) if is_mirrored(entity) else None
    return obj.get_absolute_url() if hasattr(obj, "get_absolute_url") else None


# ── People and companies ────────────────────────────────────────────────────────────────────────


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "company"]


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Who may sign in. What they may do in a company is said by their memberships; a superuser runs it all."""

    list_display = ["username", "first_name", "last_name", "email", "is_active", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_superuser", "memberships__role", "memberships__company"]
    inlines = [MembershipInline]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ["wide"],
                "fields": ("username", "email", "usable_password", "password1", "password2"),
            },
        ),
    )
    filter_horizontal = ()
    readonly_fields = ["last_login", "date_joined"]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ["user", "company", "role", "created_at"]
    list_filter = ["role", "company"]
    list_select_related = ["user", "company"]
    search_fields = ["user__username", "user__email", "user__last_name", "company__name"]
    autocomplete_fields = ["user", "company"]


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):
    """A company comes by connecting it; here its state is seen, and who belongs to it."""

    list_display = [
        "name",
        "connection",
        "environment",
        "country",
        "home_currency",
        "caught_up_at",
        "last_push_at",
    ]
    list_filter = ["connection", "environment"]
    search_fields = ["name", "realm_id"]
    inlines = [MembershipInline]
    actions = ["look_for_changes", "read_everything"]
    fields: ClassVar[Any] = [
        "name",
        "realm_id",
        "environment",
        "country",
        "home_currency",
        "connection",
        "connected_by",
        "connected_at",
        "access_expires_at",
        "refresh_expires_at",
        "hard_expires_at",
        "paused_until",
        "changes_seen_until",
        "caught_up_at",
        "last_push_at",
        "created_at",
        "settings",
    ]
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="QuickBooks' preferences")
    def settings(self, company: Company) -> str:
        return pretty(company.preferences)

    @admin.action(description="Look for changes in QuickBooks now")
    def look_for_changes(self, request: HttpRequest, rows: QuerySet[Company]) -> None:
        levers.on_each(request, rows, inbox.catch_up_now, "Looking at QuickBooks now")

    @admin.action(description="Read everything from QuickBooks again")
    def read_everything(self, request: HttpRequest, rows: QuerySet[Company]) -> None:
        levers.on_each(
            request,
            rows,
            lambda company: importing.start(company, asked_by=levers.person(request)),
            "Being read in full",
        )


# ── What moves ──────────────────────────────────────────────────────────────────────────────────


@admin.register(OutboxEntry)
class OutboxEntryAdmin(LookOnly):
    list_display = [
        "label",
        "verb",
        "state",
        "company",
        "attempts",
        "next_attempt_at",
        "code",
        "asked_by",
        "created_at",
    ]
    list_filter = ["state", "verb", "entity", "company"]
    list_select_related = ["company", "asked_by"]
    search_fields = ["label", "code", "problem"]
    exclude = ["frozen"]
    readonly_fields = ["frozen_json"]
    actions = ["retry"]
    show_full_result_count = False  # the outbox keeps its history

    def view_on_site(self, entry: OutboxEntry) -> str | None:
        return portal_page(entry.entity, entry.object_id)

    @admin.display(description="edit as frozen by a command behind it")
    def frozen_json(self, entry: OutboxEntry) -> str:
        return pretty(entry.frozen)

    @admin.action(description="Try again now", permissions=["view"])
    def retry(self, request: HttpRequest, rows: QuerySet[OutboxEntry]) -> None:
        levers.on_each(request, rows, levers.try_again, "Trying again")


@admin.register(Request)
class RequestAdmin(LookOnly):
    list_display = ["__str__", "state", "status", "company", "intuit_tid", "created_at", "ended_at"]
    list_filter = ["state", "method", "entity", "company"]
    list_select_related = ["company"]
    search_fields = ["requestid", "path", "intuit_tid"]
    exclude = ["body"]
    readonly_fields = ["sent"]
    show_full_result_count = False

    @admin.display(description="body")
    def sent(self, request: Request) -> str:
        """The bytes as they left. Tokens travel in a header and are never among them."""
        text = bytes(request.body or b"").decode(errors="replace")
        return format_html('<pre style="white-space: pre-wrap; margin: 0">{}</pre>', text)


@admin.register(InboxEntry)
class InboxEntryAdmin(LookOnly):
    list_display = ["__str__", "state", "company", "reason", "problem", "created_at", "finished_at"]
    list_filter = ["state", "entity", "company"]
    list_select_related = ["company"]
    search_fields = ["qbo_id", "entity", "problem"]
    actions = ["read_again"]
    show_full_result_count = False

    @admin.action(description="Read again from QuickBooks", permissions=["view"])
    def read_again(self, request: HttpRequest, rows: QuerySet[InboxEntry]) -> None:
        levers.on_each(
            request,
            rows,
            lambda row: inbox.note(row.company, row.entity, row.qbo_id, reason="asked for in admin"),
            "Being read from QuickBooks again",
        )


@admin.register(AgreedCopy)
class AgreedCopyAdmin(LookOnly):
    list_display = ["__str__", "company", "agreed_at"]
    list_filter = ["entity", "company"]
    list_select_related = ["company"]
    search_fields = ["object_id"]
    exclude = ["payload"]
    readonly_fields = ["json"]
    show_full_result_count = False

    def view_on_site(self, copy: AgreedCopy) -> str | None:
        return portal_page(copy.entity, copy.object_id)

    @admin.display(description="as last agreed")
    def json(self, copy: AgreedCopy) -> str:
        return pretty(copy.payload)


@admin.register(Conflict)
class ConflictAdmin(LookOnly):
    list_display = ["label", "entity", "company", "created_at", "resolved_at", "resolved_by", "by_policy"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "by_policy", "entity", "company"]
    list_select_related = ["company", "resolved_by"]
    search_fields = ["label"]
    actions = ["bring_back"]

    @admin.action(description="Bring back what was not kept", permissions=["view"])
    def bring_back(self, request: HttpRequest, rows: QuerySet[Conflict]) -> None:
        """The values that lost a decision become edits of whoever asks."""
        levers.on_each(
            request,
            rows,
            lambda conflict: conflicts.bring_back(conflict, by=levers.person(request)),
            "Brought back",
        )

    def view_on_site(self, conflict: Conflict) -> str:
        return reverse("conflict", args=[conflict.company_id, conflict.entity, conflict.object_id])


@admin.register(Usage)
class UsageAdmin(LookOnly):
    list_display = ["day", "company", "action", "reads", "writes", "metered", "failed"]
    list_filter = ["company", "action", "day"]
    list_select_related = ["company"]
    date_hierarchy = "day"
    search_fields = ["company__name", "action"]


@admin.register(Notice)
class NoticeAdmin(LookOnly):
    list_display = ["key", "sent_at"]
    search_fields = ["key"]


@admin.register(Pace)
class PaceAdmin(LookOnly):
    list_display = ["company", "failures", "down_since", "asked_again_at"]
    list_select_related = ["company"]
    search_fields = ["company__name"]


@admin.register(Lease)
class LeaseAdmin(LookOnly):
    list_display = ["name", "holder", "fence", "expires_at"]
    search_fields = ["name", "holder"]


@admin.register(ImportRun)
class ImportRunAdmin(LookOnly):
    list_display = ["__str__", "state", "percent", "asked_by", "started_at", "finished_at"]
    list_filter = ["state", "company"]
    list_select_related = ["company", "asked_by"]
    search_fields = ["company__name", "problem"]
