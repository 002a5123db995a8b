"""Estimates, credit memos and items as people write them, against QuickBooks: there to the cent, and invoiced too."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from invoices.models import Account, CreditMemo, Estimate, Invoice, Item
from qbo.models import Company, Role, SyncState
from tests.customers.conftest import signed_in
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import an_item

D = Decimal
Work = Callable[[], None]


@pytest.fixture
def biller(company: Company) -> Client:
    return signed_in(company, Role.BILLER)


@pytest.fixture
def typed(company: Company) -> dict[str, Any]:
    Customer.objects.create(company=company, display_name="Alder Court", email="ap@alder.example")
    an_item(company, "Mulch", "62.50")
    return {
        "customer": "Alder Court", "txn_date": timezone.localdate().isoformat(), "discount": "5",
        "row": ["0"], "line-0-item": "Mulch", "line-0-quantity": "7.3", "line-0-taxable": "on",
    }  # fmt: skip


@pytest.mark.parametrize(("folder", "model"), [("estimates", Estimate), ("credit-memos", CreditMemo)])
def test_what_was_entered_is_there_to_the_cent(
    company: Company, qb: EmulatorCompany, work: Work, biller: Client, typed: Any, folder: str, model: Any
) -> None:
    biller.post(f"/c/{company.pk}/{folder}/new/", typed | {"send": "send"})
    before = model.objects.get()
    work()

    after = model.objects.get()
    (there,) = qb.all(model.__name__)
    assert before.total == after.total == there["TotalAmt"]
    assert before.total_tax == there["TxnTaxDetail"]["TotalTax"] > 0
    assert (there["EmailStatus"], there["BillEmail"]["Address"]) == ("EmailSent", "ap@alder.example")
    assert [mail["recipient"] for mail in qb.emails()] == ["ap@alder.example"]
    if model is CreditMemo:
        assert before.balance == after.balance == there["Balance"]
    assert_in_step(company, qb)


def test_an_estimate_becomes_an_invoice_on_both_sides(
    company: Company, qb: EmulatorCompany, work: Work, look: Work, biller: Client, typed: Any
) -> None:
    biller.post(f"/c/{company.pk}/estimates/new/", typed | {"status": "Accepted"})
    estimate = Estimate.objects.get()  # QuickBooks need not have it yet: the invoice waits for it
    form = biller.get(f"/c/{company.pk}/invoices/new/?estimate={estimate.pk}").context["form"]
    fields = [*form, *(field for row in form.rows.forms for field in row)]
    posted = {
        field.html_name: str(field.value()) for field in fields if field.value() not in (None, False, "")
    }
    biller.post(f"/c/{company.pk}/invoices/new/", posted | {"row": [row.key for row in form.rows.forms]})
    work()
    work()

    (there,), (paper,) = qb.all("Invoice"), qb.all("Estimate")
    assert there["LinkedTxn"] == [{"TxnId": paper["Id"], "TxnType": "Estimate"}]
    assert there["TotalAmt"] == paper["TotalAmt"] == Invoice.objects.get().total
    estimate.refresh_from_db()
    assert (estimate.status, estimate.sync_state) == ("Closed", SyncState.IN_QUICKBOOKS)
    assert_in_step(company, qb)

    invoice = Invoice.objects.get()
    biller.post(f"{invoice.get_absolute_url()}void/", {"total": str(invoice.total)})
    work()
    look()
    estimate.refresh_from_db()
    assert estimate.status == "Pending"  # as QuickBooks has it; it can be invoiced again
    assert estimate.invoice is None


def test_an_invoice_made_of_an_estimate_there_shows_it_here(
    company: Company, qb: EmulatorCompany, work: Work, look: Work, biller: Client, typed: Any
) -> None:
    biller.post(f"/c/{company.pk}/estimates/new/", typed)
    work()
    estimate = Estimate.objects.get()
    (paper,) = qb.all("Estimate")
    line = {key: value for key, value in paper["Line"][0].items() if key != "Id"}
    link = [{"TxnId": paper["Id"], "TxnType": "Estimate"}]
    qb.create("Invoice", {"CustomerRef": paper["CustomerRef"], "Line": [line], "LinkedTxn": link})
    look()

    invoice = Invoice.objects.get()
    assert invoice.estimate == estimate
    invoice.private_note = "Edited here"
    invoice.save()
    work()
    assert qb.read("Invoice", invoice.qbo_id)["LinkedTxn"] == link
    assert_in_step(company, qb)


def test_an_item_made_and_changed_here_is_there(
    company: Company, qb: EmulatorCompany, work: Work, biller: Client
) -> None:
    income = Account.objects.income().filter(company=company)[0]
    typed = {
        "name": "Bark mulch", "item_type": "NonInventory", "sku": "BM-7", "unit_price": "62.505",
        "income_account": str(income.pk), "taxable": "on",
    }  # fmt: skip
    biller.post(f"/c/{company.pk}/items/new/", typed)
    work()

    item = Item.objects.get(name="Bark mulch")
    there = qb.read("Item", item.qbo_id)
    assert (there["Type"], there["Sku"], there["UnitPrice"]) == ("NonInventory", "BM-7", D("62.505"))
    assert there["IncomeAccountRef"]["value"] == income.qbo_id
    assert_in_step(company, qb)

    biller.post(f"{item.get_absolute_url()}deactivate/")
    work()
    assert qb.read("Item", item.qbo_id)["Active"] is False
    biller.post(f"{item.get_absolute_url()}reactivate/")
    work()
    there = qb.read("Item", item.qbo_id)
    assert (there["Active"], there["Name"], there["Sku"]) == (True, "Bark mulch", "BM-7")
    assert_in_step(company, qb)
