"""The emulator's time: the real clock plus whatever `/_control/clock` set, for everybody or for one company."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")  # facts 2, Time: all times are shown with the Pacific offset
EVERYBODY = ""


@dataclass(frozen=True)
class Dial:
    """Emulated time runs from `shown` at `speed` since the real moment `set_at` (all in Unix seconds)."""

    set_at: float
    shown: float
    speed: float

    def now(self, real: float) -> float:
        return self.shown + (real - self.set_at) * self.speed


class Clock:
    """One dial per company that has its own, and one for everybody else."""

    def __init__(self, dials: dict[str, Dial] | None = None, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._dials = dict(dials or {})

    def seconds(self, realm_id: str = EVERYBODY) -> float:
        """Unix time as that company sees it."""
        dial = self._dials.get(realm_id) or self._dials.get(EVERYBODY)
        real = self._real()
        return dial.now(real) if dial else real

    def now(self, realm_id: str = EVERYBODY) -> datetime:
        return datetime.fromtimestamp(self.seconds(realm_id), UTC)

    def real_seconds(self, realm_id: str, emulated: float) -> float:
        """How long a wait lasts for us; on a clock that stands still it lasts as long as it says."""
        dial = self._dials.get(realm_id) or self._dials.get(EVERYBODY)
        return emulated / (dial.speed if dial and dial.speed else 1.0)

    def turn(
        self, realm_id: str = EVERYBODY, *, to: float | None = None, by: float = 0, speed: float | None = None
    ) -> Dial:
        """Set the time, move it by seconds, and/or change its speed (0 freezes it); answers the new dial."""
        before = self._dials.get(realm_id) or self._dials.get(EVERYBODY)
        shown = (self.seconds(realm_id) if to is None else to) + by
        pace = speed if speed is not None else (before.speed if before else 1.0)
        dial = Dial(self._real(), shown, pace)
        self._dials[realm_id] = dial
        return dial

    def release(self, realm_id: str = EVERYBODY) -> None:
        """Back to the real time (or, for a company, to everybody's)."""
        self._dials.pop(realm_id, None)


def envelope_time(moment: datetime) -> str:
    """`2015-07-24T10:33:39.11-07:00`: milliseconds with trailing zeros trimmed (facts 2, Time)."""
    local = moment.astimezone(PACIFIC)
    fraction = f".{local.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{_offset(local)}"


def metadata_time(moment: datetime) -> str:
    """`2015-07-24T10:33:39-07:00`: no fraction (facts 2, Time)."""
    local = moment.astimezone(PACIFIC)
    return f"{local:%Y-%m-%dT%H:%M:%S}{_offset(local)}"


def _offset(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def parse_time(text: str) -> datetime:
    """Read `YYYY-MM-DD[THH:MM:SS[.f]][Z|+hh:mm]`; without an offset it is Pacific (emulator choice, facts 12 no. 12).

    Raises `ValueError`.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)


def today(moment: datetime) -> date:
    """The server's date, in Pacific time (facts 9.3, TxnDate: "default today (server date)")."""
    return moment.astimezone(PACIFIC).date()


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
