"""The progress of a full read of QuickBooks."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from qbo.access.requests import CompanyRequest
from qbo.models import ImportRun
from qbo.sync import importing
from qbo.sync.registry import mapping_for

#: A run that has not moved by then is waiting for a worker, and somebody should know.
SLOW_START = timedelta(seconds=20)


@require_safe
@never_cache
def progress(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The newest run. Whoever watches it end (htmx, or `watch` in the address) is taken to the dashboard."""
    run = request.company.imports.first()
    watching = request.htmx or "watch" in request.GET
    if watching and run is not None and run.state == ImportRun.State.DONE:
        home = reverse("dashboard", args=[request.company.pk])
        return HttpResponseClientRedirect(home) if request.htmx else redirect(home)
    context = {"run": run, "steps": _steps(run) if run else [], "is_slow": run is not None and _is_slow(run)}
    return render(request, "qbo/import.html#progress" if request.htmx else "qbo/import.html", context)


def _steps(run: ImportRun) -> list[dict[str, Any]]:
    """The run's steps as the page shows them; the first unfinished one is being read."""
    steps: list[dict[str, Any]] = [
        {
            **step,
            "name": mapping_for(step["entity"]).model._meta.verbose_name_plural,
            "percent": _percent(step["done"], step["total"], step["finished"]),
        }
        for step in run.steps
    ]
    current = next((step for step in steps if not step["finished"]), None)
    if current and run.state == ImportRun.State.RUNNING:
        current["reading"] = current["total"] is not None
    return steps


def _percent(done: int, total: int | None, finished: bool) -> int:
    if finished:
        return 100
    return min(99, done * 100 // total) if total else 0


def _is_slow(run: ImportRun) -> bool:
    begun = run.quickbooks_time is not None
    return run.state == ImportRun.State.RUNNING and not begun and timezone.now() - run.started_at > SLOW_START


@require_POST
def start(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Read everything again; a run that is under way simply goes on."""
    importing.start(request.company, asked_by=request.user)
    return redirect("import_progress", request.company.pk)
