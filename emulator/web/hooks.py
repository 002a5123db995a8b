"""The page of the webhooks: where they go, what was posted and with what success."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from emulator.clock import EVERYBODY
from emulator.service import emulator
from emulator.web.site import company_or_404, web
from emulator.webhooks.deliveries import Endpoint
from emulator.webhooks.payload import FORMATS

SHOWN = 50


@web.get("/company/<realm_id>/webhooks/")
def webhooks(realm_id: str) -> ResponseReturnValue:
    company, known = company_or_404(realm_id), emulator().webhooks
    return render_template(
        "webhooks.html",
        company=company,
        endpoint=known.endpoint(realm_id),
        deliveries=known.latest(realm_id, SHOWN),
        formats=FORMATS,
        shown=SHOWN,
    )


@web.post("/company/<realm_id>/webhooks/listen")
def listen(realm_id: str) -> ResponseReturnValue:
    """Set the endpoint of this company, or the one of all companies; without an address it is taken away."""
    company_or_404(realm_id)
    form = request.form
    whose = EVERYBODY if form.get("everybody") == "true" else realm_id
    wanted = Endpoint(
        whose, form.get("url", "").strip(), form.get("verifierToken", ""), form.get("format", FORMATS[0])
    )
    try:
        emulator().webhooks.listen(wanted)
    except ValueError as refused:
        flash(f"Nothing was changed: {refused}.", "bad")
    else:
        flash(f"Events go to {wanted.url} from now on." if wanted.url else "Events go nowhere any more.")
    return _to_page(realm_id)


@web.post("/company/<realm_id>/webhooks/test")
def send_test(realm_id: str) -> ResponseReturnValue:
    company_or_404(realm_id)
    if emulator().webhooks.test(realm_id):
        flash("A test event is on its way: customer 1 was updated.")
    else:
        flash("No test event was sent: no endpoint listens.", "bad")
    return _to_page(realm_id)


@web.post("/company/<realm_id>/webhooks/<int:number>/resend")
def resend(realm_id: str, number: int) -> ResponseReturnValue:
    company_or_404(realm_id)
    if emulator().webhooks.resend(number):
        flash(f"Delivery {number} is posted once more.")
    else:
        flash(f"Delivery {number} is not remembered any more.", "bad")
    return _to_page(realm_id)


def _to_page(realm_id: str) -> ResponseReturnValue:
    return redirect(url_for("web.webhooks", realm_id=realm_id), 303)
