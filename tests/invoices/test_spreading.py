"""Where the money of a payment goes. No database: invoices are only looked at."""

from decimal import Decimal

import pytest

from invoices.models import Invoice
from invoices.spreading import Payable, Spread, check, oldest_first


def payable(pk: int, balance: str, own: str = "0", why_not: str = "") -> Payable:
    invoice = Invoice(pk=pk, doc_number=str(1000 + pk), balance=Decimal(balance))
    return Payable(invoice, Decimal(own), why_not)


def amounts(**texts: str) -> dict[int, Decimal]:
    """`amounts(i1="10")` is 10 on invoice 1."""
    return {int(name[1:]): Decimal(text) for name, text in texts.items()}


THREE = [payable(1, "100.00"), payable(2, "50.50"), payable(3, "20.00")]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0", {}),
        ("-5", {}),
        ("60", amounts(i1="60")),
        ("100", amounts(i1="100")),
        ("120.25", amounts(i1="100", i2="20.25")),
        ("170.50", amounts(i1="100", i2="50.50", i3="20")),
        ("500", amounts(i1="100", i2="50.50", i3="20")),
    ],
)
def test_the_oldest_invoices_are_paid_first(amount: str, expected: dict[int, Decimal]) -> None:
    assert oldest_first(THREE, Decimal(amount)) == expected


def test_an_invoice_that_owes_nothing_is_passed_over() -> None:
    assert oldest_first([payable(1, "0"), payable(2, "-3"), payable(3, "8")], Decimal(5)) == amounts(i3="5")


@pytest.mark.parametrize(
    ("one", "most"),
    [
        (payable(1, "40"), "40"),
        (payable(1, "40", own="60"), "100"),
        (payable(1, "-10", own="60"), "60"),
        (payable(1, "40", own="60", why_not="It is void."), "60"),
        (payable(1, "40", why_not="It is void."), "0"),
    ],
)
def test_what_a_payment_has_on_an_invoice_already_is_its_to_spend_again(one: Payable, most: str) -> None:
    assert one.open == Decimal(most)


@pytest.mark.parametrize(
    ("wanted", "available", "expected"),
    [
        (amounts(i1="100", i2="50.50"), "150.50", {}),
        (amounts(i1="100.01"), "200", {1: "Invoice 1001 has $100.00 open. Put at most that on it."}),
        (amounts(i2="-1"), "200", {2: "An amount put on an invoice cannot be negative."}),
        (
            amounts(i1="90", i2="50.50"),
            "100",
            {None: "$140.50 is put on invoices, $40.50 more than the $100.00 there is."},
        ),
        (
            amounts(i9="1"),
            "200",
            {None: "One of these invoices is not this customer's. Load the open invoices again."},
        ),
    ],
)
def test_what_does_not_fit_is_said_where_it_is(
    wanted: dict[int, Decimal], available: str, expected: dict[int | None, str]
) -> None:
    assert check(THREE, wanted, Decimal(available)) == expected


def test_an_invoice_that_was_paid_meanwhile_says_so() -> None:
    problems = check([payable(1, "0")], amounts(i1="5"), Decimal(5))
    assert problems == {1: "Invoice 1001 has nothing open any more. Leave this empty."}


def test_an_invoice_that_takes_no_more_says_why_but_may_keep_what_it_has() -> None:
    void = payable(1, "0", own="5", why_not="Invoice 1001 is void.")
    assert check([void], amounts(i1="6"), Decimal(10)) == {1: "Invoice 1001 is void."}
    assert check([void], amounts(i1="5"), Decimal(10)) == {}


def spread(available: str, **texts: str) -> Spread:
    return Spread(THREE, amounts(**texts), Decimal(available))


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("oldest", amounts(i1="100", i2="20")),
        ("all", amounts(i1="100", i2="50.50", i3="20")),
        ("clear", {}),
        ("pay-2", amounts(i1="0", i2="50.50", i3="5")),
        ("pay-3", amounts(i1="0", i3="0")),
        ("rest-3", amounts(i1="0", i3="20")),
        ("rest-1", amounts(i1="100", i3="5")),
        ("rest-9", amounts(i1="0", i3="5")),
        ("show", amounts(i1="0", i3="5")),
        ("", amounts(i1="0", i3="5")),
    ],
)
def test_each_button_does_one_thing(act: str, expected: dict[int, Decimal]) -> None:
    assert spread("120", i1="0", i3="5").act(act).amounts == expected


def test_the_rest_is_never_taken_from_what_is_spent_already() -> None:
    assert spread("10", i1="30").act("rest-2").amounts == amounts(i1="30", i2="0")


def test_the_sums_come_out() -> None:
    some = spread("130", i1="100", i3="5")
    assert (some.paid, some.applied, some.left, some.over) == (2, Decimal(105), Decimal(25), Decimal(0))
    assert (some.open, some.stays_open) == (Decimal("170.50"), Decimal("65.50"))
    assert some.takes_rest is THREE[1]


def test_nothing_takes_a_rest_when_there_is_none() -> None:
    assert spread("105", i1="100", i3="5").takes_rest is None
    assert spread("90", i1="100").takes_rest is None
    assert spread("90", i1="100").over == Decimal(10)
    assert spread("500", i1="100", i2="50.50", i3="20").takes_rest is None
