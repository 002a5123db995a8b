"""Who wins a clash where that is laid down, and what cannot be laid down."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.checks import run_checks

from qbo.sync import policies
from qbo.sync.merge import Group, Merged
from qbo.sync.registry import mapping_for

NOTES, PHONE = Group("Notes", ("Notes",)), Group("PrimaryPhone", ("PrimaryPhone",))
CLASHING = Merged((), (), (NOTES, PHONE))
NOON, ONE = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 1, 13, tzinfo=UTC)


def decided(settings: Any, rules: dict[str, str], *times: datetime | None) -> tuple[Merged, dict[str, str]]:
    settings.QBO_CONFLICT_POLICIES = {"Customer": rules}
    return policies.decide(mapping_for("Customer"), CLASHING, *times)


def test_a_group_that_is_not_named_asks(settings: Any) -> None:
    merged, choices = decided(settings, {"Notes": "ours"}, NOON, ONE)

    assert (merged.here, merged.there, merged.clashes) == ((NOTES,), (), (PHONE,))
    assert choices == {"Notes": "ours"}


@pytest.mark.parametrize(
    ("times", "winner"), [((ONE, NOON), "ours"), ((NOON, ONE), "theirs"), ((NOON, NOON), "ours")]
)
def test_the_newest_wins(settings: Any, times: tuple[datetime, datetime], winner: str) -> None:
    assert decided(settings, {"Notes": "newest"}, *times)[1] == {"Notes": winner}


@pytest.mark.parametrize("times", [(None, NOON), (NOON, None)])
def test_without_both_times_the_newest_is_unknown_and_a_person_asked(settings: Any, times: Any) -> None:
    assert decided(settings, {"Notes": "newest"}, *times)[1] == {}


def test_money_asks_whatever_is_laid_down(settings: Any) -> None:
    settings.QBO_CONFLICT_POLICIES = {"Invoice": {"lines and tax": "ours"}}
    invoice = mapping_for("Invoice")
    group = next(group for group in invoice.groups if group.name == "lines and tax")

    assert policies.policy_of(invoice, group) == policies.Policy.ASK


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ({"Account": {"Name": "ours"}}, "Account is not sent"),
        ({"Customer": {"Shoe size": "ours"}}, "no group Shoe size"),
        ({"Customer": {"Notes": "oldest"}}, "cannot be 'oldest'"),
        ({"Payment": {"amount and what it pays": "ours"}}, "carries money"),
    ],
)
def test_what_cannot_be_meant_is_said_at_the_start(
    settings: Any, rules: dict[str, dict[str, str]], complaint: str
) -> None:
    settings.QBO_CONFLICT_POLICIES = rules

    assert [message for message in run_checks() if message.id == "qbo.E006" and complaint in str(message)]
