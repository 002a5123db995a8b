from decimal import Decimal

import pytest

from invoices.editing import default_tax_code, save_invoice
from invoices.models import Invoice, InvoiceLine
from qbo.models import OutboxEntry, SyncState
from tests.factories import (
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ItemFactory,
    TaxCodeFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
D = Decimal


def line(invoice: Invoice, quantity: str = "1", rate: str = "100", taxable: bool = False) -> InvoiceLine:
    item = ItemFactory(company=invoice.company)
    amount = D(quantity) * D(rate)
    return InvoiceLine(item=item, quantity=D(quantity), rate=D(rate), amount=amount, taxable=taxable)


def unsaved() -> Invoice:
    customer = CustomerFactory(known=True, currency="USD")
    return Invoice(company=customer.company, customer=customer)


def test_a_new_invoice_is_added_up_and_noted_once() -> None:
    invoice, person = unsaved(), UserFactory()
    invoice.tax_code = TaxCodeFactory(company=invoice.company, rates=["6.25"])
    invoice.discount_percent = D(5)

    save_invoice(invoice, [line(invoice, "8", "62.50", taxable=True), line(invoice, "2", "10")], by=person)

    invoice.refresh_from_db()
    assert (invoice.subtotal, invoice.discount) == (D("520.00"), D("26.00"))
    assert (invoice.total_tax, invoice.total, invoice.balance) == (D("31.25"), D("525.25"), D("525.25"))
    assert (invoice.entered_by, invoice.currency, invoice.sync_state) == (person, "USD", SyncState.WAITING)
    assert OutboxEntry.objects.get().asked_by == person


def test_rows_are_reused_added_and_removed() -> None:
    invoice = InvoiceFactory(known=True)
    first, second = (InvoiceLineFactory(invoice=invoice, line_id=str(n), raw={"Id": str(n)}) for n in (1, 2))
    second.quantity, second.amount = D(3), D(300)

    save_invoice(invoice, [second, line(invoice, rate="50")], by=None)

    rows = list(invoice.lines.values_list("pk", "position", "line_id", "amount"))
    assert rows[0] == (second.pk, 0, "2", D("300.00"))
    assert rows[1][1:] == (1, "", D("50.00"))
    assert not InvoiceLine.objects.filter(pk=first.pk).exists()
    assert invoice.lines.get(pk=second.pk).raw == {"Id": "2"}


def test_lines_we_only_carry_stay_where_they_were_and_count() -> None:
    invoice = InvoiceFactory(known=True)
    first = InvoiceLineFactory(invoice=invoice, position=0)
    shipping = InvoiceLineFactory(
        invoice=invoice, position=1, kind="other", item=None, description="", quantity=None, rate=None, amount=D(12),
        raw={"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}},
    )  # fmt: skip
    invoice.discount_percent = D(50)

    save_invoice(invoice, [first, line(invoice, rate="20")], by=None)

    assert list(invoice.lines.values_list("pk", flat=True))[1] == shipping.pk
    assert (invoice.subtotal, invoice.discount, invoice.total) == (D(120), D(60), D(72))


def test_an_item_line_without_an_item_is_documentation() -> None:
    invoice = InvoiceFactory(known=True)
    note = InvoiceLineFactory(invoice=invoice, item=None, description="As discussed", amount=D(999))

    save_invoice(invoice, [line(invoice)], by=None)

    assert invoice.total == D(100)
    assert invoice.lines.filter(pk=note.pk, amount=D(999)).exists()


def test_tax_that_quickbooks_worked_out_stays_while_nothing_about_the_money_changes() -> None:
    invoice = InvoiceFactory(known=True, subtotal=D(100), total_tax=D("7.77"), total=D("107.77"))
    row = InvoiceLineFactory(invoice=invoice, taxable=True)
    invoice.customer_memo = "Thank you"

    save_invoice(invoice, [row], by=None)

    invoice.refresh_from_db()
    assert (invoice.total_tax, invoice.total, invoice.customer_memo) == (D("7.77"), D("107.77"), "Thank you")

    row.quantity, row.amount = D(2), D(200)
    save_invoice(invoice, [row], by=None)

    invoice.refresh_from_db()
    assert (invoice.total_tax, invoice.total) == (D(0), D(200))


def test_what_was_paid_stays_paid_when_the_total_changes() -> None:
    invoice = InvoiceFactory(known=True, total=D(100), settled=D(40))
    row = InvoiceLineFactory(invoice=invoice)
    row.quantity, row.amount = D(2), D(200)

    save_invoice(invoice, [row], by=None)

    invoice.refresh_from_db()
    assert (invoice.total, invoice.balance) == (D(200), D(160))


def test_saving_costs_the_same_for_three_lines_and_for_thirty(django_assert_num_queries: object) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (3, 30):
        invoice = unsaved()
        lines = [line(invoice) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            save_invoice(invoice, lines, by=None)
        counts.append(len(queries))

    assert counts[0] == counts[1]


class TestDefaultTaxCode:
    def test_the_one_that_the_company_prefers(self) -> None:
        company = CompanyFactory(
            preferences={"TaxPrefs": {"UsingSalesTax": True, "TaxGroupCodeRef": {"value": "7"}}}
        )
        code = TaxCodeFactory(company=company, qbo_id="7")
        TaxCodeFactory(qbo_id="7")

        assert default_tax_code(company) == code

    @pytest.mark.parametrize(
        "preferences",
        [{}, {"UsingSalesTax": False, "TaxGroupCodeRef": {"value": "7"}}, {"UsingSalesTax": True}],
    )
    def test_none_without_sales_tax_or_a_preference(self, preferences: dict[str, object]) -> None:
        company = CompanyFactory(preferences={"TaxPrefs": preferences})
        TaxCodeFactory(company=company, qbo_id="7")

        assert default_tax_code(company) is None
