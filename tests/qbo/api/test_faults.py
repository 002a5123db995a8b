from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo.api import Fault
from qbo.api.faults import from_json, parse, scrub

APPLICATION = {
    "Fault": {
        "Error": [
            {
                "Message": "Duplicate Name Exists Error",
                "Detail": "The name supplied already exists. : Another customer is already using this \nname.",
                "code": "6240",
                "element": "DisplayName",
            },
            {"Message": "Second", "code": 2010},
        ],
        "type": "ValidationFault",
    },
    "time": "2017-09-29T09:17:31.892-07:00",
}

GATEWAY: dict[str, Any] = {
    "warnings": None,
    "fault": {
        "error": [
            {
                "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                "detail": "Token expired: AB01234.secret-token_x~y==",
                "code": "3200",
                "element": None,
            }
        ],
        "type": "AUTHENTICATION",
    },
    "batchItemResponse": [],
    "time": 1730024394085,
}

XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<IntuitResponse time="2017-07-30T22:45:22.933-07:00" xmlns="http://schema.intuit.com/finance/v3">
<Fault type="SERVICE"><Error code="3001" element="">
<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>
<Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>"""

BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
<IntuitResponse><Fault><Error code="6000"><Message>&b;</Message></Error></Fault></IntuitResponse>"""


def test_the_applications_shape() -> None:
    first, second = parse(json.dumps(APPLICATION).encode())
    assert first == Fault(
        "6240",
        "Duplicate Name Exists Error",
        "The name supplied already exists. : Another customer is already using this name.",
        "DisplayName",
    )
    assert second == Fault("2010", "Second")


def test_the_gateways_shape_without_its_token() -> None:
    (fault,) = parse(json.dumps(GATEWAY).encode())
    assert (fault.code, fault.detail) == ("3200", "Token expired: [removed]")


def test_the_xml_shape() -> None:
    assert parse(XML.encode()) == (
        Fault(
            "3001",
            "message=ThrottleExceeded; errorCode=003001; statusCode=429",
            "The request limit was reached. Try again later",
        ),
    )


def test_xml_that_wants_entities_expanded_is_not_read() -> None:
    assert parse(BOMB.encode()) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"upstream connect error",
        b"<html><body>502 Bad Gateway</body></html>",
        b"<IntuitResponse><Fault>",
        b'{"Fault": nul',
        b"[]",
        b'"Fault"',
        b'{"Fault": []}',
        b'{"Invoice": {"Id": "1"}}',
        b'{"fault": null, "queryResponse": {}}',
        b"\xff\xfe\x00",
    ],
)
def test_bodies_without_a_fault(body: bytes) -> None:
    assert parse(body) == ()


def test_a_fault_without_a_reason_is_a_fault_all_the_same() -> None:
    assert from_json({"Fault": {"type": "SystemFault"}}) == (Fault(message="SystemFault"),)


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_no_body_can_make_it_stumble(body: bytes) -> None:
    assert isinstance(parse(body), tuple)


@pytest.mark.parametrize("shape", ['{"Fault": %s}', '{"Fault": {"Error": %s}}', '{"Fault": {"Error": [%s]}}'])
@pytest.mark.parametrize("value", ["null", "1", '"x"', "[]", "{}", "[1]", '{"code": {}}', '{"Error": 5}'])
def test_no_odd_fault_can_make_it_stumble(shape: str, value: str) -> None:
    assert isinstance(parse((shape % value).encode()), tuple)


@pytest.mark.parametrize(
    "text",
    [
        "Token expired: {}",
        "token_expired: {}",
        "Authorization: Bearer {}",
        'access_token="{}"',
        "refresh token = {}",
        "the request with {} was refused",
    ],
)
def test_tokens_are_taken_out_of_any_sentence(text: str) -> None:
    secret = "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2.Rr-cgRq_QkmXaVDyNNgDDA.01PLACEHOLDER0000000000000000000"
    assert secret not in scrub(text.format(secret))
    assert "[removed]" in scrub(text.format(secret))


@pytest.mark.parametrize(
    "text",
    [
        "Business Validation Error: You must set a transaction amount.",
        "Duplicate Document Number Error : DocNumber=AA_2025-07_7676ce is assigned to TxnType=Invoice with TxnId=3632",
        "Required parameter Line is missing in the request",
        "Malformed bearer token: too short or too long",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert scrub(text) == text


def test_a_detail_that_repeats_the_message_is_not_said_twice() -> None:
    assert str(Fault("5010", "Stale Object Error", "Stale Object Error : You and A")) == (
        "5010 Stale Object Error : You and A"
    )
    assert str(Fault("4001", "Invalid query", "No such thing")) == "4001 Invalid query: No such thing"
    assert str(Fault("3100", "message=Forbidden")) == "3100 message=Forbidden"
