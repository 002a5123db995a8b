"""The list of payments, one payment, and taking it back."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from invoices.forms.period import PeriodForm, period
from invoices.models import Allocation, Payment
from qbo.models import Company, OutboxEntry, Role, Verb
from qbo.sync import outbox
from tests.customers.conftest import signed_in
from tests.factories import AllocationFactory, CompanyFactory, CustomerFactory, PaymentFactory

TODAY = timezone.localdate()
LIST_QUERIES = 9  # session, user, company, role; count, rows, sums; the other companies, what needs a person
HTMX = {"HX-Request": "true"}


def url(company: Company, *parts: Any) -> str:
    return "".join([f"/c/{company.pk}/payments/", *(f"{part}/" for part in parts)])


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def received(company: Company, number: str, total: int = 100, **fields: Any) -> Payment:
    made: Payment = PaymentFactory(
        company=company,
        ref_number=number,
        total=Decimal(total),
        known=True,
        **{"unapplied": Decimal(0), **fields},
    )
    return made


@pytest.fixture
def check(company: Company) -> Payment:
    """A check of 150.00 that QuickBooks has, with 100.00 on one invoice."""
    payment = received(company, "88214", 150, unapplied=Decimal(150))
    AllocationFactory(payment=payment, invoice__doc_number="1391", invoice__total=Decimal(120))
    return payment


@pytest.fixture
def unsent(company: Company) -> Payment:
    payment: Payment = PaymentFactory(company=company, ref_number="5")
    return payment


# ── Periods ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "today", "start", "end"),
    [
        ("this_month", date(2026, 11, 23), date(2026, 11, 1), date(2026, 11, 30)),
        ("this_month", date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        ("this_month", date(2028, 2, 1), date(2028, 2, 1), date(2028, 2, 29)),
        ("last_month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
        ("last_month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("this_year", date(2026, 11, 23), date(2026, 1, 1), date(2026, 12, 31)),
        ("any", date(2026, 11, 23), None, None),
    ],
)
def test_named_periods(name: str, today: date, start: date | None, end: date | None) -> None:
    assert (period(name, today).start, period(name, today).end) == (start, end)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({}, "this_month"),
        ({"period": "last_month"}, "last_month"),
        ({"period": "nonsense"}, "this_month"),
        ({"q": "88214"}, "any"),
        ({"q": "88214", "period": "this_year"}, "this_year"),
        ({"start": "2026-11-01"}, "custom"),
        ({"start": "2026-11-01", "end": "2026-11-30", "period": "this_year"}, "custom"),
        ({"start": "2026-11-30", "end": "2026-11-01"}, "this_month"),
        ({"start": "yesterday"}, "this_month"),
    ],
)
def test_which_period_a_list_shows(data: dict[str, str], name: str) -> None:
    assert PeriodForm(data).chosen.name == name


# ── List ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def some(company: Company) -> None:
    last_month = TODAY.replace(day=1) - timedelta(days=1)
    kestrel = CustomerFactory(company=company, display_name="Kestrel Ridge", known=True)
    received(company, "101", 100, customer=kestrel, unapplied=Decimal(30))
    received(company, "102", 50)
    received(company, "103", 0, is_void=True)
    received(company, "104", 999, gone_at=timezone.now())
    received(company, "201", 40, txn_date=last_month, unapplied=Decimal("0.50"))
    received(company, "301", 7, customer=kestrel, txn_date=TODAY - timedelta(days=800))
    received(CompanyFactory(), "901", 5000)


@pytest.mark.parametrize(
    ("query", "numbers", "total", "unapplied"),
    [
        ("", ["103", "102", "101"], 150, "30"),
        ("?period=last_month", ["201"], 40, "0.50"),
        ("?period=any", ["103", "102", "101", "201", "301"], 197, "30.50"),
        ("?q=kestrel", ["101", "301"], 107, "30"),
        ("?q=kestrel&period=this_month", ["101"], 100, "30"),
        ("?q=10", ["103", "102", "101"], 150, "30"),
        (f"?start={TODAY}&end={TODAY}", ["103", "102", "101"], 150, "30"),
        (f"?end={TODAY - timedelta(days=700)}", ["301"], 7, "0"),
        ("?q=nobody", [], 0, "0"),
        ("?page=99&period=nonsense", ["103", "102", "101"], 150, "30"),
    ],
)
@pytest.mark.usefixtures("some")
def test_the_list_shows_what_was_asked_for_and_its_sums(
    viewer: Client, company: Company, query: str, numbers: list[str], total: int, unapplied: str
) -> None:
    answer = viewer.get(url(company) + query)
    assert [payment.ref_number for payment in answer.context["page"].object_list] == numbers
    totals = answer.context["totals"]
    assert (totals["received"], totals["unapplied"]) == (total, Decimal(unapplied))


def test_the_sums_are_those_of_all_pages(viewer: Client, company: Company) -> None:
    for number in range(60):
        received(company, str(number), 10)
    answer = viewer.get(url(company), {"page": 2})
    assert len(answer.context["page"].object_list) == 10
    assert "$600.00" in answer.content.decode()


def test_dates_the_wrong_way_round_are_said(viewer: Client, company: Company) -> None:
    page = viewer.get(url(company), {"start": "2026-11-30", "end": "2026-11-01"}).content.decode()
    assert "The last day is before the first." in page


@pytest.mark.usefixtures("some")
def test_htmx_gets_the_found_part_only(viewer: Client, company: Company) -> None:
    page = viewer.get(url(company), headers=HTMX).content.decode()
    assert "<html" not in page
    assert "Check 101" in page


def test_an_empty_list_says_what_will_be_here(viewer: Client, company: Company) -> None:
    assert "What customers pay shows up here" in viewer.get(url(company), {"period": "any"}).content.decode()
    assert "Search all time" in viewer.get(url(company), {"q": "x", "period": "this_year"}).content.decode()


@pytest.mark.usefixtures("some")
def test_the_list_costs_the_same_however_long_it_is(
    viewer: Client, company: Company, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        received(company, f"5{number}")
    with django_assert_max_num_queries(LIST_QUERIES):
        assert len(viewer.get(url(company)).context["page"].object_list) == 23


# ── One payment ─────────────────────────────────────────────────────────────────────────────────


def test_a_payment_shows_what_it_paid_and_what_is_left(viewer: Client, check: Payment) -> None:
    answer = viewer.get(url(check.company, check.pk))
    page = answer.content.decode()
    assert [row.invoice.doc_number for row in answer.context["paid"]] == ["1391"]
    assert (answer.context["applied"], check.unapplied) == (Decimal(100), Decimal(50))
    assert "Check 88214, $150.00" in page
    assert "$50.00" in page


def test_other_documents_it_pays_are_mentioned(viewer: Client, check: Payment) -> None:
    AllocationFactory(payment=check, invoice=None, txn_type="JournalEntry", txn_id="9", amount=Decimal(5))
    assert "(JournalEntry)" in viewer.get(url(check.company, check.pk)).content.decode()


def test_a_refusal_is_explained(viewer: Client, check: Payment) -> None:
    OutboxEntry.objects.create(
        company=check.company,
        entity="Payment",
        object_id=check.pk,
        label="Check 88214 from Kestrel",
        state=OutboxEntry.State.NEEDS_YOU,
        code="6540",
        problem="Deposited Transaction cannot be changed",
    )
    page = viewer.get(url(check.company, check.pk)).content.decode()
    assert "is already on a deposit" in page
    assert "Take it off the deposit in QuickBooks" in page


def test_a_viewer_is_offered_no_buttons(viewer: Client, biller: Client, check: Payment) -> None:
    for client, offered in ((viewer, False), (biller, True)):
        page = client.get(url(check.company, check.pk)).content.decode()
        for act in ("edit", "void", "delete"):
            assert (url(check.company, check.pk, act) in page) is offered


@pytest.mark.parametrize("fields", [{"is_void": True}, {"gone_at": timezone.now()}])
def test_what_is_over_offers_no_change(biller: Client, check: Payment, fields: dict[str, Any]) -> None:
    Payment.objects.filter(pk=check.pk).update(**fields)
    page = biller.get(url(check.company, check.pk)).content.decode()
    assert url(check.company, check.pk, "edit") not in page
    assert url(check.company, check.pk, "void") not in page


# ── Taking back ─────────────────────────────────────────────────────────────────────────────────


def asked(client: Client, payment: Payment, act: str) -> Any:
    return client.get(url(payment.company, payment.pk, act))


def pressed(client: Client, payment: Payment, act: str, seen: str | None = None) -> Any:
    seen = asked(client, payment, act).context["seen"] if seen is None else seen
    return client.post(url(payment.company, payment.pk, act), {"seen": seen})


@pytest.mark.parametrize(("act", "verb"), [("void", Verb.VOID), ("delete", Verb.DELETE)])
def test_taking_back_asks_first_and_then_queues_the_command(
    biller: Client, check: Payment, act: str, verb: Verb
) -> None:
    page = asked(biller, check, act).content.decode()
    assert "Check 88214 over $150.00" in page
    assert "is open again by $100.00, so $120.00 in all" in page
    assert "The unused credit of $50.00 goes away." in page
    assert not OutboxEntry.objects.exists()
    answer = pressed(biller, check, act)
    assert answer.headers["Location"] == url(check.company, check.pk)
    entry = OutboxEntry.objects.get()
    assert (entry.verb, entry.object_id) == (verb, check.pk)
    assert entry.asked_by is not None


@pytest.mark.parametrize("act", ["void", "delete"])
def test_a_payment_that_quickbooks_never_had_is_simply_taken_back(
    biller: Client, unsent: Payment, act: str
) -> None:
    answer = pressed(biller, unsent, act)
    assert "QuickBooks never had it" in said(answer)
    unsent.refresh_from_db()
    assert unsent.is_gone
    assert not OutboxEntry.objects.unfinished().exists()


def test_pressing_twice_queues_one_command(biller: Client, check: Payment) -> None:
    seen = asked(biller, check, "void").context["seen"]
    pressed(biller, check, "void", seen)
    assert "a void is on its way" in said(pressed(biller, check, "void", seen))
    assert OutboxEntry.objects.count() == 1


@pytest.mark.parametrize("seen", ["", "forged"])
def test_nothing_happens_without_the_question(biller: Client, check: Payment, seen: str) -> None:
    answer = pressed(biller, check, "void", seen)
    assert answer.status_code == 409
    assert not OutboxEntry.objects.exists()


def test_a_payment_that_changed_since_the_question_is_shown_again(biller: Client, check: Payment) -> None:
    seen = asked(biller, check, "void").context["seen"]
    Payment.objects.filter(pk=check.pk).update(total=Decimal(175))
    answer = pressed(biller, check, "void", seen)
    assert answer.status_code == 409
    assert "changed while you were looking" in answer.content.decode()
    assert pressed(biller, check, "void", answer.context["seen"]).status_code == 302
    assert OutboxEntry.objects.count() == 1


def test_a_void_payment_is_not_voided_again_but_may_be_deleted(biller: Client, check: Payment) -> None:
    Payment.objects.filter(pk=check.pk).update(is_void=True)
    assert "is void" in said(asked(biller, check, "void"))
    assert asked(biller, check, "delete").status_code == 200


def test_a_payment_in_conflict_is_not_voided(biller: Client, check: Payment) -> None:
    entry = outbox.enqueue(check)
    OutboxEntry.objects.filter(pk=entry.pk).update(state=OutboxEntry.State.CONFLICT)
    assert "Decide that first" in said(pressed(biller, check, "void"))


# ── Who ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("act", ["void", "delete"])
def test_viewers_take_nothing_back(viewer: Client, check: Payment, act: str) -> None:
    assert viewer.post(url(check.company, check.pk, act)).status_code == 403
    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize("parts", [[], ["void"], ["delete"]])
def test_another_companys_payment_is_not_found(biller: Client, company: Company, parts: list[str]) -> None:
    theirs: Allocation = AllocationFactory()
    assert biller.get(url(company, theirs.payment.pk, *parts)).status_code == 404
    assert biller.get(url(theirs.payment.company, theirs.payment.pk, *parts)).status_code == 404


def test_a_manager_of_another_company_sees_no_list(company: Company) -> None:
    assert signed_in(CompanyFactory(), Role.MANAGER).get(url(company)).status_code == 404


def test_the_page_follows_when_quickbooks_has_taken_it(
    viewer: Client, company: Company, check: Payment
) -> None:
    """Its history and notices say what the badge says: the badge's `settled` brings the whole page."""
    page = viewer.get(url(company, check.pk)).content.decode()
    assert re.search(r'<div id="payment" hx-get="[^"]+" hx-trigger="settled" hx-select="#payment"', page)
