"""Queries as the client writes them, over a company with a year and a half of business."""

from decimal import Decimal

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import SevereException, ValidationException
from quickbooks.objects.customer import Customer
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.payment import Payment

from tests.emulator_process import EmulatorProcess
from tests.third_party.conftest import Connect
from tests.third_party.papers import a_customer, cents


@pytest.fixture(scope="module")
def books(emulator: EmulatorProcess, connect: Connect) -> QuickBooks:
    """A demo company, which these tests only read."""
    return connect(emulator.company(seed="demo"), use_decimal=True)


def test_count(books: QuickBooks) -> None:
    assert Invoice.count(qb=books) == 300
    paid, unpaid = (Invoice.count(f"Balance {sign} '0'", qb=books) for sign in ("=", ">"))
    assert paid + unpaid == 300
    assert 0 < unpaid < paid


def test_a_list_has_a_hundred_rows_unless_told_otherwise(books: QuickBooks) -> None:
    assert len(Invoice.where(qb=books)) == 100
    assert len(Invoice.all(max_results=1000, qb=books)) == 300
    assert len(Invoice.all(max_results=7, qb=books)) == 7


def test_pages_hold_every_row_once(books: QuickBooks) -> None:
    pages = [
        Invoice.where(order_by="Id", start_position=start, max_results=70, qb=books)
        for start in range(1, 400, 70)
    ]

    assert [len(page) for page in pages] == [70, 70, 70, 70, 20, 0]
    ids = [int(invoice.Id) for page in pages for invoice in page]
    assert ids == sorted(set(ids))


def test_order(books: QuickBooks) -> None:
    by_date = Invoice.all(order_by="TxnDate DESC, DocNumber", max_results=1000, qb=books)
    dates = [invoice.TxnDate for invoice in by_date]
    names = [customer.DisplayName for customer in Customer.all(order_by="DisplayName", qb=books)]

    assert dates == sorted(dates, reverse=True)
    assert names == sorted(names, key=str.casefold)


def test_several_conditions(books: QuickBooks) -> None:
    newest = Invoice.all(order_by="TxnDate DESC", max_results=1, qb=books)[0]
    same_customer = Invoice.filter(CustomerRef=newest.CustomerRef.value, max_results=1000, qb=books)
    open_ones = Invoice.where(
        f"CustomerRef = '{newest.CustomerRef.value}' AND Balance > '0' AND TxnDate <= '{newest.TxnDate}'",
        max_results=1000,
        qb=books,
    )

    assert newest.Id in {invoice.Id for invoice in same_customer}
    assert {invoice.CustomerRef.value for invoice in same_customer} == {newest.CustomerRef.value}
    expected = {invoice.Id for invoice in same_customer if invoice.Balance > 0}
    assert {invoice.Id for invoice in open_ones} == expected


def test_choose(books: QuickBooks) -> None:
    wanted = [invoice.Id for invoice in Invoice.all(max_results=5, qb=books)]

    assert {invoice.Id for invoice in Invoice.choose(wanted, qb=books)} == set(wanted)


def test_choose_by_name(books: QuickBooks) -> None:
    names = [customer.DisplayName for customer in Customer.all(max_results=3, qb=books)]

    found = Customer.choose([*names, "Nobody's name"], field="DisplayName", qb=books)
    assert sorted(customer.DisplayName for customer in found) == sorted(names)


@pytest.mark.parametrize("name", ["O'Brien's", "50% off", "Zoë & Søn", "Alder_Court"])
def test_names_that_need_care(qb: QuickBooks, name: str) -> None:
    customer = a_customer(qb, name)
    a_customer(qb, "Somebody else")

    assert [found.Id for found in Customer.filter(DisplayName=name, qb=qb)] == [customer.Id]
    assert [found.Id for found in Customer.choose([name], "DisplayName", qb=qb)] == [customer.Id]
    assert [found.Id for found in Customer.filter(DisplayName=name.upper(), qb=qb)] == [customer.Id]


def test_like(qb: QuickBooks) -> None:
    for name in ("Alder Court", "Alder Grove", "Old Alder", "Birch"):
        a_customer(qb, name)

    def like(pattern: str) -> list[str]:
        found = Customer.where(f"DisplayName LIKE '{pattern}'", order_by="DisplayName", qb=qb)
        return [customer.DisplayName for customer in found]

    assert like("alder%") == ["Alder Court", "Alder Grove"]
    assert like("%alder%") == ["Alder Court", "Alder Grove", "Old Alder"]
    assert like("Ald_r%") == []


def test_changed_since(books: QuickBooks) -> None:
    newest = Invoice.all(order_by="MetaData.LastUpdatedTime DESC", max_results=1, qb=books)[0]
    since = newest.MetaData.LastUpdatedTime

    found = Invoice.where(f"MetaData.LastUpdatedTime >= '{since}'", qb=books)
    assert newest.Id in {invoice.Id for invoice in found}
    assert Invoice.where(f"MetaData.LastUpdatedTime > '{since}'", qb=books) == []


def test_the_books_add_up(books: QuickBooks) -> None:
    """What a second reader works out from the records is what the records say."""
    invoices = Invoice.all(max_results=1000, qb=books)
    payments = Payment.all(max_results=1000, qb=books)
    paid: dict[str, Decimal] = {}
    for payment in payments:
        for line in payment.Line:
            paid[line.LinkedTxn[0].TxnId] = paid.get(line.LinkedTxn[0].TxnId, Decimal(0)) + line.Amount
    wrong = [
        invoice.DocNumber
        for invoice in invoices
        if invoice.TotalAmt - paid.get(invoice.Id, 0) - invoice.Deposit != invoice.Balance
    ]

    assert wrong == []
    customers = Customer.where("Active IN (true, false)", max_results=1000, qb=books)
    owed = sum(invoice.Balance for invoice in invoices) - sum(payment.UnappliedAmt for payment in payments)
    assert cents(sum(customer.Balance for customer in customers)) == cents(owed)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM Invoice WHERE Balance > 0", 4000),
        ("SELECT * FROM Invoice WHERE Id IN (1, 2)", 4000),
        ("SELECT * FROM Invoice WHERE DocNumber = 'it''s'", 4000),
        ("SELECT * FROM Invoice WHERE DocNumber = '1' OR DocNumber = '2'", 4000),
        ("SELECT * FROM Invoice WHERE NoSuchField = '1'", 4001),
        ("SELECT * FROM Invoice WHERE CustomerRef.value = '1'", 4001),
        ("SELECT * FROM Invoice STARTPOSITION 0", 4001),
    ],
)
def test_a_wrong_query_is_refused(books: QuickBooks, statement: str, code: int) -> None:
    with pytest.raises(ValidationException) as refused:
        books.query(statement)
    assert refused.value.error_code == code


def test_a_query_without_a_statement_is_a_fault_under_200(books: QuickBooks) -> None:
    with pytest.raises(SevereException) as refused:
        books.query("")
    assert refused.value.error_code == 10000
