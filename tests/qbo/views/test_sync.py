"""The sync centre."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from qbo.models import Company, Connection, InboxEntry, OutboxEntry
from qbo.sync import outbox
from qbo.views import causes
from tests.factories import CompanyFactory, CustomerFactory, InvoiceFactory, InvoiceLineFactory, ItemFactory
from tests.qbo.views.conftest import HTMX

Refused = Callable[..., OutboxEntry]
State = OutboxEntry.State


def url(company: Company, *parts: object) -> str:
    return "".join([f"/c/{company.pk}/sync/", *(f"{part}/" for part in parts)])


def page(client: Client, company: Company) -> str:
    answer = client.get(url(company))
    assert answer.status_code == 200
    return answer.content.decode()


def test_all_quiet(company: Company, viewer: Client) -> None:
    assert "Nothing needs you." in page(viewer, company)


def test_the_same_cause_is_told_once_most_money_first(company: Company, refused: Refused) -> None:
    CustomerFactory(company=company, display_name="Waits by itself")
    refused(CustomerFactory(company=company, display_name="Oak"))
    for number, total in (("1", 100), ("2", 250)):
        refused(InvoiceFactory(company=company, doc_number=number, total=Decimal(total)), "6210", "Closed.")
    refused(InvoiceFactory(company=company, doc_number="3", total=Decimal(900)), "9999", "Something new.")
    refused(InvoiceFactory(company=company, doc_number="4", total=Decimal(10)), "9999", "Another thing.")
    found = [([record.entry.label for record in cause.records], cause.amount) for cause in causes.of(company)]
    assert found == [
        (["Invoice 3"], 900),
        (["Invoice 1", "Invoice 2"], 350),
        (["Invoice 4"], 10),
        (["Oak"], None),
    ]


def test_five_sentences(company: Company, viewer: Client, refused: Refused) -> None:
    entry = refused(
        InvoiceFactory(company=company, doc_number="1470", total=Decimal("1912.70")), "6210", "Closed."
    )
    entry.detail = "intuit_tid 1-abc"
    entry.save()
    html = page(viewer, company)
    for sentence in (
        "Invoice 1470 is dated in a closed period.",
        "The books in QuickBooks are closed through a later date.",
        "“Closed.”",
        "code 6210 · intuit_tid 1-abc",
        "$1,912.70 that QuickBooks does not know of",
        "Change the date, or ask whoever closes the books",
    ):
        assert sentence in html


def test_what_goes_by_itself_says_when(company: Company, viewer: Client) -> None:
    CustomerFactory(company=company, display_name="Oak")
    soon = timezone.now() + timedelta(minutes=1)
    OutboxEntry.objects.update(next_attempt_at=soon, attempts=1, problem="QuickBooks was busy.")
    html = page(viewer, company)
    assert "One change goes by itself." in html
    assert "QuickBooks was busy." in html
    assert f"{timezone.localtime(soon):%H:%M}, try 2" in html


def test_what_could_not_be_read(company: Company, viewer: Client) -> None:
    InboxEntry.objects.create(
        company=company,
        entity="Invoice",
        qbo_id="77",
        state=InboxEntry.State.PARKED,
        problem="It is a riddle.",
    )
    assert "It is a riddle." in page(viewer, company)


def test_nothing_of_other_companies(company: Company, viewer: Client, refused: Refused) -> None:
    refused(CustomerFactory(company=CompanyFactory(), display_name="Foreign"))
    assert "Foreign" not in page(viewer, company)


def test_a_pile_costs_no_more_queries(company: Company, refused: Refused) -> None:
    refused(InvoiceFactory(company=company), "6210")
    with assertNumQueries(2):  # entries, invoices with their customers
        causes.of(company)
    for _ in range(10):
        refused(InvoiceFactory(company=company), "6210")
    with assertNumQueries(2):
        causes.of(company)


# ── Ways out ────────────────────────────────────────────────────────────────────────────────────


def test_one_press_makes_an_item_active_again_for_all_that_it_holds_up(
    company: Company, biller: Client, viewer: Client, refused: Refused
) -> None:
    item = ItemFactory(company=company, name="Delivery (deleted)", active=False)
    invoices = [InvoiceFactory(company=company, doc_number=number) for number in ("1", "2")]
    for invoice in invoices:
        InvoiceLineFactory(invoice=invoice, item=item)
    entries = [refused(invoice, "2500", "Inactive.") for invoice in invoices]
    refused(InvoiceFactory(company=company, doc_number="3"), "2500", "Inactive.")  # by something else

    assert "Make Delivery active again" not in page(viewer, company)
    assert page(biller, company).count("Make Delivery active again") == 1
    press = {"entry": [entry.pk for entry in entries], "repair": f"item:{item.pk}"}
    assert viewer.post(url(company, "repair"), press).status_code == 403
    biller.post(url(company, "repair"), press)

    item.refresh_from_db()
    assert (item.name, item.active) == ("Delivery", True)
    assert states_of(entries) == [State.WAITING, State.WAITING]
    assert OutboxEntry.objects.get(entity="Item", object_id=item.pk).state == State.WAITING


def test_a_button_that_no_longer_says_what_would_be_done_does_nothing(
    company: Company, biller: Client, refused: Refused
) -> None:
    company.preferences = {"AccountingInfoPrefs": {"BookCloseDate": "2026-10-31"}}
    company.save()
    invoice = InvoiceFactory(company=company, doc_number="1", txn_date=date(2026, 10, 30))
    entry = refused(invoice, "6210", "Closed.")
    press = {"entry": entry.pk, "repair": "date:2026-11-01"}
    company.preferences = {"AccountingInfoPrefs": {"BookCloseDate": "2026-11-15"}}
    company.save()
    answer = biller.post(url(company, "repair"), press, follow=True)

    invoice.refresh_from_db()
    assert invoice.txn_date == date(2026, 10, 30)
    assert states_of([entry]) == [State.NEEDS_YOU]
    assert "things have changed meanwhile" in answer.content.decode()


# ── Trying again ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def held_up(company: Company, refused: Refused) -> list[OutboxEntry]:
    return [refused(CustomerFactory(company=company, display_name=name)) for name in ("Oak", "Ash")]


def states_of(entries: list[OutboxEntry]) -> list[str]:
    return [OutboxEntry.objects.get(pk=entry.pk).state for entry in entries]


def test_one_again(company: Company, biller: Client, held_up: list[OutboxEntry]) -> None:
    answer = biller.post(url(company, "retry", held_up[0].pk), follow=True)
    assert states_of(held_up) == [State.WAITING, State.NEEDS_YOU]
    assert "Trying Oak again." in answer.content.decode()


def test_one_again_in_place(company: Company, biller: Client, held_up: list[OutboxEntry]) -> None:
    html = biller.post(url(company, "retry", held_up[0].pk), headers=HTMX).content.decode()
    assert html.count("<tr") == 1
    assert "On its way" in html
    assert "Try again" not in html
    again = biller.get(f"{url(company)}?entry={held_up[0].pk}", headers=HTMX).content.decode()
    assert again.count("<tr") == 1


def test_all_again(company: Company, biller: Client, held_up: list[OutboxEntry]) -> None:
    answer = biller.post(url(company, "retry"), {"entry": [entry.pk for entry in held_up]}, follow=True)
    assert states_of(held_up) == [State.WAITING, State.WAITING]
    assert "Trying 2 changes again." in answer.content.decode()


def test_not_those_of_others(company: Company, biller: Client, refused: Refused) -> None:
    foreign = refused(CustomerFactory(company=CompanyFactory()))
    biller.post(url(company, "retry", foreign.pk))
    biller.post(url(company, "retry"), {"entry": [foreign.pk, "nonsense"]})
    assert states_of([foreign]) == [State.NEEDS_YOU]


def test_a_viewer_sees_but_does_not_touch(
    company: Company, viewer: Client, held_up: list[OutboxEntry]
) -> None:
    html = page(viewer, company)
    assert "Oak" in html
    assert "Try again" not in html
    assert "Fetch again" not in html
    assert viewer.post(url(company, "retry", held_up[0].pk)).status_code == 403
    assert states_of(held_up) == [State.NEEDS_YOU, State.NEEDS_YOU]


def test_fetch_again_asks_for_a_look(company: Company, biller: Client) -> None:
    answer = biller.post(url(company, "fetch"), follow=True)
    company.refresh_from_db()
    assert company.look_wanted_at is not None
    assert "Looking at QuickBooks now." in answer.content.decode()


def test_disconnected_it_says_so_on_every_page(company: Company, manager: Client, biller: Client) -> None:
    company.connection = Connection.RECONNECT
    company.save()
    html = page(manager, company)
    assert "QuickBooks no longer lets us in." in html
    assert "Connect again" in html
    assert "Fetch again" not in html
    assert "A manager can do that." in page(biller, company)


def test_what_quickbooks_deleted_can_be_put_away(
    company: Company, biller: Client, viewer: Client, refused: Refused
) -> None:
    invoice = InvoiceFactory(company=company, doc_number="1299", known=True)
    outbox.enqueue(invoice)
    entry = refused(invoice, "gone", "It was deleted there.")
    away = url(company, "put-away", entry.pk)
    biller.post(away)
    assert causes.of(company)  # QuickBooks still has it: nothing to put away
    type(invoice).objects.update(gone_at=timezone.now())
    assert "Put away" in page(biller, company)
    assert "Try again" not in page(biller, company)
    assert viewer.post(away).status_code == 403
    biller.post(away)
    assert not causes.of(company)
    entry.refresh_from_db()
    assert entry.state == State.DROPPED
