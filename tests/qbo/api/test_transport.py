from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from qbo.api import Call, Fault, Transport, calls, errors
from qbo.api.errors import QuickBooksError
from qbo.api.transport import Response, jitter, parse_retry_after, pause_seconds, should_retry
from tests.qbo.api.conftest import REALM, Tokens
from tests.qbo.scripted_server import Answer, ScriptedServer, ok

READ = calls.read("Customer", "1")
WRITE = calls.create("Customer", {"DisplayName": "A"})
SUCCESS = ok({"Customer": {"Id": "1"}, "time": "2026-11-01T00:00:00-07:00"}, intuit_tid="1-ab")
FAULT = b'{"Fault":{"Error":[{"Message":"Duplicate","code":"6240"}]}}'

SAID = Fault("1", "said by QuickBooks")

MakeTransport = Callable[..., Transport]


# What goes over the wire


def test_a_write_as_it_arrives(server: ScriptedServer, transport: Transport) -> None:
    server.will(SUCCESS)
    response = transport.perform(WRITE, request_id="0b1c-7")
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", f"/v3/company/{REALM}/customer")
    assert seen.params == {"minorversion": "75", "requestid": "0b1c-7"}
    assert seen.body == b'{"DisplayName":"A"}'
    assert seen.headers["authorization"] == "Bearer first-token"
    assert seen.headers["content-type"] == seen.headers["accept"] == "application/json"
    assert (response.status, response.intuit_tid) == (200, "1-ab")
    assert response.headers["content-type"] == "application/json;charset=UTF-8"


def test_a_query_is_encoded_once_and_with_percent_signs(server: ScriptedServer, transport: Transport) -> None:
    statement = r"SELECT * FROM Customer WHERE DisplayName LIKE 'A+ \'100%\' & é'"
    server.will(SUCCESS)
    transport.perform(calls.query(statement))
    assert server.seen[0].params["query"] == statement
    assert "+" not in server.seen[0].raw_query


def test_sending_a_document_has_no_body(server: ScriptedServer, transport: Transport) -> None:
    server.will(SUCCESS)
    transport.perform(calls.send("Invoice", "12", "a@example.com"), request_id="1")
    (seen,) = server.seen
    assert (seen.body, seen.headers["content-length"]) == (b"", "0")
    assert seen.headers["content-type"] == "application/octet-stream"
    assert seen.params["sendTo"] == "a@example.com"


def test_one_connection_serves_many_calls_and_keeps_no_cookie(
    server: ScriptedServer, transport: Transport
) -> None:
    server.will(*[ok({}, **{"Set-Cookie": "seen=1"})] * 3)
    for _ in range(3):
        transport.perform(READ)
    assert len({seen.connection for seen in server.seen}) == 1
    assert all("cookie" not in seen.headers for seen in server.seen)


def test_a_netrc_does_not_replace_the_token(
    server: ScriptedServer, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.will(SUCCESS)
    transport.perform(READ)
    assert server.seen[0].headers["authorization"] == "Bearer first-token"


@pytest.mark.parametrize(
    ("call", "longest"), [(WRITE, 50), (calls.batch([{"bId": "1", "operation": "create", "Term": {}}]), 36)]
)
def test_a_request_id_that_quickbooks_would_not_take(transport: Transport, call: Call, longest: int) -> None:
    for request_id in ("", "x" * (longest + 1)):
        with pytest.raises(ValueError, match=f"1 to {longest}"):
            transport.perform(call, request_id=request_id)


def test_an_address_has_to_be_one(make_transport: MakeTransport) -> None:
    with pytest.raises(ValueError, match="address"):
        make_transport("quickbooks.api.intuit.com")


# Retrying


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(500),
        Answer(502, b"<html>Bad Gateway</html>"),
        Answer(503),
        Answer(then="reset"),
        Answer(then="hang up"),
        Answer(body=b'{"Customer": {"Id": "1', then="cut"),
        Answer(body=b'{"Customer": {"Id": "1'),
        Answer(body=b""),
        Answer(body=b"captive portal"),
        Answer(429, headers={"Retry-After": "1"}),
    ],
    ids=lambda answer: f"{answer.status}-{answer.then}-{len(answer.body)}",
)
def test_trouble_that_passes_is_not_noticed(
    server: ScriptedServer, transport: Transport, trouble: Answer
) -> None:
    server.will(trouble, SUCCESS)
    transport.perform(READ)
    server.will(trouble, SUCCESS)
    transport.perform(WRITE, request_id="same")
    first, second = server.seen[2:]
    assert (first.raw_query, first.body) == (second.raw_query, second.body)
    assert second.params["requestid"] == "same"


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Answer(500), errors.ServiceUnavailable),
        (Answer(then="reset"), errors.OutcomeUnknown),
        (Answer(then="hang up"), errors.OutcomeUnknown),
        (Answer(body=b'{"Customer": {', then="cut"), errors.OutcomeUnknown),
        (Answer(body=b'{"Customer": {'), errors.OutcomeUnknown),
    ],
)
def test_a_write_without_a_request_id_is_sent_once(
    server: ScriptedServer, transport: Transport, trouble: Answer, error: type[QuickBooksError]
) -> None:
    server.will(trouble)
    with pytest.raises(error) as met:
        transport.perform(WRITE)
    assert not met.value.outcome_known
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, FAULT),
        Answer(403),
        Answer(404),
        Answer(302, headers={"Location": "/elsewhere"}),
        Answer(500, FAULT),
    ],
)
def test_a_definite_answer_is_final(server: ScriptedServer, transport: Transport, answer: Answer) -> None:
    server.will(answer)
    with pytest.raises(QuickBooksError) as met:
        transport.perform(WRITE, request_id="1")
    assert met.value.outcome_known
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("refusal", "error", "known"),
    [
        (Answer(401), errors.AuthenticationFailed, False),
        (Answer(403), errors.NotAuthorized, False),
        (Answer(429), errors.Throttled, False),
        (Answer(404), errors.UnknownFault, False),
        (Answer(400, FAULT), errors.DuplicateName, True),
    ],
)
def test_a_refusal_at_the_door_does_not_settle_an_earlier_attempt(
    server: ScriptedServer, transport: Transport, refusal: Answer, error: type[QuickBooksError], known: bool
) -> None:
    """The first attempt may have got in; QuickBooks itself would have repeated its answer to that."""
    server.will(Answer(then="hang up"), refusal)
    with pytest.raises(error) as met:
        transport.perform(WRITE, request_id="1")
    assert met.value.outcome_known is known


def test_neither_does_a_connection_that_does_not_come_about(
    server: ScriptedServer, make_transport: MakeTransport
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def hang_up_and_go(pause: float) -> None:
            listener.close()

        def hang_up() -> None:
            visitor, _ = listener.accept()
            with visitor:
                visitor.recv(10_000)

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(errors.Unreachable) as met:
            make_transport(url, sleep=hang_up_and_go).perform(WRITE, request_id="1")
        thread.join()
    assert not met.value.outcome_known


def test_it_gives_up_and_waits_longer_each_time(
    server: ScriptedServer, transport: Transport, pauses: list[float]
) -> None:
    server.will(*[Answer(503)] * 4)
    with pytest.raises(errors.ServiceUnavailable):
        transport.perform(READ)
    assert pauses == [0.5, 1.0, 2.0]
    assert len(server.seen) == 4


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "60"}])
def test_a_long_rest_is_left_to_the_caller(
    server: ScriptedServer, transport: Transport, pauses: list[float], headers: dict[str, str]
) -> None:
    server.will(Answer(429, headers=headers))
    with pytest.raises(errors.Throttled) as met:
        transport.perform(READ)
    assert met.value.retry_after == 60
    assert pauses == []


def test_a_short_rest_is_taken(server: ScriptedServer, transport: Transport, pauses: list[float]) -> None:
    server.will(Answer(429, headers={"Retry-After": "2"}), SUCCESS)
    transport.perform(READ)
    assert pauses == [2.0]


def test_nobody_listening(make_transport: MakeTransport, pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    transport = make_transport(f"http://127.0.0.1:{port}")
    with pytest.raises(errors.Unreachable) as met:
        transport.perform(WRITE, request_id="1")
    assert met.value.outcome_known
    assert len(pauses) == 3


def test_a_host_that_does_not_exist(make_transport: MakeTransport) -> None:
    with pytest.raises(errors.Unreachable):
        make_transport("http://quickbooks.invalid", retries=0).perform(READ)


def test_a_certificate_that_nobody_vouches_for(make_transport: MakeTransport, tmp_path: Path) -> None:
    with stranger_behind_tls(tmp_path) as url, pytest.raises(errors.Unreachable) as met:
        make_transport(url, retries=0).perform(WRITE)
    assert met.value.outcome_known


def test_no_answer_in_time(
    server: ScriptedServer, make_transport: MakeTransport, pauses: list[float]
) -> None:
    enough = threading.Event()
    server.will(Answer(wait_for=enough))
    try:
        with pytest.raises(errors.TimedOut) as met:
            make_transport(timeout=(1, 0.05)).perform(READ)
    finally:
        enough.set()
    assert not met.value.outcome_known
    assert pauses == []


# Tokens


def test_a_dead_token_is_replaced_once(server: ScriptedServer, transport: Transport, tokens: Tokens) -> None:
    tokens.tokens = ["first-token", "second-token"]
    server.will(Answer(401), SUCCESS)
    transport.perform(WRITE)
    assert tokens.rejected == ["first-token"]
    assert [seen.headers["authorization"] for seen in server.seen] == [
        "Bearer first-token",
        "Bearer second-token",
    ]


def test_a_second_refusal_is_final(server: ScriptedServer, transport: Transport, tokens: Tokens) -> None:
    tokens.tokens = ["first-token", "second-token"]
    server.will(Answer(401), Answer(401))
    with pytest.raises(errors.AuthenticationFailed):
        transport.perform(READ)
    assert tokens.rejected == ["first-token"]


def test_the_same_token_is_not_tried_twice(server: ScriptedServer, transport: Transport) -> None:
    server.will(Answer(401))
    with pytest.raises(errors.AuthenticationFailed):
        transport.perform(READ)
    assert len(server.seen) == 1


def test_what_the_token_source_raises_reaches_the_caller(
    server: ScriptedServer, transport: Transport, tokens: Tokens
) -> None:
    class ReconnectNeeded(errors.AuthenticationFailed):
        pass

    def refuse(rejected: str) -> str:
        raise ReconnectNeeded("connect again")

    tokens.refreshed = refuse  # type: ignore[method-assign]
    server.will(Answer(401))
    with pytest.raises(ReconnectNeeded):
        transport.perform(READ)


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "tök"])
def test_a_damaged_token_is_neither_sent_nor_shown(
    server: ScriptedServer, transport: Transport, tokens: Tokens, token: str
) -> None:
    tokens.tokens = [token]
    with pytest.raises(errors.AuthenticationFailed) as met:
        transport.perform(READ)
    assert server.seen == []
    assert str(met.value) == "GET customer/1: the stored access token is damaged"


# Hooks and logs


def test_the_hooks_see_every_single_request(server: ScriptedServer, make_transport: MakeTransport) -> None:
    seen: list[object] = []
    transport = make_transport(
        before=lambda call: seen.append(call.path),
        after=lambda call, outcome: seen.append((type(outcome), outcome.status)),
    )
    server.will(Answer(503), SUCCESS)
    transport.perform(READ)
    assert seen == ["customer/1", (errors.ServiceUnavailable, 503), "customer/1", (Response, 200)]


def test_a_hook_can_stop_a_call(server: ScriptedServer, make_transport: MakeTransport) -> None:
    def refuse(call: Call) -> None:
        raise RuntimeError("a transaction is open")

    with pytest.raises(RuntimeError, match="transaction"):
        make_transport(before=refuse).perform(READ)
    assert server.seen == []


def test_one_line_per_request_without_secrets(
    server: ScriptedServer, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="qbo.api")
    server.will(
        Answer(then="hang up"),
        SUCCESS,
        Answer(401, b'{"fault":{"error":[{"detail":"Token expired: first-token"}]}}'),
    )
    transport.perform(calls.query("SELECT * FROM Customer WHERE DisplayName = 'Jane Roe'"))
    with pytest.raises(errors.AuthenticationFailed):
        transport.perform(READ)
    lines = [record.getMessage() for record in caplog.records if record.name == "qbo.api"]
    assert [line.partition(" in ")[0] for line in lines] == [
        "GET query -> OutcomeUnknown",
        "GET query -> 200",
        "GET customer/1 -> 401",
    ]
    assert "intuit_tid 1-ab" in lines[1]
    assert not any(secret in caplog.text for secret in ("first-token", "Jane Roe", "Bearer"))


# The three pieces of retrying


@pytest.mark.parametrize(
    ("error", "attempt", "repeatable", "answer"),
    [
        (errors.Unreachable(), 0, True, True),
        (errors.Unreachable(), 3, True, False),
        (errors.Unreachable(), 0, False, False),
        (errors.OutcomeUnknown(), 2, True, True),
        (errors.TimedOut(), 0, True, False),
        (errors.Throttled(status=429, retry_after=5.0), 0, True, True),
        (errors.Throttled(status=429, retry_after=5.1), 0, True, False),
        (errors.ServiceUnavailable(status=500), 0, True, True),
        (errors.ServiceUnavailable(status=500, faults=[SAID]), 0, True, True),
        (errors.ServiceUnavailable(status=400, faults=[SAID]), 0, True, False),
        (errors.NameBusy(status=400, faults=[SAID]), 0, True, False),
        (errors.StaleObject(status=400, faults=[SAID]), 0, True, False),
        (errors.AuthenticationFailed(status=401), 0, True, False),
        (errors.BadRequest(status=400, faults=[SAID]), 0, True, False),
    ],
)
def test_should_retry(error: QuickBooksError, attempt: int, repeatable: bool, answer: bool) -> None:
    assert should_retry(error, attempt, 3, repeatable=repeatable) is answer


def test_pause_seconds() -> None:
    assert [pause_seconds(errors.Unreachable(), attempt) for attempt in range(4)] == [0.5, 1, 2, 4]
    assert pause_seconds(errors.Throttled(retry_after=0.0), 3) == 0.0


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 100))
def test_jitter_never_shortens_a_pause(chance: float, seconds: float) -> None:
    class Fixed:
        def random(self) -> float:
            return chance

    assert seconds <= jitter(seconds, Fixed()) <= seconds * 1.5


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 5.0), ("", None), ("soon", None), ("-1", None), ("1.5", None)]
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text) == seconds


def test_retry_after_as_a_date() -> None:
    later = parse_retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=30)))
    assert later is not None
    assert 28 <= later <= 30
    assert parse_retry_after(format_datetime(datetime.now(UTC) - timedelta(hours=1))) == 0.0


@contextmanager
def stranger_behind_tls(folder: Path) -> Iterator[str]:
    """A listener that shows a certificate it has signed itself, and ends once the visitor is gone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "stranger.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(plain + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def greet(listener: socket.socket) -> None:
        visitor, _ = listener.accept()
        with visitor, suppress(OSError):
            context.wrap_socket(visitor, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet, args=[listener])
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()
