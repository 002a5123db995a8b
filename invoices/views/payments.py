"""The pages about payments: what came in, receiving a check, one payment, and taking it back."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from customers.models import Customer
from invoices import receiving, taking_back
from invoices.entering import made_together
from invoices.forms.money import MoneyField
from invoices.forms.payment import PaymentForm
from invoices.forms.period import PERIODS, PeriodForm
from invoices.models import Account, Allocation, CreditMemo, Invoice, Payment, PaymentMethod
from invoices.spreading import ZERO
from qbo.access.requests import CompanyRequest
from qbo.formats import money_sign
from qbo.forms import pack, unpack
from qbo.models import OutboxEntry, Verb
from qbo.sync import outbox, problems
from qbo.sync.registry import mapping_of

PAGE_SIZE = 50
LATEST = 5
#: In the session: the check saved last, as `taking_back.token` writes it.
TAKE_BACK = "take_back"


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
    together = made_together(payment)
    context = {
        "payment": payment,
        "paid": [row for row in paid if row.invoice],
        "memos": _memos_of(payment, paid),
        "others": [row for row in paid if not row.invoice and row.txn_type != "CreditMemo"],
        "together": together,
        "applied": sum((row.amount for row in paid if row.invoice), ZERO),
        "credits": receiving.credits_used(payment),
        "history": entries.select_related("asked_by").order_by("-id")[:20],
        "trouble": trouble,
        "problem": problems.explain(trouble) if trouble else None,
        "fixed": receiving.why_fixed(payment),
        "coming": outbox.pending(payment, *receiving.UNDOING),
    }
    context["together_sum"] = sum((one.total for one in together), ZERO)
    if (just_saved := unpack(request.session.get(TAKE_BACK, ""))) and str(payment.pk) in just_saved[
        "payments"
    ]:
        context["take_back"] = request.session[TAKE_BACK]
    return render(request, "invoices/payment_detail.html", context)


def _memos_of(payment: Payment, paid: list[Allocation]) -> list[tuple[str, Decimal]]:
    """The credit memos that a payment uses: what each is called, and how much of it."""
    used = {row.txn_id: row.amount for row in paid if row.txn_type == "CreditMemo"}
    if not used:
        return []
    held = {
        memo.qbo_id: str(memo)
        for memo in CreditMemo.objects.filter(company=payment.company_id, qbo_id__in=used)
    }
    return [(held.get(txn_id, "A credit memo"), amount) for txn_id, amount in used.items()]


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
    answer = render(request, f"invoices/payment_form.html#live_{part}", {"form": form, "live_sums": not act})
    if form.payer and form.payer.display_name != request.POST.get("customer"):
        trigger_client_event(answer, "customerFound", {"name": form.payer.display_name}, after="settle")
    return answer


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
    chosen |= {"ref_number": given.get("ref_number", "")[:21], "total": _amount(given.get("total", ""))}
    if invoice := _invoice_of(request):
        chosen |= {"customer": invoice.customer, "total": invoice.balance}
        chosen["allocations"] = {invoice.pk: invoice.balance}
    return {name: value for name, value in chosen.items() if value}


def _invoice_of(request: CompanyRequest) -> Invoice | None:
    """The open invoice that one comes from; it is then paid in full, unless another amount is typed."""
    pk = request.GET.get("invoice", "")
    if not pk.isdecimal() or len(pk) >= 19:
        return None
    found = Invoice.objects.open().filter(company=request.company, customer__active=True)
    return found.select_related("customer").filter(pk=pk).first()


def _amount(text: str) -> Decimal | None:
    try:
        return MoneyField(required=False).clean(text)
    except ValidationError:
        return None


def _saved(request: CompanyRequest, form: PaymentForm) -> HttpResponse | None:
    """The way on after saving; None when there is something to look at first."""
    do = request.POST.get("do", "save")
    if not do.startswith("save"):
        form.act(do)
        return None
    made = form.save_by(request.user) if form.is_valid() else None
    if made is None:
        return None
    said = _saved_message(form, made)
    if request.resolver_match and request.resolver_match.url_name == "payment_new":
        request.session[TAKE_BACK] = taking_back.token(form, made)
        said = format_html(
            '{} <button class="btn btn-quiet btn-sm" form="take-back">Take back</button>', said
        )
    messages.success(request, said)
    return _onward(request, made[0])


def _saved_message(form: PaymentForm, made: list[Payment]) -> str:
    payment, total = made[0], sum((one.total for one in made), ZERO)
    if not form.received and not form.parts:
        return f"{payment} is saved: {money_sign(form.spread.applied, payment.currency)} is put on invoices."
    several = f", as {len(made)} payments" if len(made) > 1 else ""
    return f"{payment} over {money_sign(total, payment.currency)} from {form.payer} is saved{several}."


def _onward(request: CompanyRequest, payment: Payment) -> HttpResponse:
    if request.POST.get("do") != "save-next":
        return redirect(payment)
    kept = {"txn_date": payment.txn_date, "method": payment.method_id, "deposit_to": payment.deposit_to_id}
    return redirect(_new_with(payment.company_id, kept))


def _new_with(company_id: int, values: dict[str, Any]) -> str:
    given = urlencode({name: str(value) for name, value in values.items() if value})
    return f"{reverse('invoices:payment_new', args=[company_id])}?{given}"


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
        context["take_back"] = request.session.get(TAKE_BACK)
    refused = form.is_bound and (form.errors or already)
    return render(request, "invoices/payment_form.html", context, status=422 if refused else 200)


def _pile(request: CompanyRequest) -> dict[str, Any]:
    """What this person has entered today."""
    morning = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    mine = payments_of(request).counted().filter(entered_by=request.user, created_at__gte=morning)
    sums = mine.order_by().aggregate(count=Count("pk"), total=Sum("total"))
    latest = mine.select_related("customer", "method").order_by("-pk")[:LATEST]
    return {"pile": sums, "just_entered": list(latest), "today": timezone.localdate()}


@require_POST
@transaction.atomic
def take_back(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Undo the check saved last: its payments are voided, and earlier ones get their money back. Number, amount and
    the rest stand in the form again; the money has to be put on invoices anew."""
    asked = unpack(request.POST.get("check", "")) or {}
    if asked.get("company") != company_id:
        messages.warning(request, "There is nothing to take back.")
        return redirect("invoices:payments", company_id)
    try:
        with transaction.atomic():
            taking_back.undo(request.company, asked, by=request.user)
    except taking_back.Changed as reason:
        messages.warning(request, str(reason))
        return redirect(reason.payment)
    request.session.pop(TAKE_BACK, None)
    messages.success(request, f"{asked['label']} is taken back. The form holds it again.")
    return redirect(_new_with(company_id, asked["typed"]))


# ── Void and delete ───────────────────────────────────────────────────────────────────────────────────


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
