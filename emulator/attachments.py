"""Files: uploaded with their Attachable, and fetched again by an address that works for fifteen minutes (facts 9.5)."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import Headers
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

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


@dataclass
class Part:
    """One part of a multipart body."""

    name: str
    filename: str
    headers: Headers
    content: bytes = b""

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip()

    @property
    def decoded(self) -> bytes:
        """Raises 2010 for what calls itself base64 and is not."""
        if self.headers.get("Content-Transfer-Encoding", "").lower() != "base64":
            return self.content
        try:
            return base64.b64decode(self.content)
        except binascii.Error:
            raise QuickBooksFault(2010, f"Property Name:{self.name} is not base64") from None


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
    parts = {part.name: part for part in _parts()}
    return [
        Upload(part.filename, part.content_type, part.decoded, _metadata(parts, match.group(1)))
        for name, part in parts.items()
        if (match := PART.fullmatch(name))
    ]


def _parts() -> list[Part]:
    """The parts of the body. Flask's own reading would lose the headers of those without a file name, which some
    clients send in base64."""
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not boundary:
        raise missing("file_content_01")
    decoder = MultipartDecoder(boundary.encode())
    decoder.receive_data(request.get_data())
    decoder.receive_data(None)
    found: list[Part] = []
    try:
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, Field | File):
                found.append(Part(event.name or "", getattr(event, "filename", None) or "", event.headers))
            elif isinstance(event, Data):
                found[-1].content += event.data
    except ValueError:
        raise QuickBooksFault(2010, "Property Name:failed to parse the multipart body") from None
    return found


def _metadata(parts: Mapping[str, Part], number: str) -> Record:
    part = parts.get(f"file_metadata_{number}")
    text = part.decoded.decode("utf-8", "replace").strip() if part else ""
    if not text:
        return {}
    if text.startswith("<"):
        return xml_requests.record(text.encode(), "Attachable")
    try:
        metadata = loads(text)
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
