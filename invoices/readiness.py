"""What QuickBooks would refuse about an invoice, told at its form before anything is sent.

One row per check, with the codes that QuickBooks would answer with (facts 8.3). docs/readiness.md shows the same table
to people. The form finds the mistakes; here they are sorted, and what is right is said as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    FINE, REFUSED, OPEN = "fine", "refused", "open"


@dataclass(frozen=True)
class Mistake:
    """One error of a form: the field, "line-…" for one of a line and "" for the whole, and why (`code`)."""

    field: str
    code: str
    message: str


@dataclass(frozen=True)
class Check:
    """`fields` are the form's fields that it looks at; with `codes` only at these errors of theirs. `good` is what is
    said when it holds, where that is worth a line."""

    name: str
    refused_with: tuple[str, ...]
    fields: frozenset[str]
    good: str
    codes: frozenset[str] = frozenset()

    def is_about(self, mistake: Mistake) -> bool:
        return (not self.fields or mistake.field in self.fields) and (
            not self.codes or mistake.code in self.codes
        )


def _check(name: str, refused_with: str, fields: str, good: str, codes: str = "") -> Check:
    return Check(name, tuple(refused_with.split()), frozenset(fields.split()), good, frozenset(codes.split()))


#: In this order; a mistake belongs to the first check that is about it.
CHECKS = (
    _check("length", "2050", "", "", "max_length"),
    _check("characters", "2040", "", "", "null_characters_not_allowed"),
    _check("customer", "610 2500 6250", "customer", "Customer is active there"),
    _check("number", "6140", "doc_number", "Number is free"),
    _check("period", "6200 6210", "txn_date", "Date is in an open period", "closed"),
    _check("dates", "2060 2070", "txn_date due_date", ""),
    _check("items", "610 2500 6440", "line-item", "Every item is active there"),
    _check("figures", "2080 2090 2140 2160 6070", "line-quantity line-rate", ""),
    _check("discount", "6000 6090", "discount discount_kind", ""),
    _check("email", "2210 6420", "bill_email bill_email_cc", ""),
    _check("whole", "2020 2250 6000", "", ""),
)


@dataclass(frozen=True)
class Verdict:
    """What a check came to. OPEN: something is still empty that has to be there."""

    check: Check
    state: State
    messages: list[str] = field(default_factory=list)


def judge(mistakes: Iterable[Mistake]) -> list[Verdict]:
    """All checks, those that fail first."""
    found: dict[str, list[Mistake]] = {check.name: [] for check in CHECKS}
    for mistake in mistakes:
        found[next(check.name for check in CHECKS if check.is_about(mistake))].append(mistake)
    verdicts = [_verdict(check, found[check.name]) for check in CHECKS]
    order = [State.REFUSED, State.OPEN, State.FINE]
    return sorted(verdicts, key=lambda verdict: order.index(verdict.state))


def _verdict(check: Check, mistakes: list[Mistake]) -> Verdict:
    refused = [mistake.message for mistake in mistakes if mistake.code != "required"]
    if refused:
        return Verdict(check, State.REFUSED, list(dict.fromkeys(refused)))
    return Verdict(check, State.OPEN if mistakes else State.FINE)
