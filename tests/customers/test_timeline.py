"""A customer's page: one timeline of both sides, and sums that come out."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from customers import timeline
from customers.family import family_of
from customers.models import Customer
from invoices.models import CreditMemo, Estimate, Invoice
from qbo.models import AgreedCopy, Company, OutboxEntry, User, Verb
from qbo.sync import outbox
from qbo.sync.echo import remote_write
from tests.factories import CustomerFactory, InvoiceFactory, PaymentFactory, UserFactory

NOW = timezone.now()
State = OutboxEntry.State


@pytest.fixture
def otter(company: Company) -> Customer:
    customer: Customer = CustomerFactory(
        company=company,
        display_name="Otter Creek",
        known=True,
        qbo_created_at=NOW - timedelta(days=900),
        qbo_updated_at=NOW - timedelta(days=900),
    )
    Customer.objects.filter(pk=customer.pk).update(created_at=NOW - timedelta(days=90))
    customer.refresh_from_db()
    return customer


@pytest.fixture
def dana(db: None) -> User:
    user: User = UserFactory()
    return user


def events(customer: Customer, **asked: str) -> list[timeline.Event]:
    return timeline.of(family_of(customer), asked).events


def titles(customer: Customer, **asked: str) -> list[str]:
    return [event.title for event in events(customer, **asked)]


def only(customer: Customer, title: str) -> timeline.Event:
    (found,) = [event for event in events(customer) if event.title.startswith(title)]
    return found


def of_quickbooks(model: Any, customer: Customer, days_ago: int, **values: Any) -> Any:
    """A document that was made there and read from there later."""
    made = NOW - timedelta(days=days_ago)
    with remote_write():
        return model.objects.create(
            company=customer.company,
            customer=customer,
            txn_date=timezone.localtime(made).date(),
            qbo_id=str(1000 + days_ago),
            sync_token=0,
            sync_state="in_quickbooks",
            qbo_created_at=made,
            **values,
        )


def test_everything_stands_in_one_list_newest_first(otter: Customer) -> None:
    of_quickbooks(Invoice, otter, 40, doc_number="1401", total=Decimal("1742.25"))
    of_quickbooks(Estimate, otter, 50, doc_number="77", total=Decimal(900))
    of_quickbooks(CreditMemo, otter, 20, doc_number="207", total=Decimal(150), balance=Decimal(150))
    PaymentFactory(company=otter.company, customer=otter, ref_number="10418", known=True)
    sent = of_quickbooks(Invoice, otter, 30, doc_number="1402", total=Decimal(5))
    Invoice.objects.filter(pk=sent.pk).update(
        emailed_at=NOW - timedelta(days=29), bill_email="ap@otter.example"
    )
    assert titles(otter) == [
        "Check 10418, $100.00",
        "Credit memo 207, $150.00",
        "Invoice 1402 e-mailed",
        "Invoice 1402, $5.00",
        "Invoice 1401, $1,742.25",
        "Estimate 77, $900.00",
        "Customer made",
    ]
    memo = only(otter, "Credit memo")
    assert (memo.side, memo.notes) == ("there", ["$150.00 of it unused"])
    assert "to ap@otter.example" in only(otter, "Invoice 1402 e-mailed").notes
    for kind, shown in (("payments", ["Check 10418, $100.00"]), ("emails", ["Invoice 1402 e-mailed"])):
        assert titles(otter, only=kind) == shown


def test_what_was_done_here_names_who_did_it_and_what_became_of_it(otter: Customer, dana: User) -> None:
    invoice = InvoiceFactory(company=otter.company, customer=otter, doc_number="1485", entered_by=dana)
    mine = OutboxEntry.objects.of("Invoice", invoice.pk)
    mine.update(state=State.DONE, finished_at=F("created_at") + timedelta(seconds=3), attempts=1)
    Invoice.objects.filter(pk=invoice.pk).update(qbo_id="9", sync_state="in_quickbooks")
    made = only(otter, "Invoice 1485,")
    assert (made.side, made.notes) == (
        "here",
        ["Dana Whitfield", "In QuickBooks 3 seconds later, second try"],
    )

    invoice.refresh_from_db()
    outbox.command(invoice, Verb.SEND, asked_by=dana, to="ap@otter.example")
    asked = only(otter, "Invoice 1485 e-mailed to ap@otter.example")
    assert (asked.side, asked.notes) == ("here", ["Dana Whitfield", "On its way"])
    # QuickBooks' word about the same e-mail is no second one.
    OutboxEntry.objects.filter(verb=Verb.SEND).update(state=State.DONE, finished_at=timezone.now())
    Invoice.objects.filter(pk=invoice.pk).update(emailed_at=timezone.now())
    assert len([title for title in titles(otter) if "e-mailed" in title]) == 1


def test_a_change_of_the_customer_stands_on_the_side_it_came_from(otter: Customer, dana: User) -> None:
    outbox.enqueue(otter, reason="edited", asked_by=dana)
    assert only(otter, "Details changed").notes == ["Dana Whitfield", "On its way"]
    Customer.objects.filter(pk=otter.pk).update(qbo_updated_at=NOW - timedelta(days=3))
    otter.refresh_from_db()
    assert only(otter, "Customer changed").side == "there"
    # The answer to our own save is our change.
    OutboxEntry.objects.update(state=State.DONE, finished_at=NOW - timedelta(days=3))
    assert "Customer changed" not in titles(otter)


def test_sub_customers_are_counted_once_and_named(otter: Customer, viewer: Client) -> None:
    child = CustomerFactory(company=otter.company, display_name="Alder Court", parent=otter, known=True)
    grandchild = CustomerFactory(company=otter.company, display_name="Unit 4", parent=child, known=True)
    for customer, total in ((otter, 100), (child, 60), (grandchild, 5)):
        InvoiceFactory(company=otter.company, customer=customer, total=Decimal(total), known=True)
    family = family_of(otter)
    assert [(str(member), f"{account.open:.2f}") for member, account in family.rows] == [
        ("Otter Creek", "100.00"),
        ("Alder Court", "60.00"),
        ("Unit 4", "5.00"),
    ]
    assert [family.together.open, family.own.open] == [165, 100]
    assert sorted(
        note for event in events(otter) for note in event.notes if note in ("Alder Court", "Unit 4")
    )
    assert "$165.00" in viewer.get(otter.get_absolute_url()).content.decode()


def test_the_sums_come_out(otter: Customer) -> None:
    """Invoiced less paid less credited is open; a check's rest and a memo's rest are credit."""
    InvoiceFactory(
        company=otter.company, customer=otter, known=True, total=Decimal(300), settled=Decimal(120)
    )
    InvoiceFactory(company=otter.company, customer=otter, known=True, total=Decimal(999), is_void=True)
    PaymentFactory(
        company=otter.company, customer=otter, total=Decimal(110), unapplied=Decimal(10), known=True
    )
    of_quickbooks(CreditMemo, otter, 2, doc_number="1", total=Decimal(50), balance=Decimal(30))
    sums = family_of(otter).together
    assert [sums.invoiced, sums.paid, sums.otherwise, sums.open] == [300, -100, -20, 180]
    assert [sums.account.unapplied, sums.account.owes] == [40, 140]


def test_older_ones_are_shown_on_demand_and_the_queries_stay(
    otter: Customer, viewer: Client, django_assert_num_queries: Any
) -> None:
    for n in range(60):
        InvoiceFactory(company=otter.company, customer=otter, known=True, doc_number=str(n))
    assert len(events(otter)) == timeline.PAGE
    html = viewer.get(otter.get_absolute_url(), {"show": "50"}).content.decode()
    assert html.count('class="when"') == 50
    assert "show=75" in html
    assert timeline.of(family_of(otter), {"show": "75"}).has_older is False
    with django_assert_num_queries(5):
        events(otter, show="75")


@pytest.mark.parametrize("asked", [{"show": "x"}, {"show": "-1"}, {"show": "9" * 30}, {"only": "nonsense"}])
def test_nonsense_in_the_address_shows_the_usual(otter: Customer, viewer: Client, asked: Any) -> None:
    assert "Customer made" in viewer.get(otter.get_absolute_url(), asked).content.decode()


def test_a_document_of_another_day_stands_on_its_own_date(otter: Customer) -> None:
    invoice = InvoiceFactory(company=otter.company, customer=otter, doc_number="7")
    Invoice.objects.filter(pk=invoice.pk).update(txn_date=timezone.localdate() - timedelta(days=9))
    event = only(otter, "Invoice 7,")
    assert (event.timed, timezone.localtime(event.at).date()) == (
        False,
        timezone.localdate() - timedelta(days=9),
    )


# ── Inactive ────────────────────────────────────────────────────────────────────────────────────


def test_the_page_says_which_side_made_a_customer_inactive(biller: Client, otter: Customer) -> None:
    with remote_write():
        otter.active = False
        otter.save()
    assert "Made inactive in QuickBooks:" in biller.get(otter.get_absolute_url()).content.decode()
    biller.post(f"{otter.get_absolute_url()}reactivate/")
    biller.post(f"{otter.get_absolute_url()}deactivate/")
    html = biller.get(otter.get_absolute_url()).content.decode()
    assert "Made inactive in QuickBooks" not in html
    assert "Inactive: no new invoices" in html


def test_french_customers_show_their_receivables_account(viewer: Client, otter: Customer) -> None:
    ref = {"ARAccountRef": {"value": "84", "name": "Clients douteux"}}
    AgreedCopy.objects.create(company=otter.company, entity="Customer", object_id=otter.pk, payload=ref)
    assert "Clients douteux" not in viewer.get(otter.get_absolute_url()).content.decode()
    Company.objects.update(country="FR")
    assert "Clients douteux" in viewer.get(otter.get_absolute_url()).content.decode()


def test_what_quickbooks_made_a_moment_ago_is_not_taken_for_ours(otter: Customer) -> None:
    """Its times are in whole seconds, so that what a webhook brings at once may look older than itself."""
    fresh = timezone.now().replace(microsecond=0)
    theirs = of_quickbooks(Invoice, otter, 0, doc_number="9", total=Decimal(1))
    Invoice.objects.filter(pk=theirs.pk).update(
        qbo_created_at=fresh, created_at=fresh + timedelta(seconds=0.4)
    )
    assert only(otter, "Invoice 9,").side == "there"
    ours = InvoiceFactory(company=otter.company, customer=otter, doc_number="8")
    made = {"qbo_id": "77", "qbo_created_at": fresh, "created_at": fresh + timedelta(seconds=0.4)}
    Invoice.objects.filter(pk=ours.pk).update(**made)
    OutboxEntry.objects.of("Invoice", ours.pk).update(created_at=fresh + timedelta(seconds=0.4))
    assert only(otter, "Invoice 8,").side == "here"
