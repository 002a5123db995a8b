"""A web server that takes webhooks, as a test wants to: it keeps what came and answers what it is told to."""

import json
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.emulator_process import SECONDS

Json = dict[str, Any]


@dataclass(frozen=True)
class Arrival:
    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[Json]:
        """The CloudEvents of the body."""
        events: list[Json] = json.loads(self.body)
        return events

    @property
    def told(self) -> list[tuple[str, str]]:
        """Short: type without prefix and version, and the Id."""
        return [(event["type"][4:-3], event["intuitentityid"]) for event in self.events]


@dataclass
class Listener:
    """`statuses` are answered first, one a request, then 200s."""

    statuses: deque[int] = field(default_factory=deque)
    came: "queue.Queue[Arrival]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/webhooks"

    def next(self) -> Arrival:
        return self.came.get(timeout=SECONDS)

    def told(self, count: int) -> list[tuple[str, str]]:
        """The next so many events, over as many deliveries as they came in."""
        found: list[tuple[str, str]] = []
        while len(found) < count:
            found += self.next().told
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = listener.statuses.popleft() if listener.statuses else 200
                sent = {name.lower(): value for name, value in self.headers.items()}
                # Before answering: the answer lets the next delivery leave, which has a thread of its own here.
                listener.came.put(Arrival(sent, body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def eventually(look: Callable[[], list[Any]]) -> list[Any]:
    """What a look finds, as soon as it finds something."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except IndexError:
            pass
        time.sleep(0.02)
    raise AssertionError("nothing was found in time")
