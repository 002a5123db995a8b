"""The blueprint of the human pages: who may post, how to speak to the reader, and what every page knows."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from emulator.books import Company
from emulator.clock import metadata_time
from emulator.faults import QuickBooksFault
from emulator.service import emulator
from emulator.store import Store
from emulator.web import kinds

web = Blueprint(
    "web", __name__, template_folder="templates", static_folder="static", static_url_path="/_static"
)
web.add_app_template_filter(kinds.raw, "raw")
web.add_app_template_filter(metadata_time, "moment")
web.add_app_template_global(kinds.dig, "dig")
web.add_app_template_global(kinds.target, "target")


@web.app_context_processor
def _tables() -> dict[str, Any]:
    return {
        "KINDS": kinds.KINDS,
        "NUMBERS": kinds.NUMBERS,
        "SHORT": kinds.SHORT,
        "NAMES": kinds.NAMES,
        "SLUGS": kinds.SLUGS,
    }


@web.record_once
def _prepare(state: Any) -> None:
    """Flash messages need a signed cookie. Cookies of one host are shared between its ports, hence the name."""
    app: Flask = state.app
    app.config["SESSION_COOKIE_NAME"] = "emulator"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.secret_key = app.secret_key or secrets.token_bytes(32)


def store() -> Store:
    return emulator().store


def company_or_404(realm_id: str) -> Company:
    company = store().company(realm_id)
    if company is None:
        abort(404)
    return company


def kind_or_404(slug: str) -> kinds.Kind:
    if slug not in kinds.KINDS:
        abort(404)
    return kinds.KINDS[slug]


@web.before_request
def _only_from_these_pages() -> None:
    """A page of another origin must not press our buttons. Every browser names the origin of a post; a program that
    names none is no browser, and could use /_control/ anyhow."""
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
        abort(403)


def back(fallback: str) -> ResponseReturnValue:
    """To the page that the button was on."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    is_ours = came_from.netloc == request.host and came_from.path.startswith("/")
    query = f"?{came_from.query}" if came_from.query else ""
    return redirect(f"{came_from.path}{query}" if is_ours else fallback, 303)


@web.errorhandler(QuickBooksFault)
def _refused(fault: QuickBooksFault) -> ResponseReturnValue:
    """What the books refuse is said on the page that asked; a record that is gone has no page."""
    if request.method != "POST":
        return _missing(NotFound())
    flash(f"Refused with code {fault.code}, {fault.kind.message}. {fault.detail}", "bad")
    return back(url_for("web.index"))


@web.errorhandler(403)
def _foreign(error: Exception) -> ResponseReturnValue:
    return render_template(
        "problem.html", title="Not from here", text="That form was on another site's page."
    ), 403


@web.app_errorhandler(404)
def _missing(error: Exception) -> ResponseReturnValue:
    """A page for people; programs get the plain answer."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        return error if isinstance(error, NotFound) else NotFound()
    return render_template("problem.html", title="Not here", text="There is no such page or record."), 404
