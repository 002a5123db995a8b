"""The engine room: people, companies, and what moves between here and QuickBooks, to look at and with a few levers.

What an admin page shows of a company never includes its tokens.
"""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from qbo import levers
from qbo.api.payloads import CanonicalEncoder
from qbo.models import (
    AgreedCopy,
    Company,
    Conflict,
    ImportRun,
    InboxEntry,
    Lease,
    Membership,
    OutboxEntry,
    Request,
    User,
)
from qbo.sync import importing, inbox, outbox
from qbo.sync.registry import is_mirrored, load

admin.site.site_header = admin.site.site_title = "Billing portal"
admin.site.index_title = "The machine"
admin.site.unregister(Group)  # roles come from memberships (qbo.access.policy), so groups would do nothing

SYNC_FIELDS = (
    "sync_state",
    "qbo_id",
    "sync_token",
    "version",
    "qbo_created_at",
    "qbo_updated_at",
    "gone_at",
    "created_at",
    "updated_at",
)
SYNC: Any = ("In QuickBooks", {"fields": SYNC_FIELDS, "classes": ["collapse"]})


# ── What the admins of mirrored records share ───────────────────────────────────────────────────


class LookOnly(admin.ModelAdmin):
    """Nothing is typed here: the engine writes these rows."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class MirroredAdmin(admin.ModelAdmin):
    """A record that lives on both sides. It is never deleted here; new ones are entered in the portal, at
    `portal_new`. Saving goes the way of the portal's forms and queues the push under the name of who asked."""

    portal_new = ""
    list_per_page = 50
    list_select_related: ClassVar[Any] = ["company"]
    readonly_fields: ClassVar[Any] = ("company", *SYNC_FIELDS)
    actions: ClassVar[Any] = ["push_now", "fetch_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.portal_new) and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Which company it is for comes first, as in the portal's address."""
        choices = [
            (company, reverse(self.portal_new, args=[company.pk]))
            for company in Company.objects.seen_by(request.user)
        ]
        if len(choices) == 1:
            return HttpResponseRedirect(choices[0][1])
        context = {**self.admin_site.each_context(request), "title": "Which company?", "choices": choices}
        return TemplateResponse(request, "admin/choose_company.html", context | {"opts": self.opts})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Locked while a change is checked and saved, as in the portal."""
        obj = super().get_object(request, object_id, from_field)
        if obj is None or request.method != "POST":
            return obj
        return self.model._default_manager.select_for_update().get(pk=obj.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save()
        outbox.enqueue(obj, reason="edited", asked_by=request.user)

    @admin.action(description="Push now", permissions=["change"])
    def push_now(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        levers.on_each(
            request, rows, lambda row: levers.push_now(row, by=_person(request)), "On the way to QuickBooks"
        )

    @admin.action(description="Fetch again from QuickBooks", permissions=["view"])
    def fetch_again(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        levers.on_each(request, rows, levers.fetch_again, "Being read from QuickBooks again")


class ReadFromQuickBooks(MirroredAdmin):
    """Lists that QuickBooks keeps and that are only read here."""

    list_filter: ClassVar[Any] = ["active", "company"]
    search_fields: ClassVar[Any] = ["name", "qbo_id"]
    actions: ClassVar[Any] = ["fetch_again"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _person(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101  (the policy lets nobody else in)
    return user


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
            lambda company: importing.start(company, asked_by=_person(request)),
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
        levers.on_each(request, rows, outbox.retry, "Trying again")


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
    list_display = ["label", "entity", "company", "created_at", "resolved_at", "resolved_by"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "entity", "company"]
    list_select_related = ["company", "resolved_by"]
    search_fields = ["label"]

    def view_on_site(self, conflict: Conflict) -> str:
        return reverse("conflict", args=[conflict.company_id, conflict.entity, conflict.object_id])


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
