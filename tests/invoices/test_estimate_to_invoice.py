"""An invoice made of an estimate, as people make it."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invoices.kinds import INVOICE
from invoices.models import Estimate, EstimateLine, Invoice
from qbo.models import Company, OutboxEntry
from qbo.sync.echo import remote_write
from tests.factories import CompanyFactory, EstimateFactory, InvoiceFactory, ItemFactory, TaxCodeFactory

D = Decimal


@pytest.fixture
def estimate(company: Company) -> Estimate:
    """Two mulch at 62.50 and a lump of 75.00, ten percent off, taxed at 6.25."""
    code = TaxCodeFactory(company=company, rates=["6.25"])
    made: Estimate = EstimateFactory(
        company=company, discount_percent=D(10), tax_code=code, customer_memo="As agreed", known=True
    )
    mulch = ItemFactory(company=company, name="Mulch")
    with remote_write():
        EstimateLine.objects.create(
            estimate=made, item=mulch, quantity=2, rate=D("62.50"), amount=D(125), taxable=True
        )
        EstimateLine.objects.create(estimate=made, position=1, item=mulch, amount=D(75))
        EstimateLine.objects.create(estimate=made, position=2, kind="text", description="Ask for Ann")
    return made


def opened(biller: Client, estimate: Estimate) -> dict[str, Any]:
    """What a browser posts after opening the form."""
    answer = biller.get(f"/c/{estimate.company_id}/invoices/new/?estimate={estimate.pk}")
    form = answer.context["form"]
    fields = [*form, *(field for row in form.rows.forms for field in row)]
    posted = {field.html_name: field.value() for field in fields}
    posted = {name: str(value) for name, value in posted.items() if value not in (None, False, "")}
    return {**posted, "row": [row.key for row in form.rows.forms]}


def post(biller: Client, estimate: Estimate, posted: dict[str, Any]) -> Any:
    return biller.post(f"/c/{estimate.company_id}/invoices/new/", posted)


def test_it_takes_over_all_that_was_estimated_and_both_show_the_other(
    biller: Client, estimate: Estimate
) -> None:
    posted = opened(biller, estimate)
    shown = biller.get(f"/c/{estimate.company_id}/invoices/new/?estimate={estimate.pk}").content.decode()
    assert "$187.81" in shown  # 200 less 20, and 6.25 percent of 125

    answer = post(biller, estimate, posted)

    invoice = Invoice.objects.get()
    assert (invoice.estimate, invoice.customer, invoice.customer_memo) == (
        estimate, estimate.customer, "As agreed",
    )  # fmt: skip
    assert (invoice.subtotal, invoice.discount, invoice.tax_code) == (D(200), D(20), estimate.tax_code)
    lines = [(line.kind, line.quantity, line.rate, line.amount) for line in invoice.lines.all()]
    assert lines == [
        ("item", D(2), D("62.5"), D(125)),
        ("item", D(1), D(75), D(75)),
        ("text", None, None, D(0)),
    ]
    assert str(estimate) in biller.get(answer.url).content.decode()
    page = biller.get(estimate.get_absolute_url()).content.decode()
    assert invoice.get_absolute_url() in page
    assert "Make an invoice" not in page
    estimate.refresh_from_db()
    assert (
        estimate.status == "Pending"
    )  # closing it is QuickBooks' part; a closed one could not be invoiced there


def test_a_second_invoice_of_it_is_refused(biller: Client, estimate: Estimate) -> None:
    first, second = opened(biller, estimate), opened(biller, estimate)
    post(biller, estimate, first)

    answer = post(biller, estimate, second)

    assert answer.status_code == 422
    assert "was made of" in str(answer.context["form"].errors)
    assert Invoice.objects.count() == 1
    again = biller.get(f"/c/{estimate.company_id}/invoices/new/?estimate={estimate.pk}", follow=True)
    assert again.redirect_chain[-1][0] == estimate.get_absolute_url()


def test_it_stays_with_its_customer(biller: Client, estimate: Estimate) -> None:
    other = InvoiceFactory(company=estimate.company, known=True).customer
    answer = post(biller, estimate, opened(biller, estimate) | {"customer": other.display_name})
    assert "so its invoice is too" in str(answer.context["form"].errors["customer"])


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"status": "Closed"}, "is closed"),
        ({"gone_at": timezone.now()}, "no longer in QuickBooks"),
    ],
)
def test_what_cannot_be_invoiced_says_why(
    biller: Client, estimate: Estimate, state: dict[str, Any], why: str
) -> None:
    Estimate.objects.update(**state)
    answer = biller.get(f"/c/{estimate.company_id}/invoices/new/?estimate={estimate.pk}", follow=True)
    assert why in answer.content.decode()


def test_lines_that_only_quickbooks_can_invoice_are_named(biller: Client, estimate: Estimate) -> None:
    EstimateLine.objects.create(estimate=estimate, position=3, kind="other", amount=D(5))
    answer = biller.get(f"/c/{estimate.company_id}/invoices/new/?estimate={estimate.pk}", follow=True)
    assert "only QuickBooks can put on an invoice" in answer.content.decode()


def test_another_companys_estimate_does_not_exist(
    biller: Client, company: Company, estimate: Estimate
) -> None:
    foreign = EstimateFactory(company=CompanyFactory(), known=True)
    assert biller.get(f"/c/{company.pk}/invoices/new/?estimate={foreign.pk}").status_code == 404

    answer = post(biller, estimate, opened(biller, estimate) | {"estimate": str(foreign.pk)})

    assert "no longer there" in str(answer.context["form"].errors["estimate"])
    assert not OutboxEntry.objects.filter(entity=INVOICE.entity).exists()
