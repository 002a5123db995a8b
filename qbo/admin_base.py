"""What the admin pages of mirrored records have in common, in every app."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from qbo import levers
from qbo.models import Company
from qbo.sync import outbox
from qbo.sync.outbox import NotPossible

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
    actions: Any = ["push_now", "fetch_again"]

    def why_fixed(self, obj: Any) -> str:
        """Why a record cannot be changed; empty when it can."""
        return f"{obj} is no longer in QuickBooks." if obj.is_gone else ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.portal_new) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or not self.why_fixed(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The portal's form; for what is only looked at, one without fields of its own."""
        if obj is not None and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": _of_model(self, options["fields"])}) for title, options in fieldsets
        ]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except NotPossible as refusal:  # found out while saving, so nothing is saved
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

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
            request,
            rows,
            lambda row: levers.push_now(row, by=levers.person(request)),
            "On the way to QuickBooks",
        )

    @admin.action(description="Fetch again from QuickBooks", permissions=["view"])
    def fetch_again(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        levers.on_each(request, rows, levers.fetch_again, "Being read from QuickBooks again")


class ReadFromQuickBooks(MirroredAdmin):
    """Lists that QuickBooks keeps and that are only read here."""

    list_filter: ClassVar[Any] = ["active", "company"]
    search_fields: ClassVar[Any] = ["name", "qbo_id"]
    actions: Any = ["fetch_again"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _of_model(model_admin: MirroredAdmin, fields: Any) -> list[str]:
    """The names that can be shown without a form: the record's own fields and the admin's."""
    known = {field.name for field in model_admin.opts.get_fields()} | {*model_admin.readonly_fields}
    return [name for name in flatten(fields) if name in known]
