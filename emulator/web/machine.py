"""The machine behind a company file: its request log, its faults, its clock and the apps connected to it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from emulator.clock import PACIFIC, parse_time
from emulator.injection import KINDS, Rule
from emulator.requestlog import LoggedRequest
from emulator.service import emulator
from emulator.web.site import back, company_or_404, store, web

SHOWN = 100
# What each kind does, for the form; the names are the control API's.
WORDS = {
    "lost_answer": "the write is done, the connection closes without an answer",
    "reset": "the connection breaks before anything is done",
    "delay": "the answer comes late, by the seconds below",
    "401": "the token is refused",
    "403": "the company is refused",
    "429": "throttled",
    "500": "internal error",
    "503": "not available",
    "fault_200": "a fault under HTTP 200",
    "stale_token": "somebody else was faster: 5010 on an update",
    "truncated": "the body ends half way",
    "webhook_dropped": "the next event is never told",
    "webhook_doubled": "the next event is told twice",
    "webhook_delayed": "the next event is told late, by the seconds below",
    "webhook_reordered": "the next event is told after one that happened later",
}
STEPS = {"hour": 3600, "day": 86_400, "month": 30 * 86_400}


@dataclass(frozen=True)
class ConnectedApp:
    """An app with living tokens for a company."""

    name: str
    since: datetime


def connected_apps(realm_id: str) -> list[ConnectedApp]:
    """One per app, however often it was connected; the newest consent counts."""
    newest = {grant.client_id: grant for grant in emulator().tokens.living(realm_id)}
    names = emulator().tokens.app_name
    return [
        ConnectedApp(names(client_id) or client_id, datetime.fromtimestamp(grant.consented, PACIFIC))
        for client_id, grant in newest.items()
    ]


def latest_requests(realm_id: str, count: int) -> list[LoggedRequest]:
    """Newest first."""
    return emulator().log.latest(realm_id, count)


@web.app_template_filter("asked")
def asked(entry: LoggedRequest) -> str:
    """What a request was about, short: "payment/17", "query SELECT ...", "invoice?operation=void"."""
    what = entry.path.partition(f"{entry.realm_id}/")[2] if entry.realm_id else entry.path
    query = "&".join(part for part in entry.query.split("&") if part and not part.startswith("minorversion="))
    return unquote_plus(f"{what}?{query}" if query else what)


@web.app_template_filter("clocktime")
def clocktime(moment: datetime) -> str:
    return f"{moment.astimezone(PACIFIC):%H:%M:%S}"


@web.get("/company/<realm_id>/requests/")
def requests(realm_id: str) -> ResponseReturnValue:
    company = company_or_404(realm_id)
    return render_template(
        "requests.html", company=company, entries=latest_requests(realm_id, SHOWN), shown=SHOWN
    )


@web.get("/company/<realm_id>/faults/")
def faults(realm_id: str) -> ResponseReturnValue:
    company = company_or_404(realm_id)
    return render_template(
        "faults.html",
        company=company,
        rules=emulator().faults.rules(realm_id),
        fault_kinds=KINDS,
        words=WORDS,
    )


@web.post("/company/<realm_id>/faults/arm")
def arm(realm_id: str) -> ResponseReturnValue:
    """Switch a fault on for this company."""
    company_or_404(realm_id)
    form = request.form
    rule = Rule(
        form.get("kind", ""),
        realm_id,
        method=form.get("method", ""),
        path=form.get("path", "").strip(),
        entity=form.get("entity", "").strip(),
        after=max(0, form.get("after", 0, int)),
        count=max(0, form.get("count", 1, int)),
        seconds=min(600.0, max(0.0, form.get("seconds", 0.0, float))),
    )
    try:
        emulator().faults.add(rule)
    except ValueError as refused:
        flash(f"Nothing was armed: {refused}.", "bad")
    else:
        which = {0: "every request", 1: "the next request"}.get(rule.count, f"the next {rule.count} requests")
        flash(f"Armed {rule.kind} for {which} that fits.")
    return back(url_for("web.faults", realm_id=realm_id))


@web.post("/company/<realm_id>/faults/clear")
def clear_faults(realm_id: str) -> ResponseReturnValue:
    """Switch off this company's faults, or every fault there is."""
    company_or_404(realm_id)
    everywhere = request.form.get("everywhere") == "true"
    emulator().faults.clear("" if everywhere else realm_id)
    flash("Every fault is switched off." if everywhere else "The faults of this company are switched off.")
    return redirect(url_for("web.faults", realm_id=realm_id), 303)


@web.get("/company/<realm_id>/clock/")
def clock(realm_id: str) -> ResponseReturnValue:
    company = company_or_404(realm_id)
    return render_template("clock.html", company=company, local=company.now.astimezone(PACIFIC), steps=STEPS)


@web.post("/company/<realm_id>/clock/turn")
def turn_clock(realm_id: str) -> ResponseReturnValue:
    """Set the company's clock, move it, change its speed, or give it the real time again."""
    company = company_or_404(realm_id)
    try:
        _turn(realm_id)
    except (KeyError, ValueError):
        flash("The clock was not touched: that is no time.", "bad")
    else:
        flash(f"The clock shows {company.now.astimezone(PACIFIC):%Y-%m-%d %H:%M:%S %z}.")
    return redirect(url_for("web.clock", realm_id=realm_id), 303)


def _turn(realm_id: str) -> None:
    how = request.form.get("how")
    if how == "set":
        store().turn_clock(realm_id, to=parse_time(request.form["to"]).timestamp())
    elif how == "advance":
        store().turn_clock(realm_id, by=STEPS[request.form["by"]])
    elif how == "speed":
        store().turn_clock(realm_id, speed=min(100_000.0, max(0.0, float(request.form["speed"]))))
    else:
        store().turn_clock(realm_id, to=datetime.now(PACIFIC).timestamp(), speed=1.0)


@web.post("/company/<realm_id>/disconnect")
def disconnect(realm_id: str) -> ResponseReturnValue:
    """As a user does inside QuickBooks: both tokens of every app stop working (facts 1.6)."""
    company_or_404(realm_id)
    emulator().tokens.disconnect(realm_id)
    flash("Disconnected: no app has tokens for this company any more.")
    return redirect(url_for("web.company", realm_id=realm_id), 303)
