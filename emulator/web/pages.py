"""The pages to look at: companies, a company file, its lists and records, and the e-mails."""

import re
from decimal import Decimal
from typing import Any

import simplejson
from flask import render_template, request
from flask.typing import ResponseReturnValue

from emulator.books import Company
from emulator.injection import KINDS
from emulator.pdf import form_pdf
from emulator.web import kinds
from emulator.web.kinds import Json, Kind
from emulator.web.machine import connected_apps, latest_requests
from emulator.web.site import company_or_404, kind_or_404, store, web

PAGE = 50


@web.get("/")
def index() -> ResponseReturnValue:
    return render_template(
        "index.html", companies=[(company, _summary(company)) for company in store().companies()]
    )


@web.get("/company/<realm_id>/")
def company(realm_id: str) -> ResponseReturnValue:
    opened = company_or_404(realm_id)
    return render_template(
        "company.html",
        company=opened,
        summary=_summary(opened),
        info=opened.get("CompanyInfo", "1"),
        preferences=opened.get("Preferences", "1"),
        apps=connected_apps(realm_id),
        requests=latest_requests(realm_id, 6),
        fault_kinds=KINDS,
        latest=_found(opened, kinds.KINDS["invoices"], "", 1, 8),
    )


@web.get("/company/<realm_id>/<slug>/")
def listing(realm_id: str, slug: str) -> ResponseReturnValue:
    opened, kind = company_or_404(realm_id), kind_or_404(slug)
    page = max(1, request.args.get("page", 1, int))
    sought = request.args.get("q", "").strip() if kind.search else ""
    condition = _condition(kind, sought)
    return render_template(
        "list.html",
        company=opened,
        kind=kind,
        records=_found(opened, kind, condition, 1 + (page - 1) * PAGE, PAGE),
        total=_count(opened, kind.entity, condition),
        page=page,
        size=PAGE,
        sought=sought,
    )


@web.get("/company/<realm_id>/<slug>/<identity>/")
def record(realm_id: str, slug: str, identity: str) -> ResponseReturnValue:
    opened, kind = company_or_404(realm_id), kind_or_404(slug)
    found = opened.get(kind.entity, identity)
    return render_template(
        "record.html",
        company=opened,
        kind=kind,
        record=found,
        title=kinds.title(kind, found),
        rows=list(kinds.rows(found)),
        json=simplejson.dumps(found, use_decimal=True, indent=2, ensure_ascii=False),
        methods=_active(opened, "PaymentMethod"),
        related=_related(opened, found) if kind.entity == "Customer" else [],
        is_void=_is_void(found),
    )


@web.get("/company/<realm_id>/invoices/<identity>/pdf")
def pdf(realm_id: str, identity: str) -> ResponseReturnValue:
    opened = company_or_404(realm_id)
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'inline; filename="invoice-{identity}.pdf"',
    }
    return form_pdf(opened, opened.get("Invoice", identity)), 200, headers


@web.get("/company/<realm_id>/emails/")
def emails(realm_id: str) -> ResponseReturnValue:
    opened = company_or_404(realm_id)
    page = max(1, request.args.get("page", 1, int))
    sent = opened.emails()
    shown = sent[(page - 1) * PAGE : page * PAGE]
    return render_template("emails.html", company=opened, emails=shown, total=len(sent), page=page, size=PAGE)


def _summary(opened: Company) -> Json:
    """How much of what is in the file, and what is owed."""
    counts = {kind.slug: _count(opened, kind.entity, _condition(kind, "")) for kind in kinds.KINDS.values()}
    owed = sum((Decimal(customer["Balance"]) for customer in opened.all("Customer")), Decimal(0))
    return {"counts": counts, "owed": owed, "open": _count(opened, "Invoice", " WHERE Balance > '0'")}


def _condition(kind: Kind, sought: str) -> str:
    parts = ["Active IN (true, false)"] if kind.hides else []
    if sought:
        parts.append(f"{kind.search} LIKE '%{_quoted(sought)}%'")
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def _quoted(text: str) -> str:
    """Inside a string of the query language the apostrophe is escaped by a backslash (facts 3)."""
    return re.sub(r"(['\\])", r"\\\1", text)


def _found(opened: Company, kind: Kind, condition: str, start: int, size: int) -> list[Json]:
    tail = f"{condition} ORDERBY {kind.order} STARTPOSITION {start} MAXRESULTS {size}"
    found: list[Json] = _ask(opened, "*", kind.entity, tail).get(kind.entity, [])
    return found


def _count(opened: Company, entity: str, condition: str) -> int:
    return int(_ask(opened, "COUNT(*)", entity, condition)["totalCount"])


def _ask(opened: Company, what: str, entity: str, tail: str) -> dict[str, Any]:
    return opened.query(f"SELECT {what} FROM {entity}{tail}")  # noqa: S608 - QuickBooks' query language, not SQL


def _active(opened: Company, entity: str) -> list[Json]:
    return [found for found in opened.all(entity) if found.get("Active", True)]


def _related(opened: Company, customer: Json) -> list[tuple[Kind, list[Json]]]:
    """A customer's invoices and payments, newest first."""
    condition = f" WHERE CustomerRef = '{customer['Id']}'"
    return [(kind, _found(opened, kind, condition, 1, PAGE)) for kind in _TRANSACTIONS]


_TRANSACTIONS = (kinds.KINDS["invoices"], kinds.KINDS["payments"])


def _is_void(found: dict[str, Any]) -> bool:
    """Only a total of nothing and the note tell (facts 9.3, Void)."""
    return not found.get("TotalAmt") and str(found.get("PrivateNote", "")).startswith("Voided")
