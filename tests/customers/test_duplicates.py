"""Two of one name: found before the second is made, and put right where QuickBooks found it first."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from customers import linking
from customers.models import Customer, Employee, Vendor
from customers.names import free_name, lookalikes
from qbo.models import Company, OutboxEntry, SyncState
from tests.factories import CustomerFactory, InvoiceFactory, PaymentFactory

State = OutboxEntry.State
NAME = "Otter Creek Clinic"


@pytest.fixture
def otter(company: Company) -> Customer:
    customer: Customer = CustomerFactory(
        company=company, display_name=NAME, email="ap@otter.example", phone="(781) 555-0188", known=True
    )
    return customer


@pytest.fixture
def refused(otter: Customer) -> Customer:
    """Entered here before ours knew of the other, with an invoice and a check; QuickBooks took offence at its name."""
    customer: Customer = CustomerFactory(company=otter.company, display_name="OTTER creek clinic")
    InvoiceFactory(company=otter.company, customer=customer)
    PaymentFactory(company=otter.company, customer=customer)
    mine = OutboxEntry.objects.of("Customer", customer.pk)
    mine.update(state=State.NEEDS_YOU, code="6240")
    return customer


def url(company: Company, *parts: Any) -> str:
    return "".join([f"/c/{company.pk}/customers/", *(f"{part}/" for part in parts)])


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


# ── Names ───────────────────────────────────────────────────────────────────────────────────────


def test_a_free_name_is_free_on_all_three_lists(company: Company, otter: Customer) -> None:
    assert free_name(company, NAME, city="Quincy") == f"{NAME} (Quincy)"
    assert free_name(company, NAME) == f"{NAME} (2)"
    for model, name in ((Vendor, f"{NAME} (QUINCY)"), (Employee, f"{NAME} (2)")):
        model.objects.create(company=company, display_name=name, qbo_id="5", sync_token=0)
    assert free_name(company, NAME, city="Quincy") == f"{NAME} (3)"
    assert len(free_name(company, "x" * 500)) <= 500


@pytest.mark.parametrize(
    ("name", "email", "phone"),
    [
        ("The Otter Creek Clinic, LLC", "", ""),
        ("otter creek clinic inc.", "", ""),
        ("Somebody", "AP@otter.example", ""),
        ("Somebody", "", "(781) 555-0188"),
    ],
)
def test_who_may_be_the_same(otter: Customer, name: str, email: str, phone: str) -> None:
    assert lookalikes(otter.company, name, email, phone) == [otter]
    assert lookalikes(otter.company, name, email, phone, besides=otter.pk) == []


def test_who_only_begins_alike_is_somebody_else(otter: Customer) -> None:
    for name in ("Otter Creek Orchard", "Otter", "", "LLC"):
        assert lookalikes(otter.company, name) == []


# ── Before it is made ───────────────────────────────────────────────────────────────────────────


def test_while_typing_one_sees_who_has_the_name_and_what_is_free(biller: Client, otter: Customer) -> None:
    html = biller.get(
        url(otter.company, "namesakes"), {"display_name": "otter CREEK clinic"}
    ).content.decode()
    assert f'href="{otter.get_absolute_url()}"' in html
    assert 'name="beside" value="Otter Creek Clinic (2)"' in html
    html = biller.get(
        url(otter.company, "namesakes"), {"company_name": "Otter Creek Clinic LLC"}
    ).content.decode()
    assert "Perhaps the same" in html
    assert "beside" not in html
    assert "Perhaps" not in biller.get(url(otter.company, "namesakes"), {"display_name": ""}).content.decode()
    own = biller.get(url(otter.company, otter.pk, "namesakes"), {"display_name": NAME}).content.decode()
    assert own.strip() == ""


def test_a_vendor_of_the_name_leaves_only_the_way_beside(biller: Client, company: Company) -> None:
    Vendor.objects.create(company=company, display_name=NAME, qbo_id="5", sync_token=0)
    html = biller.get(url(company, "namesakes"), {"display_name": NAME}).content.decode()
    assert "the name of a vendor in QuickBooks" in html
    assert "Open the existing one" not in html
    assert "beside" in html


def test_refused_for_its_name_it_is_saved_beside_by_one_more_click(
    biller: Client, otter: Customer, typed: dict[str, Any]
) -> None:
    answer = biller.post(url(otter.company, "new"), typed | {"bill_city": "Quincy"})
    assert answer.status_code == 422
    assert 'value="Otter Creek Clinic (Quincy)"' in answer.content.decode()
    again = typed | {"bill_city": "Quincy", "beside": "Otter Creek Clinic (Quincy)"}
    biller.post(url(otter.company, "new"), again)
    assert Customer.objects.get(bill_city="Quincy").display_name == "Otter Creek Clinic (Quincy)"


def test_a_name_beside_that_was_taken_meanwhile_is_refused_like_any_other(
    biller: Client, otter: Customer, typed: dict[str, Any]
) -> None:
    answer = biller.post(url(otter.company, "new"), typed | {"beside": NAME})
    assert answer.status_code == 422
    assert Customer.objects.count() == 1


def test_the_same_form_twice_makes_one_customer(
    biller: Client, company: Company, typed: dict[str, Any]
) -> None:
    sent = typed | {
        "entry_key": "6f1f3f0a-0c1e-4a51-9d7b-0d5f6f9e2a11",
        "display_name": "",
        "given_name": "Ana",
    }
    first, second = (biller.post(url(company, "new"), sent) for _ in range(2))
    assert first["Location"] == second["Location"]
    changed = biller.post(url(company, "new"), sent | {"given_name": "Anna"})
    assert changed.status_code == 422
    assert "This form was saved already, as Ana" in changed.content.decode()
    assert Customer.objects.count() == 1
    biller.post(url(company, "new"), sent | {"given_name": "Anna", "entry_key": ""})
    assert Customer.objects.count() == 2


# ── After QuickBooks refused it ─────────────────────────────────────────────────────────────────


def test_linking_puts_everything_on_the_one_that_quickbooks_has(
    biller: Client, otter: Customer, refused: Customer
) -> None:
    assert "Link to the one in QuickBooks" in biller.get(refused.get_absolute_url()).content.decode()
    answer = biller.post(url(otter.company, refused.pk, "link"))
    assert answer["Location"] == otter.get_absolute_url()
    refused.refresh_from_db()
    assert (refused.is_gone, refused.sync_state) == (True, SyncState.GONE)
    assert (otter.invoices.count(), otter.payments.count()) == (1, 1)
    assert not OutboxEntry.objects.of("Customer", refused.pk).unfinished().exists()
    moved = OutboxEntry.objects.of("Invoice", otter.invoices.get().pk).get()
    assert moved.state == State.WAITING
    assert "Withdrawn before QuickBooks had it" in biller.get(refused.get_absolute_url()).content.decode()
    otter.refresh_from_db()
    assert otter.version == 1  # nothing was written into it


def test_what_quickbooks_has_or_may_have_is_not_linked(
    biller: Client, otter: Customer, refused: Customer
) -> None:
    OutboxEntry.objects.of("Customer", refused.pk).update(state=State.IN_FLIGHT)
    assert "on its way there" in said(biller.post(url(otter.company, refused.pk, "link")))
    refused.refresh_from_db()
    assert not refused.is_gone
    assert refused.invoices.exists()


def test_nothing_is_linked_to_somebody_of_another_currency(otter: Customer, refused: Customer) -> None:
    Customer.objects.filter(pk=otter.pk).update(currency="CAD")
    otter.refresh_from_db()
    with pytest.raises(linking.NotPossible, match="CAD"):
        linking.link(refused, otter, by=None)


def test_beside_it_goes_again_under_a_free_name(biller: Client, otter: Customer, refused: Customer) -> None:
    biller.post(url(otter.company, refused.pk, "beside"))
    refused.refresh_from_db()
    assert refused.display_name == "OTTER creek clinic (2)"
    assert OutboxEntry.objects.of("Customer", refused.pk).get().state == State.WAITING


def test_viewers_decide_nothing(viewer: Client, otter: Customer, refused: Customer) -> None:
    html = viewer.get(refused.get_absolute_url()).content.decode()
    assert "Link to the one" not in html
    for act in ("link", "beside"):
        assert viewer.post(url(otter.company, refused.pk, act)).status_code == 403


# ── Merged in QuickBooks ────────────────────────────────────────────────────────────────────────


def test_a_merged_customer_names_the_one_that_stayed(viewer: Client, otter: Customer) -> None:
    goes = CustomerFactory(
        company=otter.company, known=True, gone_at=timezone.now(), merged_into=otter.qbo_id
    )
    html = viewer.get(goes.get_absolute_url()).content.decode()
    assert "QuickBooks merged this customer into" in html
    assert f'href="{otter.get_absolute_url()}"' in html
