"""Who wins when both sides changed the same group of fields, where somebody has laid that down beforehand.

`settings.QBO_CONFLICT_POLICIES` names a policy for a group: `{"Customer": {"Notes": "newest"}}`. Every other group
asks, and so do those that carry money, whatever is laid down (`Mapping.always_ask`).
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from django.conf import settings

from qbo.models import MirroredModel
from qbo.sync.mapping import Mapping
from qbo.sync.merge import Group, Merged, all_groups
from qbo.sync.registry import mappings

OURS, THEIRS = "ours", "theirs"


class Policy(StrEnum):
    ASK = "ask"
    OURS = OURS
    THEIRS = THEIRS
    NEWEST = "newest"


def policy_of(mapping: Mapping[MirroredModel], group: Group) -> Policy:
    if group.name in mapping.always_ask:
        return Policy.ASK
    return Policy(settings.QBO_CONFLICT_POLICIES.get(mapping.entity, {}).get(group.name, Policy.ASK))


def decide(
    mapping: Mapping[MirroredModel], merged: Merged, ours_at: datetime | None, theirs_at: datetime | None
) -> tuple[Merged, dict[str, str]]:
    """The merge with those clashes settled that a policy settles, and what was chosen, by group.

    `ours_at` and `theirs_at` are when either side changed it last; without both, "newest" asks.
    """
    choices: dict[str, str] = {}
    for group in merged.clashes:
        match policy_of(mapping, group):
            case Policy.OURS | Policy.THEIRS as side:
                choices[group.name] = str(side)
            case Policy.NEWEST if ours_at and theirs_at:
                choices[group.name] = OURS if ours_at >= theirs_at else THEIRS
    return choose(merged, choices), choices


def choose(merged: Merged, choices: dict[str, str]) -> Merged:
    """The merge with each chosen clash moved to the side that won it."""

    def won(side: str) -> tuple[Group, ...]:
        return tuple(group for group in merged.clashes if choices.get(group.name) == side)

    left = tuple(group for group in merged.clashes if group.name not in choices)
    return Merged((*merged.here, *won(OURS)), (*merged.there, *won(THEIRS)), left)


def mistakes() -> Iterator[str]:
    """What cannot be meant in `settings.QBO_CONFLICT_POLICIES`, a sentence each."""
    known = {mapping.entity: mapping for mapping in mappings() if mapping.pushable}
    for entity, rules in settings.QBO_CONFLICT_POLICIES.items():
        if entity not in known:
            yield f"{entity} is not sent to QuickBooks, so nothing can clash. Known: {', '.join(known)}."
            continue
        mapping = known[entity]
        view = {field.key: None for field in mapping.fields if not field.owned}
        names = {group.name for group in all_groups(mapping.groups, view)} - mapping.always_ask
        for name, policy in rules.items():
            if name in mapping.always_ask:
                yield f"{entity}: {name} carries money and always asks."
            elif name not in names:
                yield f"{entity} has no group {name}. Known: {', '.join(sorted(names))}."
            if policy not in list(Policy):
                yield f"{entity}: {name} cannot be {policy!r}, only {', '.join(Policy)}."
