"""The merge, by example and by property."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qbo.sync.merge import Group, differing, merge

MONEY = Group("money", ("Line", "Tax"))
KEYS = ("Line", "Tax", "Memo", "DueDate")
views = st.fixed_dictionaries({key: st.sampled_from([None, "a", "b"]) for key in KEYS})


def names(groups: tuple[Group, ...]) -> list[str]:
    return [group.name for group in groups]


def view(**changes: Any) -> dict[str, Any]:
    return dict.fromkeys(KEYS, "was") | changes


def test_different_fields_merge() -> None:
    merged = merge(view(), view(Memo="ours"), view(DueDate="theirs"), [MONEY])

    assert names(merged.here) == ["Memo"]
    assert names(merged.there) == ["DueDate"]
    assert not merged.clashes
    assert merged.kept == {"Memo"}


def test_the_same_field_changed_on_both_sides_clashes() -> None:
    merged = merge(view(), view(Memo="ours"), view(Memo="theirs"), [MONEY])

    assert names(merged.clashes) == ["Memo"]
    assert merged.kept == {"Memo"}


def test_coupled_fields_clash_as_one_group() -> None:
    merged = merge(view(), view(Line="ours"), view(Tax="theirs"), [MONEY])

    assert names(merged.clashes) == ["money"]
    assert merged.kept == {"Line", "Tax"}


def test_the_same_change_on_both_sides_is_no_difference() -> None:
    merged = merge(view(), view(Memo="same"), view(Memo="same"), [MONEY])

    assert (merged.here, merged.there, merged.clashes) == ((), (), ())


def test_every_key_of_a_changed_group_is_sent() -> None:
    assert differing([MONEY], view(Line="new"), view()) == {"Line", "Tax"}
    assert differing([MONEY], view(), view()) == frozenset()


@given(base=views, ours=views, theirs=views)
def test_nothing_changed_anywhere_is_lost(base: Any, ours: Any, theirs: Any) -> None:
    """Each key ends as ours where we kept it and as theirs elsewhere; neither side's change vanishes unseen."""
    merged = merge(base, ours, theirs, [MONEY])
    result = {key: ours[key] if key in merged.kept else theirs[key] for key in KEYS}
    contested = {key for group in merged.clashes for key in group.keys}

    for key in set(KEYS) - contested:
        if theirs[key] != base[key] and key not in merged.kept:
            assert result[key] == theirs[key]
        if ours[key] != base[key] and theirs[key] == base[key]:
            assert result[key] == ours[key]


@given(base=views, ours=views, theirs=views)
def test_the_merge_is_fair(base: Any, ours: Any, theirs: Any) -> None:
    """Seen from the other side, here and there change places and the clashes stay."""
    one, other = merge(base, ours, theirs, [MONEY]), merge(base, theirs, ours, [MONEY])

    assert set(one.here) == set(other.there)
    assert set(one.there) == set(other.here)
    assert set(one.clashes) == set(other.clashes)


@given(base=views, ours=views)
def test_without_remote_news_ours_stays(base: Any, ours: Any) -> None:
    merged = merge(base, ours, base, [MONEY])

    assert not merged.there
    assert not merged.clashes
