"""Invoices, payments, items and QuickBooks' lists in the admin. What is edited here goes through the portal's forms."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from invoices import acts, receiving
from invoices.forms.admin import InvoiceAdminForm, ItemAdminForm, LineAdminForm, PaymentAdminForm
from invoices.models import (
    Account,
    Allocation,
    CompanyCurrency,
    CreditMemo,
    Draft,
    Estimate,
    Invoice,
    InvoiceLine,
    Item,
    Payment,
    PaymentMethod,
    Proof,
    TaxCode,
    TaxRate,
)
from qbo import levers
from qbo.admin_base import SYNC, SYNC_FIELDS, LookOnly, MirroredAdmin, ReadFromQuickBooks
from qbo.formats import money_sign
from qbo.models import User
from qbo.sync.outbox import NotPossible

Kind = InvoiceLine.Kind


@admin.register(CompanyCurrency)
class CompanyCurrencyAdmin(ReadFromQuickBooks):
    list_display = ["code", "name", "active", "company"]
    search_fields = ["code", "name"]


@admin.register(Draft)
class DraftAdmin(LookOnly):
    list_display = ["__str__", "total", "kept_by", "updated_at", "discarded_at", "company"]
    list_filter = ["company"]
    list_select_related = ["company", "kept_by"]
    search_fields = ["customer_name", "key"]


@admin.register(CreditMemo)
class CreditMemoAdmin(ReadFromQuickBooks):
    list_display = ["__str__", "customer", "txn_date", "total", "balance", "sync_state", "company"]
    list_filter = ["sync_state", "company"]
    list_select_related = ["company", "customer"]
    search_fields = ["doc_number", "customer__display_name", "qbo_id"]


@admin.register(Estimate)
class EstimateAdmin(ReadFromQuickBooks):
    list_display = [
        "__str__",
        "customer",
        "txn_date",
        "expires_on",
        "status",
        "total",
        "sync_state",
        "company",
    ]
    list_filter = ["status", "sync_state", "company"]
    list_select_related = ["company", "customer"]
    search_fields = ["doc_number", "customer__display_name", "qbo_id"]


@admin.register(Proof)
class ProofAdmin(LookOnly):
    list_display = ["company", "as_of", "state", "agrees", "asked_by", "asked_at", "finished_at"]
    list_filter = ["state", "agrees", "company"]
    list_select_related = ["company", "asked_by"]
    search_fields = ["company__name"]


# ── Lists ───────────────────────────────────────────────────────────────────────────────────────


@admin.register(Account)
class AccountAdmin(ReadFromQuickBooks):
    list_display = ["name", "number", "account_type", "account_sub_type", "active", "company"]
    list_filter = ["active", "account_type", "company"]
    search_fields = ["name", "fully_qualified_name", "number", "qbo_id"]


@admin.register(PaymentMethod)
class PaymentMethodAdmin(ReadFromQuickBooks):
    list_display = ["name", "kind", "active", "company"]


@admin.register(TaxRate)
class TaxRateAdmin(ReadFromQuickBooks):
    list_display = ["name", "percent", "active", "company"]


@admin.register(TaxCode)
class TaxCodeAdmin(ReadFromQuickBooks):
    list_display = ["name", "description", "taxable", "is_group", "active", "company"]


@admin.register(Item)
class ItemAdmin(MirroredAdmin):
    form = ItemAdminForm
    list_display = ["__str__", "item_type", "sku", "unit_price", "taxable", "active", "company", "sync_state"]
    list_filter = ["active", "item_type", "sync_state", "company"]
    search_fields = ["name", "fully_qualified_name", "sku", "description", "qbo_id"]
    readonly_fields = ("company", "item_type", "sku", "fully_qualified_name", *SYNC_FIELDS)
    fieldsets = (
        (
            None,
            {"fields": ("company", "name", "fully_qualified_name", "item_type", "sku", "active", "opened")},
        ),
        ("On invoices", {"fields": ("description", "unit_price", "taxable", "income_account")}),
        SYNC,
    )

    def why_fixed(self, obj: Item) -> str:
        if obj.is_gone:
            return f"{obj} is no longer in QuickBooks."
        return "" if obj.item_type in Item.EDITABLE_TYPES else f"{obj} is changed in QuickBooks only."


class SavedWhole(MirroredAdmin):
    """A record and its rows that the form writes in one go, in `save_model`, once all of it is valid."""

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left to save."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return super().construct_change_message(request, form, [], add)


# ── Invoices ────────────────────────────────────────────────────────────────────────────────────


class LineInline(admin.TabularInline):
    """The lines that people see; those that are only carried for QuickBooks stay as they are."""

    model = InvoiceLine
    form = LineAdminForm
    extra = 1
    autocomplete_fields = ["item"]
    fields = ["item", "description", "quantity", "rate", "amount", "taxable"]
    readonly_fields = ["amount"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[InvoiceLine]:
        carried = Q(kind=Kind.OTHER) | Q(kind=Kind.ITEM, item=None)
        return super().get_queryset(request).exclude(carried).select_related("item")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not isinstance(obj, Invoice) or not acts.why_fixed(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)


class InvoiceAllocationInline(admin.TabularInline):
    """What payments have put on the invoice."""

    model = Allocation
    fields: ClassVar[Any] = ["by", "amount", "agreed_amount"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    verbose_name_plural = "payments on it"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Allocation]:
        return super().get_queryset(request).select_related("payment__method")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="payment")
    def by(self, row: Allocation) -> str:
        return _link(row.payment)


@admin.register(Invoice)
class InvoiceAdmin(SavedWhole):
    form = InvoiceAdminForm
    portal_new = "invoices:new"
    list_display = [
        "doc_number",
        "customer",
        "txn_date",
        "due_date",
        "total",
        "balance",
        "email_status",
        "is_void",
        "sync_state",
        "company",
    ]
    list_display_links = ["doc_number", "customer"]
    list_filter = ["sync_state", "is_void", "email_status", "company", "txn_date"]
    list_select_related = ["company", "customer"]
    search_fields = ["doc_number", "customer__display_name", "qbo_id"]
    readonly_fields = (
        "company",
        "currency",
        "subtotal",
        "discount_in_money",
        "total_tax",
        "total",
        "balance",
        "is_void",
        "tax_code",
        "email_status",
        "emailed_at",
        "entered_by",
        *SYNC_FIELDS,
    )
    inlines = [LineInline, InvoiceAllocationInline]
    actions = ["push_now", "fetch_again", "send_invoices", "void_invoices"]
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "company",
                    "customer",
                    "doc_number",
                    ("txn_date", "terms", "due_date"),
                    "is_void",
                    "opened",
                )
            },
        ),
        ("Texts", {"fields": ("customer_memo", "private_note")}),
        (
            "Money",
            {
                "fields": (
                    ("discount", "discount_kind"),
                    "subtotal",
                    "discount_in_money",
                    "tax_code",
                    "total_tax",
                    "total",
                    "balance",
                    "currency",
                )
            },
        ),
        ("E-mail", {"fields": ("bill_email", "email_status", "emailed_at")}),
        ("Entered", {"fields": ("entered_by",)}),
        SYNC,
    )

    class Media:
        js = ["django_htmx/htmx-2.min.js"]  # the customer field suggests names

    def why_fixed(self, obj: Invoice) -> str:
        return acts.why_fixed(obj)

    @admin.display(description="discount")
    def discount_in_money(self, invoice: Invoice) -> str:
        return money_sign(invoice.discount, invoice.currency)

    def save_model(self, request: HttpRequest, obj: Invoice, form: Any, change: bool) -> None:
        form.save(by=levers.person(request))

    @admin.action(description="Send by e-mail", permissions=["change"])
    def send_invoices(self, request: HttpRequest, rows: QuerySet[Invoice]) -> HttpResponse | None:
        question = levers.ask_first(
            self,
            request,
            rows,
            action="send_invoices",
            question="Send these invoices to their customers?",
            describe=lambda invoice: f"{_described(invoice)}: {_address(invoice) or 'no e-mail address'}",
            button="Send the invoices",
        )
        if question is None:
            act = partial(_send, by=levers.person(request))
            levers.on_each(request, rows, act, "On the way to their customers")
        return question

    @admin.action(description="Void", permissions=["change"])
    def void_invoices(self, request: HttpRequest, rows: QuerySet[Invoice]) -> HttpResponse | None:
        question = levers.ask_first(
            self,
            request,
            rows,
            action="void_invoices",
            question="Void these invoices? QuickBooks cannot take that back.",
            describe=_described,
            button="Void the invoices",
        )
        if question is None:
            levers.on_each(request, rows, partial(acts.void, by=levers.person(request)), "Being voided")
        return question


def _described(invoice: Invoice) -> str:
    return f"{invoice} to {invoice.customer}, {money_sign(invoice.total, invoice.currency)}"


def _address(invoice: Invoice) -> str:
    return invoice.bill_email or invoice.customer.email


def _send(invoice: Invoice, by: User) -> None:
    to = _address(invoice)
    if not to:
        raise NotPossible(f"{invoice} has no e-mail address to be sent to.")
    acts.send(invoice, to, by=by)


# ── Payments ────────────────────────────────────────────────────────────────────────────────────


class AllocationInline(admin.TabularInline):
    """What the payment pays; it is spread in the portal, where the open invoices are seen."""

    model = Allocation
    fields: ClassVar[Any] = ["on", "amount", "agreed_amount"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Allocation]:
        return super().get_queryset(request).select_related("invoice")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="put on")
    def on(self, row: Allocation) -> str:
        return _link(row.invoice) if row.invoice else f"{row.txn_type} {row.txn_id}"


@admin.register(Payment)
class PaymentAdmin(SavedWhole):
    form = PaymentAdminForm
    portal_new = "invoices:payment_new"
    list_display = [
        "__str__",
        "customer",
        "txn_date",
        "total",
        "unapplied",
        "deposit_to",
        "is_void",
        "sync_state",
        "company",
    ]
    list_filter = ["sync_state", "is_void", "method__name", "company", "txn_date"]
    list_select_related = ["company", "customer", "method", "deposit_to"]
    search_fields = ["ref_number", "customer__display_name", "qbo_id"]
    readonly_fields = ("company", "unapplied", "currency", "is_void", "entered_by", *SYNC_FIELDS)
    inlines = [AllocationInline]
    fieldsets = (
        (None, {"fields": ("company", "customer", "is_void", "opened", "twin")}),
        ("Received", {"fields": ("txn_date", "method", "ref_number", "total", "unapplied", "currency")}),
        ("Kept", {"fields": ("deposit_to", "private_note", "entered_by")}),
        SYNC,
    )

    def why_fixed(self, obj: Payment) -> str:
        return receiving.why_fixed(obj)

    def save_model(self, request: HttpRequest, obj: Payment, form: Any, change: bool) -> None:
        if form.save_by(levers.person(request)) is None:
            raise NotPossible(" ".join(form.problems.values()))


def _link(obj: Any) -> str:
    """A record by its name, leading to its page in the portal."""
    return format_html('<a href="{}">{}</a>', obj.get_absolute_url(), obj)
