"""Agreement with QuickBooks: what was compared, what came of it, and a repair for each difference."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from invoices.models import Proof
from invoices.proof import errand
from invoices.proof.compare import DIFFERS, ONLY_HERE, ONLY_THERE
from qbo.access.requests import CompanyRequest
from qbo.sync import inbox
from qbo.views.records import find, home_of

PAST = 30
#: What a difference means, in a sentence.
WHY = {
    DIFFERS: "Both sides have it, with different amounts open.",
    ONLY_HERE: "It is open here, and QuickBooks shows nothing open.",
    ONLY_THERE: "It is open in QuickBooks, and nothing is open here.",
    "on its way": "It was changed here and has not reached QuickBooks yet.",
    "other entry": "An entry of this kind is kept in QuickBooks only.",
}


@require_safe
def detail(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The last proof, or the one that the address names, and those before it."""
    proofs = Proof.objects.filter(company=request.company).select_related("asked_by")
    waiting = proofs.filter(state=Proof.State.WAITING).first()
    asked = request.GET.get("proof", "")
    made = proofs.exclude(state=Proof.State.WAITING)
    proof = made.filter(pk=asked).first() if asked.isdecimal() else made.first()
    context = {
        "proof": proof,
        "waiting": waiting,
        "past": made[:PAST],
        "sums": _sums(proof) if proof else [],
        "unexplained": [_shown(request, row) for row in proof.unexplained] if proof else [],
        "explained": [_shown(request, row) for row in proof.explained] if proof else [],
        "today": timezone.localdate(),
    }
    return render(request, "invoices/proof.html", context)


def _sums(proof: Proof) -> list[dict[str, Any]]:
    names = ("open invoices", "unapplied money", "other entries", "together")
    rows = [{"name": name, **proof.sums[name]} for name in names if name in proof.sums]
    return [{**row, "difference": row["there"] - row["here"]} for row in rows]


def _shown(request: CompanyRequest, row: dict[str, Any]) -> dict[str, Any]:
    url = home_of(find(request.company, row["entity"], row["pk"])) if row["pk"] else ""
    return {**row, "why": WHY[row["kind"]], "url": url, "amount": row["there"] - row["here"]}


@require_POST
def start(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Have a proof made, as of today or of a day in the past."""
    today = timezone.localdate()
    try:
        as_of = date.fromisoformat(request.POST.get("as_of") or today.isoformat())
    except ValueError:
        as_of = None
    if as_of is None or as_of > today:
        messages.error(request, "Choose a day up to today.")
    elif not request.company.is_connected:
        messages.error(request, "QuickBooks is not connected, so there is nothing to compare with.")
    else:
        errand.ask(request.company, as_of=as_of, by=request.user)
        messages.info(request, "QuickBooks is being asked. The result shows up here in a moment.")
    return redirect("invoices:proof", request.company.pk)


@require_POST
def repair(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Read from QuickBooks again what differs: one document, or all of them."""
    proof = Proof.objects.filter(company=request.company, state=Proof.State.DONE).first()
    wanted = request.POST.getlist("document")
    rows = [row for row in proof.unexplained if row["qbo_id"]] if proof else []
    chosen = {(row["entity"], row["qbo_id"]) for row in rows if f"{row['entity']} {row['qbo_id']}" in wanted}
    inbox.note_many(request.company.pk, chosen, reason="differs from QuickBooks")
    if chosen:
        errand.ask(request.company, by=request.user)
        messages.info(request, "Being read again; afterwards both sides are compared once more.")
    return redirect("invoices:proof", request.company.pk)
