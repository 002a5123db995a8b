"""Creating and editing a sales form, whatever its kind."""

from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from customers.models import Customer
from invoices import acts, drafts
from invoices.editing import line_model
from invoices.forms.following import begin, follow
from invoices.forms.lines import new_row, offered_items
from invoices.forms.row_acts import obey
from invoices.forms.sales import SalesFormForm
from invoices.kinds import Kind
from invoices.models import Draft, SalesForm
from qbo.access.requests import CompanyRequest
from qbo.formats import money_sign

F = TypeVar("F", bound=SalesForm)


def new(request: CompanyRequest, kind: Kind[F]) -> HttpResponse:
    if request.method == "GET":
        started = begin(kind.model, request.company, _asked_customer(request))
        return form_page(request, kind, kind.form(instance=started))
    if (answer := sent_before(request, kind)) is not None:
        return answer
    try:
        with transaction.atomic():
            form = typed(request, kind, kind.model(company=request.company))
            saved = _saved(request, form)
    except IntegrityError:  # the same form twice at once: the other one was first
        saved = None
    return saved or sent_before(request, kind) or form_page(request, kind, form)


def edit(request: CompanyRequest, kind: Kind[F], pk: int) -> HttpResponse:
    if request.method == "GET":
        record = kind.get(request, pk)
        return _refusal(request, record) or form_page(request, kind, kind.form(instance=record))
    with transaction.atomic():
        record = kind.lock(request, pk)
        if refusal := _refusal(request, record):
            return refusal
        form = typed(request, kind, record)
        saved = _saved(request, form)
    return saved or form_page(request, kind, form)


def draft(request: CompanyRequest, kind: Kind[F], pk: int | None) -> HttpResponse:
    """The parts of the form that follow what is typed: what was filled in, amounts and sums. `add=row` gives a new row;
    moving, duplicating and pasting give all of them."""
    company = request.company
    record = kind.get(request, pk) if pk else kind.model(company=company)
    if request.POST.get("add") == "row":
        row = new_row(company, request.POST, line_model(record))
        context: dict[str, Any] = {"row": row, "is_new": True, "draft": request.path}
        return render(request, "invoices/invoice_form.html#row", context)
    data, key = obey(request.POST)
    changed = follow(data, company)
    form = kind.form(data, instance=record)
    form.full_clean()  # what can be read of it decides the sums
    if key:
        return _rows_fragment(request, form, key)
    context = {"form": form, "changed": changed, "live": True}
    return render(request, "invoices/invoice_form.html#draft", context)


def _rows_fragment(request: CompanyRequest, form: SalesFormForm[F], key: str) -> HttpResponse:
    """All rows, to go on in the one of that key. Only pasted ones are judged at once: nobody saw them typed."""
    if request.POST.get("add") != "paste":
        form.forget_errors()
    context = {"form": form, "focus_row": key, "draft": request.path}
    return render(request, "invoices/invoice_form.html#lines", context)


def queue_sending(request: CompanyRequest, record: SalesForm, to: str) -> None:
    try:
        acts.send(record, to, by=request.user)
    except acts.NotPossible as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"{record} goes to {to} as soon as QuickBooks has it.")


def form_page(
    request: CompanyRequest,
    kind: Kind[F],
    form: SalesFormForm[F],
    *,
    already: SalesForm | None = None,
    draft: Draft | None = None,
    clash: bool = False,
) -> HttpResponse:
    # Checking the form has written into its instance; the heading shows the record as it is stored.
    stored = kind.get(request, form.instance.pk) if form.instance.pk else None
    refused = form.is_bound and not form.is_redrawn
    if form.is_bound and form.is_redrawn:
        form.forget_errors()
    form.focus()
    where = [form.company.pk, stored.pk] if stored else [form.company.pk]
    context = {
        "form": form,
        "kind": kind,
        "listing": kind.url("list", form.company.pk),
        "invoice": stored,
        "already": already,
        "kept": draft or _kept_draft(form),
        "clash": clash,
        "items": offered_items(form.company),
        "draft": kind.url("draft", *where),
    }
    return render(request, "invoices/invoice_form.html", context, status=422 if refused else 200)


def _kept_draft(form: SalesFormForm[F]) -> Draft | None:
    """The draft that the form was opened from."""
    key = form.key if form.is_bound and not form.instance.pk else None
    kept = Draft.objects.filter(company=form.company, key=key) if key else None
    return kept.select_related("kept_by").first() if kept else None


def _refusal(request: CompanyRequest, record: SalesForm) -> HttpResponse | None:
    """Back to the record with the reason, when it cannot be changed any more."""
    if reason := acts.why_fixed(record):
        messages.warning(request, f"{reason} It cannot be changed.")
        return redirect(record)
    return None


def _asked_customer(request: CompanyRequest) -> Customer | None:
    key = request.GET.get("customer", "")
    if not key.isdecimal() or len(key) >= 19:
        return None
    customers = Customer.objects.active().filter(company=request.company)
    found: Customer | None = customers.select_related("terms", "company").filter(pk=key).first()
    return found


def typed(request: CompanyRequest, kind: Kind[F], record: F) -> SalesFormForm[F]:
    """The form as typed, with what follows from it filled in; a button for rows has been obeyed."""
    data, _ = obey(request.POST)
    follow(data, record.company)
    return kind.form(data, instance=record, to_send="send" in data)


def _saved(request: CompanyRequest, form: SalesFormForm[F]) -> HttpResponse | None:
    """The way on after saving; None when there is something to look at first."""
    if not form.is_bound or form.is_redrawn or not form.is_valid():
        return None
    record = form.save(by=request.user)
    drafts.issued(request.company, record.entry_key)
    if form.to_send:
        queue_sending(request, record, record.bill_email)
    else:
        messages.success(request, f"{record} to {record.customer} over {money_sign(record.total)} is saved.")
    return redirect(record)


def sent_before(request: CompanyRequest, kind: Kind[F]) -> HttpResponse | None:
    """The answer to a form that has made a record already, so that pressing twice makes one."""
    try:
        key = UUID(request.POST.get("entry_key", ""))
    except ValueError:
        return None
    record = kind.of(request).filter(entry_key=key).first()
    if record is None:
        return None
    if typed(request, kind, record).changes_nothing:
        return redirect(record)
    return form_page(request, kind, typed(request, kind, kind.model(company=record.company)), already=record)
