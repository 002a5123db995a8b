"""Both sides' open documents, compared: every difference has a name, and the names add up."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from invoices.proof.compare import Found, OurDocument, compare
from qbo.api.reports import OpenDocument

MONEY = st.integers(-50_000, 50_000).filter(bool).map(lambda cents: Decimal(cents) / 100)


def ours(qbo_id: str, open_: str, entity: str = "Invoice", *, unsent: bool = False) -> OurDocument:
    return OurDocument(entity, 1, qbo_id, f"{entity} {qbo_id}", "Ann", "7", Decimal(open_), unsent)


def theirs(id_: str, open_: str, kind: str = "Invoice") -> OpenDocument:
    return OpenDocument(kind, id_, "1042", "2026-03-01", "Ann", "7", Decimal(open_))


def proved(here: list[OurDocument], there: list[OpenDocument]) -> Found:
    return compare(here, there, sum((row.open for row in there), Decimal(0)))


def test_equal_to_the_cent() -> None:
    found = proved(
        [ours("1", "100.10"), ours("2", "-30", "Payment")],
        [theirs("1", "100.10"), theirs("2", "-30.00", "Payment")],
    )

    assert found.agrees
    assert (found.open_count, found.total_here, found.total_there) == (1, Decimal("70.10"), Decimal("70.10"))
    assert (found.differences, found.customers) == ([], 1)


def test_a_cent_is_a_difference() -> None:
    (one,) = proved([ours("1", "100.10")], [theirs("1", "100.11")]).differences

    assert (one.kind, one.here, one.there, one.explained) == (
        "differs",
        Decimal("100.10"),
        Decimal("100.11"),
        False,
    )


def test_what_is_on_one_side_only() -> None:
    found = proved([ours("1", "10")], [theirs("2", "20")])

    assert {(one.kind, one.qbo_id) for one in found.differences} == {("only here", "1"), ("only there", "2")}
    assert not found.agrees


def test_what_has_not_been_sent_is_explained() -> None:
    found = proved([ours("", "10"), ours("2", "5", unsent=True)], [theirs("2", "20")])

    assert {one.kind for one in found.differences} == {"on its way"}
    assert found.agrees


def test_entries_of_other_kinds_are_named_and_explained() -> None:
    found = proved([ours("1", "100")], [theirs("1", "100"), theirs("9", "-40", "Journal Entry")])

    (one,) = found.differences
    assert (one.kind, one.label, one.explained) == ("other entry", "Journal Entry 1042", True)
    assert (found.agrees, found.others_there) == (True, Decimal(-40))


def test_a_total_that_its_own_rows_do_not_make_is_not_agreement() -> None:
    found = compare([ours("1", "100")], [theirs("1", "100")], Decimal(101))

    assert (found.agrees, found.rest) == (False, Decimal(1))


@given(st.dictionaries(st.integers(1, 9), MONEY), st.dictionaries(st.integers(1, 9), MONEY))
def test_the_named_differences_account_for_all_of_it(
    here: dict[int, Decimal], there: dict[int, Decimal]
) -> None:
    found = proved(
        [ours(str(key), str(money)) for key, money in here.items()],
        [theirs(str(key), str(money)) for key, money in there.items()],
    )

    assert found.rest == 0
    assert found.agrees == (here == there)
