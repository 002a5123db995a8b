"""Intuit's limits, counted over every process, and the rest while QuickBooks is down."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from qbo import pace
from qbo.api import Response, calls
from qbo.api.errors import Refused, ServiceUnavailable, TimedOut
from qbo.models import Company, Pace
from tests.factories import CompanyFactory

CALL = calls.query("SELECT * FROM Term")
BATCH = calls.batch([{"bId": "1", "operation": "create", "Term": {}}])
OK = Response(200, b"{}", {}, "")


@pytest.fixture
def company(settings: Any) -> Company:
    settings.QBO_PACED = True
    return CompanyFactory()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits, instead of waiting; the clock stands still."""
    waits: list[float] = []
    now = pace.clock()
    monkeypatch.setattr(pace, "clock", lambda: now)
    monkeypatch.setattr(pace, "sleep", waits.append)
    return waits


def gaps(times: list[float]) -> Iterator[float]:
    return (later - earlier for earlier, later in itertools.pairwise(sorted(times)))


@pytest.mark.django_db
def test_calls_come_evenly_and_below_both_limits(company: Company, slept: list[float]) -> None:
    for _ in range(100):
        pace.before(company.pk, CALL)

    assert slept[0] == 0
    assert all(0.128 < gap < 0.131 for gap in gaps(slept))  # less than 10 in any second, 500 in any minute


@pytest.mark.django_db
def test_batches_have_a_limit_of_their_own_and_count_as_calls(company: Company, slept: list[float]) -> None:
    for _ in range(9):
        pace.before(company.pk, BATCH)
    assert all(1.6 < gap < 1.63 for gap in gaps(slept))

    pace.before(company.pk, CALL)
    assert slept[-1] > slept[-2]


@pytest.mark.django_db
def test_what_would_wait_too_long_does_not_wait_but_says_when(company: Company, slept: list[float]) -> None:
    def hurry() -> None:
        for _ in range(1000):
            pace.before(company.pk, CALL)

    with pytest.raises(pace.NotYet) as refusal:
        hurry()

    assert refusal.value.retry_after is not None
    assert pace.LONGEST_WAIT < refusal.value.retry_after < pace.LONGEST_WAIT + 1
    assert refusal.value.outcome_known


@pytest.mark.django_db
def test_one_company_does_not_wait_for_another(company: Company, slept: list[float]) -> None:
    for _ in range(50):
        pace.before(company.pk, CALL)
    pace.before(CompanyFactory().pk, CALL)

    assert slept[-1] == 0


@pytest.mark.django_db(transaction=True)
def test_no_turn_is_given_twice(company: Company, slept: list[float]) -> None:
    """Eight connections at once, as eight processes would have."""

    def take(_: int) -> None:
        try:
            for _ in range(10):
                pace.before(company.pk, CALL)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, range(8)))

    assert len(slept) == 80
    assert min(gaps(slept)) > 0.128


@pytest.mark.django_db
def test_quickbooks_gets_a_rest_when_it_does_not_answer(company: Company, slept: list[float]) -> None:
    for failure in range(pace.FAILURES):
        pace.before(company.pk, CALL)
        pace.after(company.pk, ServiceUnavailable(status=503) if failure % 2 else TimedOut())

    with pytest.raises(pace.Resting, match="has not answered since"):
        pace.before(company.pk, CALL)
    assert pace.down_since(company) is not None
    other = CompanyFactory()
    pace.before(other.pk, CALL)  # nobody else is affected

    Pace.objects.filter(pk=company.pk).update(asked_again_at=timezone.now() - timedelta(seconds=1))
    pace.before(company.pk, CALL)
    pace.after(company.pk, OK)
    assert pace.down_since(company) is None


@pytest.mark.django_db
def test_each_failure_makes_the_rest_longer_up_to_five_minutes(company: Company) -> None:
    rests = []
    for _ in range(12):
        pace.after(company.pk, TimedOut())
        asked_again_at = Pace.objects.get(pk=company.pk).asked_again_at
        rests.append(round((asked_again_at - timezone.now()).total_seconds()) if asked_again_at else 0)

    assert rests == [0, 0, 0, 0, 15, 30, 60, 120, 240, 300, 300, 300]


@pytest.mark.django_db
def test_a_refusal_is_an_answer(company: Company) -> None:
    for _ in range(pace.FAILURES * 2):
        pace.after(company.pk, Refused(status=400))
    assert pace.down_since(company) is None
