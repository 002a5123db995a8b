"""The pages of estimates and credit memos. Which of the two comes from the address (`invoices.urls`)."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from invoices import acts, paper_filters
from invoices.editing import lines_of
from invoices.kinds import Kind
from invoices.models import CreditMemo, Estimate, SalesForm
from invoices.views import asking, writing
from qbo.access import policy
from qbo.access.requests import CompanyRequest
from qbo.models import OutboxEntry, Verb
from qbo.sync import outbox, problems

PAGE_SIZE = 50
AnyKind = Kind[Any]
#: The pages that one of them leads to.
ONE = ("edit", "send", "pdf", "delete")


@require_GET
@vary_on_headers("HX-Request")  # or the browser shows the bare fragment when one goes back
def listing(request: CompanyRequest, company_id: int, kind: AnyKind) -> HttpResponse:
    found = paper_filters.find(kind, kind.of(request), request.GET)
    context = {
        **_words(request, kind),
        "found": found,
        "page": _page(found, request.GET.get("page")),
        "is_credit": kind.model is CreditMemo,
    }
    return render(request, f"invoices/paper_list.html{'#found' if request.htmx else ''}", context)


def _page(found: paper_filters.Found, number: Any) -> Page[SalesForm]:
    paginator = Paginator(found.rows.select_related("customer"), PAGE_SIZE)
    paginator.count = found.tab.count  # known from the tabs, so it is not counted twice
    return paginator.get_page(number)


@require_GET
def detail(request: CompanyRequest, company_id: int, kind: AnyKind, pk: int) -> HttpResponse:
    paper = kind.get(request, pk)
    entries = OutboxEntry.objects.of(kind.entity, paper.pk)
    trouble = entries.need_a_person().first()
    context = {
        **_words(request, kind),
        "paper": paper,
        "lines": list(lines_of(paper)),
        "charges": paper.total - paper.total_tax - paper.subtotal + paper.discount if paper.total else 0,
        "uses": acts.uses_of(paper) if isinstance(paper, CreditMemo) else [],
        "invoice": paper.invoice if isinstance(paper, Estimate) else None,
        "pages": {name: kind.url(name, paper.company_id, paper.pk) for name in ONE},
        "command": outbox.pending(paper),
        "remark": entries.filter(state=OutboxEntry.State.DONE).exclude(remark="").last(),
        "trouble": trouble,
        "problem": problems.explain(trouble) if trouble else None,
        "fixed": acts.why_fixed(paper),
    }
    template = "credit_detail" if isinstance(paper, CreditMemo) else "estimate_detail"
    return render(request, f"invoices/{template}.html", context)


def _words(request: CompanyRequest, kind: AnyKind) -> dict[str, Any]:
    """What every page of the kind says and leads to."""
    company = request.company.pk
    return {
        "kind": kind,
        "listing": kind.url("list", company),
        "new": kind.url("new", company),
        "may_change": policy.allows(policy.rule_for(kind.page("edit")), request.user, request.role),
    }


@require_http_methods(["GET", "POST"])
def new(request: CompanyRequest, company_id: int, kind: AnyKind) -> HttpResponse:
    return writing.new(request, kind)


@require_http_methods(["GET", "POST"])
def edit(request: CompanyRequest, company_id: int, kind: AnyKind, pk: int) -> HttpResponse:
    return writing.edit(request, kind, pk)


@require_POST
def draft(request: CompanyRequest, company_id: int, kind: AnyKind, pk: int | None = None) -> HttpResponse:
    return writing.draft(request, kind, pk)


@require_GET
def pdf(request: CompanyRequest, company_id: int, kind: AnyKind, pk: int) -> HttpResponse:
    return asking.pdf(request, kind, pk)


@require_http_methods(["GET", "POST"])
def send(request: CompanyRequest, company_id: int, kind: AnyKind, pk: int) -> HttpResponse:
    return asking.send(request, kind, pk)


@require_http_methods(["GET", "POST"])
def delete(request: CompanyRequest, company_id: int, kind: AnyKind, pk: int) -> HttpResponse:
    return asking.undo(request, kind, pk, Verb.DELETE, "invoices/paper_delete.html")
