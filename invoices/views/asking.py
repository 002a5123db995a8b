"""What can be done with a sales form, whatever its kind: its PDF, sending it, and taking it back."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from invoices import acts
from invoices.forms.sales import SendForm
from invoices.kinds import Kind
from invoices.models import SalesForm
from invoices.views.writing import queue_sending
from qbo.access.requests import CompanyRequest
from qbo.api import QuickBooksError
from qbo.clients import client_for_person
from qbo.models import OutboxEntry, Verb
from qbo.sync import outbox


def pdf(request: CompanyRequest, kind: Kind[Any], pk: int) -> HttpResponse:
    """QuickBooks' own PDF, asked for now; a page that says why there is none otherwise."""
    record = kind.get(request, pk)
    if not record.qbo_id or record.is_gone:
        return _no_pdf(request, kind, record, None)
    try:
        content = client_for_person(record.company).pdf(kind.entity, record.qbo_id)
    except QuickBooksError as error:
        return _no_pdf(request, kind, record, error)
    name = f"{record}.pdf".replace('"', "")
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def _no_pdf(
    request: CompanyRequest, kind: Kind[Any], record: SalesForm, error: QuickBooksError | None
) -> HttpResponse:
    context = {"invoice": record, "kind": kind, "error": error, "again": request.path}
    return render(request, "invoices/invoice_no_pdf.html", context, status=502 if error else 404)


def send(request: CompanyRequest, kind: Kind[Any], pk: int) -> HttpResponse:
    """Ask where to; then queue it."""
    record = kind.get(request, pk)
    if reason := acts.why_fixed(record):
        messages.warning(request, reason)
        return redirect(record)
    address = record.bill_email or record.customer.email
    form = SendForm(
        request.POST if request.method == "POST" else None,
        initial={"to": address, "cc": record.bill_email_cc},
    )
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            locked = kind.lock(request, pk)
            _copy_to(request, locked, form.cleaned_data["cc"])
            queue_sending(request, locked, form.cleaned_data["to"])
        return redirect(record)
    words = record.company.preference("EmailMessagesPrefs", f"{kind.entity}Message") or {}
    context = {"invoice": record, "form": form, "subject": words.get("Subject"), "text": words.get("Message")}
    return render(request, "invoices/invoice_send.html", context, status=422 if form.is_bound else 200)


def _copy_to(request: CompanyRequest, record: SalesForm, cc: str) -> None:
    """QuickBooks takes the copy from the record, so it is saved there before it is sent."""
    if cc != record.bill_email_cc:
        record.bill_email_cc = cc
        record.save(update_fields=["bill_email_cc"])
        outbox.enqueue(record, reason="edited", asked_by=request.user)


def undo(request: CompanyRequest, kind: Kind[Any], pk: int, verb: Verb, template: str) -> HttpResponse:
    """Ask first, naming number and amount; then queue the command, unless the amount is no longer the one asked for."""
    record = kind.get(request, pk)
    if reason := acts.why_not_undone(record, verb):
        messages.warning(request, reason)
        return redirect(record)
    asked = request.POST.get("total") if request.method == "POST" else None
    with transaction.atomic():
        if asked == str(record.total) and asked == str(kind.lock(request, pk).total):
            _command(request, record, verb)
            return redirect(record)
    context = {"invoice": record, "verb": verb, "changed": asked is not None}
    return render(request, template, context, status=409 if asked is not None else 200)


def _command(request: CompanyRequest, record: SalesForm, verb: Verb) -> None:
    act = acts.void if verb == Verb.VOID else acts.delete
    try:
        entry = act(record, by=request.user)
    except acts.NotPossible as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _undone(record, verb, entry))


def _undone(record: SalesForm, verb: Verb, entry: OutboxEntry | None) -> str:
    if entry is None:
        return f"{record} is taken back. QuickBooks never had it."
    act = "voided" if verb == Verb.VOID else "deleted"
    return f"{record} is {act} as soon as QuickBooks has taken it."
