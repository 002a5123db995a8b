"""The pages of estimates and credit memos."""

from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from invoices.kinds import CREDIT_MEMO, ESTIMATE, Kind
from invoices.models import CreditMemo, Item
from qbo.models import Company, OutboxEntry, Verb
from tests.factories import (
    CompanyFactory,
    CreditMemoFactory,
    CustomerFactory,
    EstimateFactory,
    InvoiceFactory,
    ItemFactory,
)

D = Decimal
KINDS: dict[str, Kind[Any]] = {"estimates": ESTIMATE, "credit-memos": CREDIT_MEMO}
FACTORIES = {"estimates": EstimateFactory, "credit-memos": CreditMemoFactory}
both = pytest.mark.parametrize("folder", list(KINDS))


@pytest.fixture
def otter(company: Company) -> Customer:
    made: Customer = CustomerFactory(
        company=company, display_name="Otter Creek Clinic", email="ap@otter.example", known=True
    )
    return made


@pytest.fixture
def mulch(company: Company) -> Item:
    made: Item = ItemFactory(company=company, name="Mulch", unit_price=D("62.50"))
    return made


@pytest.fixture
def typed(otter: Customer, mulch: Item) -> dict[str, Any]:
    return {
        "customer": "Otter Creek Clinic",
        "txn_date": timezone.localdate().isoformat(),
        "row": ["0"],
        "line-0-item": "Mulch",
        "line-0-quantity": "8",
    }


def url(company: Company, folder: str, tail: str = "") -> str:
    return f"/c/{company.pk}/{folder}/{tail}"


def as_shown(kind: Kind[Any], record: Any, **changes: Any) -> dict[str, Any]:
    """What a browser posts after opening the form and typing `changes`."""
    form = kind.form(instance=kind.model.objects.get(pk=record.pk))
    fields = [*form, *(field for row in form.rows.forms for field in row)]
    posted = {field.html_name: field.value() for field in fields}
    posted = {name: str(value) for name, value in posted.items() if value not in (None, False, "")}
    return {**posted, "row": [row.key for row in form.rows.forms], **changes}


# ── Writing ─────────────────────────────────────────────────────────────────────────────────────


@both
def test_a_new_one_is_added_up_and_queued(
    biller: Client, company: Company, folder: str, typed: dict[str, Any]
) -> None:
    answer = biller.post(url(company, folder, "new/"), typed | {"discount": "10"})

    paper = KINDS[folder].model.objects.get()
    assert answer.url == paper.get_absolute_url()
    assert (paper.total, paper.bill_email, paper.entered_by is None) == (D(450), "ap@otter.example", False)
    assert OutboxEntry.objects.get().object_id == paper.pk
    page = biller.get(answer.url).content.decode()
    assert "$450.00" in page
    assert "Mulch" in page


def test_what_is_left_of_a_new_credit_memo_follows_its_total(
    biller: Client, company: Company, typed: dict[str, Any]
) -> None:
    biller.post(url(company, "credit-memos", "new/"), typed)
    memo = CreditMemo.objects.get()
    assert memo.balance == D(500)

    biller.post(f"{memo.get_absolute_url()}edit/", as_shown(CREDIT_MEMO, memo, **{"line-0-quantity": "2"}))

    memo.refresh_from_db()
    assert (memo.total, memo.balance) == (D(125), D(125))


@both
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"customer": "Nobody"}, "customer"),
        ({"bill_email": "nobody"}, "bill_email"),
        ({"row": []}, "__all__"),
        ({"discount": "101"}, "discount"),
    ],
)
def test_mistakes_are_told_at_their_field_and_nothing_is_saved(
    biller: Client, company: Company, folder: str, typed: dict[str, Any], wrong: dict[str, Any], field: str
) -> None:
    typed["customer_memo"] = "Kept as typed"

    answer = biller.post(url(company, folder, "new/"), typed | wrong)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Kept as typed" in answer.content.decode()
    assert not KINDS[folder].model.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_an_estimate_cannot_expire_before_its_date(
    biller: Client, company: Company, typed: dict[str, Any]
) -> None:
    answer = biller.post(url(company, "estimates", "new/"), typed | {"expires_on": "2020-01-01"})
    assert answer.context["form"].errors["expires_on"] == ["The last day cannot be before the date."]


@both
def test_the_same_form_sent_twice_makes_one(
    biller: Client, company: Company, folder: str, typed: dict[str, Any]
) -> None:
    typed["entry_key"] = "0b9f7f3e-6d0f-4f41-b2de-3f2f2c5a7a10"
    answers = [biller.post(url(company, folder, "new/"), typed) for _ in range(2)]

    assert answers[0].url == answers[1].url
    assert KINDS[folder].model.objects.count() == 1


@both
def test_a_stale_form_is_asked_about(
    biller: Client, company: Company, folder: str, typed: dict[str, Any]
) -> None:
    kind = KINDS[folder]
    biller.post(url(company, folder, "new/"), typed)
    paper = kind.model.objects.get()
    posted = as_shown(kind, paper, private_note="mine")
    kind.model.objects.update(private_note="theirs")

    answer = biller.post(paper.get_edit_url(), posted)

    assert answer.status_code == 422
    assert "“theirs”" in answer.context["form"].errors["private_note"][0]
    assert kind.model.objects.get().private_note == "theirs"
    data = QueryDict(mutable=True)
    data.update(answer.context["form"].data)
    biller.post(paper.get_edit_url(), answer.context["form"].data.dict() | {"row": posted["row"]})
    assert kind.model.objects.get().private_note == "mine"


def test_a_used_credit_memo_cannot_come_to_less(
    biller: Client, company: Company, typed: dict[str, Any]
) -> None:
    biller.post(url(company, "credit-memos", "new/"), typed)
    memo = CreditMemo.objects.get()
    CreditMemo.objects.update(balance=100)

    answer = biller.post(memo.get_edit_url(), as_shown(CREDIT_MEMO, memo, **{"line-0-quantity": "1"}))

    assert "$400.00 of this credit memo has been used" in str(answer.context["form"].errors)


# ── Sending and taking back ─────────────────────────────────────────────────────────────────────


@both
def test_it_is_sent_and_deleted_after_a_question(biller: Client, company: Company, folder: str) -> None:
    paper = FACTORIES[folder](company=company, known=True)
    page = paper.get_absolute_url()

    assert biller.post(f"{page}send/", {"to": "nobody"}).status_code == 422
    assert not OutboxEntry.objects.exists()
    biller.post(f"{page}send/", {"to": "ap@otter.example"})
    assert "$100.00" in biller.get(f"{page}delete/").content.decode()
    assert biller.post(f"{page}delete/", {"total": "99.00"}).status_code == 409
    biller.post(f"{page}delete/", {"total": "100.00"})

    assert [entry.verb for entry in OutboxEntry.objects.all()] == [Verb.SEND, Verb.DELETE]
    assert "asked to" in biller.get(page).content.decode()
    assert biller.get(paper.get_edit_url()).status_code == 302


def test_what_was_made_of_it_holds_an_estimate(biller: Client, company: Company) -> None:
    estimate = EstimateFactory(company=company, known=True)
    InvoiceFactory(company=company, customer=estimate.customer, estimate=estimate, known=True)

    answer = biller.get(f"{estimate.get_absolute_url()}delete/", follow=True)

    assert "Void or delete the invoice first" in answer.content.decode()


def test_a_used_credit_memo_is_not_deleted(biller: Client, company: Company) -> None:
    memo = CreditMemoFactory(company=company, balance=D(40), known=True)
    answer = biller.get(f"{memo.get_absolute_url()}delete/", follow=True)
    assert "$60.00 of it is used" in answer.content.decode()


# ── Lists, roles ────────────────────────────────────────────────────────────────────────────────


@both
def test_the_sum_is_of_the_whole_filter(viewer: Client, company: Company, folder: str) -> None:
    for number in range(52):
        FACTORIES[folder](company=company, total=D(10) + number, known=True)
    FACTORIES[folder](company=company, total=D(7000), gone_at=timezone.now(), known=True)

    answer = viewer.get(url(company, folder))

    assert len(answer.context["page"].object_list) == 50
    assert answer.context["found"].total == sum(range(10, 62))
    assert "$1,846.00" in answer.content.decode()


def test_tabs_search_and_order(viewer: Client, company: Company, otter: Customer) -> None:
    ours = EstimateFactory(company=company, customer=otter, status="Accepted", total=D(5), known=True)
    EstimateFactory(company=company, status="Rejected", known=True)

    def found(query: str) -> Any:
        return viewer.get(url(company, "estimates", query)).context["found"]

    assert [row.pk for row in found("").rows] == [ours.pk]
    assert found("?tab=rejected").total == D(100)
    assert [row.pk for row in found(f"?tab=all&q={ours.doc_number}").rows] == [ours.pk]
    assert [row.total for row in found("?tab=all&sort=total").rows] == [D(5), D(100)]
    assert found(f"?tab=all&customer={otter.pk}").customer == otter
    assert found("?sort=nonsense&customer=999&start=x").tab.name == "open"


@both
def test_the_number_of_rows_costs_no_queries(
    viewer: Client, company: Company, folder: str, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _ in range(2):
        FACTORIES[folder].create_batch(3, company=company, known=True)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            viewer.get(url(company, folder))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


@both
def test_viewers_read_and_change_nothing(viewer: Client, company: Company, folder: str) -> None:
    paper = FACTORIES[folder](company=company, known=True)
    page = viewer.get(paper.get_absolute_url()).content.decode()

    assert not [act for act in ("edit/", "send/", "delete/") if f"{paper.get_absolute_url()}{act}" in page]
    for act in ("edit/", "send/", "delete/"):
        assert viewer.get(f"{paper.get_absolute_url()}{act}").status_code == 403
    assert viewer.get(url(company, folder, "new/")).status_code == 403
    assert "New " not in viewer.get(url(company, folder)).content.decode().split("<main")[1]


@both
def test_somebody_elses_do_not_exist(biller: Client, company: Company, folder: str) -> None:
    other = FACTORIES[folder](company=CompanyFactory(), known=True)
    assert biller.get(url(company, folder, f"{other.pk}/")).status_code == 404
    assert biller.post(url(company, folder, f"{other.pk}/edit/")).status_code == 404
