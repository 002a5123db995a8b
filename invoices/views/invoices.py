"""The pages about invoices: the list, one invoice, the form, and what can be done with an invoice."""

from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import IntegrityError, transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from invoices import acts, drafts, filters, history
from invoices.forms.following import copy_of, invoice_of
from invoices.forms.invoice import InvoiceForm
from invoices.forms.lines import search_items
from invoices.forms.sales import SalesFormForm
from invoices.kinds import ESTIMATE, INVOICE
from invoices.models import Draft, Estimate, Invoice
from invoices.numbers import next_number, taken_by
from invoices.views import asking, writing
from qbo.access.requests import CompanyRequest
from qbo.links import in_quickbooks
from qbo.models import OutboxEntry, Verb
from qbo.sync import outbox, problems
from qbo.sync.registry import mapping_of

PAGE_SIZE = 50
ZERO = Decimal(0)


def invoices_of(request: CompanyRequest) -> Any:
    return INVOICE.of(request)


# ── List ────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@vary_on_headers("HX-Request")  # or the browser shows the bare fragment when one goes back
def listing(request: CompanyRequest, company_id: int) -> HttpResponse:
    found = filters.find(invoices_of(request), request.GET)
    context = {
        "found": found,
        "page": _page(found, request.GET.get("page")),
        "drafts": Draft.objects.kept().filter(company=request.company).count(),
        "stuck": filters.stuck(invoices_of(request)),
    }
    return render(request, f"invoices/invoice_list.html{'#found' if request.htmx else ''}", context)


def _page(found: filters.Found, number: Any) -> Page[Invoice]:
    paginator = Paginator(found.invoices.select_related("customer"), PAGE_SIZE)
    paginator.count = found.tab.count  # known from the tabs, so it is not counted twice
    return paginator.get_page(number)


# ── One invoice ─────────────────────────────────────────────────────────────────────────────────


@require_GET
def detail(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return _detail_page(request, INVOICE.get(request, pk))


def _detail_page(request: CompanyRequest, invoice: Invoice) -> HttpResponse:
    entries = OutboxEntry.objects.of(mapping_of(invoice).entity, invoice.pk)
    trouble = entries.need_a_person().first()
    applied = acts.applied_to(invoice)
    received = acts.received_on(invoice)
    context = {
        "invoice": invoice,
        "lines": list(invoice.lines.select_related("item")),
        "applied": applied,
        "history": history.of(invoice, applied),
        "received": received,
        "otherwise": received - sum((row.amount for row in applied), ZERO),
        "charges": ZERO if invoice.is_void else _charges(invoice),
        "command": outbox.pending(invoice),
        "remark": entries.filter(state=OutboxEntry.State.DONE).exclude(remark="").last(),
        "trouble": trouble,
        "problem": problems.explain(trouble) if trouble else None,
        "fixed": acts.why_fixed(invoice),
        "there": in_quickbooks(invoice),
    }
    return render(request, "invoices/invoice_detail.html", context)


def _charges(invoice: Invoice) -> Decimal:
    """Shipping and gratuity: what is neither in the subtotal nor tax."""
    return invoice.total - invoice.total_tax - invoice.subtotal + invoice.discount


@require_GET
def pdf(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return asking.pdf(request, INVOICE, pk)


# ── Create and edit ─────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def new(request: CompanyRequest, company_id: int) -> HttpResponse:
    copied = request.GET.get("copy", "")
    if request.method == "GET" and copied.isdecimal() and len(copied) < 19:
        return _reopened_page(request, copy_of(INVOICE.get(request, int(copied))))
    asked = request.GET.get("estimate", "")
    if request.method == "GET" and asked.isdecimal() and len(asked) < 19:
        return _from_estimate(request, ESTIMATE.get(request, int(asked)))
    if "keep" in request.POST:
        return writing.sent_before(request, INVOICE) or _keep(request)
    if not request.POST.get("estimate"):
        return writing.new(request, INVOICE)
    with transaction.atomic():
        _hold_estimate(request)
        return writing.new(request, INVOICE)


def _hold_estimate(request: CompanyRequest) -> None:
    """Two people who make an invoice of one estimate do so one after the other, so that the second is told."""
    key = request.POST.get("estimate", "")
    if key.isdecimal() and len(key) < 19:
        ESTIMATE.of(request).select_for_update().filter(pk=key).first()


def _from_estimate(request: CompanyRequest, estimate: Estimate) -> HttpResponse:
    """The form of the invoice that is made of an estimate; back to it with the reason when none can be."""
    if reason := acts.why_not_invoiced(estimate):
        messages.warning(request, reason)
        return redirect(estimate)
    invoice, lines = invoice_of(estimate)
    return writing.form_page(request, INVOICE, InvoiceForm(instance=invoice, proposed=lines))


def _keep(request: CompanyRequest) -> HttpResponse:
    kept = None
    try:
        with transaction.atomic():
            form = writing.typed(request, INVOICE, Invoice(company=request.company))
            kept = _kept(request, form)
    except IntegrityError:  # the same form twice at once: the other one was first
        pass
    return kept or writing.sent_before(request, INVOICE) or writing.form_page(request, INVOICE, form)


def _reopened_page(request: CompanyRequest, data: QueryDict, draft: Draft | None = None) -> HttpResponse:
    """The form of a new invoice with all that is in `data`, not judged yet."""
    form = InvoiceForm(data, instance=Invoice(company=request.company))
    form.is_redrawn = True
    return writing.form_page(request, INVOICE, form, draft=draft)


@require_GET
def draft_open(request: CompanyRequest, company_id: int, key: UUID) -> HttpResponse:
    """A draft goes on where it was left; one that has become an invoice leads there."""
    if invoice := invoices_of(request).filter(entry_key=key).first():
        return redirect(invoice)
    found = get_object_or_404(Draft.objects.select_related("kept_by"), company=request.company, key=key)
    data, number = found.posted, found.posted.get("doc_number", "")
    if number and request.company.custom_numbers and taken_by(Invoice, request.company, number):
        data["doc_number"] = next_number(Invoice, request.company)
        text = f"Another invoice took number {number} meanwhile. This one now has {data['doc_number'] or 'none'}."
        messages.warning(request, text)
    return _reopened_page(request, data, found)


def _kept(request: CompanyRequest, form: SalesFormForm[Invoice]) -> HttpResponse | None:
    """Keep what was typed as a draft, however unfinished; nothing of it is judged or sent."""
    if form.key is None:
        return None
    form.full_clean()
    name = str(form.cleaned_data.get("customer") or form.data.get("customer", "")).strip()
    try:
        draft = drafts.keep(
            request.company,
            form.key,
            cast(QueryDict, form.data),
            customer_name=name,
            total=form.totals.total,
            by=request.user,
        )
    except drafts.ChangedMeanwhile as clash:
        form.is_redrawn = True
        return writing.form_page(request, INVOICE, form, draft=clash.draft, clash=True)
    messages.success(request, f"{draft} is kept here. QuickBooks does not have it.")
    return redirect(draft)


@require_http_methods(["GET", "POST"])
def edit(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return writing.edit(request, INVOICE, pk)


@require_POST
def draft(request: CompanyRequest, company_id: int, pk: int | None = None) -> HttpResponse:
    return writing.draft(request, INVOICE, pk)


@require_GET
def items(request: CompanyRequest, company_id: int) -> HttpResponse:
    """What the item picker offers for what was typed (`q`)."""
    found = search_items(request.company, request.GET.get("q", "")[:200])
    return render(request, "invoices/item_options.html", {"items": found})


# ── Send, void, delete ──────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def send(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return asking.send(request, INVOICE, pk)


@require_http_methods(["GET", "POST"])
def void(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return asking.undo(request, INVOICE, pk, Verb.VOID, "invoices/invoice_undo.html")


@require_http_methods(["GET", "POST"])
def delete(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return asking.undo(request, INVOICE, pk, Verb.DELETE, "invoices/invoice_undo.html")
