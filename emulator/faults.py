"""What QuickBooks says when it refuses: one exception, and the bodies of facts 8.2."""

from dataclasses import dataclass
from typing import Any

VALIDATION = "ValidationFault"
SYSTEM = "SystemFault"


@dataclass(frozen=True)
class Kind:
    """A row of facts 8.3: the fixed Message of a code, its HTTP status and fault type."""

    message: str
    status: int = 400
    type: str = VALIDATION


AUTHENTICATION = "AUTHENTICATION"

KINDS = {
    100: Kind("General authentication error", 401, AUTHENTICATION),
    110: Kind("OAuth authentication error", 401, AUTHENTICATION),
    120: Kind("Authorization Failure", 403),
    130: Kind("Wrong cluster", 503, SYSTEM),
    140: Kind("Company locked out", 503, SYSTEM),
    150: Kind("Company under maintenance", 503, SYSTEM),
    500: Kind("Unsupported Operation"),
    501: Kind("Not supported by the emulator", 501, SYSTEM),  # emulator choice: never a made-up success
    600: Kind("Duplicate Request ID"),
    610: Kind("Object Not Found"),
    620: Kind("Txn ID Cannot Be Linked"),
    630: Kind("Duplicate object"),
    700: Kind("Invalid parent"),
    800: Kind("A record that others depend on"),
    900: Kind("A record cannot be its own parent"),
    1000: Kind("Operation failed"),
    1010: Kind("Create failed"),
    1020: Kind("Update failed"),
    1040: Kind("Batch size limit exceeded"),
    2000: Kind("Unknown object name"),
    2010: Kind("Request has invalid or unsupported property"),
    2020: Kind("Required param missing, need to supply the required value for the API"),
    2030: Kind("Invalid ID"),
    2040: Kind("Invalid String"),
    2050: Kind("Invalid String Length"),
    2060: Kind("Invalid Date Format"),
    2070: Kind("Invalid Date Value"),
    2080: Kind("Invalid Number Format"),
    2090: Kind("Invalid Number"),
    2100: Kind("Invalid Decimal Format"),
    2110: Kind("Invalid Decimal"),
    2130: Kind("Invalid Request Id Format"),
    2140: Kind("Invalid Amount"),
    2160: Kind("Invalid Quantity"),
    2170: Kind("Invalid Enumeration"),
    2210: Kind("Invalid Email Address format"),
    2250: Kind("Split line needed"),
    2290: Kind("Negative line amount"),
    2300: Kind("Total debits do not equal total credits"),
    2500: Kind("Invalid Reference Id"),
    2600: Kind("Conflicting elements"),
    3000: Kind("Invalid custom field"),
    3202: Kind("Empty OAuth field", 401, AUTHENTICATION),
    4000: Kind("Error parsing query"),
    4001: Kind("Invalid query"),
    4002: Kind("Query not processed"),
    5010: Kind("Stale Object Error"),
    5020: Kind("Permission Denied"),
    5030: Kind("Feature not supported"),
    6000: Kind("A business validation error has occurred while processing your request"),
    6010: Kind("Account type or subtype needed"),
    6070: Kind("Amount calculation incorrect in the request"),
    6080: Kind("Name needed"),
    6090: Kind("Discount line needs an amount or a percentage"),
    6100: Kind("Invalid tax code"),
    6130: Kind("Cannot change who the customer bills with"),
    6140: Kind("Duplicate Document Number Error"),
    6150: Kind("Parent reference needed"),
    6160: Kind("CustomSalesTax cannot be used"),
    6170: Kind("TxnTaxDetail cannot be used with NotApplicable"),
    6180: Kind("Too many levels"),
    6190: Kind("Invalid Company Status"),
    6200: Kind("Account Period Closed"),
    6210: Kind("Account Period Closed"),
    6220: Kind("Delete Entity Has Balance"),
    6240: Kind("Duplicate Name Exists Error"),
    6250: Kind("Sales customer missing or inactive"),
    6280: Kind("Customer has unbilled charges"),
    6420: Kind("Email address required"),
    6430: Kind("Invalid account type used"),
    6440: Kind("Line needs an item or an account"),
    6450: Kind("Settled transaction cannot be voided"),
    6480: Kind("Matched transaction cannot be changed"),
    6530: Kind("Raw card number refused"),
    6540: Kind("Deposited Transaction cannot be changed"),
    10000: Kind("An application error has occurred while processing your request", 500, SYSTEM),
    10100: Kind("Result set too large"),
    10200: Kind("Company was reset"),
}
#: What only a service with banks, plans and clusters behind it says: the emulator says it when asked to
#: (`POST /_control/faults {"kind": "code", "code": 6480}`), like every other code.
ON_REQUEST = frozenset(
    {
        100,
        110,
        120,
        130,
        140,
        150,
        630,
        800,
        1000,
        1010,
        1020,
        2100,
        2110,
        4002,
        5020,
        6200,
        6250,
        6280,
        6450,
        6480,
        10200,
    }
)


class QuickBooksFault(Exception):
    """A refusal with its code of facts 8.3. `element` is a path into the request, or empty."""

    def __init__(self, code: int, detail: str, element: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.kind = KINDS[code]
        self.detail = detail
        self.element = element

    @property
    def status(self) -> int:
        return self.kind.status

    def body(self) -> dict[str, Any]:
        """The `Fault` member of shape (a), facts 8.2."""
        error = {
            "Message": self.kind.message,
            "Detail": self.detail,
            "code": str(self.code),
            "element": self.element,
        }
        return {"Error": [error], "type": self.kind.type}


def asked_for(code: int) -> QuickBooksFault:
    """A row of facts 8.3 that somebody wants to see; the detail repeats the message, for nobody has published it."""
    return QuickBooksFault(code, f"{KINDS[code].message} : asked for at the emulator")


def unsupported(what: str) -> QuickBooksFault:
    """Loud refusal of something real QuickBooks can do and this emulator cannot."""
    return QuickBooksFault(501, f"The emulator does not support {what}.")


def business(text: str, element: str = "") -> QuickBooksFault:
    """The catch-all 6000 (facts 8.3)."""
    return QuickBooksFault(6000, f"Business Validation Error: {text}", element)


def missing(parameter: str) -> QuickBooksFault:
    return QuickBooksFault(2020, f"Required parameter {parameter} is missing in the request", parameter)


def not_found(detail: str = "") -> QuickBooksFault:
    """610, for an Id that is gone or never was; HTTP 400, not 404 (facts 8.3)."""
    text = detail or "Another user has deleted this transaction."
    return QuickBooksFault(610, f"Object Not Found : {text}")


def inactive(element: str) -> QuickBooksFault:
    """2500 for a reference to nothing, or to something made inactive (facts 8.3)."""
    text = (
        "Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees."
    )
    return QuickBooksFault(2500, f"Invalid Reference Id : {text}", element)


def stale(entity: str) -> QuickBooksFault:
    """5010 (facts 8.1); the name is the user who was faster."""
    return QuickBooksFault(
        5010,
        "Stale Object Error : You and Emulator User were working on this at the same time. "
        f"Emulator User finished before you did, so your work was not saved. Entity={entity}",
    )


def _gateway(message: str, detail: str | None, code: str, kind: str, milliseconds: int) -> dict[str, Any]:
    error = {"message": message, "detail": detail, "code": code, "element": None}
    return {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": milliseconds,
        "status": None,
        "cdcresponse": [],
    }


def unauthenticated(detail: str, milliseconds: int) -> dict[str, Any]:
    """Body of a 401 (facts 8.2 b). Like the real one its detail prints the access token."""
    message = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    return _gateway(message, detail, "3200", "AUTHENTICATION", milliseconds)


def forbidden(milliseconds: int) -> dict[str, Any]:
    """Body of a 403: this realm is not authorised for this token (facts 8.2 c)."""
    message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"
    return _gateway(message, None, "3100", "SERVICE", milliseconds)


def throttled(time: str) -> str:
    """Body of a 429: XML even when JSON was asked for (facts 7.1)."""
    return (
        f'<IntuitResponse time="{time}" xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE">'
        '<Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>'
        "<Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>"
    )


def throttled_json(milliseconds: int) -> dict[str, Any]:
    """The same as JSON, which other projects report (facts 7.1)."""
    message = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    return _gateway(
        message, "The request limit was reached.  Try again later", "3001", "SERVICE", milliseconds
    )
