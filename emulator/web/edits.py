"""The buttons: each does what somebody could do inside QuickBooks, by the rules of the books."""

from copy import deepcopy
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from emulator.books import Company
from emulator.web import kinds
from emulator.web.kinds import Json, Kind
from emulator.web.site import back, company_or_404, kind_or_404, web
from emulator.wire import cents

RECORD = "/company/<realm_id>/<slug>/<identity>"


@web.post(f"{RECORD}/edit")
def edit(realm_id: str, slug: str, identity: str) -> ResponseReturnValue:
    """Change the fields that came with another value than the record has."""
    opened, kind = company_or_404(realm_id), kind_or_404(slug)
    changes = _changes(kind, opened.get(kind.entity, identity))
    if not changes:
        flash("Nothing was changed: every field is as it was.")
    else:
        saved = opened.edit(kind.entity, identity, changes)
        _say(kind, saved, f"changed: {', '.join(changes)}. SyncToken is {saved['SyncToken']} now")
    return _to_record(realm_id, slug, identity)


@web.post(f"{RECORD}/active")
def set_active(realm_id: str, slug: str, identity: str) -> ResponseReturnValue:
    opened, kind = company_or_404(realm_id), kind_or_404(slug)
    wanted = request.form.get("Active") == "true"
    saved = opened.edit(kind.entity, identity, {"Active": wanted})
    _say(kind, saved, "made active again" if wanted else "made inactive")
    return back(url_for("web.record", realm_id=realm_id, slug=slug, identity=identity))


@web.post(f"{RECORD}/void")
def void(realm_id: str, slug: str, identity: str) -> ResponseReturnValue:
    opened, kind = company_or_404(realm_id), kind_or_404(slug)
    saved = opened.void(kind.entity, _newest(opened, kind, identity))
    _say(kind, saved, "voided")
    return back(url_for("web.record", realm_id=realm_id, slug=slug, identity=identity))


@web.post(f"{RECORD}/delete")
def delete(realm_id: str, slug: str, identity: str) -> ResponseReturnValue:
    opened, kind = company_or_404(realm_id), kind_or_404(slug)
    record = opened.get(kind.entity, identity)
    opened.delete(kind.entity, _newest(opened, kind, identity))
    _say(kind, record, "deleted")
    return redirect(url_for("web.listing", realm_id=realm_id, slug=slug), 303)


@web.post("/company/<realm_id>/invoices/<identity>/quantity")
def change_quantity(realm_id: str, identity: str) -> ResponseReturnValue:
    """Another quantity on one line; its Amount follows the price."""
    opened, kind = company_or_404(realm_id), kinds.KINDS["invoices"]
    lines = deepcopy(opened.get("Invoice", identity)["Line"])
    line = next((line for line in lines if line.get("Id") == request.form.get("line")), None)
    quantity = _number("Qty")
    if line is None or quantity is None:
        abort(404)
    detail = line["SalesItemLineDetail"]
    detail["Qty"] = quantity
    line["Amount"] = cents(quantity * Decimal(detail["UnitPrice"]))
    saved = opened.edit("Invoice", identity, {"Line": lines})
    _say(
        kind,
        saved,
        f"changed: line {line['Id']} has Qty {quantity:f}, TotalAmt is {kinds.raw(saved['TotalAmt'])}",
    )
    return _to_record(realm_id, "invoices", identity)


@web.post("/company/<realm_id>/invoices/<identity>/pay")
def pay(realm_id: str, identity: str) -> ResponseReturnValue:
    """Record a payment on one invoice; what is over its balance stays unapplied."""
    opened = company_or_404(realm_id)
    invoice, received = opened.get("Invoice", identity), _number("TotalAmt")
    if received is None:
        flash("No payment was recorded: TotalAmt is not a number.", "bad")
        return _to_record(realm_id, "invoices", identity)
    applied = min(received, Decimal(invoice["Balance"]))
    link = {"Amount": applied, "LinkedTxn": [{"TxnId": identity, "TxnType": "Invoice"}]}
    payload: Json = {"CustomerRef": {"value": invoice["CustomerRef"]["value"]}, "TotalAmt": received}
    payload["Line"] = [link] if applied else []
    payload |= {name: request.form[name] for name in ("PaymentRefNum", "TxnDate") if request.form.get(name)}
    if method := request.form.get("PaymentMethodRef"):
        payload["PaymentMethodRef"] = {"value": method}
    saved = opened.create("Payment", payload)
    _say(kinds.KINDS["payments"], saved, f"recorded: {received:f}, of which {applied:f} on this invoice")
    return _to_record(realm_id, "invoices", identity)


@web.post("/company/<realm_id>/invoices/<identity>/send")
def send(realm_id: str, identity: str) -> ResponseReturnValue:
    opened = company_or_404(realm_id)
    saved = opened.send("Invoice", identity, request.form.get("sendTo", "").strip() or None)
    _say(kinds.KINDS["invoices"], saved, f"sent to {saved['BillEmail']['Address']}")
    return _to_record(realm_id, "invoices", identity)


@web.post("/company/<realm_id>/customers/<identity>/merge")
def merge(realm_id: str, identity: str) -> ResponseReturnValue:
    """This customer's transactions go to another, found by its DisplayName; then this one is gone."""
    opened, wanted = company_or_404(realm_id), request.form.get("into", "").strip()
    into = next((found for found in opened.all("Customer") if found["DisplayName"] == wanted), None)
    if into is None:
        flash(f"Nothing was merged: no customer is called {wanted}.", "bad")
        return _to_record(realm_id, "customers", identity)
    gone = opened.get("Customer", identity)
    opened.merge(into["Id"], identity)
    _say(kinds.KINDS["customers"], gone, f"merged into {wanted}")
    return _to_record(realm_id, "customers", into["Id"])


@web.post("/company/<realm_id>/settings")
def settings(realm_id: str) -> ResponseReturnValue:
    """The settings that change how the API behaves (facts 9.5, Preferences)."""
    opened = company_or_404(realm_id)
    closed = request.form.get("BookCloseDate") or None
    numbers = request.form.get("CustomTxnNumbers") == "true"
    changes = {
        "SalesFormsPrefs": {"CustomTxnNumbers": numbers},
        "AccountingInfoPrefs": {"BookCloseDate": closed},
    }
    opened.edit("Preferences", "1", changes)
    flash(f"Preferences changed: CustomTxnNumbers {kinds.raw(numbers)}, BookCloseDate {closed or 'none'}.")
    return redirect(url_for("web.company", realm_id=realm_id), 303)


def _changes(kind: Kind, record: Json) -> Json:
    changes: Json = {}
    for field in kind.edits:
        sent = request.form.get(field.path)
        if sent is not None and sent.strip() != kinds.raw(kinds.dig(record, field.path)):
            changes |= kinds.nest(field.path, sent.strip())
    return changes


def _newest(opened: Company, kind: Kind, identity: str) -> Json:
    return {"Id": identity, "SyncToken": opened.get(kind.entity, identity)["SyncToken"]}


def _number(name: str) -> Decimal | None:
    try:
        number = Decimal(request.form.get(name, "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _say(kind: Kind, record: dict[str, Any], what: str) -> None:
    flash(f"{kind.entity} {kinds.title(kind, record)} {what}.")


def _to_record(realm_id: str, slug: str, identity: str) -> ResponseReturnValue:
    return redirect(url_for("web.record", realm_id=realm_id, slug=slug, identity=identity), 303)
