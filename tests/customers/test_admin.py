"""Customers in the admin: the portal's rules, and what the levers did to each row."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from qbo.models import Company, InboxEntry, OutboxEntry, User
from tests.factories import CompanyFactory, CustomerFactory, InvoiceFactory, TermFactory, UserFactory

LIST = reverse("admin:customers_customer_changelist")
ADD = reverse("admin:customers_customer_add")


@pytest.fixture
def admin_user(db: None) -> User:
    user: User = UserFactory(is_superuser=True, is_staff=True)
    return user


@pytest.fixture
def boss(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


@pytest.fixture
def otter(company: Company) -> Customer:
    customer: Customer = CustomerFactory(company=company, display_name="Otter Creek", known=True)
    return customer


def change(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=[customer.pk])


def fields_of(answer: Any) -> dict[str, Any]:
    form = answer.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def act(client: Client, action: str, *customers: Customer, **more: Any) -> list[str]:
    keys = [customer.pk for customer in customers]
    answer = client.post(LIST, {"action": action, "_selected_action": keys, **more})
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_page_leads_to_the_portal_and_shows_what_quickbooks_has(boss: Client, otter: Customer) -> None:
    html = boss.get(change(otter)).content.decode()
    assert "View on site" in html
    view = boss.get(reverse("admin:view_on_site", args=[otter_type(), otter.pk]))
    assert view["Location"].endswith(otter.get_absolute_url())
    assert f'<div class="readonly">{otter.qbo_id}</div>' in html


def otter_type() -> int:
    from django.contrib.contenttypes.models import ContentType

    return ContentType.objects.get_for_model(Customer).pk


def test_an_edit_is_queued_under_the_name_of_who_made_it(
    boss: Client, admin_user: User, otter: Customer
) -> None:
    sent = fields_of(boss.get(change(otter))) | {"phone": "(781) 555-0188"}
    assert boss.post(change(otter), sent).status_code == 302
    otter.refresh_from_db()
    assert otter.phone == "(781) 555-0188"
    entry = OutboxEntry.objects.get()
    assert (entry.object_id, entry.asked_by) == (otter.pk, admin_user)


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("display_name", "A:B", "no colon"),
        ("display_name", "ASPEN grove", "There is a customer of this name already"),
        ("email", "ap@localhost", "looks like ap@example.com"),
    ],
)
def test_what_the_portal_refuses_is_refused_here(
    boss: Client, otter: Customer, field: str, text: str, says: str
) -> None:
    CustomerFactory(company=otter.company, display_name="Aspen Grove", known=True)
    sent = fields_of(boss.get(change(otter))) | {field: text}
    assert says in boss.post(change(otter), sent).content.decode()
    assert not OutboxEntry.objects.exists()


def test_the_terms_of_other_companies_are_not_offered(boss: Client, otter: Customer) -> None:
    TermFactory(company=otter.company, name="Net 45")
    TermFactory(name="Foreign terms")
    html = boss.get(change(otter)).content.decode()
    assert "Net 45" in html
    assert "Foreign terms" not in html


def test_a_form_that_was_opened_before_somebody_elses_change_asks(boss: Client, otter: Customer) -> None:
    sent = fields_of(boss.get(change(otter))) | {"phone": "2"}
    Customer.objects.update(phone="1")
    assert "while you were editing" in boss.post(change(otter), sent).content.decode()
    otter.refresh_from_db()
    assert otter.phone == "1"


def test_what_quickbooks_no_longer_has_is_only_looked_at(boss: Client, company: Company) -> None:
    gone = CustomerFactory(company=company, known=True, gone_at=timezone.now())
    assert boss.get(change(gone)).status_code == 200
    assert boss.post(change(gone), {}).status_code == 403


def test_new_customers_are_entered_in_the_portal_in_a_company_of_choice(
    boss: Client, company: Company
) -> None:
    here = reverse("customers:new", args=[company.pk])
    assert boss.get(ADD)["Location"] == here
    other = reverse("customers:new", args=[CompanyFactory().pk])
    html = boss.get(ADD).content.decode()
    assert here in html
    assert other in html


def test_pushing_retries_what_waits_and_compares_what_does_not(
    boss: Client, admin_user: User, otter: Customer
) -> None:
    refused = CustomerFactory(company=otter.company, display_name="Refused")
    OutboxEntry.objects.update(state=OutboxEntry.State.NEEDS_YOU)
    gone = CustomerFactory(company=otter.company, display_name="Gone", gone_at=timezone.now(), known=True)
    message = act(boss, "push_now", otter, refused, gone)
    assert message == [
        "On the way to QuickBooks: Otter Creek, Refused. Not done: Gone is no longer in QuickBooks."
    ]
    waiting = OutboxEntry.objects.filter(state=OutboxEntry.State.WAITING)
    assert {entry.object_id for entry in waiting} == {otter.pk, refused.pk}
    assert waiting.get(object_id=otter.pk).asked_by == admin_user


def test_what_was_changed_on_both_sides_is_not_pushed(boss: Client, company: Company) -> None:
    customer = CustomerFactory(company=company, display_name="Otter")
    OutboxEntry.objects.update(state=OutboxEntry.State.CONFLICT)
    assert act(boss, "push_now", customer) == [
        "Not done: Otter was changed on both sides. Decide that first."
    ]


def test_fetching_notes_those_that_quickbooks_has(boss: Client, otter: Customer) -> None:
    here = CustomerFactory(company=otter.company, display_name="Only here")
    message = act(boss, "fetch_again", otter, here)
    assert message == [
        "Being read from QuickBooks again: Otter Creek. Not done: Only here is not in QuickBooks yet."
    ]
    noted = InboxEntry.objects.get()
    assert (noted.company, noted.entity, noted.qbo_id) == (otter.company, "Customer", otter.qbo_id)


def test_customers_are_deactivated_each_by_the_rules(boss: Client, admin_user: User, otter: Customer) -> None:
    owing = CustomerFactory(company=otter.company, display_name="Aspen", known=True)
    InvoiceFactory(company=otter.company, customer=owing, known=True)
    (message,) = act(boss, "deactivate", otter, owing)
    assert message.startswith("Inactive now: Otter Creek. Not done: Aspen has $100.00 in open invoices.")
    assert list(Customer.objects.filter(active=False)) == [otter]
    assert OutboxEntry.objects.get(object_id=otter.pk, entity="Customer").asked_by == admin_user
    assert act(boss, "reactivate", otter)[-1] == "Active again: Otter Creek."
    assert not Customer.objects.filter(active=False).exists()


def test_many_rows_make_one_short_message(boss: Client, company: Company) -> None:
    for n in range(13):
        CustomerFactory(company=company, display_name=f"C{n:02}", known=True)
    (message,) = act(boss, "fetch_again", Customer.objects.get(display_name="C00"), select_across="1")
    assert message.endswith("C09 and 3 more.")
    assert InboxEntry.objects.count() == 13
