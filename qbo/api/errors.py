"""Everything that can go wrong with a call, and what becomes of it.

    QuickBooksError
    |                          fate       outcome known
    +-- Unreachable            RETRY      yes, not done    no connection came about
    +-- OutcomeUnknown         RETRY      NO               sent, but no answer that can be read
    |   +-- TimedOut           RETRY      NO               no answer in time
    +-- ServiceUnavailable     RETRY      not after a 5xx  QuickBooks is down or stumbled
    +-- Throttled              RETRY      yes, not done    too many calls
    +-- NameBusy               RETRY      yes, not done    two writers at the name list at once
    +-- AuthenticationFailed   RECONNECT  yes, not done    the access token is not accepted, nor a fresh one
    +-- NotAuthorized          RECONNECT  yes, not done    this app or user may not enter this company
    +-- StaleObject            CONFLICT   yes, not done    somebody else wrote first
    +-- Refused                PERSON     yes, not done    the books or the form of the request forbid it
    |   +-- ObjectNotFound         610    deleted, never there, or something it uses was made inactive
    |   +-- InvalidReference       2500   names something that does not exist or is inactive
    |   +-- DuplicateName          6240   another customer, vendor or employee has the name
    |   +-- DuplicateNumber        6140   the document number is taken
    |   +-- ClosedPeriod           6200   the books are closed for that date
    |   +-- LinkedTransaction      620    cannot be linked to that transaction
    |   +-- Deposited              6540   the payment sits in a deposit
    |   +-- Settled                6450   settled or matched with the bank
    |   +-- HasBalance             6220   still has a balance
    |   +-- CompanyInactive        6190   the QuickBooks subscription ended
    |   +-- PermissionDenied       5020   the user or the plan lacks the feature
    |   +-- UnsupportedOperation   500    QuickBooks has no such operation
    |   +-- BusinessRule           6000   any other rule of bookkeeping
    |   +-- BadRequest             2xxx   a field is missing, too long, malformed
    |   +-- QueryFault             400x   a statement that cannot be run
    +-- RequestIdReused        PERSON     NO               600: the request id was used before
    +-- UnknownFault           PERSON     yes, not done    an answer that is not in the table below

"Outcome known" matters for writes: where it is not, the write may have happened, and only repeating it with
the same request id and bytes is safe. It is asked of the error, not of its class: a refused connection after a
lost answer says nothing about the lost answer (`is_verdict`). Callers act on `fate` and `outcome_known`; they
catch a class only where they can do something special about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import ClassVar

from qbo.api.faults import Fault, parse


class Fate(Enum):
    """What becomes of the work that met an error."""

    RETRY = "retry"  # try again by itself, later
    PERSON = "person"  # wait until somebody changed something
    RECONNECT = "reconnect"  # wait until the company is connected again
    CONFLICT = "conflict"  # read the object again and merge


class QuickBooksError(Exception):
    """A call that did not do what it was made for. `str()` is fit for a support ticket and holds no token.

    `status` is None where no answer came; `retry_after` is in seconds, None where nothing is known about it.
    """

    fate: ClassVar[Fate] = Fate.PERSON

    #: Whether it comes from the gateway in front of QuickBooks, which knows nothing of request ids.
    by_gateway: ClassVar[bool] = False

    def __init__(
        self,
        summary: str = "",
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        faults: Iterable[Fault] = (),
        intuit_tid: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.method = method
        self.path = path
        self.status = status
        self.faults = tuple(faults)
        self.intuit_tid = intuit_tid
        self.retry_after = retry_after
        #: Set by the transport when an earlier attempt under the same request id may have been carried out.
        self.doubtful = False

    @property
    def outcome_known(self) -> bool:
        """False when a write may have happened all the same."""
        return not self.doubtful

    @property
    def is_verdict(self) -> bool:
        """Whether QuickBooks itself judged the request. That settles what became of every earlier attempt under the
        same request id, and uses the id up; anything else leaves an unknown outcome as unknown as it was.
        """
        return bool(self.faults) and not self.by_gateway

    @property
    def code(self) -> str:
        """QuickBooks' code of the first fault, or "" without one."""
        return self.faults[0].code if self.faults else ""

    @property
    def words(self) -> str:
        """What QuickBooks said, without codes, for showing to people."""
        return " ".join(fault.detail or fault.message for fault in self.faults) or self.summary

    def __str__(self) -> str:
        call = f"{self.method} {self.path}: " if self.method else ""
        answer = f"HTTP {self.status}, " if self.status is not None else ""
        reasons = "; ".join(str(fault) for fault in self.faults) or self.summary or "no reason given"
        ticket = f" [intuit_tid {self.intuit_tid}]" if self.intuit_tid else ""
        return f"{call}{answer}{reasons}{ticket}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class Unreachable(QuickBooksError):
    """No connection came about, so nothing was done."""

    fate = Fate.RETRY


class OutcomeUnknown(QuickBooksError):
    """The request left and no readable answer came back: it may have been done."""

    fate = Fate.RETRY

    @property
    def outcome_known(self) -> bool:
        return False


class TimedOut(OutcomeUnknown):
    """No answer within the time limit; QuickBooks itself gives up after 120 seconds."""


class ServiceUnavailable(QuickBooksError):
    """QuickBooks is under maintenance, overloaded or has stumbled."""

    fate = Fate.RETRY

    @property
    def outcome_known(self) -> bool:
        """A 5xx may come from a gateway that lost the answer; under any other status it is definite."""
        return self.is_verdict

    @property
    def is_verdict(self) -> bool:
        return super().is_verdict and self.status is not None and self.status < 500


class Throttled(QuickBooksError):
    """Too many calls; `retry_after` says for how long to leave this company alone."""

    fate = Fate.RETRY
    by_gateway = True


class NameBusy(QuickBooksError):
    """QuickBooks takes one new or changed name at a time, and somebody else was at it."""

    fate = Fate.RETRY


class AuthenticationFailed(QuickBooksError):
    """The access token is not accepted, and a fresh one was not either."""

    fate = Fate.RECONNECT
    by_gateway = True


class NotAuthorized(QuickBooksError):
    """The app may not enter this company: wrong keys or host, or the user who connected it lost access."""

    fate = Fate.RECONNECT
    by_gateway = True


class StaleObject(QuickBooksError):
    """Somebody wrote the object after its SyncToken was read."""

    fate = Fate.CONFLICT


class Refused(QuickBooksError):
    """QuickBooks understood and said no; the same request will be refused again."""


class ObjectNotFound(Refused):
    """Asked for by Id: it is gone or never was. In a write: also something it refers to was made inactive."""


class InvalidReference(Refused):
    """A customer, item, account or term that does not exist or is inactive."""


class DuplicateName(Refused):
    """Customers, vendors and employees share one list of names, inactive ones included."""


class DuplicateNumber(Refused):
    """The company numbers by hand and warns of numbers used twice."""


class ClosedPeriod(Refused):
    """The date lies before the closing date of the books."""


class LinkedTransaction(Refused):
    """The linked transaction belongs to another customer or is of the wrong kind."""


class Deposited(Refused):
    """The payment is part of a deposit and has to be taken out of it first."""


class Settled(Refused):
    """The transaction is settled or matched and cannot be voided."""


class HasBalance(Refused):
    """It cannot be made inactive or deleted while it has a balance."""


class CompanyInactive(Refused):
    """The QuickBooks subscription ended or was not paid: reading works, writing does not."""


class PermissionDenied(Refused):
    """The connected user, or the company's plan, lacks the feature."""


class UnsupportedOperation(Refused):
    """QuickBooks has no such operation for this kind of object."""


class BusinessRule(Refused):
    """A rule of bookkeeping in QuickBooks' own free words."""


class BadRequest(Refused):
    """A field is missing, malformed, too long, unknown, or does not add up."""


class QueryFault(Refused):
    """A statement that cannot be parsed or run."""


class RequestIdReused(QuickBooksError):
    """The request id was used before, perhaps by this very write: look the object up before deciding."""

    @property
    def outcome_known(self) -> bool:
        return False

    @property
    def is_verdict(self) -> bool:
        return False


class UnknownFault(QuickBooksError):
    """An answer that is not in the table below: it waits for a person."""


# The closed table. Meanings: docs/quickbooks.md section 8.3, after Intuit's error code page,
# https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes
BY_CODE: dict[str, type[QuickBooksError]] = {
    "100": AuthenticationFailed,
    "110": AuthenticationFailed,
    "120": NotAuthorized,  # the connecting user was removed or is no administrator any more
    "130": ServiceUnavailable,  # wrong cluster
    "140": ServiceUnavailable,  # company locked out
    "150": ServiceUnavailable,  # under maintenance
    "500": UnsupportedOperation,  # a fault code, not the HTTP status; comes with 400
    "600": RequestIdReused,
    "610": ObjectNotFound,  # with HTTP 400; 404 means a wrong address
    "620": LinkedTransaction,
    **dict.fromkeys(("630", "700", "800", "900"), BusinessRule),  # duplicates and wrong parents
    **dict.fromkeys(("1000", "1010", "1020", "1040"), BadRequest),
    **dict.fromkeys(("2000", "2010", "2020", "2030", "2040", "2050", "2060", "2070"), BadRequest),
    **dict.fromkeys(("2080", "2090", "2100", "2110", "2130", "2140", "2160", "2170"), BadRequest),
    **dict.fromkeys(("2210", "2250", "2290", "2300", "2600", "3000"), BadRequest),
    "2500": InvalidReference,
    "3001": Throttled,
    "3100": NotAuthorized,  # development keys on a live company, or the wrong host
    "3200": AuthenticationFailed,
    "3202": AuthenticationFailed,
    **dict.fromkeys(("4000", "4001", "4002", "10100"), QueryFault),
    "5010": StaleObject,
    "5020": PermissionDenied,
    "5030": PermissionDenied,
    "6000": BusinessRule,  # a catch-all; see _ONE_AT_A_TIME for the part that passes by itself
    **dict.fromkeys(("6010", "6070", "6080", "6090", "6100", "6420", "6440"), BadRequest),
    **dict.fromkeys(("6130", "6150", "6160", "6170", "6180", "6280", "6430", "6530"), BusinessRule),
    "6140": DuplicateNumber,
    "6190": CompanyInactive,
    "6200": ClosedPeriod,
    "6210": ClosedPeriod,  # with a password
    "6220": HasBalance,
    "6240": DuplicateName,
    "6250": InvalidReference,
    "6450": Settled,
    "6480": Settled,
    "6540": Deposited,
    "10000": ServiceUnavailable,  # "an application error has occurred"
}

# "You can only add or edit one name at a time", and the same for "one product or service".
_ONE_AT_A_TIME = ("one name at a time", "one product or service")

# Intuit's limits page asks for a minute's rest; whether the answer says so itself is not documented.
THROTTLE_SECONDS = 60.0


def from_response(
    *,
    method: str,
    path: str,
    status: int,
    body: bytes = b"",
    intuit_tid: str = "",
    retry_after: float | None = None,
) -> QuickBooksError:
    """The error that a refusing HTTP answer stands for, whatever the shape of its body."""
    faults = parse(body)
    summary = "" if faults else "QuickBooks gave no reason"
    return from_faults(
        faults,
        method=method,
        path=path,
        status=status,
        intuit_tid=intuit_tid,
        retry_after=retry_after,
        summary=summary,
    )


def from_faults(
    faults: Iterable[Fault],
    *,
    method: str,
    path: str,
    status: int = 200,
    intuit_tid: str = "",
    retry_after: float | None = None,
    summary: str = "",
) -> QuickBooksError:
    """The error for faults already read: those inside a successful answer, or in one item of a batch."""
    faults = tuple(faults)
    error_class = classify(status, faults)
    return error_class(
        summary,
        method=method,
        path=path,
        status=status,
        faults=faults,
        intuit_tid=intuit_tid,
        retry_after=THROTTLE_SECONDS if error_class is Throttled and retry_after is None else retry_after,
    )


def classify(status: int, faults: tuple[Fault, ...]) -> type[QuickBooksError]:
    """The class for an answer: the gateway's statuses first, then the first known code, then the others."""
    if status == 401:
        return AuthenticationFailed
    if status == 429:
        return Throttled
    known = next((fault for fault in faults if fault.code in BY_CODE), None)
    if known is not None:
        return _by_fault(known)
    if status == 403:
        return NotAuthorized
    if status == 501:
        return UnsupportedOperation
    return ServiceUnavailable if status >= 500 else UnknownFault


def _by_fault(fault: Fault) -> type[QuickBooksError]:
    said = f"{fault.message} {fault.detail}".lower()
    if fault.code == "6000" and any(words in said for words in _ONE_AT_A_TIME):
        return NameBusy
    return BY_CODE[fault.code]
