"""The list of invoices, as a browser without JavaScript and htmx ask for it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from invoices.models import Invoice
from qbo.models import Company, Role, SyncState
from tests.customers.conftest import signed_in
from tests.factories import CompanyFactory, CustomerFactory, InvoiceFactory

TODAY = timezone.localdate()
LIST_QUERIES = (
    10  # session, user, company, role; figures, rows, drafts, stuck; companies and what needs a person
)


def url(company: Company, query: str = "") -> str:
    return f"/c/{company.pk}/invoices/{query}"


def shown(answer: Any) -> list[str]:
    return [invoice.doc_number for invoice in answer.context["page"].object_list]


def invoice(company: Company, number: str, days_ago: int, **fields: Any) -> Invoice:
    day = TODAY - timedelta(days=days_ago)
    due = day + timedelta(days=30)
    made: Invoice = InvoiceFactory(
        company=company, doc_number=number, txn_date=day, due_date=due, known=True, **fields
    )
    return made


@pytest.fixture
def some(company: Company) -> None:
    otter = CustomerFactory(company=company, display_name="Otter Creek Clinic", known=True)
    aspen = CustomerFactory(company=company, display_name="Aspen Grove", known=True)
    invoice(company, "999", 40, customer=otter, total=Decimal(100))
    invoice(company, "1000", 35, customer=aspen, total=Decimal(200), settled=Decimal(50))
    invoice(company, "1001", 5, customer=otter, total=Decimal(40))
    invoice(company, "1002", 50, customer=aspen, total=Decimal(70), settled=Decimal(70))
    invoice(company, "1003", 3, customer=aspen, total=Decimal(0), is_void=True)
    invoice(company, "1004", 2, customer=aspen, gone_at=timezone.now())
    invoice(CompanyFactory(), "1005", 1, total=Decimal(9999))


@pytest.mark.parametrize(
    ("query", "numbers", "invoiced", "opened"),
    [
        ("", ["999", "1000", "1001"], 340, 290),
        ("?tab=all", ["1003", "1001", "1000", "999", "1002"], 410, 290),
        ("?tab=overdue", ["999", "1000"], 300, 250),
        ("?tab=paid", ["1002"], 70, 0),
        ("?tab=nonsense&sort=nonsense&page=99&customer=x", ["999", "1000", "1001"], 340, 290),
        ("?q=100", ["1000", "1001"], 240, 190),
        ("?q=ASPEN&tab=all", ["1003", "1000", "1002"], 270, 150),
        (f"?start={TODAY - timedelta(days=36)}&end={TODAY - timedelta(days=5)}", ["1000", "1001"], 240, 190),
        ("?start=yesterday", ["999", "1000", "1001"], 340, 290),
        ("?sort=number", ["999", "1000", "1001"], 340, 290),
        ("?sort=-number", ["1001", "1000", "999"], 340, 290),
        ("?sort=customer", ["1000", "1001", "999"], 340, 290),
        ("?sort=-total", ["1000", "999", "1001"], 340, 290),
        ("?sort=balance", ["1001", "999", "1000"], 340, 290),
        ("?sort=-date", ["1001", "1000", "999"], 340, 290),
    ],
)
@pytest.mark.usefixtures("some")
def test_the_list_shows_what_was_asked_for_and_its_sums(
    viewer: Client, company: Company, query: str, numbers: list[str], invoiced: int, opened: int
) -> None:
    answer = viewer.get(url(company, query))

    found = answer.context["found"]
    assert shown(answer) == numbers
    assert (found.sums["invoiced"], found.sums["open"]) == (invoiced, opened)


@pytest.mark.usefixtures("some")
def test_one_customers_invoices(viewer: Client, company: Company) -> None:
    otter = Customer.objects.get(company=company, display_name="Otter Creek Clinic")
    foreign = Customer.objects.exclude(company=company).get()

    answer = viewer.get(url(company, f"?customer={otter.pk}"))

    assert shown(answer) == ["999", "1001"]
    assert "Remove filter: Otter Creek Clinic" in answer.content.decode()
    assert len(shown(viewer.get(url(company, f"?customer={foreign.pk}")))) == 3


@pytest.mark.usefixtures("some")
def test_tabs_count_what_the_search_finds_in_them(viewer: Client, company: Company) -> None:
    everything = viewer.get(url(company)).context["found"].tabs
    aspen = viewer.get(url(company, "?q=aspen")).context["found"].tabs

    assert [(tab.name, tab.count) for tab in everything] == [
        ("all", 5),
        ("open", 3),
        ("overdue", 2),
        ("paid", 1),
    ]
    assert [tab.count for tab in aspen] == [3, 1, 1, 1]


@pytest.mark.usefixtures("some")
def test_sums_are_of_everything_that_matches_and_not_of_the_page(
    viewer: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoices.views.invoices.PAGE_SIZE", 1)

    answer = viewer.get(url(company, "?page=2"))

    assert shown(answer) == ["1000"]
    assert answer.context["found"].sums["open"] == 290
    assert "$290.00" in answer.content.decode()


@pytest.mark.usefixtures("some")
def test_while_typing_only_the_list_is_drawn_again(viewer: Client, company: Company) -> None:
    answer = viewer.get(url(company, "?q=otter"), headers={"HX-Request": "true"})

    page = answer.content.decode()
    assert "<html" not in page
    assert 'id="q"' not in page  # the field one types in stays
    assert "Otter Creek Clinic" in page


@pytest.mark.usefixtures("some")
def test_words_say_how_late_an_invoice_is(viewer: Client, company: Company) -> None:
    page = viewer.get(url(company, "?tab=all")).content.decode()

    for words in ("10 days overdue", "5 days overdue", "Open", "Paid", "Void"):
        assert words in page


def test_a_filter_that_finds_nothing_says_where_to_look(viewer: Client, company: Company) -> None:
    invoice(company, "1000", 1, settled=Decimal(100))

    page = viewer.get(url(company, "?q=1000")).content.decode()

    assert "No invoice under Open matches" in page
    assert "Paid has 1" in page


def test_what_waits_for_a_person_is_said_above_the_list(viewer: Client, company: Company) -> None:
    invoice(company, "1000", 1, total=Decimal("4871.20"), sync_state=SyncState.NEEDS_YOU)
    invoice(company, "1001", 1, sync_state=SyncState.IN_QUICKBOOKS)

    assert (
        "1 invoice waits for a person before QuickBooks has it, $4,871.20."
        in viewer.get(url(company)).content.decode()
    )


def test_the_number_of_rows_costs_no_queries(
    viewer: Client, company: Company, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        invoice(company, str(number), number)
    with django_assert_num_queries(LIST_QUERIES):
        viewer.get(url(company))
    for number in range(20):
        invoice(company, str(100 + number), number, settled=Decimal(10))
    with django_assert_num_queries(LIST_QUERIES):
        viewer.get(url(company))


def test_only_those_who_may_are_offered_a_new_invoice(
    viewer: Client, biller: Client, company: Company
) -> None:
    button = f"/c/{company.pk}/invoices/new/"

    assert button not in viewer.get(url(company)).content.decode()
    assert button in biller.get(url(company)).content.decode()


def test_somebody_elses_invoices_do_not_exist(company: Company) -> None:
    assert signed_in(CompanyFactory(), Role.MANAGER).get(url(company)).status_code == 404


@pytest.mark.parametrize("pages", ["invoices", "payments"])
def test_going_back_shows_the_whole_page(viewer: Client, company: Company, pages: str) -> None:
    assert "HX-Request" in viewer.get(f"/c/{company.pk}/{pages}/")["Vary"]
