"""The three-way merge of two edits of one object. Pure: no database, no clock.

A view is a flat dictionary. Some of its keys only make sense together (an invoice's lines with its tax): they are
compared and taken as one group. A group that only one side changed is taken from that side. A group that both
changed to the same value is no difference. A group that both changed differently is a clash, and a person decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

View = Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """View keys that are taken together, under a name that people understand."""

    name: str
    keys: tuple[str, ...]

    def of(self, view: View) -> tuple[Any, ...]:
        return tuple(view.get(key) for key in self.keys)


@dataclass(frozen=True)
class Merged:
    """The outcome, in groups: changed here only, changed there only, changed on both sides and different."""

    here: tuple[Group, ...]
    there: tuple[Group, ...]
    clashes: tuple[Group, ...]

    @property
    def kept(self) -> frozenset[str]:
        """The keys whose local value stays for now: changed here, or contested."""
        return frozenset(key for group in (*self.here, *self.clashes) for key in group.keys)


def merge(base: View, ours: View, theirs: View, groups: Sequence[Group]) -> Merged:
    """Compare both sides with what they last agreed on. Keys outside `groups` are groups of their own."""
    here, there, clashes = [], [], []
    for group in all_groups(groups, ours):
        was, mine, other = group.of(base), group.of(ours), group.of(theirs)
        if mine == other:
            continue
        if other == was:
            here.append(group)
        elif mine == was:
            there.append(group)
        else:
            clashes.append(group)
    return Merged(tuple(here), tuple(there), tuple(clashes))


def all_groups(groups: Sequence[Group], view: View) -> list[Group]:
    """The given groups, and one group for each key of the view that is in none of them."""
    grouped = {key for group in groups for key in group.keys}
    return [*groups, *(Group(key, (key,)) for key in view if key not in grouped)]


def differing(groups: Sequence[Group], ours: View, base: View) -> frozenset[str]:
    """The keys to send: every key of each group in which `ours` differs from `base`."""
    return frozenset(
        key for group in all_groups(groups, ours) if group.of(ours) != group.of(base) for key in group.keys
    )
