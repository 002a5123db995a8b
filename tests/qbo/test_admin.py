"""The admin's view of the machine: everything opens, tokens never show, and each lever says what became of each row."""

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Employee, Vendor
from invoices.models import CompanyCurrency, CreditMemo, Draft, Estimate, Proof
from qbo.models import (
    AgreedCopy,
    Company,
    Conflict,
    ImportRun,
    InboxEntry,
    Lease,
    Membership,
    Notice,
    OutboxEntry,
    Pace,
    Request,
    Role,
    Usage,
)
from qbo.sync.registry import mapping_for
from tests.factories import (
    AccountFactory,
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ItemFactory,
    MembershipFactory,
    PaymentMethodFactory,
    TaxCodeFactory,
    TaxRateFactory,
    TermFactory,
    UserFactory,
)

OURS = ("qbo", "customers", "invoices")
PARTS = {
    "InvoiceLine",
    "CreditMemoLine",
    "EstimateLine",
    "Allocation",
}  # shown inside their invoice or payment


@pytest.fixture
def company(db: None) -> Any:
    return CompanyFactory(access_token="access-secret", refresh_token="refresh-secret")


@pytest.fixture
def boss(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


@pytest.fixture
def everything(company: Any) -> None:
    """A row of each model."""
    MembershipFactory(company=company)
    customer = CustomerFactory(company=company)  # with an outbox entry
    TermFactory(company=company)
    line = InvoiceLineFactory(invoice=InvoiceFactory(company=company, customer=customer, known=True))
    for factory in (AccountFactory, PaymentMethodFactory, TaxRateFactory, TaxCodeFactory, ItemFactory):
        factory(company=company)
    Draft.objects.create(company=company, key=uuid4(), customer_name="Otter")
    payment = customer.payments.create(company=company, total=100)
    payment.allocations.create(invoice=line.invoice, amount=100)
    common = {"company": company, "entity": "Customer", "object_id": customer.pk}
    AgreedCopy.objects.create(**common, payload={"DisplayName": "Otter"})
    Conflict.objects.create(**common, label="Otter", base={}, ours={}, theirs={}, remote={})
    InboxEntry.objects.create(company=company, entity="Customer", qbo_id="7")
    Request.objects.create(
        company=company, requestid="r1", method="POST", path="customer", body=b'{"Id": "7"}'
    )
    for namesake in (Vendor, Employee):
        namesake.objects.create(company=company, display_name="Alder Court", qbo_id="7", sync_token=0)
    ImportRun.objects.create(company=company)
    Lease.objects.create(name="company:1", expires_at=timezone.now())
    CompanyCurrency.objects.create(company=company, code="EUR", qbo_id="7", sync_token=0)
    for form in (CreditMemo, Estimate):
        form.objects.create(company=company, customer=customer)
    Proof.objects.create(company=company)
    Pace.objects.create(company=company)
    Usage.objects.create(company=company, day=timezone.localdate(), action="Other")
    Notice.objects.create(key="reconnect")


def models() -> list[Any]:
    return [
        model
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if model.__name__ not in PARTS
    ]


def page(model: Any, which: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{which}", args=args)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def act(client: Client, model: Any, action: str, *rows: Any, **more: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(page(model), data)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
@pytest.mark.usefixtures("everything")
def test_every_model_has_a_list_that_can_be_searched_and_a_page(boss: Client, model: Any) -> None:
    assert model in admin.site._registry
    row = model.objects.first()
    for answer in (
        boss.get(page(model)),
        boss.get(page(model), {"q": "o"}),
        boss.get(page(model, "change", row.pk)),
    ):
        assert answer.status_code == 200
        html = answer.content.decode()
        assert "access-secret" not in html
        assert "refresh-secret" not in html


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
@pytest.mark.usefixtures("everything")
def test_lists_take_the_same_number_of_queries_however_long(
    boss: Client, model: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        boss.get(page(model))


LOOKED_AT = [
    OutboxEntry,
    Request,
    InboxEntry,
    AgreedCopy,
    Conflict,
    Lease,
    ImportRun,
    Proof,
    Pace,
    Usage,
    Notice,
]


@pytest.mark.parametrize("model", LOOKED_AT, ids=lambda model: model.__name__)
@pytest.mark.usefixtures("everything")
def test_what_the_engine_writes_is_only_looked_at(boss: Client, model: Any) -> None:
    row = model.objects.first()
    assert boss.get(page(model, "add")).status_code == 403
    assert boss.post(page(model, "change", row.pk), {}).status_code == 403
    assert boss.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.usefixtures("everything")
def test_mirrored_records_and_companies_are_never_deleted(boss: Client) -> None:
    for model in models():
        if model in LOOKED_AT or model.__name__ in ("User", "Membership"):
            continue
        row = model.objects.first()
        assert boss.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
        assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("role", list(Role))
def test_members_do_not_get_in_whatever_their_role(company: Any, role: Role) -> None:
    client = Client()
    client.force_login(MembershipFactory(company=company, role=role, user__is_staff=True).user)
    assert client.get(reverse("admin:index")).status_code == 403
    assert client.get(page(Company)).status_code == 403


def test_an_outbox_entry_leads_to_its_record_and_can_be_tried_again(boss: Client, company: Any) -> None:
    customer = CustomerFactory(company=company)
    entry = OutboxEntry.objects.get()
    OutboxEntry.objects.update(state=OutboxEntry.State.NEEDS_YOU, code="6240", problem="Duplicate name")
    html = boss.get(page(OutboxEntry, "change", entry.pk)).content.decode()
    assert customer.get_absolute_url() in html
    answer = act(boss, OutboxEntry, "retry", entry)
    entry.refresh_from_db()
    assert (entry.state, entry.problem) == (OutboxEntry.State.WAITING, "")
    assert said(answer) == [f"Trying again: Save {customer}."]


def test_what_is_over_is_not_tried_again(boss: Client, company: Any) -> None:
    customer = CustomerFactory(company=company)
    OutboxEntry.objects.update(state=OutboxEntry.State.DONE, finished_at=timezone.now())
    entry = OutboxEntry.objects.get()
    assert said(act(boss, OutboxEntry, "retry", entry)) == [f"Not done: Save {customer}: done."]


def test_an_inbox_entry_can_be_read_again(boss: Client, company: Any) -> None:
    entry = InboxEntry.objects.create(
        company=company, entity="Invoice", qbo_id="9", state=InboxEntry.State.PARKED
    )
    act(boss, InboxEntry, "read_again", entry)
    waiting = InboxEntry.objects.get(state=InboxEntry.State.WAITING)
    assert (waiting.entity, waiting.qbo_id) == ("Invoice", "9")


def test_a_company_can_be_read_in_full_again(boss: Client, company: Any) -> None:
    act(boss, Company, "read_everything", company)
    run = ImportRun.objects.get()
    assert run.asked_by is not None
    assert run.asked_by.is_superuser
    act(boss, Company, "look_for_changes", company)
    company.refresh_from_db()
    assert company.look_wanted_at is not None


def test_a_person_gets_a_role_in_a_company(boss: Client, company: Any) -> None:
    person = UserFactory()
    boss.post(page(Membership, "add"), {"user": person.pk, "company": company.pk, "role": "biller"})
    assert person.memberships.get().role == Role.BILLER


def test_what_a_decision_did_not_keep_can_be_brought_back(boss: Client, company: Any) -> None:
    customer = CustomerFactory(company=company, known=True, notes="theirs")
    view = mapping_for("Customer").dump(customer)
    conflict = Conflict.objects.create(
        company=company,
        entity="Customer",
        object_id=customer.pk,
        label="Notes",
        base=view,
        ours=view | {"Notes": "ours"},
        theirs=view,
        remote={"Id": customer.qbo_id, "SyncToken": "0", **view},
    )
    assert said(act(boss, Conflict, "bring_back", conflict)) == ["Not done: Notes: nobody has decided yet."]

    Conflict.objects.update(resolved_at=timezone.now(), choices={"Notes": "theirs"})
    act(boss, Conflict, "bring_back", conflict)
    customer.refresh_from_db()
    assert customer.notes == "ours"
    assert OutboxEntry.objects.unfinished().get().asked_by is not None
