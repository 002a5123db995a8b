"""Intuit's throttles (facts 7.1), counted on the company's own clock."""

import threading
from collections import deque
from dataclasses import dataclass

from emulator.clock import Clock

Window = tuple[str, int, float]  # what is counted, how many fit, in how many seconds

MINUTE = 60.0
PER_REALM = 500
PER_APP_SECOND = 10
BATCHES_PER_APP = 40
BATCHES_PER_REALM = 120
EMAILS_PER_REALM, DAY = 40, 24 * 3600.0  # of a sandbox company
LONGEST_REQUEST = 120.0  # seconds, facts 2: what runs longer is cut off, done or not


@dataclass(frozen=True)
class Refusal:
    """How a 429 looks: XML as seen, or the JSON that others report, and with a Retry-After if one is wanted (facts 7.1
    and 12 no. 2 do not know which)."""

    body: str = "xml"
    retry_after: int | None = None


class Limits:
    """Sliding windows in memory. `switch` turns them on or off for one company."""

    def __init__(self, clock: Clock, *, enforced: bool) -> None:
        self._clock = clock
        self._enforced = enforced
        self._switched: dict[str, bool] = {}
        self._refusals: dict[str, Refusal] = {}
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def switch(self, realm_id: str, enforced: bool) -> None:
        with self._lock:
            self._switched[realm_id] = enforced

    def refuse_with(self, realm_id: str, refusal: Refusal) -> None:
        with self._lock:
            self._refusals[realm_id] = refusal

    def refusal(self, realm_id: str) -> Refusal:
        return self._refusals.get(realm_id, Refusal())

    def admit(self, realm_id: str, client_id: str, *, batch: bool = False, send: bool = False) -> bool:
        """Count a request; False if it is one too many. A refused request does not count (emulator choice)."""
        if not self._switched.get(realm_id, self._enforced):
            return True
        now = self._clock.seconds(realm_id)
        windows: list[Window] = [
            (realm_id, PER_REALM, MINUTE),
            (f"{realm_id}/{client_id}", PER_APP_SECOND, 1.0),
        ]
        if batch:
            windows.append((f"{realm_id}/batch", BATCHES_PER_REALM, MINUTE))
            windows.append((f"{realm_id}/{client_id}/batch", BATCHES_PER_APP, MINUTE))
        if send:
            windows.append((f"{realm_id}/send", EMAILS_PER_REALM, DAY))
        with self._lock:
            counted = [(self._recent(name, now, span), most) for name, most, span in windows]
            if any(len(times) >= most for times, most in counted):
                return False
            for times, _ in counted:
                times.append(now)
        return True

    def _recent(self, name: str, now: float, span: float) -> deque[float]:
        times = self._seen.setdefault(name, deque())
        while times and not now - span < times[0] <= now:  # a clock turned back leaves nothing behind
            times.popleft()
        return times
