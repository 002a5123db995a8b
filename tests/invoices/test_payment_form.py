"""Receiving and changing a payment, as a browser without JavaScript does it, and the fragments that htmx asks for."""

import re
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer
from invoices import receiving
from invoices.models import Account, CreditMemo, Invoice, Payment, PaymentMethod
from invoices.receiving import save_payment
from qbo.models import Company, OutboxEntry, Role, Verb
from qbo.sync import outbox
from qbo.sync.echo import remote_write
from tests.customers.conftest import signed_in
from tests.factories import (
    AccountFactory,
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    PaymentFactory,
    PaymentMethodFactory,
    UserFactory,
)

TODAY = timezone.localdate()
DRAFT_QUERIES = 14  # session, user, company, role; what the fields offer and hold; open invoices, twins
Type = Callable[..., dict[str, Any]]


@pytest.fixture
def check(company: Company) -> PaymentMethod:
    method: PaymentMethod = PaymentMethodFactory(company=company)
    return method


@pytest.fixture
def undeposited(company: Company) -> Account:
    account: Account = AccountFactory(
        company=company,
        name="Undeposited Funds",
        account_type="Other Current Asset",
        account_sub_type="UndepositedFunds",
    )
    return account


@pytest.fixture
def kestrel(company: Company) -> Customer:
    customer: Customer = CustomerFactory(company=company, display_name="Kestrel Ridge", known=True)
    return customer


@pytest.fixture
def older(kestrel: Customer) -> Invoice:
    return owed(kestrel, 100, doc_number="1391", due_date=TODAY - timedelta(days=61))


@pytest.fixture
def newer(kestrel: Customer) -> Invoice:
    return owed(kestrel, 60, doc_number="1485", due_date=TODAY + timedelta(days=18))


def owed(customer: Customer, total: int, **fields: Any) -> Invoice:
    made: Invoice = InvoiceFactory(
        company=customer.company, customer=customer, known=True, total=Decimal(total), **fields
    )
    return made


@pytest.fixture
def typed(kestrel: Customer, check: PaymentMethod, undeposited: Account) -> Type:
    """A filled-in form: `typed({invoice: "60"}, total="150")`."""

    def fill(rows: dict[Invoice, str] | None = None, **fields: Any) -> dict[str, Any]:
        return {
            "customer": kestrel.display_name,
            "shown": str(kestrel.pk),
            "key": str(uuid.uuid4()),
            "ref_number": "88214",
            "total": "150.00",
            "txn_date": TODAY.isoformat(),
            "method": check.pk,
            "deposit_to": undeposited.pk,
            "private_note": "",
            "do": "save-close",
            **{f"apply-{invoice.pk}": text for invoice, text in (rows or {}).items()},
            **fields,
        }

    return fill


def url(company: Company, *parts: Any) -> str:
    return "".join([f"/c/{company.pk}/payments/", *(f"{part}/" for part in parts)])


def texts_in_rows(answer: Any) -> dict[int, str]:
    """What the amount fields of a page or fragment hold, by invoice pk."""
    found = re.findall(r'name="apply-(\d+)" value="([^"]*)"', answer.content.decode())
    return {int(pk): text for pk, text in found}


def texts_of(answer: Any, kind: str) -> dict[int, str]:
    """The same of the credits: `kind` is memo or earlier."""
    found = re.findall(rf'name="{kind}-(\d+)" value="([^"]*)"', answer.content.decode())
    return {int(pk): text for pk, text in found}


def refused(answer: Any) -> Any:
    """The form of a refused page."""
    assert answer.status_code == 422
    return answer.context["form"]


# ── The new page ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("check", "undeposited")
def test_a_new_form_starts_with_a_check_of_today_for_undeposited_funds(
    biller: Client, company: Company
) -> None:
    PaymentMethodFactory(company=company, name="Cash")
    AccountFactory(company=company)
    form = biller.get(url(company, "new")).context["form"]
    assert str(form["method"].initial) == "Check"
    assert str(form["deposit_to"].initial) == "Undeposited Funds"
    assert form["txn_date"].value() == TODAY
    assert "Choose a customer to see what is open" in biller.get(url(company, "new")).content.decode()


@pytest.mark.parametrize("methods", [[], [{"name": "Cash"}], [{"name": "Check", "active": False}]])
def test_a_missing_check_method_is_said_with_what_to_do(
    biller: Client, company: Company, typed: Type, check: PaymentMethod, methods: list[dict[str, Any]]
) -> None:
    PaymentMethod.objects.filter(pk=check.pk).delete()
    for fields in methods:
        PaymentMethodFactory(company=company, **fields)
    assert "QuickBooks has no payment method named Check." in biller.get(url(company, "new")).content.decode()
    form = refused(biller.post(url(company, "new"), typed(method="")))
    assert "Add it there" in form.errors["method"][0]


@pytest.mark.usefixtures("check", "undeposited")
def test_a_customers_page_leads_here_with_the_customer_chosen(
    biller: Client, company: Company, older: Invoice, newer: Invoice
) -> None:
    page = biller.get(url(company, "new"), {"customer": older.customer_id})
    assert [row.payable.invoice for row in page.context["form"].rows] == [older, newer]
    assert "61 days overdue" in page.content.decode()


@pytest.mark.usefixtures("check", "undeposited", "older")
def test_an_invoices_page_leads_here_with_the_invoice_paid(
    biller: Client, company: Company, newer: Invoice
) -> None:
    page = biller.get(url(company, "new"), {"invoice": newer.pk})
    assert sorted(texts_in_rows(page).values()) == ["", "60.00"]
    assert page.context["form"].spread.left == 0
    Invoice.objects.filter(pk=newer.pk).update(balance=0)
    assert biller.get(url(company, "new"), {"invoice": newer.pk}).context["form"].payer is None


@pytest.mark.parametrize("pk", ["x", "", "9" * 30, "0"])
def test_nonsense_in_the_address_is_passed_over(biller: Client, company: Company, pk: str) -> None:
    answer = biller.get(
        url(company, "new"),
        {"customer": pk, "method": pk, "invoice": pk, "total": pk, "txn_date": "yesterday"},
    )
    assert answer.context["form"].payer is None


def test_another_companys_customer_cannot_be_chosen(biller: Client, company: Company, typed: Type) -> None:
    stranger = CustomerFactory(company=CompanyFactory(), display_name="Stranger")
    assert biller.get(url(company, "new"), {"customer": stranger.pk}).context["form"].payer is None
    assert refused(biller.post(url(company, "new"), typed(customer="Stranger"))).errors["customer"]


# ── Saving ──────────────────────────────────────────────────────────────────────────────────────


def test_a_check_pays_two_invoices_and_the_rest_stays_as_credit(
    biller: Client, company: Company, typed: Type, older: Invoice, newer: Invoice
) -> None:
    answer = biller.post(url(company, "new"), typed({older: "100", newer: "$10.50"}, total="1,150"))
    payment = Payment.objects.get()
    assert answer.headers["Location"] == url(company, payment.pk)
    assert (payment.total, payment.ref_number, payment.unapplied) == (
        Decimal(1150),
        "88214",
        Decimal("1039.50"),
    )
    assert receiving.own_amounts(payment) == {older.pk: 100, newer.pk: Decimal("10.50")}
    assert (str(payment.method), str(payment.deposit_to)) == ("Check", "Undeposited Funds")
    assert OutboxEntry.objects.get(entity="Payment").asked_by == payment.entered_by is not None


def test_the_next_check_keeps_date_method_and_account(
    biller: Client, company: Company, typed: Type, check: PaymentMethod, undeposited: Account
) -> None:
    cash = PaymentMethodFactory(company=company, name="Cash")
    day = (TODAY - timedelta(days=2)).isoformat()
    answer = biller.post(
        url(company, "new"), typed(do="save-next", txn_date=day, method=cash.pk), follow=True
    )
    form = answer.context["form"]
    assert answer.redirect_chain[0][0].startswith(url(company, "new"))
    assert [form[name].value() for name in ("txn_date", "method", "deposit_to")] == [
        TODAY - timedelta(days=2),
        cash.pk,
        undeposited.pk,
    ]
    assert form["customer"].value() is None
    assert form.fields["customer"].widget.attrs["autofocus"] is True
    assert [str(payment) for payment in answer.context["just_entered"]] == ["Cash 88214"]
    assert answer.context["pile"] == {"count": 1, "total": Decimal(150)}


def test_just_entered_is_ones_own_work_of_today(
    biller: Client, company: Company, typed: Type, kestrel: Customer
) -> None:
    save_payment(Payment(company=company, customer=kestrel, total=Decimal(7)), {}, by=UserFactory())
    biller.post(url(company, "new"), typed())
    Payment.objects.filter(total=150).update(created_at=timezone.now() - timedelta(days=1))
    biller.post(url(company, "new"), typed(ref_number="88215"))
    page = biller.get(url(company, "new"))
    assert [payment.ref_number for payment in page.context["just_entered"]] == ["88215"]


# ── What is refused, at its field ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"customer": "Nobody"}, "customer", "No customer has that name."),
        ({"customer": ""}, "customer", "Choose a customer."),
        ({"ref_number": "9" * 22}, "ref_number", "at most 21 characters"),
        ({"total": ""}, "total", "Fill this in"),
        ({"total": "0"}, "total", "more than zero"),
        ({"total": "-5"}, "total", "more than zero"),
        ({"total": "7,45"}, "total", "Write an amount such as"),
        ({"total": "NaN"}, "total", "Write an amount such as"),
        ({"total": "1.005"}, "total", "at most two decimals"),
        ({"total": "10,000,000,000"}, "total", "up to 9,999,999,999.99"),
        ({"txn_date": "2026-02-31"}, "txn_date", "not a date"),
        ({"txn_date": ""}, "txn_date", "Fill this in"),
        ({"method": "0"}, "method", "not on the list"),
        ({"deposit_to": ""}, "deposit_to", "Fill this in"),
        ({"private_note": "x" * 4001}, "private_note", "at most 4000 characters"),
    ],
)
def test_what_quickbooks_would_refuse_is_refused_at_its_field(
    biller: Client, company: Company, typed: Type, fields: dict[str, str], field: str, words: str
) -> None:
    answer = biller.post(url(company, "new"), typed(**fields))
    form = refused(answer)
    assert words in form.errors[field][0]
    assert form.fields[field].widget.attrs["autofocus"] is True
    for text in fields.values():
        assert text[:100] in answer.content.decode()
    assert not Payment.objects.exists()


@pytest.mark.parametrize("day", ["1926-11-23", "2126-11-23"])
def test_a_date_of_another_century_is_a_slip(biller: Client, company: Company, typed: Type, day: str) -> None:
    form = refused(biller.post(url(company, "new"), typed(txn_date=day)))
    assert form.errors["txn_date"] == ["This date is too far away."]


def test_each_choice_is_offered_once(
    biller: Client, company: Company, check: PaymentMethod, undeposited: Account
) -> None:
    page = biller.get(url(company, "new")).content.decode()
    assert page.count("Undeposited Funds") == 1
    assert "---" not in page


def test_nothing_is_dated_into_closed_books(biller: Client, company: Company, typed: Type) -> None:
    company.preferences = {
        "AccountingInfoPrefs": {"BookCloseDate": TODAY.replace(month=1, day=31).isoformat()}
    }
    company.save()
    closed = TODAY.replace(month=1, day=31).isoformat()
    form = refused(biller.post(url(company, "new"), typed(txn_date=closed)))
    assert form.errors["txn_date"] == ["The books are closed through Jan 31. Date it Feb 1 or later."]
    first = TODAY.replace(month=2, day=1).isoformat()
    assert biller.post(url(company, "new"), typed(txn_date=first)).status_code == 302


def test_no_method_account_or_customer_of_another_company(
    biller: Client, company: Company, typed: Type
) -> None:
    other = CompanyFactory()
    fields = {
        "method": PaymentMethodFactory(company=other).pk,
        "deposit_to": AccountFactory(company=other).pk,
    }
    form = refused(biller.post(url(company, "new"), typed(**fields)))
    assert set(form.errors) == {"method", "deposit_to"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("100.01", "Invoice 1391 has $100.00 open. Put at most that on it."),
        ("-1", "An amount put on an invoice cannot be negative."),
        ("ten", "Write an amount such as 1,250.00."),
    ],
)
def test_a_wrong_row_says_so_and_keeps_what_was_typed(
    biller: Client, company: Company, typed: Type, older: Invoice, newer: Invoice, text: str, words: str
) -> None:
    form = refused(biller.post(url(company, "new"), typed({older: text, newer: "20"})))
    rows = {row.payable.invoice: row for row in form.rows}
    assert (rows[older].problem, rows[older].text, rows[older].takes_focus) == (words, text, True)
    assert (rows[newer].problem, rows[newer].text) == ("", "20")
    assert not Payment.objects.exists()


def test_more_on_invoices_than_was_received(
    biller: Client, company: Company, typed: Type, older: Invoice, newer: Invoice
) -> None:
    answer = biller.post(url(company, "new"), typed({older: "100", newer: "60"}, total="150"))
    refused(answer)
    assert "$160.00 is put on invoices, $10.00 more than the $150.00 there is." in answer.content.decode()


def test_an_invoice_of_somebody_else_cannot_be_smuggled_in(
    biller: Client, company: Company, typed: Type, older: Invoice
) -> None:
    others = owed(CustomerFactory(company=company), 100)
    form = refused(biller.post(url(company, "new"), typed({others: "10"})))
    assert form.sheet_problems == [
        "One of these invoices is not this customer's. Load the open invoices again."
    ]


def test_an_invoice_that_was_paid_meanwhile_is_refused(
    biller: Client, company: Company, typed: Type, kestrel: Customer, older: Invoice
) -> None:
    with_form = typed({older: "100"})
    save_payment(
        Payment(company=company, customer=kestrel, total=Decimal(100)), {older: Decimal(100)}, by=None
    )
    form = refused(biller.post(url(company, "new"), with_form))
    assert [row.problem for row in form.rows] == ["Invoice 1391 has nothing open any more. Leave this empty."]
    assert Payment.objects.count() == 1


def test_nobody_saves_past_invoices_that_were_not_shown(
    biller: Client, company: Company, typed: Type, older: Invoice
) -> None:
    """Without JavaScript, choosing a customer and saving at once would leave everything as credit."""
    answer = biller.post(url(company, "new"), typed(shown=""))
    assert [row.payable.invoice for row in refused(answer).rows] == [older]
    assert "These are the open invoices of Kestrel Ridge." in answer.content.decode()


# ── The same thing twice ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("do", ["save-close", "save-next"])
def test_the_same_form_sent_twice_makes_one_payment(
    biller: Client, company: Company, typed: Type, older: Invoice, do: str
) -> None:
    form = typed({older: "100"}, do=do)
    first, second = biller.post(url(company, "new"), form), biller.post(url(company, "new"), form)
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_makes_one_payment(
    company: Company, typed: Type, older: Invoice
) -> None:
    clients = [signed_in(company, Role.BILLER) for _ in range(2)]
    form, both_ready, answers = typed({older: "100"}), threading.Barrier(2), []

    def send(client: Client) -> None:
        try:
            both_ready.wait(timeout=20)
            answers.append(client.post(url(company, "new"), form))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    payment = Payment.objects.get()
    assert [answer.headers.get("Location") for answer in answers] == [url(company, payment.pk)] * 2


def test_going_back_and_changing_a_saved_form_loses_nothing_and_doubles_nothing(
    biller: Client, company: Company, typed: Type, older: Invoice
) -> None:
    form = typed({older: "100"})
    biller.post(url(company, "new"), form)
    answer = biller.post(url(company, "new"), form | {"total": "175.00"})
    assert refused(answer)["total"].value() == "175.00"
    assert answer.context["already"] == Payment.objects.get()
    assert "This form was saved already, as Check 88214 over $150.00" in answer.content.decode()


def test_another_companys_form_key_is_no_key_here(company: Company, typed: Type) -> None:
    """The key is unique in the whole installation; somebody else's never shows their payment."""
    theirs = PaymentFactory(entry_key=uuid.uuid4())
    client = signed_in(company, Role.BILLER)
    client.raise_request_exception = False
    answer = client.post(url(company, "new"), typed(key=str(theirs.entry_key)))
    assert str(theirs.ref_number) not in answer.content.decode()
    assert Payment.objects.count() == 1


def test_the_same_check_again_needs_a_second_press(biller: Client, company: Company, typed: Type) -> None:
    biller.post(url(company, "new"), typed())
    answer = biller.post(url(company, "new"), typed())
    assert "Check 88214</a> over $150.00" in answer.content.decode()
    assert Payment.objects.count() == 1
    again = biller.post(url(company, "new"), typed(twin=refused(answer)["twin"].value()))
    assert again.status_code == 302
    assert Payment.objects.count() == 2


def test_the_second_press_is_for_that_check_only(biller: Client, company: Company, typed: Type) -> None:
    for number in ("88214", "88215"):
        biller.post(url(company, "new"), typed(ref_number=number))
    asked = refused(biller.post(url(company, "new"), typed()))["twin"].value()
    refused(biller.post(url(company, "new"), typed(ref_number="88215", twin=asked)))
    assert Payment.objects.count() == 2


# ── Credits, sub-customers, and what changed meanwhile ──────────────────────────────────────────


@pytest.fixture
def roof(kestrel: Customer) -> Customer:
    job: Customer = CustomerFactory(
        company=kestrel.company, display_name="Kestrel Roof", parent=kestrel, known=True
    )
    return job


def memo_of(customer: Customer, total: int, **fields: Any) -> CreditMemo:
    with remote_write():
        return CreditMemo.objects.create(
            company=customer.company,
            customer=customer,
            total=total,
            balance=total,
            **{"doc_number": "CM-77", "qbo_id": "700", "sync_token": 0, **fields},
        )


def test_credits_of_the_whole_family_are_offered_and_those_of_others_are_not(
    biller: Client, company: Company, typed: Type, kestrel: Customer, roof: Customer
) -> None:
    ours, roofs = memo_of(kestrel, 50), memo_of(roof, 20, qbo_id="701")
    memo_of(CustomerFactory(company=company, known=True), 10, qbo_id="702")
    memo_of(kestrel, 10, qbo_id="703", gone_at=timezone.now())
    outbox.command(memo_of(kestrel, 10, qbo_id="704"), Verb.DELETE)
    page = biller.get(url(company, "new"), {"customer": kestrel.pk})
    assert texts_of(page, "memo") == {ours.pk: "", roofs.pk: ""}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("50.01", "Credit memo CM-77 has $50.00 left. Use at most that."),
        ("-1", "A credit used cannot be negative."),
        ("fifty", "Write an amount such as 1,250.00."),
        ("40", "$40.00 of credit is used, but only $30.00 is put on invoices of Kestrel Ridge."),
    ],
)
def test_a_credit_that_does_not_fit_says_so_and_keeps_what_was_typed(
    biller: Client, company: Company, typed: Type, kestrel: Customer, older: Invoice, text: str, words: str
) -> None:
    memo = memo_of(kestrel, 50)
    form = refused(biller.post(url(company, "new"), typed({older: "30"}, **{f"memo-{memo.pk}": text})))
    (row,) = form.credit_rows
    assert (row.problem, row.text) == (words, text)
    assert not Payment.objects.exists()


def test_a_memo_quickbooks_does_not_have_yet_waits(
    biller: Client, company: Company, typed: Type, kestrel: Customer, older: Invoice
) -> None:
    memo = memo_of(kestrel, 50, qbo_id="", sync_token=None)
    form = refused(biller.post(url(company, "new"), typed({older: "30"}, **{f"memo-{memo.pk}": "30"})))
    assert "is on its way to QuickBooks" in form.credit_rows[0].problem


def test_another_companys_credit_cannot_be_smuggled_in(
    biller: Client, company: Company, typed: Type, older: Invoice
) -> None:
    theirs = memo_of(CustomerFactory(company=CompanyFactory(), known=True), 50)
    form = refused(biller.post(url(company, "new"), typed({older: "30"}, **{f"memo-{theirs.pk}": "30"})))
    assert form.sheet_problems == [
        "One of these credits is not this customer's. Load the open invoices again."
    ]


def test_an_edit_keeps_the_memo_it_uses_until_somebody_takes_it_out(
    biller: Client, company: Company, typed: Type, paid: Payment, kestrel: Customer, older: Invoice
) -> None:
    memo = memo_of(kestrel, 50)
    with remote_write():
        save_payment(paid, {older: Decimal(100)}, memos={memo: Decimal(20)}, by=None)
    form = biller.get(url(company, paid.pk, "edit")).context["form"]
    assert [(row.text, row.credit.open) for row in form.credit_rows] == [("20.00", 50)]
    rows = typed({older: "100"}, opened=str(form["opened"].value()), do="save", **{f"memo-{memo.pk}": ""})
    assert biller.post(url(company, paid.pk, "edit"), rows).status_code == 302
    paid.refresh_from_db()
    assert paid.unapplied == 50
    assert receiving.credits_used(paid) == 0


def test_an_edit_keeps_a_memo_that_quickbooks_let_it_use_of_another_customer(
    biller: Client, company: Company, typed: Type, paid: Payment, roof: Customer, older: Invoice
) -> None:
    memo = memo_of(roof, 0)
    with remote_write():
        paid.allocations.create(txn_type="CreditMemo", txn_id=memo.qbo_id, amount=20, agreed_amount=20)
        Payment.objects.filter(pk=paid.pk).update(unapplied=70)
    form = biller.get(url(company, paid.pk, "edit")).context["form"]
    rows = typed({older: "100"}, opened=str(form["opened"].value()), do="save", private_note="x")
    rows[f"memo-{memo.pk}"] = form.credit_rows[0].text
    assert biller.post(url(company, paid.pk, "edit"), rows).status_code == 302
    paid.refresh_from_db()
    assert paid.unapplied == 70


def test_one_check_for_two_customers_is_two_payments_once(
    biller: Client, company: Company, typed: Type, kestrel: Customer, roof: Customer, older: Invoice
) -> None:
    roofs = owed(roof, 80)
    form = typed({older: "100", roofs: "50"})
    live = biller.post(url(company, "draft"), form | {"do": ""}).content.decode()
    assert "Check 88214 is saved as 2, all with its number." in live
    for _ in range(2):
        assert biller.post(url(company, "new"), form).status_code == 302
    parts = {payment.customer: payment for payment in Payment.objects.all()}
    assert {customer: payment.total for customer, payment in parts.items()} == {kestrel: 100, roof: 50}
    assert len({payment.one_check for payment in parts.values()}) == 1
    page = biller.get(url(company, parts[roof].pk)).content.decode()
    assert "One check over $150.00, kept as 2 payments" in page
    again = refused(biller.post(url(company, "new"), typed()))
    assert set(again.twins) == set(parts.values())


def test_an_invoice_that_changed_since_the_page_was_made_is_said_once(
    biller: Client, company: Company, typed: Type, older: Invoice
) -> None:
    seen = biller.get(url(company, "new"), {"customer": older.customer_id}).context["form"].seen_now
    Invoice.objects.filter(pk=older.pk).update(total=120, balance=120)
    answer = biller.post(url(company, "new"), typed({older: "100"}, seen=seen))
    form = refused(answer)
    said = "It had $100.00 open when you began and has $120.00 now. Save again to go on."
    assert (form.rows[0].problem, form.rows[0].text) == (said, "100")
    again = typed({older: "100"}, seen=form.seen_now)
    assert biller.post(url(company, "new"), again).status_code == 302


@pytest.mark.parametrize("seen", ["nonsense", "1=", "=1", "1=x"])
def test_nonsense_about_what_was_seen_is_passed_over(
    biller: Client, company: Company, typed: Type, older: Invoice, seen: str
) -> None:
    assert biller.post(url(company, "new"), typed({older: "100"}, seen=seen)).status_code == 302


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kestr", None),
        ("idge", None),
        ("Kes", "Kestrel Ridge, Kestrel Roof: which one?"),
        ("Owl", "No customer"),
    ],
)
def test_a_part_of_a_name_is_enough_where_it_is_one(
    biller: Client, company: Company, typed: Type, older: Invoice, text: str, words: str | None
) -> None:
    if words and "which" in words:
        CustomerFactory(company=company, display_name="Kestrel Roof", known=True)
    answer = biller.post(url(company, "draft"), typed(customer=text, shown="", do="show"))
    page = answer.content.decode()
    if words is None:
        assert "1391" in page
        assert "Kestrel Ridge" in answer.headers["HX-Trigger-After-Settle"]
    else:
        assert words in page


# ── Taking back ─────────────────────────────────────────────────────────────────────────────────


def test_the_last_check_is_taken_back_and_stands_in_the_form_again(
    biller: Client, company: Company, typed: Type, older: Invoice
) -> None:
    biller.post(url(company, "new"), typed({older: "100"}, do="save-next"))
    token = biller.get(url(company, "new")).context["take_back"]
    answer = biller.post(url(company, "take-back"), {"check": token}, follow=True)
    form = answer.context["form"]
    assert [form[name].value() for name in ("ref_number", "total")] == ["88214", "150.00"]
    assert form.payer == older.customer
    older.refresh_from_db()
    assert older.balance == 100
    assert answer.context["take_back"] is None
    assert not Payment.objects.counted().exists()


def test_a_check_that_was_changed_since_is_looked_at_first(
    biller: Client, company: Company, typed: Type
) -> None:
    biller.post(url(company, "new"), typed(do="save-next"))
    token = biller.get(url(company, "new")).context["take_back"]
    Payment.objects.update(total=160)
    answer = biller.post(url(company, "take-back"), {"check": token}, follow=True)
    assert "Check 88214 was changed since." in answer.content.decode()
    assert Payment.objects.counted().count() == 1


@pytest.mark.parametrize("token", ["", "forged"])
def test_nobody_takes_back_what_they_were_not_given(biller: Client, company: Company, token: str) -> None:
    answer = biller.post(url(company, "take-back"), {"check": token}, follow=True)
    assert "There is nothing to take back." in answer.content.decode()


def test_a_viewer_takes_nothing_back(viewer: Client, company: Company) -> None:
    assert viewer.post(url(company, "take-back"), {"check": ""}).status_code == 403


# ── Buttons and the live parts ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("do", "texts"),
    [
        ("oldest", ["100.00", "50.00"]),
        ("all", ["100.00", "60.00"]),
        ("clear", ["", ""]),
        ("show", ["1", ""]),
        ("pay-{newer}", ["1", "60.00"]),
        ("pay-{older}", ["", ""]),
        ("rest-{newer}", ["1", "60.00"]),
        ("rest-{older}", ["100.00", ""]),
    ],
)
@pytest.mark.parametrize("live", [True, False])
def test_the_buttons_fill_the_rows_with_and_without_javascript(
    biller: Client,
    company: Company,
    typed: Type,
    older: Invoice,
    newer: Invoice,
    do: str,
    texts: list[str],
    live: bool,
) -> None:
    act = do.format(older=older.pk, newer=newer.pk)
    answer = biller.post(url(company, "draft" if live else "new"), typed({older: "1", newer: ""}, do=act))
    assert answer.status_code == 200
    assert texts_in_rows(answer) == dict(zip([older.pk, newer.pk], texts, strict=True))
    assert not Payment.objects.exists()
    assert ("<html" in answer.content.decode()) is not live


def test_choosing_a_customer_shows_the_open_invoices_and_unused_money(
    biller: Client, company: Company, typed: Type, kestrel: Customer, older: Invoice
) -> None:
    PaymentFactory(company=company, customer=kestrel, ref_number="87790", unapplied=Decimal("85.50"))
    PaymentFactory(company=company, customer=kestrel, ref_number="1", unapplied=Decimal(0))
    answer = biller.post(url(company, "draft"), typed(do="show", shown="", total="", ref_number=""))
    page = answer.content.decode()
    assert f'name="shown" value="{kestrel.pk}"' in page
    assert "1391" in page
    assert "$85.50 unused." in page
    assert texts_of(answer, "earlier") == {Payment.objects.get(ref_number="87790").pk: ""}
    assert "required" not in page.replace("aria-required", "")


def test_sums_follow_what_is_typed(
    biller: Client, company: Company, typed: Type, older: Invoice, newer: Invoice
) -> None:
    page = biller.post(url(company, "draft"), typed({older: "65.50"}, total="250", do="")).content.decode()
    assert "$184.50 stays as a credit for Kestrel Ridge." in page
    assert "Put it on Invoice 1391 instead" in page
    assert f'<span id="stays-{older.pk}" hx-swap-oob="true">34.50</span>' in page
    assert '<span id="applied-sum" hx-swap-oob="true">$65.50</span>' in page
    assert 'name="apply-' not in page  # the fields one types into are left alone


def test_sums_bear_with_what_is_half_typed(
    biller: Client, company: Company, typed: Type, older: Invoice
) -> None:
    halves = typed({older: "12x"}, total="", txn_date="", do="")
    page = biller.post(url(company, "draft"), halves).content.decode()
    assert "Write an amount such as 1,250.00." in page
    assert "more is put on invoices" not in page


def test_sums_do_not_speak_of_rows_that_the_page_does_not_have(
    biller: Client, company: Company, kestrel: Customer, older: Invoice, newer: Invoice, typed: Type
) -> None:
    memo = memo_of(kestrel, 20)

    page = biller.post(url(company, "draft"), typed({older: "40"}, do="")).content.decode()

    assert f'id="stays-{older.pk}"' in page
    assert f'id="stays-{newer.pk}"' not in page
    assert f'id="stays-memo-{memo.pk}"' not in page


def test_a_row_over_its_balance_is_marked_while_typing(
    biller: Client, company: Company, typed: Type, older: Invoice
) -> None:
    page = biller.post(url(company, "draft"), typed({older: "120"}, total="100", do="")).content.decode()
    assert "Invoice 1391 has $100.00 open." in page
    assert "$20.00 more is put on invoices than there is." in page


# ── Changing ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def paid(kestrel: Customer, older: Invoice, check: PaymentMethod, undeposited: Account) -> Payment:
    """A check of 150.00 that QuickBooks has, with 100.00 on the older invoice."""
    with remote_write():
        payment = Payment(
            company=kestrel.company,
            customer=kestrel,
            total=Decimal(150),
            ref_number="88214",
            method=check,
            deposit_to=undeposited,
            qbo_id="900",
            sync_token=0,
        )
        save_payment(payment, {older: Decimal(100)}, by=None)
    OutboxEntry.objects.all().delete()
    return payment


def opened(biller: Client, payment: Payment) -> str:
    form = biller.get(url(payment.company, payment.pk, "edit")).context["form"]
    return str(form["opened"].value())


def test_an_edit_moves_money_to_another_invoice(
    biller: Client, company: Company, typed: Type, paid: Payment, older: Invoice, newer: Invoice
) -> None:
    form = typed({older: "90", newer: "60"}, opened=opened(biller, paid), do="save")
    answer = biller.post(url(company, paid.pk, "edit"), form)
    assert answer.headers["Location"] == url(company, paid.pk)
    paid.refresh_from_db()
    assert receiving.own_amounts(paid) == {older.pk: 90, newer.pk: 60}
    assert paid.unapplied == 0
    assert OutboxEntry.objects.get().verb == Verb.SAVE


def test_a_refused_edit_is_headed_by_the_payment_as_it_is(
    biller: Client, company: Company, typed: Type, paid: Payment, older: Invoice
) -> None:
    form = typed({older: "999"}, opened=opened(biller, paid), do="save", ref_number="77777")
    page = biller.post(url(company, paid.pk, "edit"), form).content.decode()
    assert "<h1>Change Check 88214</h1>" in page
    assert 'value="77777"' in page


def test_the_customer_of_a_payment_stays(
    biller: Client, company: Company, typed: Type, paid: Payment, older: Invoice
) -> None:
    CustomerFactory(company=company, display_name="Other")
    form = typed({older: "100"}, customer="Other", opened=opened(biller, paid), do="save", private_note="x")
    biller.post(url(company, paid.pk, "edit"), form)
    paid.refresh_from_db()
    assert (paid.customer.display_name, paid.private_note) == ("Kestrel Ridge", "x")


def test_what_somebody_else_changed_meanwhile_is_kept(
    biller: Client, company: Company, typed: Type, paid: Payment, older: Invoice, newer: Invoice
) -> None:
    """They moved money to another invoice, and only the note was changed here."""
    form = typed({older: "100"}, opened=opened(biller, paid), do="save", private_note="by mail")
    save_payment(Payment.objects.get(pk=paid.pk), {older: Decimal(90), newer: Decimal(60)}, by=None)
    assert biller.post(url(company, paid.pk, "edit"), form).status_code == 302
    paid.refresh_from_db()
    assert paid.private_note == "by mail"
    assert receiving.own_amounts(paid) == {older.pk: 90, newer.pk: 60}


def test_allocations_changed_on_both_sides_are_asked_about_and_nothing_typed_is_lost(
    biller: Client, company: Company, typed: Type, paid: Payment, older: Invoice, newer: Invoice
) -> None:
    form = typed({older: "100", newer: "50"}, opened=opened(biller, paid), do="save")
    save_payment(Payment.objects.get(pk=paid.pk), {older: Decimal(90)}, by=None)
    answer = biller.post(url(company, paid.pk, "edit"), form)
    page = refused(answer)
    assert [row.text for row in page.rows] == ["100", "50"]
    assert "was changed while you were editing, to $90.00 on Invoice 1391." in page.sheet_problems[0]
    again = form | {"opened": page["opened"].value()}
    assert biller.post(url(company, paid.pk, "edit"), again).status_code == 302
    assert receiving.own_amounts(paid) == {older.pk: 100, newer.pk: 50}


def test_a_field_changed_on_both_sides_is_asked_about(
    biller: Client, company: Company, typed: Type, paid: Payment, older: Invoice
) -> None:
    form = typed({older: "100"}, opened=opened(biller, paid), do="save", ref_number="88219")
    Payment.objects.filter(pk=paid.pk).update(ref_number="88215")
    page = refused(biller.post(url(company, paid.pk, "edit"), form))
    assert "This became “88215” while you were editing." in page.errors["ref_number"][0]


def test_an_edit_without_another_check_asks_nothing(
    biller: Client, company: Company, typed: Type, paid: Payment, older: Invoice
) -> None:
    PaymentFactory(company=company, ref_number="88214", total=Decimal(150), txn_date=paid.txn_date)
    form = typed({older: "100"}, opened=opened(biller, paid), do="save", private_note="x")
    assert biller.post(url(company, paid.pk, "edit"), form).status_code == 302


def test_the_live_parts_of_an_edit_know_what_is_its_own(
    biller: Client, company: Company, typed: Type, paid: Payment, older: Invoice
) -> None:
    form = typed({older: ""}, payment=paid.pk, do="oldest", opened=opened(biller, paid))
    assert texts_in_rows(biller.post(url(company, "draft"), form)) == {older.pk: "100.00"}


@pytest.mark.parametrize("state", ["void", "gone", "going"])
def test_a_void_or_deleted_payment_is_not_edited(
    biller: Client, company: Company, typed: Type, paid: Payment, state: str
) -> None:
    if state == "going":
        outbox.command(paid, Verb.VOID)
    elif state == "gone":
        Payment.objects.filter(pk=paid.pk).update(gone_at=timezone.now())
    else:
        Payment.objects.filter(pk=paid.pk).update(is_void=True)
    for answer in (
        biller.get(url(company, paid.pk, "edit")),
        biller.post(url(company, paid.pk, "edit"), typed(total="1", do="save")),
    ):
        assert answer.headers["Location"] == url(company, paid.pk)
    paid.refresh_from_db()
    assert paid.total == 150


# ── Who, and how fast ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", ["new", "draft", "edit"])
def test_viewers_and_strangers_stay_out(
    viewer: Client, company: Company, typed: Type, paid: Payment, page: str
) -> None:
    address = url(company, paid.pk, "edit") if page == "edit" else url(company, page)
    stranger = signed_in(CompanyFactory(), Role.MANAGER)
    assert viewer.post(address, typed()).status_code == 403
    assert stranger.post(address, typed()).status_code == 404
    assert Payment.objects.count() == 1


def test_another_companys_payment_is_not_found(biller: Client, company: Company, typed: Type) -> None:
    theirs = PaymentFactory(known=True)
    assert biller.get(url(company, theirs.pk, "edit")).status_code == 404
    assert biller.post(url(company, theirs.pk, "edit"), typed()).status_code == 404
    assert biller.post(url(company, "draft"), typed(payment=theirs.pk)).status_code == 404


@pytest.mark.usefixtures("older")
def test_every_keystroke_costs_the_same_however_many_invoices_there_are(
    biller: Client, company: Company, typed: Type, kestrel: Customer
) -> None:
    few = queries_of(lambda: biller.post(url(company, "draft"), typed(do="")))
    for _ in range(30):
        owed(kestrel, 10)
    assert queries_of(lambda: biller.post(url(company, "draft"), typed(do=""))) == few <= DRAFT_QUERIES


def test_saving_costs_one_query_more_per_invoice(
    biller: Client, company: Company, typed: Type, kestrel: Customer
) -> None:
    """Its balance; all else is done in bulk."""
    one, *many = [owed(kestrel, 10) for _ in range(31)]
    save = url(company, "new")
    first = queries_of(lambda: biller.post(save, typed({one: "10"})))
    second = queries_of(lambda: biller.post(save, typed(dict.fromkeys(many, "10"), total="300")))
    assert Payment.objects.count() == 2
    assert second - first == len(many) - 1


def queries_of(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        act()
    return len(caught)
