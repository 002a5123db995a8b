"""`requestid`: a write that is sent twice happens once (facts 2)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from flask import Request

from emulator import gateway
from emulator.books import Company
from emulator.database import Database
from emulator.faults import QuickBooksFault

LONGEST, LONGEST_OF_BATCH = 50, 36


@dataclass(frozen=True)
class Answer:
    text: str
    status: int = 200


def once(database: Database, company: Company, request: Request, write: Callable[[], Answer]) -> Answer:
    """Do a write, or answer what it answered when this id came first; refusals are answers too.

    The same id with another body or path is 600, and ids are kept for ever (emulator choices: facts 2 and 12 no. 1).
    The answer is stored in the write's own transaction, so that no crash can part them.
    """
    request_id = request.args.get("requestid")
    if not request_id:
        return write()
    longest = LONGEST_OF_BATCH if request.path.endswith("/batch") else LONGEST
    if len(request_id) > longest:
        raise QuickBooksFault(2130, f"Invalid Request Id Format : at most {longest} characters")
    fingerprint = _fingerprint(request)
    with database.writing() as db:
        known = db.execute(
            "SELECT * FROM answers WHERE realm_id = ? AND request_id = ?", (company.realm_id, request_id)
        ).fetchone()
        if known is not None:
            if known["fingerprint"] != fingerprint:
                raise QuickBooksFault(
                    600, f"Duplicate Request ID : {request_id} was used for another request"
                )
            return Answer(known["body"], known["status"])
        answer = _settled(company, write)
        db.execute(
            "INSERT INTO answers (realm_id, request_id, fingerprint, status, body) VALUES (?, ?, ?, ?, ?)",
            (company.realm_id, request_id, fingerprint, answer.status, answer.text),
        )
    return answer


def _settled(company: Company, write: Callable[[], Answer]) -> Answer:
    try:
        return write()
    except QuickBooksFault as refusal:
        return Answer(gateway.fault_text(refusal, company.now), refusal.status)


def _fingerprint(request: Request) -> str:
    arguments = sorted((name, value) for name, value in request.args.items(multi=True) if name != "requestid")
    digest = hashlib.sha256(repr((request.path, arguments)).encode())
    digest.update(request.get_data())
    return digest.hexdigest()
