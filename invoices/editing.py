"""The one way a sales form is saved by people: its lines, its sums and its place in the outbox together."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from invoices import balances
from invoices.models import CreditMemo, Invoice, InvoiceLine, SalesForm, SalesLine, TaxCode
from invoices.totals import LineFigures, Totals, line_amount, totals
from qbo.models import Company, User
from qbo.sync import outbox

Kind = SalesLine.Kind
F = TypeVar("F", bound=SalesForm)

#: What a person changes on a line; the rest of the row is QuickBooks'.
LINE_FIELDS = ("position", "kind", "item", "description", "quantity", "rate", "amount", "taxable")


def save_invoice(invoice: Invoice, lines: Sequence[InvoiceLine], *, by: User | None) -> Invoice:
    """`save_form` of an invoice."""
    return save_form(invoice, lines, by=by)


@transaction.atomic
def save_form(form: F, lines: Sequence[SalesLine], *, by: User | None) -> F:
    """Write the form with exactly these lines, add it up, and note that QuickBooks has to hear of it.

    `lines` are instances in their order: those with a pk are rows of this form, the others are new. Rows that are
    missing are removed, except the ones that we only carry for QuickBooks: they stay where they were. As long as
    nothing about the money changed, tax and total stay as QuickBooks worked them out. `by` is who enters it.
    """
    before = list(lines_of(form)) if form.pk else []
    rows = with_carried(lines, before)
    for position, row in enumerate(rows):
        setattr(row, row.form_field, form)
        row.position = position
    if not form.pk or _money(form, rows) != _money(type(form)._default_manager.get(pk=form.pk), before):
        _take_over(form, add_up(form, rows))
    if not form.pk:
        form.entered_by = by
        form.currency = form.customer.currency
    form.save()
    _write(form, rows)
    if isinstance(form, Invoice):
        balances.recompute(form)
    outbox.enqueue(form, reason="edited", asked_by=by)
    return form


def line_model(form: SalesForm) -> type[SalesLine]:
    """What the lines of such a form are."""
    meta: Any = form._meta
    model: type[SalesLine] = meta.get_field("lines").related_model
    return model


def lines_of(form: SalesForm) -> QuerySet[SalesLine]:
    """The stored lines of a form, with their items."""
    model = line_model(form)
    rows: QuerySet[SalesLine] = model._default_manager.filter(**{model.form_field: form})
    return rows.select_related("item")


def add_up(invoice: SalesForm, lines: Sequence[SalesLine]) -> Totals:
    """What the form would come to with these lines; QuickBooks confirms it, or corrects the tax."""
    rates = [rate.percent for rate in invoice.tax_code.rates.all()] if invoice.tax_code else []
    return totals(
        _figures(lines),
        discount_percent=invoice.discount_percent,
        discount_amount=invoice.discount_amount,
        tax_percents=rates,
        tax_after_discount=invoice.tax_after_discount,
    )


def amount_of(line: SalesLine, before: SalesLine | None = None) -> Decimal:
    """What a line comes to. One whose quantity and rate were left alone keeps the amount QuickBooks has for it, also
    where it has no quantity or rate at all."""
    if before is not None and (before.quantity, before.rate) == (line.quantity, line.rate):
        return before.amount
    if line.quantity is None or line.rate is None:
        return line.amount
    return line_amount(line.quantity, line.rate)


def is_carried(line: SalesLine) -> bool:
    """Whether we only pass the line on: a kind we do not model, or an item line that names no item."""
    return line.kind == Kind.OTHER or (
        line.kind == Kind.ITEM and line.item_id is None and line.pk is not None
    )


def with_carried(lines: Sequence[SalesLine], before: Sequence[SalesLine]) -> list[SalesLine]:
    """`lines` with the carried rows of the form put back in their old places."""
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


def _figures(lines: Sequence[SalesLine]) -> list[LineFigures]:
    """The lines that count. An item line without an item is documentation, whatever amount it shows (facts 9.3)."""
    counted = (line for line in lines if line.kind == Kind.OTHER or (line.kind == Kind.ITEM and line.item_id))
    return [LineFigures(line.amount, line.taxable, charge=_is_charge(line)) for line in counted]


def _is_charge(line: SalesLine) -> bool:
    """Shipping and gratuity come as item lines without an item of the catalogue."""
    return line.kind == Kind.OTHER and line.raw.get("DetailType") == "SalesItemLineDetail"


def _money(invoice: SalesForm, lines: Sequence[SalesLine]) -> tuple[object, ...]:
    """Everything that decides the sums."""
    return (
        [replace(line, amount=line.amount.normalize()) for line in _figures(lines)],
        invoice.discount_percent,
        invoice.discount_amount,
        invoice.tax_code_id,
        invoice.tax_after_discount,
    )


def _take_over(form: SalesForm, sums: Totals) -> None:
    if isinstance(form, CreditMemo):  # what is left of it, until QuickBooks has answered
        form.balance += sums.total - form.total
    form.subtotal, form.total_tax, form.total = sums.subtotal, sums.tax, sums.total


def _write(form: SalesForm, rows: Sequence[SalesLine]) -> None:
    """In bulk, so that the signals of hundreds of lines do not each look into the outbox."""
    kept = [row for row in rows if row.pk]
    lines = line_model(form)._default_manager
    lines.filter(**{line_model(form).form_field: form}).exclude(pk__in=[row.pk for row in kept]).delete()
    lines.bulk_update(kept, LINE_FIELDS, batch_size=100)
    lines.bulk_create([row for row in rows if not row.pk], batch_size=100)
