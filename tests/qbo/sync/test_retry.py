"""What becomes of an entry after each kind of error: one table, no clock, no sleep."""

from datetime import UTC, datetime, timedelta

import pytest

from qbo import api
from qbo.sync.retry import Decision, Park, Pause, Reconnect, Reread, Retry, decide

NOW = datetime(2026, 11, 23, 9, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "attempts", "decision"),
    [
        (api.Unreachable("refused"), 1, Retry(NOW + timedelta(seconds=5))),
        (api.OutcomeUnknown("reset"), 2, Retry(NOW + timedelta(seconds=10))),
        (api.ServiceUnavailable("down"), 4, Retry(NOW + timedelta(seconds=40))),
        (api.ServiceUnavailable("down"), 500, Retry(NOW + timedelta(minutes=5))),
        (api.NameBusy("one name at a time"), 1, Retry(NOW + timedelta(seconds=5))),
        (api.Throttled("slow down"), 1, Pause(NOW + timedelta(seconds=60))),
        (api.Throttled("slow down", retry_after=7), 1, Pause(NOW + timedelta(seconds=7))),
        (api.StaleObject("stale"), 1, Reread()),
        (api.AuthenticationFailed("401"), 1, Reconnect()),
        (api.NotAuthorized("403"), 1, Reconnect()),
        (api.DuplicateName("taken"), 1, Park()),
        (api.BusinessRule("no"), 1, Park()),
        (api.UnknownFault("?"), 1, Park()),
    ],
)
def test_decision(error: api.QuickBooksError, attempts: int, decision: Decision) -> None:
    assert decide(error, attempts, NOW) == decision
