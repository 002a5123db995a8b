"""What follows by itself while a sales form is typed: a customer brings address and terms, terms bring the due date, an
item brings description, rate and tax. What a person typed over is left alone.

The form carries, hidden, what each value was filled in from; a value that still equals that was not typed over.
"""

from datetime import date
from decimal import Decimal
from typing import TypeVar

from django import forms
from django.http import QueryDict

from customers.fields import CustomerField
from customers.models import Customer, Term
from invoices.editing import LINE_FIELDS, lines_of
from invoices.forms.fields import FigureField, plain
from invoices.forms.invoice import InvoiceForm
from invoices.forms.lines import Catalogue, LineRows, row_keys
from invoices.models import Estimate, Invoice, InvoiceLine, Item, SalesForm, SalesLine
from invoices.numbers import next_number
from invoices.totals import due_date
from qbo.models import Company

F = TypeVar("F", bound=SalesForm)


def begin(model: type[F], company: Company, customer: Customer | None) -> F:
    """A new invoice, estimate or credit memo, not saved, as the form first shows it."""
    form = model(company=company, doc_number=next_number(model, company) if company.custom_numbers else "")
    if customer is not None:
        form.customer = customer
        form.bill_email = customer.email
    if isinstance(form, Invoice):
        form.terms = terms_of(customer) if customer else None
        form.due_date = due_date(form.txn_date, form.terms)
    return form


def invoice_of(estimate: Estimate) -> tuple[Invoice, list[InvoiceLine]]:
    """A new invoice over what was estimated, and its lines; nothing is saved."""
    invoice = begin(Invoice, estimate.company, estimate.customer)
    invoice.estimate = estimate
    for name in ("customer_memo", "discount_percent", "discount_amount", "tax_code", "tax_after_discount"):
        setattr(invoice, name, getattr(estimate, name))
    invoice.bill_email = estimate.bill_email or invoice.bill_email
    return invoice, [_invoiced(line) for line in lines_of(estimate)]


def _invoiced(line: SalesLine) -> InvoiceLine:
    """The line of an estimate on an invoice. One that has only an amount counts once at that rate, or it would come to
    nothing here."""
    copy = InvoiceLine(**{name: getattr(line, name) for name in LINE_FIELDS})
    if copy.item and (copy.quantity is None or copy.rate is None):
        copy.quantity, copy.rate = Decimal(1), copy.amount
    return copy


def copy_of(invoice: Invoice) -> QueryDict:
    """The form of a new invoice with everything of this one that is not its own: dated today, numbered anew. Lines that
    we only carry for QuickBooks stay behind."""
    like = begin(Invoice, invoice.company, invoice.customer)
    like.terms, like.bill_email = invoice.terms, invoice.bill_email or like.bill_email
    like.due_date = due_date(like.txn_date, like.terms)
    like.customer_memo = invoice.customer_memo
    like.discount_percent, like.discount_amount = invoice.discount_percent, invoice.discount_amount
    form, rows = InvoiceForm(instance=like), LineRows(invoice)
    data = QueryDict(mutable=True)
    for field in form:
        _put(data, field)
    for row in rows.forms:
        data.appendlist("row", row.key)
        for field in row:
            if field.name != "line":
                _put(data, field)
    return data


def _put(data: QueryDict, field: forms.BoundField) -> None:
    value = field.value()
    if value not in (None, False, ""):
        data[field.html_name] = "on" if value is True else str(value)


def terms_of(customer: Customer) -> Term | None:
    """The customer's terms, or the company's usual ones."""
    if customer.terms:
        return customer.terms
    usual = (customer.company.preference("SalesFormsPrefs", "DefaultTerms") or {}).get("value")
    terms = Term.objects.present().filter(company=customer.company, active=True)
    return terms.filter(qbo_id=usual).first() if usual else None


def follow(data: QueryDict, company: Company) -> set[str]:
    """Fill in, in `data`, what follows from what was chosen; returns the names of the fields that changed."""
    before = data.copy()
    was_taxed = is_taxed(_customer(company, data.get("filled_from", "")))
    _follow_customer(data, company)
    _follow_terms(data, company)
    _follow_items(data, company, was_taxed)
    return {name for name in {*data, *before} if data.get(name) != before.get(name)}


def _follow_customer(data: QueryDict, company: Company) -> None:
    new, old = _typed_customer(data, company), _customer(company, data.get("filled_from", ""))
    if new is None or new == old:
        return
    terms = terms_of(new)
    old_terms = terms_of(old) if old else None
    _unless_typed_over(data, "terms", _key(old_terms), _key(terms))
    _unless_typed_over(data, "bill_email", old.email if old else "", new.email)
    data["filled_from"] = str(new.pk)


def _follow_terms(data: QueryDict, company: Company) -> None:
    written = _typed_date(data.get("txn_date", ""))
    if written is None:
        return
    key = data.get("terms", "")
    term = Term.objects.filter(company=company, pk=key).first() if key.isdecimal() and len(key) < 19 else None
    due = due_date(written, term).isoformat()
    _unless_typed_over(data, "due_date", data.get("counted_due", ""), due)
    data["counted_due"] = due


def is_taxed(customer: Customer | None) -> bool:
    """Whether taxable items are ticked for this customer. Not ticking them is sure; whether QuickBooks itself goes by
    the customer's mark is not."""
    return customer is None or customer.taxable


def _follow_items(data: QueryDict, company: Company, was_taxed: bool) -> None:
    taxed = is_taxed(_customer(company, data.get("filled_from", "")))
    prefixes = [f"line-{key}" for key in row_keys(data)]
    names = {prefix: data.get(f"{prefix}-item", "") for prefix in prefixes}
    keys = [data.get(f"{prefix}-filled_from", "") for prefix in prefixes]
    catalogue = Catalogue(company, names.values(), keys)
    for prefix, name in names.items():
        new, old = catalogue.find(name), catalogue.get(data.get(f"{prefix}-filled_from", ""))
        if new is not None and (new != old or taxed != was_taxed):
            is_taxable = f"{prefix}-taxable" in data
            if is_taxable == (old is not None and old.taxable and was_taxed):
                _tick(data, f"{prefix}-taxable", new.taxable and taxed)
        if new is not None and new != old:
            _fill_row(data, prefix, new, old)


def _fill_row(data: QueryDict, prefix: str, new: Item, old: Item | None) -> None:
    _unless_typed_over(data, f"{prefix}-description", old.description if old else "", new.description)
    if _figure(data.get(f"{prefix}-rate", "")) in (None, old.unit_price if old else None):
        data[f"{prefix}-rate"] = plain(new.unit_price, 2)
    if not data.get(f"{prefix}-quantity", "").strip():
        data[f"{prefix}-quantity"] = "1"
    data[f"{prefix}-filled_from"] = str(new.pk)


def _unless_typed_over(data: QueryDict, name: str, filled: str, value: str) -> None:
    if data.get(name, "").replace("\r\n", "\n").strip() in ("", filled.strip()):
        data[name] = value


def _tick(data: QueryDict, name: str, ticked: bool) -> None:
    if ticked:
        data[name] = "on"
    else:
        data.pop(name, None)


def _typed_customer(data: QueryDict, company: Company) -> Customer | None:
    field = CustomerField(required=False)
    field.of(company)
    try:
        found: Customer | None = field.clean(data.get("customer", ""))
    except forms.ValidationError:
        return None
    return found


def _customer(company: Company, key: str) -> Customer | None:
    if not key.isdecimal() or len(key) >= 19:
        return None
    return Customer.objects.filter(company=company, pk=key).select_related("terms", "company").first()


def _typed_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _figure(text: str) -> Decimal | None:
    """None for nothing; a text that is no figure counts as typed over."""
    try:
        return FigureField(required=False).clean(text)
    except forms.ValidationError:
        return Decimal(-1)


def _key(term: Term | None) -> str:
    return str(term.pk) if term else ""
