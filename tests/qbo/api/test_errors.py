from __future__ import annotations

import inspect
import json
import pickle

import pytest

from qbo.api import errors
from qbo.api.errors import Fate, QuickBooksError, from_faults, from_response
from qbo.api.faults import Fault

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, QuickBooksError)]


def answered(status: int, code: str = "", detail: str = "", message: str = "") -> QuickBooksError:
    fault = {"Fault": {"Error": [{"code": code, "Message": message, "Detail": detail}]}}
    body = json.dumps(fault).encode() if code or detail else b""
    return from_response(method="POST", path="invoice", status=status, body=body)


@pytest.mark.parametrize(
    ("status", "code", "error", "fate", "outcome_known"),
    [
        (400, "5010", errors.StaleObject, Fate.CONFLICT, True),
        (200, "5010", errors.StaleObject, Fate.CONFLICT, True),
        (400, "610", errors.ObjectNotFound, Fate.PERSON, True),
        (400, "2500", errors.InvalidReference, Fate.PERSON, True),
        (400, "6240", errors.DuplicateName, Fate.PERSON, True),
        (500, "6240", errors.DuplicateName, Fate.PERSON, True),
        (400, "6140", errors.DuplicateNumber, Fate.PERSON, True),
        (400, "6200", errors.ClosedPeriod, Fate.PERSON, True),
        (400, "6210", errors.ClosedPeriod, Fate.PERSON, True),
        (400, "620", errors.LinkedTransaction, Fate.PERSON, True),
        (400, "6540", errors.Deposited, Fate.PERSON, True),
        (400, "6450", errors.Settled, Fate.PERSON, True),
        (400, "6220", errors.HasBalance, Fate.PERSON, True),
        (400, "6190", errors.CompanyInactive, Fate.PERSON, True),
        (400, "5020", errors.PermissionDenied, Fate.PERSON, True),
        (403, "5020", errors.PermissionDenied, Fate.PERSON, True),
        (400, "500", errors.UnsupportedOperation, Fate.PERSON, True),
        (400, "6000", errors.BusinessRule, Fate.PERSON, True),
        (400, "2010", errors.BadRequest, Fate.PERSON, True),
        (400, "6070", errors.BadRequest, Fate.PERSON, True),
        (400, "4000", errors.QueryFault, Fate.PERSON, True),
        (400, "4001", errors.QueryFault, Fate.PERSON, True),
        (400, "600", errors.RequestIdReused, Fate.PERSON, False),
        (400, "99999", errors.UnknownFault, Fate.PERSON, True),
        (404, "", errors.UnknownFault, Fate.PERSON, True),
        (302, "", errors.UnknownFault, Fate.PERSON, True),
        (401, "", errors.AuthenticationFailed, Fate.RECONNECT, True),
        (401, "3200", errors.AuthenticationFailed, Fate.RECONNECT, True),
        (401, "5010", errors.AuthenticationFailed, Fate.RECONNECT, True),
        (403, "3100", errors.NotAuthorized, Fate.RECONNECT, True),
        (403, "", errors.NotAuthorized, Fate.RECONNECT, True),
        (400, "120", errors.NotAuthorized, Fate.RECONNECT, True),
        (429, "", errors.Throttled, Fate.RETRY, True),
        (429, "3001", errors.Throttled, Fate.RETRY, True),
        (200, "3001", errors.Throttled, Fate.RETRY, True),
        (500, "", errors.ServiceUnavailable, Fate.RETRY, False),
        (500, "10000", errors.ServiceUnavailable, Fate.RETRY, False),
        (500, "77777", errors.ServiceUnavailable, Fate.RETRY, False),
        (501, "", errors.UnsupportedOperation, Fate.PERSON, True),
        (502, "", errors.ServiceUnavailable, Fate.RETRY, False),
        (503, "150", errors.ServiceUnavailable, Fate.RETRY, False),
        (400, "130", errors.ServiceUnavailable, Fate.RETRY, True),
        (200, "10000", errors.ServiceUnavailable, Fate.RETRY, True),
    ],
)
def test_what_an_answer_stands_for(
    status: int, code: str, error: type[QuickBooksError], fate: Fate, outcome_known: bool
) -> None:
    met = answered(status, code, "what was wrong")
    assert (type(met), met.fate, met.outcome_known) == (error, fate, outcome_known)


@pytest.mark.parametrize(
    "detail",
    [
        "Business Validation Error: You can only add or edit one name at a time. Please try again.",
        "You can only add or edit one product or service at a time. Please try again.",
    ],
)
def test_two_writers_of_names_just_try_again(detail: str) -> None:
    assert isinstance(answered(400, "6000", detail), errors.NameBusy)
    assert answered(400, "6000", detail).fate is Fate.RETRY


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (400, "6240", True),
        (200, "10000", True),
        (400, "424242", True),
        (400, "600", False),
        (500, "6240", True),
        (500, "10000", False),
        (503, "", False),
        (404, "", False),
        (401, "3200", False),
        (403, "3100", False),
        (429, "3001", False),
    ],
)
def test_who_speaks(status: int, code: str, verdict: bool) -> None:
    """Only the application's own words settle what became of earlier attempts."""
    assert answered(status, code, "what was wrong" if code else "").is_verdict is verdict
    assert not errors.OutcomeUnknown("cut off", status=200).is_verdict
    assert not errors.Unreachable().is_verdict


def test_without_an_answer() -> None:
    assert (errors.Unreachable().fate, errors.Unreachable().outcome_known) == (Fate.RETRY, True)
    assert (errors.OutcomeUnknown().fate, errors.OutcomeUnknown().outcome_known) == (Fate.RETRY, False)
    assert (errors.TimedOut().fate, errors.TimedOut().outcome_known) == (Fate.RETRY, False)


def test_the_first_known_fault_decides() -> None:
    faults = [Fault("424242", "Odd"), Fault("5010", "Stale Object Error"), Fault("6240", "Duplicate")]
    met = from_faults(faults, method="POST", path="batch item 1")
    assert isinstance(met, errors.StaleObject)
    assert [fault.code for fault in met.faults] == ["424242", "5010", "6240"]


def test_throttling_lasts_a_minute_unless_told_otherwise() -> None:
    assert answered(429).retry_after == 60
    told = from_response(method="GET", path="query", status=429, retry_after=7)
    assert told.retry_after == 7
    assert answered(503).retry_after is None


def test_an_error_can_be_pasted_into_a_ticket() -> None:
    met = from_response(
        method="POST",
        path="invoice",
        status=400,
        body=b'{"Fault":{"Error":[{"code":"2500","element":"ItemRef","Message":"Invalid Reference Id",'
        b'"Detail":"Invalid Reference Id : Something is inactive."}]}}',
        intuit_tid="1-64ab-cd",
    )
    assert str(met) == (
        "POST invoice: HTTP 400, 2500 Invalid Reference Id : Something is inactive. [intuit_tid 1-64ab-cd]"
    )
    assert (met.code, met.words) == ("2500", "Invalid Reference Id : Something is inactive.")


def test_an_error_of_our_own_says_what_it_knows() -> None:
    assert str(errors.Unreachable("no connection", method="GET", path="query")) == "GET query: no connection"
    assert str(errors.AuthenticationFailed("not connected")) == "not connected"
    assert str(answered(502)) == "POST invoice: HTTP 502, QuickBooks gave no reason"


def test_no_token_is_ever_said() -> None:
    met = answered(401, "3200", "Token expired: AB01-SECRET-SECRET", "message=AuthenticationFailed")
    shown = f"{met} {met!r} {met.words} {met.faults} {met.__dict__} {met.args}"
    assert "SECRET" not in shown
    assert "3200" in str(met)


def test_errors_survive_a_process_boundary() -> None:
    met = answered(400, "6240", "taken")
    again = pickle.loads(pickle.dumps(met))
    assert (type(again), str(again), again.faults, again.status) == (type(met), str(met), met.faults, 400)


@pytest.mark.parametrize("cls", CLASSES)
def test_the_tree_at_the_top_names_every_class(cls: type[QuickBooksError]) -> None:
    assert errors.__doc__
    lines = [line for line in errors.__doc__.splitlines() if f" {cls.__name__} " in f"{line} "]
    assert len(lines) == 1
    if "+--" in lines[0] and not issubclass(cls, errors.Refused):
        assert cls.fate.name in lines[0]


def test_the_table_is_closed_over_known_classes() -> None:
    assert set(errors.BY_CODE.values()) <= set(CLASSES)
    assert all(code.isdigit() and code == str(int(code)) for code in errors.BY_CODE)
