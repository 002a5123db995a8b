"""The Accounting API: `/v3/company/{realmId}/...` (facts 2 to 5, 7, 8)."""

import re
import sys
import traceback
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from emulator import attachments, entities, gateway, xml_requests
from emulator.batch import LONGEST_BID, BatchRules, run_batch
from emulator.books import Company
from emulator.cdc import changes
from emulator.clock import milliseconds
from emulator.entities.base import Entity, Record
from emulator.faults import QuickBooksFault, missing, unsupported
from emulator.pdf import form_pdf, receipt
from emulator.query.executor import run
from emulator.replay import Answer, once
from emulator.reports import run_report
from emulator.service import emulator
from emulator.tokens import ACCOUNTING, Grant
from emulator.wire import dumps, loads
from emulator.xml_answers import CONTENT_TYPE, to_xml

blueprint = Blueprint("api", __name__)
BROKEN_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


@blueprint.route("/v3/company/<realm_id>/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def call(realm_id: str, rest: str) -> Response:
    now = emulator().now(realm_id)
    if BROKEN_PERCENT.search(request.query_string):  # facts 3: a raw percent sign on GET gives 400
        return Response("Bad Request", 400, mimetype="text/plain")
    grant = _authorised(realm_id, now)
    if isinstance(grant, Response):
        return grant
    limits, last = emulator().limits, rest.rpartition("/")[2]
    if not limits.admit(realm_id, grant.client_id, batch=rest == "batch", send=last == "send"):
        return gateway.throttled(now, limits.refusal(realm_id))
    company = emulator().store.company(realm_id)
    if company is None:  # the company was reset away; its tokens are not good for anything
        return gateway.forbidden(milliseconds(now))
    try:
        return _answer(company, rest.strip("/").split("/"))
    except QuickBooksFault as refusal:
        return gateway.fault(refusal, now)


@blueprint.after_request
def _speak_xml(response: Response) -> Response:
    """XML to those who ask for it, and to those who send it and do not say (emulator choice)."""
    if response.content_type == gateway.JSON and _wants_xml():
        response.set_data(to_xml(response.get_data(as_text=True)))
        response.content_type = CONTENT_TYPE
    return response


@blueprint.errorhandler(Exception)
def _crashed(error: Exception) -> Response | HTTPException:
    """A mistake of the emulator itself: shown as QuickBooks' 10000, and in full on the terminal."""
    if isinstance(error, HTTPException):
        return error
    traceback.print_exception(error, file=sys.stderr)
    return gateway.fault(
        QuickBooksFault(10000, f"The emulator failed: {error!r}"), emulator().now(g.realm_id)
    )


def _authorised(realm_id: str, now: datetime) -> Grant | Response:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and not token.strip():
        return gateway.fault(QuickBooksFault(3202, "The OAuth token is empty."), now)
    access = emulator().tokens.check(token if scheme.lower() == "bearer" else "")
    if access.grant is None:
        return gateway.unauthenticated(access.problem, milliseconds(now))
    if access.grant.realm_id != realm_id or ACCOUNTING not in access.grant.scopes:
        return gateway.forbidden(milliseconds(now))
    return access.grant


def _wants_xml() -> bool:
    wanted = request.accept_mimetypes
    if not wanted or wanted.best == "*/*":
        return _sent_xml()
    return wanted.best_match(["application/json", "application/xml", "text/xml"]) not in {
        None,
        "application/json",
    }


def _sent_xml() -> bool:
    return request.mimetype in {"application/xml", "text/xml"}


def _answer(company: Company, parts: list[str]) -> Response:
    match parts:
        case ["query"]:
            return _query(company)
        case ["cdc"] if request.method == "GET":
            found = changes(company, request.args.get("entities", ""), request.args.get("changedSince", ""))
            return gateway.answer(gateway.enveloped(f'"CDCResponse":[{found}]', company.now))
        case ["reports", name] if request.method == "GET":
            return gateway.answer(dumps(run_report(company.ledger(), name, request.args)))
        case ["download", identity] if request.method == "GET":
            return gateway.answer(attachments.address(company, identity), content_type="text/plain")
        case [name, identity, "pdf"] if request.method == "GET":
            return _pdf(company, entities.get(name), identity)
        case [name, identity] if request.method == "GET":
            return _record(company, _read(company, entities.get(name), identity))
        case [name] if request.method == "GET":
            return _record(company, _read_single(company, entities.get(name)))
    if request.method != "POST":
        raise QuickBooksFault(500, f"Operation {request.method} is not supported.", "Operation")
    outcome = once(emulator().store.database, company, request, lambda: _write(company, parts))
    return gateway.answer(outcome.text, outcome.status)


def _write(company: Company, parts: list[str]) -> Answer:
    match parts:
        case ["batch"]:
            outcomes = run_batch(company, _batch(), _batch_rules(company))
            return Answer(gateway.enveloped(f'"BatchItemResponse":{outcomes}', company.now))
        case [service, "taxcode"] if service.lower() == "taxservice":
            return Answer(dumps(company.create_tax_code(_json_payload())))
        case ["upload"]:
            members = f'"AttachableResponse":{attachments.upload(company)}'
        case [name]:
            kind = entities.get(name)
            members = _members(kind, _linked(company, kind, _change(company, kind)))
        case [name, identity, "send"]:
            kind = entities.get(name)
            kind.allow("send")
            members = _members(kind, company.send(kind.name, identity, request.args.get("sendTo")))
        case _:
            raise unsupported(f"the path {'/'.join(parts)}")
    return Answer(gateway.enveloped(members, company.now))


def _batch_rules(company: Company) -> BatchRules:
    shuffled = emulator().store.setting(f"shuffle:{company.realm_id}") == "true"
    return BatchRules(shuffled, LONGEST_BID if "requestid" in request.args else None)


def _change(company: Company, kind: Entity) -> Record:
    """Which write a POST is: by `operation` and `include`, else by whether the body has an Id (facts 2)."""
    operation, include = request.args.get("operation", ""), _include()
    payload, duplicates = _payload(kind), "allowduplicatedocnum" in include
    if operation == "delete":
        kind.allow("delete")
        return company.delete(kind.name, payload)
    if (operation == "void" and kind.name == "Invoice") or (operation == "update" and "void" in include):
        kind.allow("void")
        return company.void(kind.name, payload)
    if operation not in {"", "create", "update"}:
        raise QuickBooksFault(500, f"Operation {operation} is not supported.", "Operation")
    if payload.get("Id") or operation == "update":
        kind.allow("update")
        return company.update(kind.name, payload, allow_duplicate_number=duplicates)
    kind.allow("create")
    return company.create(kind.name, payload, allow_duplicate_number=duplicates)


def _read(company: Company, kind: Entity, identity: str) -> tuple[Entity, Record]:
    kind.allow("read")
    if (
        kind.name == "CompanyInfo" and identity == company.realm_id
    ):  # read by realm id, yet its Id is 1 (facts 9.5)
        identity = "1"
    if not identity.isdecimal() and kind.name != "TaxCode":
        raise QuickBooksFault(2030, f"Invalid ID : {identity}", "Id")
    return kind, company.get(kind.name, identity)


def _read_single(company: Company, kind: Entity) -> tuple[Entity, Record]:
    if kind.name != "Preferences":
        raise missing("Id")
    return kind, company.get("Preferences", "1")


def _query(company: Company) -> Response:
    text = request.args.get("query") or request.form.get("query")
    if text is None and request.method == "POST":
        text = request.get_data(as_text=True)
    if not text or not text.strip():  # seen live: 200 with a SystemFault (facts 2)
        return gateway.fault(QuickBooksFault(10000, "No query statement was supplied."), company.now, 200)
    found = run(company.ledger(), text).json()
    return gateway.answer(gateway.enveloped(f'"QueryResponse":{found}', company.now))


def _pdf(company: Company, kind: Entity, identity: str) -> Response:
    kind.allow("pdf")
    response = gateway.answer("", content_type="application/pdf")
    record = company.get(kind.name, identity)
    response.set_data(form_pdf(company, receipt(record) if kind.name == "Payment" else record, kind.name))
    return response


def _payload(kind: Entity) -> Record:
    """The record of the body, whichever language it is written in."""
    return xml_requests.record(request.get_data(), kind.name) if _sent_xml() else _json_payload()


def _batch() -> Record:
    return xml_requests.batch(request.get_data()) if _sent_xml() else _json_payload()


def _json_payload() -> Record:
    """The JSON object of the body. Bytes that are not UTF-8 give 500 (facts 2, Encoding)."""
    try:
        payload = loads(request.get_data().decode("utf-8"))
    except UnicodeDecodeError:
        raise QuickBooksFault(
            500,
            "Operation com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: Invalid byte",
        ) from None
    except ValueError:
        raise QuickBooksFault(
            2010, "Property Name:failed to parse json object; it is not valid JSON"
        ) from None
    if not isinstance(payload, dict):
        raise QuickBooksFault(2010, "Property Name:failed to parse json object; an object is expected")
    return payload


def _record(company: Company, found: tuple[Entity, Record]) -> Response:
    kind, record = found
    members = _members(kind, _linked(company, kind, record))
    return gateway.answer(gateway.enveloped(members, company.now))


def _linked(company: Company, kind: Entity, record: Record) -> Record:
    """What is made at the moment of reading: the address of a file, and InvoiceLink on request, where the invoice
    can be paid online and has an address to be sent to (facts 9.3). The link leads to the PDF, for nobody is there to
    be paid (emulator choice)."""
    if kind.name == "Attachable":
        return attachments.fresh(company, record)
    online = record.get("AllowOnlineCreditCardPayment") or record.get("AllowOnlineACHPayment")
    if kind.name != "Invoice" or "invoiceLink" not in _include() or not online or "BillEmail" not in record:
        return record
    link = f"{request.host_url}company/{company.realm_id}/invoices/{record['Id']}/pdf"
    return {**record, "InvoiceLink": link}


def _include() -> list[str]:
    return request.args.get("include", "").split(",")


def _members(kind: Entity, record: Any) -> str:
    return f'"{kind.name}":{dumps(record)}'
