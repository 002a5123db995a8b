"""How many webhooks a web process takes, beside a view that does nothing."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings

from bench.push_cases import ROOT
from bench.result import Result
from bench.world import World, free_port

SECONDS, ROUNDS = 2.0, 5
TOKEN = "verifier"  # noqa: S105 - of this benchmark


def receiver(world: World) -> Result:
    """Deliveries a second over requests a second of an empty view, on the same gunicorn, in turns."""
    company, _ = world.connected("empty")
    number = iter(range(10**9))
    with _served() as address:
        ratios = []
        for _ in range(ROUNDS):
            taken = _rate(address, "/webhooks/quickbooks/", lambda: _delivery(company.realm_id, next(number)))
            empty = _rate(address, "/empty/", lambda: (b"", {}))
            ratios.append(taken / empty)
    return Result("receiver", 100 * max(ratios), "% of an empty view", bound=50, at_least=True)


@contextmanager
def _served() -> Iterator[str]:
    port = free_port()
    database = settings.DATABASES["default"]["NAME"]
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{database}",
        "QBO_WEBHOOK_TOKEN": TOKEN,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECRET_KEY": "of a benchmark",
        "DJANGO_SETTINGS_MODULE": "bench.web_settings",
    }
    command = [sys.executable, "-m", "gunicorn", "billing_portal.wsgi", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*command, "--threads", "4", "--log-level", "warning"], env=environment, cwd=ROOT
    )
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/empty/")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")


def _delivery(realm_id: str, number: int) -> tuple[bytes, dict[str, str]]:
    """One event about another invoice each time, signed."""
    event = {
        "specversion": "1.0",
        "id": str(number),
        "source": "intuit.bench",
        "type": "qbo.invoice.updated.v1",
        "time": "2026-11-26T10:00:00Z",
        "intuitentityid": str(number),
        "intuitaccountid": realm_id,
        "data": {},
    }
    body = json.dumps([event]).encode()
    digest = hmac.new(TOKEN.encode(), body, hashlib.sha256).digest()
    return body, {"intuit-signature": base64.b64encode(digest).decode(), "Content-Type": "application/json"}


def _rate(address: str, path: str, make: Callable[[], tuple[bytes, dict[str, str]]]) -> float:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    done, until = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        body, headers = make()
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        done += 1
    connection.close()
    return done / SECONDS


CASES: dict[str, Callable[[World], Result]] = {"receiver": receiver}
