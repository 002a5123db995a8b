"""What the Receive payment form saves, as QuickBooks has it afterwards."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from customers.models import Customer
from invoices import receiving
from invoices.models import CreditMemo, CreditMemoLine, Invoice, Item, Payment
from qbo.models import Company, Role
from tests.customers.conftest import signed_in
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step, money
from tests.flows.test_main_job import a_check, an_invoice, an_item

Work = Callable[[], None]
Enter = Callable[..., Any]


@pytest.fixture
def customer(company: Company, work: Work) -> Customer:
    an_item(company)
    made = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    made.refresh_from_db()
    return made


@pytest.fixture
def enter(company: Company, customer: Customer) -> Enter:
    """Save a check through the form: `enter({invoice: "100"}, total="100", memos={memo: "50"})`."""
    client = signed_in(company, Role.BILLER)

    def send(
        puts: dict[Invoice, str],
        total: str,
        memos: dict[CreditMemo, str] | None = None,
        earlier: dict[Payment, str] | None = None,
    ) -> Any:
        page = reverse("invoices:payment_new", args=[company.pk])
        form = client.get(page).context["form"]
        rows = (("apply", puts), ("memo", memos or {}), ("earlier", earlier or {}))
        answer = client.post(
            page,
            {
                "customer": customer.display_name,
                "shown": customer.pk,
                "key": uuid.uuid4(),
                "ref_number": "88214",
                "total": total,
                "txn_date": form["txn_date"].value().isoformat(),
                "method": form.initial["method"].pk,
                "deposit_to": form.initial["deposit_to"].pk,
                "do": "save-next",
                **{f"{kind}-{obj.pk}": text for kind, texts in rows for obj, text in texts.items()},
            },
        )
        assert answer.status_code == 302, answer.context["form"].errors
        return client

    return send


@transaction.atomic
def memo_of(customer: Customer, total: str) -> CreditMemo:
    memo = CreditMemo.objects.create(company=customer.company, customer=customer)
    CreditMemoLine.objects.create(
        credit_memo=memo,
        item=Item.objects.filter(company=customer.company).first(),
        quantity=1,
        rate=Decimal(total),
        amount=Decimal(total),
    )
    return memo


def test_a_credit_memo_pays_an_invoice_with_and_without_a_check(
    company: Company, qb: EmulatorCompany, customer: Customer, enter: Enter, work: Work
) -> None:
    first, second = (an_invoice(company, customer, an_item(company, name), "1", "100") for name in "AB")
    memo = memo_of(customer, "150")
    work()
    memo.refresh_from_db()
    enter({first: "100"}, total="40", memos={memo: "60"})
    enter({second: "90"}, total="0", memos={memo: "90"})
    work()

    check, nothing_but_credit = Payment.objects.order_by("pk")
    there = qb.read("Payment", nothing_but_credit.qbo_id)
    assert (there["TotalAmt"], there["UnappliedAmt"]) == (0, 0)
    assert sorted((line["LinkedTxn"][0]["TxnType"], line["Amount"]) for line in there["Line"]) == [
        ("CreditMemo", 90),
        ("Invoice", 90),
    ]
    assert money(qb.read("Payment", check.qbo_id)["UnappliedAmt"]) == 0
    assert [qb.read("Invoice", one.qbo_id)["Balance"] for one in (refreshed(first), refreshed(second))] == [
        0,
        10,
    ]
    assert qb.read("CreditMemo", memo.qbo_id)["RemainingCredit"] == 0
    assert refreshed(memo).balance == 0
    assert_in_step(company, qb)


def refreshed(obj: Any) -> Any:
    obj.refresh_from_db()
    return obj


def test_credit_used_here_is_used_before_quickbooks_knows_and_never_twice(
    company: Company, qb: EmulatorCompany, customer: Customer, enter: Enter, work: Work
) -> None:
    invoice = an_invoice(company, customer, an_item(company, "A"), "1", "100")
    memo = memo_of(customer, "80")
    work()
    memo.refresh_from_db()
    enter({invoice: "50"}, total="0", memos={memo: "50"})
    with pytest.raises(AssertionError, match=r"has \$30.00 left. Use at most that"):
        enter({invoice: "50"}, total="0", memos={memo: "50"})
    work()
    assert refreshed(memo).balance == 30
    assert_in_step(company, qb)


def test_money_left_on_an_earlier_check_is_put_on_invoices_by_that_check(
    company: Company, qb: EmulatorCompany, customer: Customer, enter: Enter, work: Work
) -> None:
    old, new = (an_invoice(company, customer, an_item(company, name), "1", "100") for name in "AB")
    earlier = a_check(company, customer, "130", {old: "100"})
    work()
    enter({new: "100"}, total="70", earlier={refreshed(earlier): "30"})
    work()

    there = qb.read("Payment", refreshed(earlier).qbo_id)
    assert (len(there["Line"]), there["UnappliedAmt"]) == (2, 0)
    assert qb.read("Invoice", refreshed(new).qbo_id)["Balance"] == 0
    assert_in_step(company, qb)


def test_one_check_for_sub_customers_is_a_payment_for_each_with_its_number(
    company: Company, qb: EmulatorCompany, customer: Customer, enter: Enter, work: Work, look: Work
) -> None:
    """QuickBooks refuses a payment of one customer on the invoice of another (620)."""
    for name in ("Roof", "Yard"):
        job = {"DisplayName": name, "Job": True, "ParentRef": {"value": customer.qbo_id}}
        qb.create("Customer", job)
    look()
    roof, yard = (Customer.objects.get(display_name=name) for name in ("Roof", "Yard"))
    invoices = [
        an_invoice(company, one, an_item(company, str(one)), "1", "100") for one in (customer, roof, yard)
    ]
    work()
    client = enter(dict(zip(invoices, ("60", "100", "25.50"), strict=True)), total="200")
    work()

    parts = {row["CustomerRef"]["value"]: row for row in qb.all("Payment")}
    assert {key: row["TotalAmt"] for key, row in parts.items()} == {
        customer.qbo_id: Decimal("74.50"), roof.qbo_id: 100, yard.qbo_id: Decimal("25.50"),
    }  # fmt: skip
    assert {row["PaymentRefNum"] for row in parts.values()} == {"88214"}
    assert [qb.read("Invoice", refreshed(one).qbo_id)["Balance"] for one in invoices] == [
        40,
        0,
        Decimal("74.50"),
    ]
    assert_in_step(company, qb)

    taken_back(client, company)
    work()
    assert all(row["TotalAmt"] == 0 for row in qb.all("Payment"))
    assert [refreshed(one).balance for one in invoices] == [100, 100, 100]
    assert_in_step(company, qb)


def taken_back(client: Any, company: Company) -> Any:
    page = client.get(reverse("invoices:payment_new", args=[company.pk]))
    address = reverse("invoices:payment_take_back", args=[company.pk])
    return client.post(address, {"check": page.context["take_back"]})


def test_taking_back_gives_an_earlier_check_its_money_back(
    company: Company, qb: EmulatorCompany, customer: Customer, enter: Enter, work: Work
) -> None:
    invoice = an_invoice(company, customer, an_item(company, "A"), "1", "100")
    earlier = a_check(company, customer, "30", {})
    work()
    client = enter({invoice: "30"}, total="0", earlier={refreshed(earlier): "30"})
    assert receiving.own_amounts(earlier) == {invoice.pk: 30}
    taken_back(client, company)
    work()

    assert not Payment.objects.filter(is_void=True).exists()
    assert (refreshed(invoice).balance, refreshed(earlier).unapplied) == (100, 30)
    assert_in_step(company, qb)
