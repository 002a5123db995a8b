"""A record that was changed on both sides."""

import pytest
from django.test import Client

from customers.models import Customer
from qbo.models import Company, Conflict, OutboxEntry, SyncState
from qbo.sync import states
from qbo.sync.registry import mapping_of
from tests.factories import CompanyFactory, CustomerFactory


@pytest.fixture
def customer(company: Company) -> Customer:
    """Its notes differ on both sides, its phone only here."""
    made: Customer = CustomerFactory(company=company, display_name="Oak", known=True)
    agreed = mapping_of(made).dump(made)
    made.notes, made.phone = "Ours", "555-0100"
    made.save()
    theirs = {**agreed, "Notes": "Theirs"}
    remote = {**{key: value for key, value in theirs.items() if value is not None}, "Id": made.qbo_id}
    Conflict.objects.create(
        company=company,
        entity="Customer",
        object_id=made.pk,
        label="Oak",
        groups=["Notes"],
        base=agreed,
        ours=mapping_of(made).dump(made),
        theirs=theirs,
        remote={**remote, "SyncToken": "1"},
    )
    OutboxEntry.objects.filter(object_id=made.pk).update(state=OutboxEntry.State.CONFLICT)
    states.refresh(made)
    return made


def url(customer: Customer, *parts: str) -> str:
    path = f"/c/{customer.company_id}/conflict/Customer/{customer.pk}/"
    return "".join([path, *(f"{part}/" for part in parts)])


def test_both_sides_stand_beside_each_other(customer: Customer, viewer: Client) -> None:
    answer = viewer.get(url(customer))
    html = answer.content.decode()
    assert "Oak was changed on both sides" in html
    assert [choice.row.group for choice in answer.context["choices"]] == ["Notes"]
    assert [row.here for row in answer.context["merged"]] == ["555-0100"]
    assert "Ours" in html
    assert "Theirs" in html
    assert "Keep these" not in html  # a viewer decides nothing


@pytest.mark.parametrize(("side", "notes"), [("ours", "Ours"), ("theirs", "Theirs")])
def test_a_decision(customer: Customer, biller: Client, side: str, notes: str) -> None:
    assert "Keep these" in biller.get(url(customer)).content.decode()
    answer = biller.post(url(customer, "resolve"), {"keep:Notes": side})
    assert answer.url == customer.get_absolute_url()
    customer.refresh_from_db()
    assert (customer.notes, customer.phone) == (notes, "555-0100")
    assert customer.sync_state == SyncState.WAITING
    assert Conflict.objects.get().choices == {"Notes": side}


def test_no_decision_is_asked_for_again(customer: Customer, biller: Client) -> None:
    answer = biller.post(url(customer, "resolve"), {"keep:Notes": "both"})
    assert answer.status_code == 422
    assert "Choose a side for every group." in answer.content.decode()
    assert Conflict.objects.get().resolved_at is None


def test_somebody_else_was_quicker(customer: Customer, biller: Client) -> None:
    biller.post(url(customer, "resolve"), {"keep:Notes": "theirs"})
    assert biller.get(url(customer)).status_code == 302
    answer = biller.post(url(customer, "resolve"), {"keep:Notes": "ours"}, follow=True)
    customer.refresh_from_db()
    assert customer.notes == "Theirs"
    assert "somebody has decided already" in answer.content.decode()


def test_a_viewer_decides_nothing(customer: Customer, viewer: Client) -> None:
    assert viewer.post(url(customer, "resolve"), {"keep:Notes": "ours"}).status_code == 403


def test_only_records_of_the_company(company: Company, biller: Client) -> None:
    foreign = CustomerFactory(company=CompanyFactory())
    assert biller.get(f"/c/{company.pk}/conflict/Customer/{foreign.pk}/").status_code == 404
