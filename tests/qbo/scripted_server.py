"""A real HTTP server on a real socket that plays a script: the one place where answers go wrong to order."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answer:
    """What to answer once. `then`: "end" is polite; "cut" closes inside the body, "reset" and "hang up" before it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    then: str = "end"
    wait_for: threading.Event | None = None


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    raw_query: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class ScriptedServer:
    """Answers from `script` in turn; a request beyond its end fails loudly with 599."""

    url: str
    script: list[Answer] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def will(self, *answers: Answer) -> None:
        self.script.extend(answers)


def ok(body: Any, **headers: str) -> Answer:
    """A successful JSON answer; `body` may be given as text to keep its numbers as they are."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(200, text.encode(), {"Content-Type": "application/json;charset=UTF-8", **headers})


@contextmanager
def serve() -> Iterator[ScriptedServer]:
    server = _Server(("127.0.0.1", 0), _Handler)
    scripted = ScriptedServer(f"http://127.0.0.1:{server.server_address[1]}")
    server.scripted = scripted
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has given up waiting is no error of the server's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The status line and the body go out as two writes; without this the second waits for an ACK.
    disable_nagle_algorithm = True

    def answer(self) -> None:
        scripted: ScriptedServer = self.server.scripted
        length = int(self.headers.get("Content-Length") or 0)
        address = urlsplit(self.path)
        scripted.seen.append(
            Seen(
                self.command,
                address.path,
                {name: values[0] for name, values in parse_qs(address.query).items()},
                address.query,
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
                self.client_address[1],
            )
        )
        self._play(scripted.script.pop(0) if scripted.script else Answer(599, b"the script is over"))

    do_GET = do_POST = answer  # noqa: N815 - the names that http.server looks for

    def _play(self, answer: Answer) -> None:
        if answer.wait_for:
            answer.wait_for.wait(10)
        if answer.then in ("reset", "hang up"):
            self._drop(hard=answer.then == "reset")
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        missing = 10 if answer.then == "cut" else 0
        self.send_header("Content-Length", str(len(answer.body) + missing))
        self.end_headers()
        self.wfile.write(answer.body)
        if missing:
            self._drop(hard=False)

    def _drop(self, *, hard: bool) -> None:
        self.close_connection = True
        if hard:
            # Lingering for zero seconds makes the kernel send a reset instead of a farewell.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """The tests look at `seen` instead."""
