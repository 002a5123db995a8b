"""The pages about payments: what came in, receiving a check, one payment, and taking it back."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from customers.models import Customer
from invoices import receiving
from invoices.forms.payment import PaymentForm
from invoices.forms.period import PERIODS, PeriodForm
from invoices.models import Account, Payment, PaymentMethod
from invoices.spreading import ZERO
from qbo.access.requests import CompanyRequest
from qbo.formats import money_sign
from qbo.forms import pack, unpack
from qbo.models import OutboxEntry, Verb
from qbo.sync import outbox, problems
from qbo.sync.registry import mapping_of

PAGE_SIZE = 50
LATEST = 5


def payments_of(request: CompanyRequest) -> Any:
    return Payment.objects.filter(company=request.company)


def get_payment(request: CompanyRequest, pk: int) -> Payment:
    """The payment of this company; 404 for anybody else's."""
    found = payments_of(request).select_related("customer", "method", "deposit_to", "entered_by", "company")
    payment: Payment = get_object_or_404(found, pk=pk)
    return payment


def lock_payment(request: CompanyRequest, pk: int) -> Payment:
    """The same for changing it, inside a transaction."""
    payment: Payment = get_object_or_404(payments_of(request).select_for_update(), pk=pk)
    return payment


# ── List and detail ─────────────────────────────────────────────────────────────────────────────


@require_GET
@vary_on_headers("HX-Request")  # or the browser shows the bare fragment when one goes back
def listing(request: CompanyRequest, company_id: int) -> HttpResponse:
    form = PeriodForm(request.GET)
    period = form.chosen
    found = payments_of(request).present()
    if period.start:
        found = found.filter(txn_date__gte=period.start)
    if period.end:
        found = found.filter(txn_date__lte=period.end)
    if form.query:
        found = found.search(form.query)
    rows = found.select_related("customer", "method", "deposit_to")
    context = {
        "form": form,
        "period": period,
        "periods": PERIODS.items(),
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "totals": found.totals(),
    }
    return render(request, f"invoices/payment_list.html{'#found' if request.htmx else ''}", context)


@require_GET
def detail(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    payment = get_payment(request, pk)
    entries = OutboxEntry.objects.of(mapping_of(payment).entity, payment.pk)
    trouble = entries.need_a_person().first()
    paid = [row for row in payment.allocations.select_related("invoice__customer") if row.amount]
    context = {
        "payment": payment,
        "paid": [row for row in paid if row.invoice],
        "others": [row for row in paid if not row.invoice],
        "applied": sum((row.amount for row in paid if row.invoice), ZERO),
        "credits": receiving.credits_used(payment),
        "history": entries.select_related("asked_by").order_by("-id")[:20],
        "trouble": trouble,
        "problem": problems.explain(trouble) if trouble else None,
        "fixed": receiving.why_fixed(payment),
        "coming": outbox.pending(payment, *receiving.UNDOING),
    }
    return render(request, "invoices/payment_detail.html", context)


# ── Receive and change ──────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def new(request: CompanyRequest, company_id: int) -> HttpResponse:
    if request.method == "GET":
        form = PaymentForm(instance=_blank(request), initial=_kept(request))
        return _form_page(request, form)
    if (answer := _sent_before(request)) is not None:
        return answer
    try:
        with transaction.atomic():
            form = PaymentForm(request.POST, instance=_blank(request))
            saved = _saved(request, form)
    except IntegrityError:  # the same form twice at once, and the other one was first
        if (answer := _sent_before(request)) is None:
            raise
        return answer
    return saved or _sent_before(request) or _form_page(request, form)


@require_http_methods(["GET", "POST"])
@transaction.atomic
def edit(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    payment = lock_payment(request, pk)
    if reason := receiving.why_fixed(payment):
        messages.warning(request, f"{reason} It cannot be changed.")
        return redirect(payment)
    form = PaymentForm(request.POST if request.method == "POST" else None, instance=payment)
    answer = _saved(request, form) if form.is_bound else None
    # Checking the form has written into its instance; the heading shows the payment as it is stored.
    return answer or _form_page(request, form, get_payment(request, pk))


@require_POST
def draft(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The parts of the form that follow what is typed: the sums, and with a button's `do` the rows as well."""
    pk = request.POST.get("payment", "")
    payment = get_payment(request, int(pk)) if pk.isdecimal() and len(pk) < 19 else _blank(request)
    form = PaymentForm(request.POST, instance=payment)
    act = request.POST.get("do", "")
    form.act(act)
    part = "rows" if act else "sums"
    return render(request, f"invoices/payment_form.html#live_{part}", {"form": form, "live_sums": not act})


def _blank(request: CompanyRequest) -> Payment:
    return Payment(company=request.company)


def _kept(request: CompanyRequest) -> dict[str, Any]:
    """What the last check of the pile, or the page one comes from, hands over."""
    company, given = request.company, request.GET
    offers = {
        "customer": Customer.objects.active().filter(company=company),
        "method": PaymentMethod.objects.present().filter(company=company, active=True),
        "deposit_to": Account.objects.for_deposits().filter(company=company),
    }
    chosen = {
        name: offer.filter(pk=given[name]).first()
        for name, offer in offers.items()
        if given.get(name, "").isdecimal() and len(given[name]) < 19
    }
    received = PeriodForm({"start": given.get("txn_date", "")})
    if received.is_valid() and received.cleaned_data["start"]:
        chosen["txn_date"] = received.cleaned_data["start"]
    return {name: value for name, value in chosen.items() if value}


def _saved(request: CompanyRequest, form: PaymentForm) -> HttpResponse | None:
    """The way on after saving; None when there is something to look at first."""
    do = request.POST.get("do", "save")
    if not do.startswith("save"):
        form.act(do)
        return None
    payment = form.save_by(request.user) if form.is_valid() else None
    if payment is None:
        return None
    amount = money_sign(payment.total, payment.currency)
    messages.success(request, f"{payment} over {amount} from {payment.customer} is saved.")
    return _onward(request, payment)


def _onward(request: CompanyRequest, payment: Payment) -> HttpResponse:
    if request.POST.get("do") != "save-next":
        return redirect(payment)
    kept = {"txn_date": payment.txn_date, "method": payment.method_id, "deposit_to": payment.deposit_to_id}
    following = urlencode({name: str(value) for name, value in kept.items() if value})
    return redirect(f"{reverse('invoices:payment_new', args=[payment.company_id])}?{following}")


def _sent_before(request: CompanyRequest) -> HttpResponse | None:
    """The answer to a form that has made a payment already, so that pressing twice makes one."""
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return None
    payment = payments_of(request).filter(entry_key=key).first()
    if payment is None:
        return None
    form = PaymentForm(request.POST, instance=_blank(request))
    if form.says_the_same_as(payment):
        return _onward(request, payment)
    return _form_page(request, form, already=payment)


def _form_page(
    request: CompanyRequest, form: PaymentForm, payment: Payment | None = None, already: Payment | None = None
) -> HttpResponse:
    """The form for a new payment, or for changing `payment`; `already` is what the same form was saved as before."""
    form.focus()
    context = {"form": form, "payment": payment, "already": already, "whole_page": True}
    if payment is None:
        context |= _pile(request)
    refused = form.is_bound and (form.errors or already)
    return render(request, "invoices/payment_form.html", context, status=422 if refused else 200)


def _pile(request: CompanyRequest) -> dict[str, Any]:
    """What this person has entered today."""
    morning = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    mine = payments_of(request).counted().filter(entered_by=request.user, created_at__gte=morning)
    sums = mine.order_by().aggregate(count=Count("pk"), total=Sum("total"))
    latest = mine.select_related("customer", "method").order_by("-pk")[:LATEST]
    return {"pile": sums, "just_entered": list(latest), "today": timezone.localdate()}


# ── Take back ───────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def void(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return _undo(request, pk, Verb.VOID)


@require_http_methods(["GET", "POST"])
def delete(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return _undo(request, pk, Verb.DELETE)


@transaction.atomic
def _undo(request: CompanyRequest, pk: int, verb: Verb) -> HttpResponse:
    """Ask first; then queue the command, unless the payment is no longer the one the question was about."""
    payment = lock_payment(request, pk)
    if reason := receiving.why_not_undone(payment, verb):
        messages.warning(request, reason)
        return redirect(payment)
    seen = {
        "total": str(payment.total),
        "pays": sorted(receiving.own_amounts(payment)),
        "ref": payment.ref_number,
    }
    asked = unpack(request.POST.get("seen", ""))
    if request.method == "GET" or asked != seen:
        return _confirm_page(request, payment, verb, pack(seen))
    try:
        entry = outbox.command(payment, verb, asked_by=request.user)
    except outbox.NotPossible as error:
        messages.warning(request, str(error))
        return redirect(payment)
    done = {Verb.VOID: "is voided", Verb.DELETE: "is deleted"}[verb]
    how = (
        f"{done} as soon as QuickBooks has taken it." if entry else "is taken back. QuickBooks never had it."
    )
    messages.success(request, f"{payment} {how}")
    return redirect(payment)


def _confirm_page(request: CompanyRequest, payment: Payment, verb: Verb, seen: str) -> HttpResponse:
    paid = (
        payment.allocations.filter(invoice__isnull=False)
        .exclude(amount=0)
        .select_related("invoice__customer")
    )
    context = {
        "payment": payment,
        "verb": verb,
        "seen": seen,
        "changed": request.method == "POST",
        "reopened": [
            (row.invoice, row.amount, row.invoice.balance + row.amount) for row in paid if row.invoice
        ],
    }
    return render(
        request, "invoices/payment_undo.html", context, status=409 if request.method == "POST" else 200
    )
