"""A client for QuickBooks Online's Accounting API.

Callers never see HTTP or the library that speaks it: they hand over calls and queries, get plain dicts with
`Decimal` amounts, and catch `QuickBooksError`, which knows its own fate. Nothing here knows Django, a model
or a setting.
"""

from qbo.api import calls, payloads
from qbo.api.calls import Call
from qbo.api.client import Changes, Client, Json, QueryPage
from qbo.api.errors import (
    AuthenticationFailed,
    BadRequest,
    BusinessRule,
    ClosedPeriod,
    CompanyInactive,
    Deposited,
    DuplicateName,
    DuplicateNumber,
    Fate,
    HasBalance,
    InvalidReference,
    LinkedTransaction,
    NameBusy,
    NotAuthorized,
    ObjectNotFound,
    OutcomeUnknown,
    PermissionDenied,
    QueryFault,
    QuickBooksError,
    Refused,
    RequestIdReused,
    ServiceUnavailable,
    Settled,
    StaleObject,
    Throttled,
    TimedOut,
    UnknownFault,
    Unreachable,
    UnsupportedOperation,
)
from qbo.api.faults import Fault
from qbo.api.query import Query
from qbo.api.transport import Response, Session, TokenSource, Transport, new_session

__all__ = [
    "AuthenticationFailed",
    "BadRequest",
    "BusinessRule",
    "Call",
    "Changes",
    "Client",
    "ClosedPeriod",
    "CompanyInactive",
    "Deposited",
    "DuplicateName",
    "DuplicateNumber",
    "Fate",
    "Fault",
    "HasBalance",
    "InvalidReference",
    "Json",
    "LinkedTransaction",
    "NameBusy",
    "NotAuthorized",
    "ObjectNotFound",
    "OutcomeUnknown",
    "PermissionDenied",
    "Query",
    "QueryFault",
    "QueryPage",
    "QuickBooksError",
    "Refused",
    "RequestIdReused",
    "Response",
    "ServiceUnavailable",
    "Session",
    "Settled",
    "StaleObject",
    "Throttled",
    "TimedOut",
    "TokenSource",
    "Transport",
    "UnknownFault",
    "Unreachable",
    "UnsupportedOperation",
    "calls",
    "new_session",
    "payloads",
]
