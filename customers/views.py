"""The pages about customers. What they show of invoices and payments they reach from the customer."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from customers import activity, filters
from customers.balances import account, with_balances
from customers.forms import CustomerForm
from customers.models import Customer
from qbo.access.requests import CompanyRequest
from qbo.models import OutboxEntry
from qbo.sync import outbox, problems
from qbo.sync.registry import mapping_of

PAGE_SIZE = 50
LATEST = 10
SUGGESTIONS = 20


def customers_of(request: CompanyRequest) -> Any:
    return Customer.objects.filter(company=request.company)


def get_customer(request: CompanyRequest, pk: int) -> Customer:
    """The customer of this company; 404 for anybody else's."""
    customer: Customer = get_object_or_404(customers_of(request).select_related("terms", "parent"), pk=pk)
    return customer


def lock_customer(request: CompanyRequest, pk: int) -> Customer:
    """The same for changing it, inside a transaction; what QuickBooks has deleted changes no more."""
    customer: Customer = get_object_or_404(customers_of(request).present().select_for_update(), pk=pk)
    return customer


# ── List ────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@vary_on_headers("HX-Request")  # or the browser shows the bare fragment when one goes back
def listing(request: CompanyRequest, company_id: int) -> HttpResponse:
    found = filters.find(customers_of(request), request.GET)
    context = {"found": found, "page": _page(found, request.GET.get("page"))}
    return render(request, f"customers/list.html{'#found' if request.htmx else ''}", context)


def _page(found: filters.Found, number: Any) -> Page[Customer]:
    paginator = Paginator(found.customers, PAGE_SIZE)
    paginator.count = found.tab.count  # known from the tabs, so it is not counted twice
    return paginator.get_page(number)


@require_GET
def suggest(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Options for `customers.fields.CustomerField`. The only parameter is what was typed, whatever its field is
    called; names that begin with it come first."""
    typed = str(next(iter(request.GET.values()), "")).strip()
    return render(
        request, "customers/suggest.html", {"customers": _suggestions(customers_of(request), typed)}
    )


def _suggestions(customers: Any, typed: str) -> QuerySet[Customer]:
    begins = Case(
        When(display_name__istartswith=typed, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    found: QuerySet[Customer] = customers.active().search(typed).select_related("parent")
    return found.order_by(begins, "display_name")[:SUGGESTIONS]


# ── One customer ────────────────────────────────────────────────────────────────────────────────


@require_GET
def detail(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    customer = get_customer(request, pk)
    state = account(customer)
    trouble = OutboxEntry.objects.of(mapping_of(customer).entity, customer.pk).need_a_person().first()
    context = {
        "customer": customer,
        "person": " ".join(name for name in (customer.given_name, customer.family_name) if name),
        "account": state,
        "refusal": activity.refusal(customer, state),
        "family": list(with_balances(customer.sub_customers.present())),
        "invoices": customer.invoices.present()[:LATEST],
        "payments": customer.payments.present().select_related("method")[:LATEST],
        "trouble": trouble,
        "problem": problems.explain(trouble) if trouble else None,
    }
    return render(request, "customers/detail.html", context)


# ── Create and edit ─────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def new(request: CompanyRequest, company_id: int) -> HttpResponse:
    customer = Customer(company=request.company)
    form = CustomerForm(request.POST or None, instance=customer)
    if request.method == "POST" and _saved(request, form):
        messages.success(request, f"{customer} is saved.")
        return redirect(customer)
    return _form_page(request, form, None)


@require_http_methods(["GET", "POST"])
def edit(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    if request.method == "GET":
        customer = get_customer(request, pk)
        return _form_page(request, CustomerForm(instance=customer), customer)
    with transaction.atomic():
        form = CustomerForm(request.POST, instance=lock_customer(request, pk))
        saved = _saved(request, form)
    if saved:
        messages.success(request, f"{form.instance} is saved.")
        return redirect(form.instance)
    # Checking the form has written into its instance; the heading shows the customer as it is stored.
    return _form_page(request, form, get_customer(request, pk))


@transaction.atomic
def _saved(request: CompanyRequest, form: CustomerForm) -> bool:
    if not form.is_valid():
        return False
    outbox.enqueue(form.save(), reason="edited", asked_by=request.user)
    return True


def _form_page(request: CompanyRequest, form: CustomerForm, customer: Customer | None) -> HttpResponse:
    form.focus()
    context = {"form": form, "customer": customer}
    return render(request, "customers/form.html", context, status=422 if form.is_bound else 200)


# ── Inactive and active again ───────────────────────────────────────────────────────────────────


@require_POST
@transaction.atomic
def deactivate(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    customer = lock_customer(request, pk)
    try:
        activity.deactivate(customer, by=request.user)
    except activity.NotPossible as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"{customer} is inactive.")
    return redirect(customer)


@require_POST
@transaction.atomic
def reactivate(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    customer = lock_customer(request, pk)
    activity.reactivate(customer, by=request.user)
    messages.success(request, f"{customer} is active again.")
    return redirect(customer)
