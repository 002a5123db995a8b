"""The pages about customers, as a browser without JavaScript and htmx ask for them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from qbo.models import Company, OutboxEntry, Role, Verb
from tests.customers.conftest import signed_in
from tests.factories import CompanyFactory, CustomerFactory, InvoiceFactory, TermFactory

YESTERDAY = timezone.localdate() - timedelta(days=1)
PAGE = 50
LIST_QUERIES = (
    9  # session, user, company, role; counts, what is owed, rows; the other companies and what needs a person
)
#: As above, and the customer, those below it, sums, documents, e-mails, what was done here, trouble, open invoices.
DETAIL_QUERIES = 14
HTMX = {"HX-Request": "true"}


@pytest.fixture
def otter(company: Company) -> Customer:
    customer: Customer = CustomerFactory(company=company, display_name="Otter Creek Clinic", known=True)
    return customer


def url(company: Company, *parts: Any) -> str:
    return "".join([f"/c/{company.pk}/customers/", *(f"{part}/" for part in parts)])


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def shown(answer: Any) -> list[str]:
    return [customer.display_name for customer in answer.context["page"].object_list]


def owing(company: Company, name: str, amount: int, overdue: bool = False, **fields: Any) -> Customer:
    customer: Customer = CustomerFactory(company=company, display_name=name, known=True, **fields)
    due = YESTERDAY if overdue else timezone.localdate()
    InvoiceFactory(company=company, customer=customer, known=True, total=Decimal(amount), due_date=due)
    return customer


# ── List ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def some(company: Company) -> None:
    owing(company, "Aspen Grove", 100)
    owing(company, "Birch Terrace", 40, overdue=True)
    owing(company, "Cedar Row (deleted)", 10, overdue=True, active=False)
    CustomerFactory(company=company, display_name="Dune Motel", known=True, email="office@aspen.example")
    CustomerFactory(company=company, display_name="Merged away", gone_at=timezone.now(), known=True)
    owing(CompanyFactory(), "Foreign", 9999)


@pytest.mark.parametrize(
    ("query", "names", "opened"),
    [
        ("", ["Aspen Grove", "Birch Terrace", "Dune Motel"], 140),
        ("?tab=balance", ["Aspen Grove", "Birch Terrace", "Cedar Row (deleted)"], 150),
        ("?tab=overdue", ["Birch Terrace", "Cedar Row (deleted)"], 50),
        ("?tab=inactive", ["Cedar Row (deleted)"], 10),
        ("?tab=nonsense&sort=nonsense&page=99", ["Aspen Grove", "Birch Terrace", "Dune Motel"], 140),
        ("?q=aspen", ["Aspen Grove", "Dune Motel"], 100),
        ("?q=aspen&tab=balance", ["Aspen Grove"], 100),
        ("?sort=-open", ["Aspen Grove", "Birch Terrace", "Dune Motel"], 140),
        ("?sort=open", ["Dune Motel", "Birch Terrace", "Aspen Grove"], 140),
        ("?sort=-overdue", ["Birch Terrace", "Aspen Grove", "Dune Motel"], 140),
        ("?sort=-name", ["Dune Motel", "Birch Terrace", "Aspen Grove"], 140),
    ],
)
@pytest.mark.usefixtures("some")
def test_the_list_shows_what_was_asked_for_and_its_sum(
    viewer: Client, company: Company, query: str, names: list[str], opened: int
) -> None:
    answer = viewer.get(url(company) + query)
    assert shown(answer) == names
    assert answer.context["found"].open == opened
    assert f"${opened:,}.00" in answer.content.decode()


@pytest.mark.usefixtures("some")
def test_tabs_count_what_the_search_finds_in_them(viewer: Client, company: Company) -> None:
    def counts(query: str) -> dict[str, int]:
        return {tab.name: tab.count for tab in viewer.get(url(company) + query).context["found"].tabs}

    assert counts("") == {"active": 3, "balance": 3, "overdue": 2, "inactive": 1}
    assert counts("?q=aspen") == {"active": 2, "balance": 1, "overdue": 0, "inactive": 0}


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("7815550188", True),
        ("781 555", True),
        ("(781) 555-0188", True),
        ("6175550100", True),
        ("5550199", False),
        ("78", False),
        ("(", False),
    ],
)
def test_a_phone_number_is_found_however_it_is_written(
    viewer: Client, company: Company, text: str, is_found: bool
) -> None:
    phones = {"phone": "(781) 555-0188", "mobile": "617.555.0100"}
    CustomerFactory(company=company, display_name="Dune Motel", known=True, **phones)
    found = shown(viewer.get(url(company), {"q": text}))
    assert found == (["Dune Motel"] if is_found or text in phones["phone"] else [])


@pytest.mark.usefixtures("some")
def test_a_search_that_finds_nothing_names_the_tabs_that_have_something(
    viewer: Client, company: Company
) -> None:
    html = viewer.get(url(company), {"q": "cedar"}).content.decode()
    assert "No customer under Active matches “cedar”." in html
    assert "Inactive has 1" in html
    assert "Overdue has 1" in html


@pytest.mark.parametrize(
    ("tab", "says"),
    [
        ("active", "No customers yet"),
        ("balance", "Nobody owes anything"),
        ("overdue", "Nothing is overdue"),
        ("inactive", "No customer is inactive"),
    ],
)
def test_an_empty_list_says_what_will_be_there(viewer: Client, company: Company, tab: str, says: str) -> None:
    assert says in viewer.get(url(company), {"tab": tab}).content.decode()


def test_htmx_gets_the_part_that_changes_with_the_same_figures(viewer: Client, company: Company) -> None:
    owing(company, "Aspen Grove", 100)
    html = viewer.get(url(company), headers=HTMX).content.decode()
    assert "<html" not in html
    assert "Aspen Grove" in html
    assert "$100.00" in html
    assert 'name="tab"' in html  # which the search field sends along


def test_going_back_never_shows_the_bare_part(viewer: Client, company: Company) -> None:
    """Browsers keep answers by address; htmx asks at the same one as the page."""
    assert "HX-Request" in viewer.get(url(company))["Vary"]


def test_the_sum_is_that_of_all_pages_and_the_number_of_queries_stays(
    viewer: Client, company: Company, django_assert_num_queries: Any
) -> None:
    owing(company, "Aspen Grove", 100)
    with django_assert_num_queries(LIST_QUERIES):
        viewer.get(url(company))
    for n in range(PAGE + 1):
        owing(company, f"Birch {n:03}", 10, overdue=True)
    with django_assert_num_queries(LIST_QUERIES):
        first = viewer.get(url(company))
    assert (len(shown(first)), first.context["found"].open) == (PAGE, 100 + 10 * (PAGE + 1))
    second = viewer.get(url(company), {"page": 2})
    assert len(shown(second)) == 2
    assert not set(shown(first)) & set(shown(second))


def test_names_are_shown_as_text(viewer: Client, company: Company) -> None:
    CustomerFactory(company=company, display_name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in viewer.get(url(company)).content.decode()


# ── One customer ────────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_what_a_customer_owes_and_why(viewer: Client, company: Company) -> None:
    customer = owing(
        company,
        "Otter Creek",
        100,
        overdue=True,
        terms=TermFactory(company=company),
        email="ap@otter.example",
    )
    customer.payments.create(company=company, total=Decimal(30), unapplied=Decimal("30"), ref_number="10418")
    child = owing(company, "Alder Court", 60, parent=customer)
    html = viewer.get(url(company, customer.pk)).content.decode()
    for text in (
        "$130.00",
        "$100.00 is overdue",
        "10418",
        "Net 30",
        "ap@otter.example",
        "1 day overdue",
    ):
        assert text in html
    assert "1 sub-customer<" in html
    assert child.get_absolute_url() in html


def test_the_page_takes_a_fixed_number_of_queries(
    viewer: Client, company: Company, django_assert_num_queries: Any
) -> None:
    customer = owing(company, "Otter Creek", 100)
    with django_assert_num_queries(DETAIL_QUERIES) as few:
        viewer.get(url(company, customer.pk))
    for n in range(20):
        InvoiceFactory(company=company, customer=customer, known=True)
        customer.payments.create(company=company, total=Decimal(1))
        owing(company, f"Child {n}", 5, parent=customer)
    with django_assert_num_queries(len(few)):
        viewer.get(url(company, customer.pk))


def test_a_change_that_quickbooks_refused_is_explained(viewer: Client, company: Company) -> None:
    customer = CustomerFactory(company=company, display_name="Otter Creek")
    OutboxEntry.objects.update(state=OutboxEntry.State.NEEDS_YOU, code="6240")
    html = viewer.get(url(company, customer.pk)).content.decode()
    assert "Otter Creek: the name is already taken in QuickBooks." in html
    assert f"/c/{company.pk}/sync/#Customer-{customer.pk}" in html


def test_a_conflict_leads_to_where_it_is_decided(viewer: Client, company: Company) -> None:
    customer = CustomerFactory(company=company)
    OutboxEntry.objects.update(state=OutboxEntry.State.CONFLICT)
    html = viewer.get(url(company, customer.pk)).content.decode()
    assert "was changed here and in QuickBooks" in html
    assert f"/c/{company.pk}/conflict/Customer/{customer.pk}/" in html


def test_what_quickbooks_no_longer_has_is_only_read(biller: Client, company: Company) -> None:
    gone = CustomerFactory(company=company, known=True, gone_at=timezone.now())
    html = biller.get(url(company, gone.pk)).content.decode()
    assert "QuickBooks no longer has this customer" in html
    assert "/edit/" not in html
    for act in ("edit", "deactivate", "reactivate"):
        assert biller.post(url(company, gone.pk, act), {}).status_code == 404


# ── Create and edit ─────────────────────────────────────────────────────────────────────────────


def test_a_new_customer_is_saved_and_queued_under_the_name_of_who_asked(
    biller: Client, company: Company, typed: dict[str, Any]
) -> None:
    answer = biller.post(url(company, "new"), typed)
    customer = Customer.objects.get()
    assert answer["Location"] == customer.get_absolute_url()
    assert said(answer) == ["Otter Creek Clinic is saved."]
    entry = OutboxEntry.objects.get()
    assert (entry.entity, entry.object_id, entry.verb) == ("Customer", customer.pk, Verb.SAVE)
    assert entry.asked_by is not None
    assert entry.asked_by.memberships.get().company == company


def test_a_refused_form_keeps_what_was_typed_and_saves_nothing(
    biller: Client, company: Company, typed: dict[str, Any]
) -> None:
    answer = biller.post(url(company, "new"), typed | {"email": "nonsense", "notes": "Gate code 4410"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="nonsense"' in html
    assert "Gate code 4410" in html
    assert "looks like ap@example.com" in html
    assert answer.context["form"].fields["email"].widget.attrs["autofocus"]
    assert not Customer.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_the_way_to_the_owner_of_a_taken_name_is_a_link(
    biller: Client, otter: Customer, typed: dict[str, Any]
) -> None:
    html = biller.post(url(otter.company, "new"), typed).content.decode()
    assert f'already: <a href="{otter.get_absolute_url()}">Otter Creek Clinic</a>' in html


def test_an_edit_is_saved_and_queued(biller: Client, otter: Customer, typed: dict[str, Any]) -> None:
    answer = biller.post(url(otter.company, otter.pk, "edit"), typed | {"phone": "(781) 555-0188"})
    assert answer["Location"] == otter.get_absolute_url()
    otter.refresh_from_db()
    assert (otter.phone, otter.version) == ("(781) 555-0188", 2)
    assert OutboxEntry.objects.get().object_id == otter.pk


def test_two_people_edit_different_fields_and_both_are_kept(biller: Client, otter: Customer) -> None:
    address = url(otter.company, otter.pk, "edit")
    first, second = (fields_of(biller.get(address)) for _ in range(2))
    biller.post(address, first | {"phone": "1"})
    biller.post(address, second | {"notes": "Call first"})
    otter.refresh_from_db()
    assert (otter.phone, otter.notes) == ("1", "Call first")


def test_two_people_edit_the_same_field_and_the_later_one_is_asked(biller: Client, otter: Customer) -> None:
    address = url(otter.company, otter.pk, "edit")
    first, second = (fields_of(biller.get(address)) for _ in range(2))
    biller.post(address, first | {"phone": "1"})
    answer = biller.post(address, second | {"phone": "2"})
    assert answer.status_code == 422
    assert "Somebody changed this customer while you were editing" in answer.content.decode()
    otter.refresh_from_db()
    assert otter.phone == "1"
    biller.post(address, fields_of(answer))
    otter.refresh_from_db()
    assert otter.phone == "2"


def fields_of(answer: Any) -> dict[str, Any]:
    """What a browser would send of the form on the page."""
    form = answer.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def test_a_refused_edit_keeps_the_stored_name_in_the_heading(
    biller: Client, otter: Customer, typed: dict[str, Any]
) -> None:
    answer = biller.post(url(otter.company, otter.pk, "edit"), typed | {"display_name": "A:B"})
    html = answer.content.decode()
    assert "Edit Otter Creek Clinic</h1>" in html
    assert 'value="A:B"' in html


# ── Inactive and active again ───────────────────────────────────────────────────────────────────


def test_a_settled_customer_becomes_inactive_and_active_again(biller: Client, otter: Customer) -> None:
    answer = biller.post(url(otter.company, otter.pk, "deactivate"))
    otter.refresh_from_db()
    assert not otter.active
    assert said(answer) == ["Otter Creek Clinic is inactive."]
    assert OutboxEntry.objects.count() == 1
    answer = biller.post(url(otter.company, otter.pk, "reactivate"))
    assert Customer.objects.get().active
    assert said(answer)[-1] == "Otter Creek Clinic is active again."


@pytest.mark.parametrize("credit", [False, True])
def test_while_something_is_open_a_customer_stays_active(
    biller: Client, otter: Customer, credit: bool
) -> None:
    if credit:
        otter.payments.create(company=otter.company, total=Decimal(50), unapplied=Decimal(50))
        reason = "Otter Creek Clinic has $50.00 of unused credit."
    else:
        InvoiceFactory(company=otter.company, customer=otter, known=True)
        reason = "Otter Creek Clinic has $100.00 in open invoices."
    assert reason in biller.get(otter.get_absolute_url()).content.decode()
    answer = biller.post(url(otter.company, otter.pk, "deactivate"))
    otter.refresh_from_db()
    assert otter.active
    assert said(answer)[0].startswith(reason)
    assert not OutboxEntry.objects.filter(entity="Customer").exists()


@pytest.mark.parametrize(
    ("taken", "name"), [(False, "Aspen Grove"), (True, "Aspen Grove (deleted)")], ids=["free", "taken"]
)
def test_reactivating_takes_the_old_name_back_if_it_is_free(
    biller: Client, company: Company, taken: bool, name: str
) -> None:
    asleep = CustomerFactory(company=company, known=True, active=False, display_name="Aspen Grove (deleted)")
    if taken:
        CustomerFactory(company=company, display_name="aspen grove")
    biller.post(url(company, asleep.pk, "reactivate"))
    asleep.refresh_from_db()
    assert (asleep.active, asleep.display_name) == (True, name)


# ── Who may ─────────────────────────────────────────────────────────────────────────────────────

ACTS = ["edit", "deactivate", "reactivate"]


def test_viewers_see_no_buttons(viewer: Client, otter: Customer) -> None:
    pages = viewer.get(url(otter.company)), viewer.get(otter.get_absolute_url())
    for page in pages:
        html = page.content.decode()
        for act in ("/new/", "/edit/", "/deactivate/", "Make inactive"):
            assert act not in html


def test_viewers_change_nothing(viewer: Client, otter: Customer, typed: dict[str, Any]) -> None:
    assert viewer.get(url(otter.company, "new")).status_code == 403
    assert viewer.post(url(otter.company, "new"), typed).status_code == 403
    for act in ACTS:
        assert viewer.post(url(otter.company, otter.pk, act), typed).status_code == 403
    otter.refresh_from_db()
    assert (otter.active, otter.version) == (True, 1)


def test_somebody_elses_customer_does_not_exist(
    biller: Client, company: Company, typed: dict[str, Any]
) -> None:
    foreign = CustomerFactory(known=True)
    assert biller.get(url(foreign.company)).status_code == 404
    for owner in (company, foreign.company):
        assert biller.get(url(owner, foreign.pk)).status_code == 404
        assert biller.get(url(owner, foreign.pk, "edit")).status_code == 404
        for act in ACTS:
            assert biller.post(url(owner, foreign.pk, act), typed).status_code == 404
    foreign.refresh_from_db()
    assert foreign.version == 1


@pytest.mark.parametrize("act", ["deactivate", "reactivate"])
def test_following_a_link_changes_nothing(company: Company, otter: Customer, act: str) -> None:
    assert signed_in(company, Role.MANAGER).get(url(company, otter.pk, act)).status_code == 405
