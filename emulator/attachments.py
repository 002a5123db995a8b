"""Files: uploaded with their Attachable, and fetched again by an address that works for fifteen minutes (facts 9.5)."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import FileStorage

from emulator import xml_requests
from emulator.books import Company
from emulator.entities.base import Record
from emulator.faults import QuickBooksFault, business, missing, not_found
from emulator.service import emulator
from emulator.wire import dumps, loads

blueprint = Blueprint("attachments", __name__)
LARGEST_REQUEST = 100 * 1024 * 1024
GOOD_FOR = 15 * 60  # seconds
PART = re.compile(r"file_content_?(\w+)")
KEY = "file_key"


@dataclass(frozen=True)
class Upload:
    """One file of a request with what its metadata part says about it."""

    name: str
    content_type: str
    content: bytes
    metadata: Record


def upload(company: Company) -> str:
    """The JSON text of an AttachableResponse array: one Attachable for each file of the multipart request."""
    if (request.content_length or 0) > LARGEST_REQUEST:
        raise business("The request is larger than 100 MB.")
    files = _uploads()
    if not files:
        raise missing("file_content_01")
    made = [_with_address(company, company.attach(_payload(file), file.content)) for file in files]
    return f"[{','.join(dumps({'Attachable': attachable}) for attachable in made)}]"


def address(company: Company, identity: str) -> str:
    """Where the file of an Attachable can be fetched, without a token, for a while."""
    attachable = company.get("Attachable", identity)
    if "FileAccessUri" not in attachable:
        raise not_found("The attachable has no file.")
    expires = int(company.now.timestamp()) + GOOD_FOR
    signed = urlencode(
        {"Expires": expires, "Signature": _signature(f"{company.realm_id}/{identity}/{expires}")}
    )
    name = quote(attachable["FileName"], safe="")
    return f"{request.host_url}_files/{company.realm_id}/{identity}/{name}?{signed}"


def fresh(company: Company, attachable: Record) -> Record:
    """An Attachable as it is read: its TempDownloadUri works from now on."""
    return _with_address(company, attachable) if "FileAccessUri" in attachable else attachable


@blueprint.get("/_files/<realm_id>/<identity>/<name>")
def fetch(realm_id: str, identity: str, name: str) -> Response:
    company = emulator().store.company(realm_id)
    expires, signature = request.args.get("Expires", ""), request.args.get("Signature", "")
    expected = _signature(f"{realm_id}/{identity}/{expires}")
    if company is None or not hmac.compare_digest(expected, signature):
        abort(403)
    if int(expires) < company.now.timestamp():
        abort(403)
    content = company.file(identity)
    if content is None:
        abort(404)
    response = Response(content, content_type=company.get("Attachable", identity)["ContentType"])
    response.headers["Content-Disposition"] = "attachment"  # what others uploaded is never run on this origin
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _uploads() -> list[Upload]:
    """Parts are paired by the end of their names: file_metadata_01 belongs to file_content_01."""
    found = []
    for name, part in request.files.items():
        match = PART.fullmatch(name)
        if match:
            found.append(_read(part, _metadata(match.group(1))))
    return found


def _read(part: FileStorage, metadata: Record) -> Upload:
    content = part.read()
    if part.headers.get("Content-Transfer-Encoding", "").lower() == "base64":
        try:
            content = base64.b64decode(content)
        except binascii.Error:
            raise QuickBooksFault(2010, "Property Name:file_content is not base64") from None
    content_type = part.mimetype or "application/octet-stream"
    return Upload(part.filename or "", content_type, content, metadata)


def _metadata(number: str) -> Record:
    part: Any = request.form.get(f"file_metadata_{number}")
    if part is None and f"file_metadata_{number}" in request.files:
        part = request.files[f"file_metadata_{number}"].read().decode("utf-8", "replace")
    if not part or not part.strip():
        return {}
    if part.lstrip().startswith("<"):
        return xml_requests.record(part.encode(), "Attachable")
    try:
        metadata = loads(part)
    except ValueError:
        raise QuickBooksFault(2010, "Property Name:file_metadata is not valid JSON") from None
    if not isinstance(metadata, dict):
        raise QuickBooksFault(2010, "Property Name:file_metadata is not an object")
    return metadata


def _payload(file: Upload) -> Record:
    named = {"FileName": file.name, "ContentType": file.content_type}
    return {**{name: value for name, value in named.items() if value}, **file.metadata}


def _with_address(company: Company, attachable: Record) -> Record:
    return {**attachable, "TempDownloadUri": address(company, attachable["Id"])}


def _signature(message: str) -> str:
    store = emulator().store
    key = store.setting(KEY)
    if key is None:
        with store.database.writing():  # whoever comes second waits, and then finds the key of the first
            key = store.setting(KEY) or secrets.token_hex(32)
            store.set_setting(KEY, key)
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
