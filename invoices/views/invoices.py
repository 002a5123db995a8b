"""The pages about invoices: the list, one invoice, the form, and what can be done with an invoice."""

from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import IntegrityError, transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from customers.models import Customer
from invoices import acts, drafts, filters
from invoices.forms.following import begin, copy_of, follow
from invoices.forms.invoice import InvoiceForm, SendForm
from invoices.forms.lines import new_row, offered_items
from invoices.forms.row_acts import obey
from invoices.models import Draft, Invoice
from invoices.numbers import next_number, taken_by
from qbo.access.requests import CompanyRequest
from qbo.api import QuickBooksError
from qbo.clients import client_for_person
from qbo.formats import money_sign
from qbo.links import in_quickbooks
from qbo.models import OutboxEntry, Verb
from qbo.sync import outbox, problems
from qbo.sync.registry import mapping_of

PAGE_SIZE = 50
ZERO = Decimal(0)


def invoices_of(request: CompanyRequest) -> Any:
    return Invoice.objects.filter(company=request.company)


def get_invoice(request: CompanyRequest, pk: int) -> Invoice:
    """The invoice of this company; 404 for anybody else's."""
    found = invoices_of(request).select_related("company", "customer", "terms", "tax_code", "entered_by")
    invoice: Invoice = get_object_or_404(found, pk=pk)
    return invoice


def lock_invoice(request: CompanyRequest, pk: int) -> Invoice:
    """The same for changing it, inside a transaction."""
    invoice: Invoice = get_object_or_404(invoices_of(request).select_for_update(), pk=pk)
    return invoice


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
    return _detail_page(request, get_invoice(request, pk))


def _detail_page(request: CompanyRequest, invoice: Invoice) -> HttpResponse:
    entries = OutboxEntry.objects.of(mapping_of(invoice).entity, invoice.pk)
    trouble = entries.need_a_person().first()
    applied = acts.applied_to(invoice)
    received = acts.received_on(invoice)
    context = {
        "invoice": invoice,
        "lines": list(invoice.lines.select_related("item")),
        "applied": applied,
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
    """QuickBooks' own PDF, asked for now; a page that says why there is none otherwise."""
    invoice = get_invoice(request, pk)
    if not invoice.qbo_id or invoice.is_gone:
        return _no_pdf(request, invoice, None)
    try:
        content = client_for_person(invoice.company).pdf("Invoice", invoice.qbo_id)
    except QuickBooksError as error:
        return _no_pdf(request, invoice, error)
    name = f"{invoice}.pdf".replace('"', "")
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def _no_pdf(request: CompanyRequest, invoice: Invoice, error: QuickBooksError | None) -> HttpResponse:
    context = {"invoice": invoice, "error": error}
    return render(request, "invoices/invoice_no_pdf.html", context, status=502 if error else 404)


# ── Create and edit ─────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def new(request: CompanyRequest, company_id: int) -> HttpResponse:
    if request.method == "GET":
        return _blank_page(request)
    if (answer := _sent_before(request)) is not None:
        return answer
    try:
        with transaction.atomic():
            form = _typed(request, Invoice(company=request.company))
            saved = _kept(request, form) if "keep" in request.POST else _saved(request, form)
    except IntegrityError:  # the same form twice at once: the other one was first
        saved = None
    return saved or _sent_before(request) or _form_page(request, form)


def _blank_page(request: CompanyRequest) -> HttpResponse:
    """A new invoice: for the customer that was asked for, or like the invoice that was."""
    key = request.GET.get("copy", "")
    if key.isdecimal() and len(key) < 19:
        return _reopened_page(request, copy_of(get_invoice(request, int(key))))
    return _form_page(request, InvoiceForm(instance=begin(request.company, _asked_customer(request))))


def _reopened_page(request: CompanyRequest, data: QueryDict, draft: Draft | None = None) -> HttpResponse:
    """The form of a new invoice with all that is in `data`, not judged yet."""
    form = InvoiceForm(data, instance=Invoice(company=request.company))
    form.is_redrawn = True
    return _form_page(request, form, draft=draft)


@require_GET
def draft_open(request: CompanyRequest, company_id: int, key: UUID) -> HttpResponse:
    """A draft goes on where it was left; one that has become an invoice leads there."""
    if invoice := invoices_of(request).filter(entry_key=key).first():
        return redirect(invoice)
    found = get_object_or_404(Draft.objects.select_related("kept_by"), company=request.company, key=key)
    data, number = found.posted, found.posted.get("doc_number", "")
    if number and request.company.custom_numbers and taken_by(request.company, number):
        data["doc_number"] = next_number(request.company)
        text = f"Another invoice took number {number} meanwhile. This one now has {data['doc_number'] or 'none'}."
        messages.warning(request, text)
    return _reopened_page(request, data, found)


def _kept(request: CompanyRequest, form: InvoiceForm) -> HttpResponse | None:
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
        return _form_page(request, form, draft=clash.draft, clash=True)
    messages.success(request, f"{draft} is kept here. QuickBooks does not have it.")
    return redirect(draft)


@require_http_methods(["GET", "POST"])
def edit(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    if request.method == "GET":
        invoice = get_invoice(request, pk)
        return _refusal(request, invoice) or _form_page(request, InvoiceForm(instance=invoice))
    with transaction.atomic():
        invoice = lock_invoice(request, pk)
        if refusal := _refusal(request, invoice):
            return refusal
        form = _typed(request, invoice)
        saved = _saved(request, form)
    return saved or _form_page(request, form)


def _refusal(request: CompanyRequest, invoice: Invoice) -> HttpResponse | None:
    """Back to the invoice with the reason, when it cannot be changed any more."""
    if reason := acts.why_fixed(invoice):
        messages.warning(request, f"{reason} It cannot be changed.")
        return redirect(invoice)
    return None


@require_POST
def draft(request: CompanyRequest, company_id: int, pk: int | None = None) -> HttpResponse:
    """The parts of the form that follow what is typed: what was filled in, amounts and sums. `add=row` gives a new row;
    moving, duplicating and pasting give all of them."""
    company = request.company
    if request.POST.get("add") == "row":
        context = {"row": new_row(company, request.POST), "is_new": True, "draft": request.path}
        return render(request, "invoices/invoice_form.html#row", context)
    invoice = get_invoice(request, pk) if pk else Invoice(company=company)
    data, key = obey(request.POST)
    changed = follow(data, company)
    form = InvoiceForm(data, instance=invoice)
    form.full_clean()  # what can be read of it decides the sums
    if key:
        return _rows_fragment(request, form, key)
    context = {"form": form, "changed": changed, "live": True}
    return render(request, "invoices/invoice_form.html#draft", context)


def _rows_fragment(request: CompanyRequest, form: InvoiceForm, key: str) -> HttpResponse:
    """All rows, to go on in the one of that key. Only pasted ones are judged at once: nobody saw them typed."""
    if request.POST.get("add") != "paste":
        form.forget_errors()
    context = {"form": form, "focus_row": key, "draft": request.path}
    return render(request, "invoices/invoice_form.html#lines", context)


def _asked_customer(request: CompanyRequest) -> Customer | None:
    key = request.GET.get("customer", "")
    if not key.isdecimal() or len(key) >= 19:
        return None
    customers = Customer.objects.active().filter(company=request.company)
    found: Customer | None = customers.select_related("terms", "company").filter(pk=key).first()
    return found


def _typed(request: CompanyRequest, invoice: Invoice) -> InvoiceForm:
    """The form as typed, with what follows from it filled in; a button for rows has been obeyed."""
    data, _ = obey(request.POST)
    follow(data, invoice.company)
    return InvoiceForm(data, instance=invoice, to_send="send" in data)


def _saved(request: CompanyRequest, form: InvoiceForm) -> HttpResponse | None:
    """The way on after saving; None when there is something to look at first."""
    if not form.is_bound or form.is_redrawn or not form.is_valid():
        return None
    invoice = form.save(by=request.user)
    drafts.issued(invoice.entry_key)
    if not form.to_send:
        messages.success(
            request, f"{invoice} to {invoice.customer} over {money_sign(invoice.total)} is saved."
        )
        return redirect(invoice)
    _send(request, invoice, invoice.bill_email)
    return redirect(invoice)


def _send(request: CompanyRequest, invoice: Invoice, to: str) -> None:
    try:
        acts.send(invoice, to, by=request.user)
    except acts.NotPossible as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"{invoice} goes to {to} as soon as QuickBooks has it.")


def _sent_before(request: CompanyRequest) -> HttpResponse | None:
    """The answer to a form that has made an invoice already, so that pressing twice makes one."""
    try:
        key = UUID(request.POST.get("entry_key", ""))
    except ValueError:
        return None
    invoice = invoices_of(request).filter(entry_key=key).first()
    if invoice is None:
        return None
    if _typed(request, invoice).changes_nothing:
        return redirect(invoice)
    return _form_page(request, _typed(request, Invoice(company=invoice.company)), already=invoice)


def _form_page(
    request: CompanyRequest,
    form: InvoiceForm,
    *,
    already: Invoice | None = None,
    draft: Draft | None = None,
    clash: bool = False,
) -> HttpResponse:
    # Checking the form has written into its instance; the heading shows the invoice as it is stored.
    stored = get_invoice(request, form.instance.pk) if form.instance.pk else None
    refused = form.is_bound and not form.is_redrawn
    if form.is_bound and form.is_redrawn:
        form.forget_errors()
    form.focus()
    where = [form.company.pk, stored.pk] if stored else [form.company.pk]
    context = {
        "form": form,
        "invoice": stored,
        "already": already,
        "kept": draft or _kept_draft(form),
        "clash": clash,
        "items": offered_items(form.company),
        "draft": reverse("invoices:draft", args=where),
    }
    return render(request, "invoices/invoice_form.html", context, status=422 if refused else 200)


def _kept_draft(form: InvoiceForm) -> Draft | None:
    """The draft that the form was opened from."""
    key = form.key if form.is_bound and not form.instance.pk else None
    kept = Draft.objects.filter(company=form.company, key=key) if key else None
    return kept.select_related("kept_by").first() if kept else None


# ── Send, void, delete ──────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def send(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    """Ask where to; then queue it."""
    invoice = get_invoice(request, pk)
    if reason := acts.why_fixed(invoice):
        messages.warning(request, reason)
        return redirect(invoice)
    address = invoice.bill_email or invoice.customer.email
    form = SendForm(request.POST if request.method == "POST" else None, initial={"to": address})
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            _send(request, lock_invoice(request, pk), form.cleaned_data["to"])
        return redirect(invoice)
    context = {"invoice": invoice, "form": form}
    return render(request, "invoices/invoice_send.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def void(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return _undo(request, pk, Verb.VOID)


@require_http_methods(["GET", "POST"])
def delete(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return _undo(request, pk, Verb.DELETE)


def _undo(request: CompanyRequest, pk: int, verb: Verb) -> HttpResponse:
    """Ask first, naming number and amount; then queue the command, unless the amount is no longer the one asked for."""
    invoice = get_invoice(request, pk)
    if reason := acts.why_not_undone(invoice, verb):
        messages.warning(request, reason)
        return redirect(invoice)
    asked = request.POST.get("total") if request.method == "POST" else None
    with transaction.atomic():
        if asked == str(invoice.total) and asked == str(lock_invoice(request, pk).total):
            _command(request, invoice, verb)
            return redirect(invoice)
    context = {"invoice": invoice, "verb": verb, "changed": asked is not None}
    return render(request, "invoices/invoice_undo.html", context, status=409 if asked is not None else 200)


def _command(request: CompanyRequest, invoice: Invoice, verb: Verb) -> None:
    act = acts.void if verb == Verb.VOID else acts.delete
    try:
        entry = act(invoice, by=request.user)
    except acts.NotPossible as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _undone(invoice, verb, entry))


def _undone(invoice: Invoice, verb: Verb, entry: OutboxEntry | None) -> str:
    if entry is None:
        return f"{invoice} is taken back. QuickBooks never had it."
    act = "voided" if verb == Verb.VOID else "deleted"
    return f"{invoice} is {act} as soon as QuickBooks has taken it."
