"""The one way an invoice is saved by people: its lines, its sums and its place in the outbox together."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.db import transaction

from invoices import balances
from invoices.models import Invoice, InvoiceLine, TaxCode
from invoices.totals import LineFigures, Totals, line_amount, totals
from qbo.models import Company, User
from qbo.sync import outbox

Kind = InvoiceLine.Kind

#: What a person changes on a line; the rest of the row is QuickBooks'.
LINE_FIELDS = ("position", "kind", "item", "description", "quantity", "rate", "amount", "taxable")


@transaction.atomic
def save_invoice(invoice: Invoice, lines: Sequence[InvoiceLine], *, by: User | None) -> Invoice:
    """Write the invoice with exactly these lines, add it up, and note that QuickBooks has to hear of it.

    `lines` are instances in their order: those with a pk are rows of this invoice, the others are new. Rows that are
    missing are removed, except the ones that we only carry for QuickBooks: they stay where they were. As long as
    nothing about the money changed, tax and total stay as QuickBooks worked them out. `by` is who enters it.
    """
    before = list(invoice.lines.all()) if invoice.pk else []
    rows = with_carried(lines, before)
    for position, row in enumerate(rows):
        row.invoice, row.position = invoice, position
    if not invoice.pk or _money(invoice, rows) != _money(Invoice.objects.get(pk=invoice.pk), before):
        _take_over(invoice, add_up(invoice, rows))
    if not invoice.pk:
        invoice.entered_by = by
        invoice.currency = invoice.customer.currency
    invoice.save()
    _write(invoice, rows)
    balances.recompute(invoice)
    outbox.enqueue(invoice, reason="edited", asked_by=by)
    return invoice


def add_up(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Totals:
    """What the invoice would come to with these lines; QuickBooks confirms it, or corrects the tax."""
    rates = [rate.percent for rate in invoice.tax_code.rates.all()] if invoice.tax_code else []
    return totals(
        _figures(lines),
        discount_percent=invoice.discount_percent,
        discount_amount=invoice.discount_amount,
        tax_percents=rates,
        tax_after_discount=invoice.tax_after_discount,
    )


def amount_of(line: InvoiceLine, before: InvoiceLine | None = None) -> Decimal:
    """What a line comes to. One whose quantity and rate were left alone keeps the amount QuickBooks has for it, also
    where it has no quantity or rate at all."""
    if before is not None and (before.quantity, before.rate) == (line.quantity, line.rate):
        return before.amount
    if line.quantity is None or line.rate is None:
        return line.amount
    return line_amount(line.quantity, line.rate)


def is_carried(line: InvoiceLine) -> bool:
    """Whether we only pass the line on: a kind we do not model, or an item line that names no item."""
    return line.kind == Kind.OTHER or (
        line.kind == Kind.ITEM and line.item_id is None and line.pk is not None
    )


def with_carried(lines: Sequence[InvoiceLine], before: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """`lines` with the carried rows of the invoice put back in their old places."""
    rows = list(lines)
    present = {row.pk for row in rows if row.pk}
    for place, row in enumerate(before):
        if is_carried(row) and row.pk not in present:
            rows.insert(place, row)
    return rows


def default_tax_code(company: Company) -> TaxCode | None:
    """The tax code that new invoices of a US company get; None where sales tax is off (facts 9.5, Preferences)."""
    if not company.preference("TaxPrefs", "UsingSalesTax", False):
        return None
    code = (company.preference("TaxPrefs", "TaxGroupCodeRef") or {}).get("value", "")
    found: TaxCode | None = (
        TaxCode.objects.present().filter(company=company, qbo_id=code, active=True).first()
    )
    return found if code else None


def _figures(lines: Sequence[InvoiceLine]) -> list[LineFigures]:
    """The lines that count. An item line without an item is documentation, whatever amount it shows (facts 9.3)."""
    counted = (line for line in lines if line.kind == Kind.OTHER or (line.kind == Kind.ITEM and line.item_id))
    return [LineFigures(line.amount, line.taxable, charge=_is_charge(line)) for line in counted]


def _is_charge(line: InvoiceLine) -> bool:
    """Shipping and gratuity come as item lines without an item of the catalogue."""
    return line.kind == Kind.OTHER and line.raw.get("DetailType") == "SalesItemLineDetail"


def _money(invoice: Invoice, lines: Sequence[InvoiceLine]) -> tuple[object, ...]:
    """Everything that decides the sums."""
    return (
        [replace(line, amount=line.amount.normalize()) for line in _figures(lines)],
        invoice.discount_percent,
        invoice.discount_amount,
        invoice.tax_code_id,
        invoice.tax_after_discount,
    )


def _take_over(invoice: Invoice, sums: Totals) -> None:
    invoice.subtotal, invoice.total_tax, invoice.total = sums.subtotal, sums.tax, sums.total


def _write(invoice: Invoice, rows: Sequence[InvoiceLine]) -> None:
    """In bulk, so that the signals of hundreds of lines do not each look into the outbox."""
    kept = [row for row in rows if row.pk]
    invoice.lines.exclude(pk__in=[row.pk for row in kept]).delete()
    InvoiceLine.objects.bulk_update(kept, LINE_FIELDS, batch_size=100)
    InvoiceLine.objects.bulk_create([row for row in rows if not row.pk], batch_size=100)
