"""The pages about customers. What they show of invoices and payments they reach from the customer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from customers import activity, filters, linking, names, timeline
from customers.family import family_of
from customers.forms import CustomerForm
from customers.models import Customer
from qbo.access.requests import CompanyRequest
from qbo.models import Company, OutboxEntry
from qbo.sync import outbox, problems, reconcile
from qbo.sync.registry import mapping_of

PAGE_SIZE = 50
OLDEST_OPEN = 10
SUGGESTIONS = 20
#: QuickBooks' code for it (facts 8.3).
NAME_TAKEN = "6240"


def customers_of(request: CompanyRequest) -> Any:
    return Customer.objects.filter(company=request.company)


def get_customer(request: CompanyRequest, pk: int) -> Customer:
    """The customer of this company; 404 for anybody else's."""
    customer: Customer = get_object_or_404(
        customers_of(request).select_related("company", "terms", "parent"), pk=pk
    )
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
    family = family_of(customer)
    trouble = OutboxEntry.objects.of(mapping_of(customer).entity, customer.pk).need_a_person().first()
    context = {
        "customer": customer,
        "person": " ".join(name for name in (customer.given_name, customer.family_name) if name),
        "family": family,
        "account": family.together.account,
        "refusal": activity.refusal(customer, family.own),
        "invoices": customer.invoices.open().order_by("due_date", "pk")[:OLDEST_OPEN],
        "timeline": timeline.of(family, request.GET),
        "trouble": trouble,
        "problem": problems.explain(trouble) if trouble else None,
        "made_inactive_here": not customer.active and activity.was_made_inactive_here(customer),
        "receivables": _receivables_account(customer),
        **_namesakes(customer, trouble),
    }
    return render(request, "customers/detail.html", context)


def _receivables_account(customer: Customer) -> str:
    """The account that this customer's invoices are booked on. QuickBooks lets French companies choose one for each
    customer; everywhere else there is one for all, and nothing is looked up."""
    if customer.company.country not in ("FR", "FRA"):
        return ""
    agreed = reconcile.agreed_copy(mapping_of(customer), customer) or {}
    return str((agreed.get("ARAccountRef") or {}).get("name", ""))


def _namesakes(customer: Customer, trouble: OutboxEntry | None) -> dict[str, Any]:
    """For one whose name QuickBooks refused: who has it, and a free one."""
    if trouble is None or trouble.code != NAME_TAKEN:
        return {}
    return {
        "namesake": linking.namesake(customer),
        "free_name": names.free_name(customer.company, customer.display_name, city=customer.bill_city),
    }


# ── Create and edit ─────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@transaction.atomic
def new(request: CompanyRequest, company_id: int) -> HttpResponse:
    if request.method == "GET":
        return _form_page(request, CustomerForm(instance=Customer(company=request.company)), None)
    # One at a time, so that two people who enter the same one at once do not both find the name free.
    Company.objects.select_for_update(no_key=True).get(pk=company_id)
    typed = _typed(request)
    already = _made_before(request)
    if already and CustomerForm(typed, instance=_copy(already)).changes_nothing(already):
        return redirect(already)
    if already:
        typed["entry_key"] = ""  # what is saved from here on is another one
    form = CustomerForm(typed, instance=Customer(company=request.company))
    if not already and _saved(request, form):
        messages.success(request, f"{form.instance} is saved.")
        return redirect(form.instance)
    return _form_page(request, form, None, already=already)


def _typed(request: CompanyRequest) -> QueryDict:
    """What was typed; pressing "save beside" stands for typing the free name."""
    typed = request.POST.copy()
    if "beside" in typed:
        typed["display_name"] = request.POST["beside"]
    return typed


def _made_before(request: CompanyRequest) -> Customer | None:
    """The customer that this very form has made already, so that pressing twice makes one."""
    try:
        key = UUID(request.POST.get("entry_key", ""))
    except ValueError:
        return None
    found: Customer | None = customers_of(request).filter(entry_key=key).first()
    return found


def _copy(customer: Customer) -> Customer:
    """The same row to be compared with what was typed, which a form writes into its instance."""
    return Customer.objects.get(pk=customer.pk)


@require_GET
def namesakes(request: CompanyRequest, company_id: int, pk: int | None = None) -> HttpResponse:
    """While a name is typed: who has it, who looks like the same one, and a free name beside them."""
    form = CustomerForm(request.GET, instance=Customer(company=request.company, pk=pk))
    form.full_clean()
    email, phone = (str(request.GET.get(name, "")).strip() for name in ("email", "phone"))
    name = form.cleaned_data.get("display_name") or request.GET.get("display_name", "").strip()
    alike = names.lookalikes(request.company, name, email, phone, besides=pk)
    context = {"form": form, "alike": [other for other in alike if other != form.owner]}
    return render(request, "customers/namesakes.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    if request.method == "GET":
        customer = get_customer(request, pk)
        return _form_page(request, CustomerForm(instance=customer), customer)
    with transaction.atomic():
        form = CustomerForm(_typed(request), instance=lock_customer(request, pk))
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


def _form_page(
    request: CompanyRequest, form: CustomerForm, customer: Customer | None, already: Customer | None = None
) -> HttpResponse:
    form.focus()
    context = {"form": form, "customer": customer, "already": already}
    return render(request, "customers/form.html", context, status=422 if form.is_bound else 200)


# ── Two of one name ──────────────────────────────────────────────────────────────────────────────


@require_POST
@transaction.atomic
def link(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    """What was entered for this customer goes to the one of the same name that QuickBooks has."""
    customer = lock_customer(request, pk)
    other = linking.namesake(customer)
    if other is None:
        messages.warning(request, f"No other customer is called {customer} any more. Nothing was changed.")
        return redirect(customer)
    try:
        linking.link(customer, other, by=request.user)
    except linking.NotPossible as error:
        messages.warning(request, str(error))
        return redirect(customer)
    messages.success(request, f"What was entered for {customer} stands with the one in QuickBooks now.")
    return redirect(other)


@require_POST
@transaction.atomic
def beside(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    """Keep both: this one goes to QuickBooks under a name that is free."""
    customer = lock_customer(request, pk)
    was = customer.display_name
    now = linking.create_beside(customer, by=request.user)
    messages.success(
        request, f"{was} is called {now} from now on and goes to QuickBooks beside the other one."
    )
    return redirect(customer)


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
