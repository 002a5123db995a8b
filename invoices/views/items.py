"""The pages of items, and the chart of accounts that they book to."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from invoices import activity
from invoices.forms.item import ItemForm
from invoices.models import Account, Item
from qbo.access.requests import CompanyRequest
from qbo.models import OutboxEntry
from qbo.sync import outbox, problems

PAGE_SIZE = 50
#: Tabs by name: label and what is under it.
TABS = {
    "all": ("All", Q(active=True)),
    "Service": ("Services", Q(active=True, item_type="Service")),
    "NonInventory": ("Non-inventory", Q(active=True, item_type="NonInventory")),
    "Inventory": ("Inventory", Q(active=True, item_type="Inventory")),
    "Group": ("Bundles", Q(active=True, item_type="Group")),
    "Category": ("Categories", Q(active=True, item_type="Category")),
    "inactive": ("Inactive", Q(active=False)),
}


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    count: int


def items_of(request: CompanyRequest) -> Any:
    return Item.objects.present().filter(company=request.company)


def get_item(request: CompanyRequest, pk: int) -> Item:
    """The item of this company, gone ones too; 404 for anybody else's."""
    items = Item.objects.filter(company=request.company).select_related("income_account")
    item: Item = get_object_or_404(items, pk=pk)
    return item


def lock_item(request: CompanyRequest, pk: int) -> Item:
    """The same for changing it, inside a transaction."""
    item: Item = get_object_or_404(Item.objects.filter(company=request.company).select_for_update(), pk=pk)
    return item


@require_GET
@vary_on_headers("HX-Request")  # or the browser shows the bare fragment when one goes back
def listing(request: CompanyRequest, company_id: int) -> HttpResponse:
    chosen = request.GET.get("tab", "")
    chosen = chosen if chosen in TABS else "all"
    found = items_of(request).search(request.GET.get("q", "").strip())
    counts = found.order_by().aggregate(
        **{f"count_{name}": Count("pk", filter=part) for name, (_, part) in TABS.items()}
    )
    tabs = [Tab(name, label, counts[f"count_{name}"]) for name, (label, _) in TABS.items()]
    paginator = Paginator(found.filter(TABS[chosen][1]).select_related("income_account"), PAGE_SIZE)
    paginator.count = counts[f"count_{chosen}"]
    context = {
        "tabs": [tab for tab in tabs if tab.count or tab.name in ("all", chosen)],
        "tab": next(tab for tab in tabs if tab.name == chosen),
        "page": paginator.get_page(request.GET.get("page")),
    }
    return render(request, f"invoices/item_list.html{'#found' if request.htmx else ''}", context)


@require_GET
def detail(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    item = get_item(request, pk)
    trouble = OutboxEntry.objects.of("Item", item.pk).need_a_person().first()
    context = {
        "item": item,
        "fixed": activity.why_fixed(item),
        "trouble": trouble,
        "problem": problems.explain(trouble) if trouble else None,
    }
    return render(request, "invoices/item_detail.html", context)


@require_http_methods(["GET", "POST"])
def new(request: CompanyRequest, company_id: int) -> HttpResponse:
    form = ItemForm(request.POST or None, instance=Item(company=request.company))
    if request.method == "POST" and _saved(request, form):
        return redirect(form.instance)
    return _form_page(request, form, None)


@require_http_methods(["GET", "POST"])
def edit(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    item = get_item(request, pk)
    if reason := activity.why_fixed(item):
        messages.warning(request, reason)
        return redirect(item)
    if request.method == "GET":
        return _form_page(request, ItemForm(instance=item), item)
    with transaction.atomic():
        form = ItemForm(request.POST, instance=lock_item(request, pk))
        saved = _saved(request, form)
    # Checking the form has written into its instance; the heading shows the item as it is stored.
    return redirect(item) if saved else _form_page(request, form, item)


@transaction.atomic
def _saved(request: CompanyRequest, form: ItemForm) -> bool:
    if not form.is_valid():
        return False
    outbox.enqueue(form.save(), reason="edited", asked_by=request.user)
    messages.success(request, f"{form.instance} is saved.")
    return True


def _form_page(request: CompanyRequest, form: ItemForm, item: Item | None) -> HttpResponse:
    form.focus()
    context = {"form": form, "item": item}
    return render(request, "invoices/item_form.html", context, status=422 if form.is_bound else 200)


@require_POST
def deactivate(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return _set_active(request, pk, active=False)


@require_POST
def reactivate(request: CompanyRequest, company_id: int, pk: int) -> HttpResponse:
    return _set_active(request, pk, active=True)


@transaction.atomic
def _set_active(request: CompanyRequest, pk: int, *, active: bool) -> HttpResponse:
    item = lock_item(request, pk)
    try:
        activity.set_active(item, active, by=request.user)
    except activity.NotPossible as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"{item.name} is {'active again' if active else 'inactive'}.")
    return redirect(item)


@require_GET
def accounts(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The chart of accounts by type. QuickBooks keeps it; nothing of it is changed here."""
    found = Account.objects.present().filter(company=request.company, active=True)
    if text := request.GET.get("q", "").strip():
        found = found.filter(Q(fully_qualified_name__icontains=text) | Q(number__startswith=text))
    rows = found.order_by("account_type", "number", "fully_qualified_name", "name")
    types = [(kind, list(some)) for kind, some in groupby(rows, key=lambda row: row.account_type)]
    return render(request, "invoices/accounts.html", {"types": types})
