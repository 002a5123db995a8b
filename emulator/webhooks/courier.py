"""The courier: takes events from the queues, posts them, and tries again on Intuit's schedule (facts 6.5).

An endpoint gets one delivery at a time; whatever happens until it is acknowledged waits, and goes out together with the
next one. Retries follow the emulator's clock: that of the company an endpoint belongs to, or everybody's.
"""

import http.client
import threading
from urllib.parse import SplitResult, urlsplit

from emulator.clock import Clock
from emulator.database import Database
from emulator.injection import Faults
from emulator.webhooks import events, payload
from emulator.webhooks.deliveries import Attempt, Deliveries, Delivery, Endpoint
from emulator.webhooks.gathering import take

ANSWER_WITHIN = 3.0  # seconds, facts 6.5
LOOK_AGAIN = 0.1  # seconds: how soon a clock that somebody turned is noticed while something waits for it
KEPT_OF_AN_ANSWER = 2000


class Courier:
    def __init__(self, database: Database, clock: Clock, faults: Faults, deliveries: Deliveries) -> None:
        self._database = database
        self._clock = clock
        self._faults = faults
        self._deliveries = deliveries
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Deliver from now on, in the background, until the process ends."""
        threading.Thread(target=self._run, name="courier", daemon=True).start()

    def _run(self) -> None:
        something_waits = True
        while True:
            self._database.news.wait(LOOK_AGAIN if something_waits else None)
            self._database.news.clear()
            with self._database.writing():
                pass  # whoever set the news has committed it by now
            something_waits = False
            for endpoint in self._deliveries.endpoints():
                something_waits |= self._serve(endpoint)

    def _serve(self, endpoint: Endpoint) -> bool:
        """Post what is due at one endpoint; True if something waits for its time."""
        with self._lock:
            if endpoint.realm_id in self._busy:
                return False  # its thread brings the news when it is done
        now = self._clock.seconds(endpoint.realm_id)
        waiting = self._deliveries.waiting(endpoint.realm_id) or self._gathered(endpoint, now)
        due = next((delivery for delivery in waiting if delivery.due <= now), None)
        if due is None:
            return bool(waiting or events.waiting(self._database.connection(), endpoint.realm_id))
        with self._lock:
            self._busy.add(endpoint.realm_id)
        threading.Thread(target=self._post, args=(endpoint, due), daemon=True).start()
        return False

    def _gathered(self, endpoint: Endpoint, now: float) -> list[Delivery]:
        """One delivery of everything that may leave, if there is anything."""
        with self._database.writing() as db:
            if leaving := take(db, self._faults, endpoint.realm_id, now):
                self._deliveries.write(endpoint, leaving)
        return self._deliveries.waiting(endpoint.realm_id)

    def _post(self, endpoint: Endpoint, delivery: Delivery) -> None:
        try:
            status, answer = _send(delivery, endpoint.verifier_token)
            self._deliveries.answered(delivery, Attempt(self._clock.now(endpoint.realm_id), status, answer))
        finally:
            with self._lock:
                self._busy.discard(endpoint.realm_id)
            self._database.news.set()


def _send(delivery: Delivery, verifier_token: str) -> tuple[int, str]:
    """The status and the beginning of the answer; 0 and the reason where none came in time."""
    target, message = urlsplit(delivery.url), delivery.body.encode()
    signed = {**delivery.headers, "intuit-signature": payload.signature(verifier_token, message)}
    connection = http.client.HTTPConnection(target.hostname or "", target.port or 80, timeout=ANSWER_WITHIN)
    try:
        connection.request("POST", _path(target), body=message, headers=signed)
        response = connection.getresponse()
        return response.status, response.read(KEPT_OF_AN_ANSWER).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as problem:
        return 0, f"{type(problem).__name__}: {problem}"
    finally:
        connection.close()


def _path(target: SplitResult) -> str:
    return (target.path or "/") + (f"?{target.query}" if target.query else "")
