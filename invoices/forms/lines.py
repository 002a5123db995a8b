"""The line rows of an invoice, estimate or credit memo form.

A row is a small form of its own under a key of its own; hidden `row` fields give the keys in the order of the page. So
rows are added, removed and moved in the page without being numbered again, which a formset could not do.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower
from django.http import QueryDict
from django.urls import reverse

from customers.forms import LongText
from invoices.editing import amount_of, is_carried, line_model, lines_of
from invoices.forms.fields import FigureField, plain
from invoices.models import Item, SalesForm, SalesLine
from qbo.formats import money_sign
from qbo.forms import tell_what_is_too_long
from qbo.models import Company

Kind = SalesLine.Kind
EMPTY_ROWS = 3
MOST_OFFERED, MOST_FOUND = 200, 20
MOST_LINES = 10_000  # of any invoice (docs/quickbooks.md, section 2, Limits)
MOST_TAXED_LINES = 750
MOST_AMOUNT = Decimal("9999999999.99")
MOST_FIGURE = Decimal(99_999_999_999)
PUT_AWAY = "(deleted)"  # what QuickBooks adds to the name of an item made inactive


class Catalogue:
    """The items of a company by the name people pick them by. One query for all the names a form mentions."""

    def __init__(self, company: Company, names: Iterable[str], keys: Iterable[str] = ()) -> None:
        self.company = company
        texts = {name.strip() for name in names if name.strip()}
        lowered = {text.lower() for text in texts}
        items = (
            Item.objects.present()
            .filter(company=company)
            .annotate(low=Lower("name"), path=Lower("fully_qualified_name"))
        )
        pks = [key for key in keys if key.isdecimal() and len(key) < 19]
        put_away = {f"{text} {PUT_AWAY}" for text in lowered}
        wanted = Q(low__in=lowered | put_away) | Q(path__in=lowered) | Q(name__in=texts) | Q(pk__in=pks)
        self.items: list[Item] = list(items.filter(wanted))

    def find(self, name: str) -> Item | None:
        """By full name before short name, and one in use before one that is not."""
        text = name.strip().casefold()
        named = [item for item in self.items if str(item).casefold() == text]
        named += [item for item in self.items if item.name.casefold() in (text, f"{text} {PUT_AWAY}")]
        return next((item for item in named if item.active), named[0] if named else None)

    def get(self, key: str) -> Item | None:
        return next((item for item in self.items if str(item.pk) == key), None)


class LineForm(forms.Form):
    """One row. `before` is the stored line it stands for: what was left alone there is not judged again."""

    line = forms.IntegerField(required=False, widget=forms.HiddenInput)
    filled_from = forms.IntegerField(required=False, widget=forms.HiddenInput)
    item = forms.CharField(required=False, max_length=500)
    description = LongText(required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 1}))
    quantity = FigureField(required=False)
    rate = FigureField(required=False, places=2)
    taxable = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        key: str,
        catalogue: Catalogue,
        model: type[SalesLine],
        before: SalesLine | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs | {"prefix": f"line-{key}"})
        self.key, self.catalogue, self.model, self.before = key, catalogue, model, before
        self.found: Item | None = None
        for text in ("item", "description"):
            tell_what_is_too_long(self.fields[text])
        self.fields["item"].widget.attrs |= {
            "list": "items",
            "autocomplete": "off",
            "data-picker": reverse("invoices:items", args=[catalogue.company.pk]),
        }
        number = int(key) + 1 if key.isdecimal() else key
        for name in ("item", "description", "quantity", "rate", "taxable"):
            self.fields[name].widget.attrs["aria-label"] = f"Line {number}, {name}"

    @property
    def followers(self) -> list[forms.BoundField]:
        """What choosing an item may fill in."""
        return [self[name] for name in ("filled_from", "description", "quantity", "rate", "taxable")]

    def focus(self) -> bool:
        """Put the cursor into the first field with a mistake; whether there is one."""
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["autofocus"] = True
                return True
        return False

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed; such a row is no line."""
        return not any(
            str(self[name].value() or "").strip() for name in ("item", "description", "quantity", "rate")
        )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("item"):
            self._check_item(data["item"])
        elif data.get("quantity") is not None or data.get("rate") is not None:
            empty = forms.ValidationError("Choose an item. A line with a figure needs one.", code="required")
            self.add_error("item", empty)
        for name in ("quantity", "rate"):
            self._check_figure(name)
        if not self.errors and self.amount is not None and abs(self.amount) > MOST_AMOUNT:
            self.add_error(
                "quantity",
                f"This line comes to more than {money_sign(MOST_AMOUNT)}, the most QuickBooks takes.",
            )
        return data

    def _check_item(self, name: str) -> None:
        self.found = self.catalogue.find(name)
        kept = self.before.item_id if self.before else None
        if self.found is None:
            self.add_error("item", f"No item is called “{name}”.")
        elif not self.found.active and self.found.pk != kept:
            self.add_error("item", f"{self.found} is inactive in QuickBooks. Choose another item.")
        elif self.found.item_type in ("Category", "Group") and self.found.pk != kept:
            kind = self.found.get_item_type_display().lower()
            self.add_error("item", f"{self.found} is a {kind}. Choose an item in it.")

    def _check_figure(self, name: str) -> None:
        value = self.cleaned_data.get(name)
        unchanged = self.before is not None and value == getattr(self.before, name)
        if unchanged or name in self.errors:
            return
        if value is None and self.cleaned_data.get("item"):
            question = "How many?" if name == "quantity" else "At what rate?"
            self.add_error(name, forms.ValidationError(question, code="required"))
        elif value is not None and value < 0:
            self.add_error(name, f"A {name} cannot be negative.")
        elif value is not None and value > MOST_FIGURE:
            self.add_error(name, f"QuickBooks takes a {name} of at most {MOST_FIGURE:,}.")

    @property
    def amount(self) -> Decimal | None:
        """What the row comes to, as far as it can be told from what was typed so far."""
        if not self.is_bound:
            return self.before.amount if self.before else None
        line = self.to_line()
        if line.kind == Kind.TEXT or self.errors.keys() & {"quantity", "rate"}:
            return None
        if not line.pk and (line.quantity is None or line.rate is None):
            return None
        return amount_of(line, self.before)

    def to_line(self) -> SalesLine:
        """The stored line with what was typed laid over it; a new one where there is none or its kind changes."""
        data = self.cleaned_data if self.errors or self.is_bound else {}
        figures = data.get("quantity"), data.get("rate")
        kind = Kind.TEXT if not data.get("item") and figures == (None, None) else Kind.ITEM
        line = copy(self.before) if self.before and self.before.kind == kind else self.model(kind=kind)
        line.item = self.found
        line.description = data.get("description", "")
        line.quantity, line.rate = figures
        line.taxable = data.get("taxable", False)
        return line


class LineRows:
    """All rows of a sales form, in the order of the page; unbound they show it as it is stored, or a new one as
    `proposed`."""

    def __init__(
        self, form: SalesForm, data: QueryDict | None = None, proposed: Sequence[SalesLine] = ()
    ) -> None:
        self.company, self.noun, self.model = form.company, form._meta.verbose_name, line_model(form)
        stored = list(lines_of(form) if form.pk else proposed)
        self.carried = [line for line in stored if is_carried(line)]
        self.stored = [line for line in stored if not is_carried(line)]
        self.is_typed = data is not None
        self.forms = self._stored_forms() if data is None else self._typed_forms(data)

    def _stored_forms(self) -> list[LineForm]:
        catalogue = Catalogue(self.company, ())
        rows = [
            LineForm(key=str(n), catalogue=catalogue, model=self.model, before=line, initial=initial_of(line))
            for n, line in enumerate(self.stored)
        ]
        empty = 1 if rows else EMPTY_ROWS
        return rows + [
            LineForm(key=str(len(rows) + n), catalogue=catalogue, model=self.model) for n in range(empty)
        ]

    def _typed_forms(self, data: QueryDict) -> list[LineForm]:
        keys = row_keys(data)[:MOST_LINES]
        catalogue = Catalogue(self.company, (data.get(f"line-{key}-item", "") for key in keys))
        by_pk = {str(line.pk): line for line in self.stored}
        return [
            LineForm(
                data,
                key=key,
                catalogue=catalogue,
                model=self.model,
                before=by_pk.pop(data.get(f"line-{key}-line", ""), None),
            )
            for key in keys
        ]

    @property
    def filled(self) -> list[LineForm]:
        return [form for form in self.forms if not form.is_blank]

    def is_valid(self) -> bool:
        wrong = [
            form for form in self.filled if form.errors
        ]  # looks at every row, so that each shows its mistakes
        return not wrong

    def lines(self) -> list[SalesLine]:
        """What was typed, as lines with their amounts; rows that cannot be read yet count nothing."""
        lines = []
        for form in self.filled:
            line = form.to_line()
            line.amount = form.amount or Decimal(0)
            lines.append(line)
        return lines

    def problems(self) -> list[str]:
        """What is wrong with the lines together."""
        count = len(self.filled) + len(self.carried)
        if not any(form.cleaned_data.get("item") for form in self.filled) and not self.carried:
            return [f"{with_article(self.noun)} needs at least one line with an item."]
        if count > MOST_TAXED_LINES and any(form.cleaned_data.get("taxable") for form in self.filled):
            return [
                f"QuickBooks takes at most {MOST_TAXED_LINES} lines where tax is charged. These are {count}."
            ]
        return []


# ── Posted rows ─────────────────────────────────────────────────────────────────────────────────


def row_keys(data: QueryDict) -> list[str]:
    """The keys of the posted rows in order, each once."""
    return list(dict.fromkeys(data.getlist("row")))


def add_rows(data: QueryDict) -> None:
    """Empty rows at the end of what was posted."""
    for _ in range(EMPTY_ROWS):
        data.appendlist("row", next_key(data))


def new_row(company: Company, data: QueryDict, model: type[SalesLine]) -> LineForm:
    """An empty row after those posted."""
    return LineForm(key=next_key(data), catalogue=Catalogue(company, ()), model=model)


def offered_items(company: Company) -> list[Item]:
    """What the field of an item suggests where nothing can be searched."""
    return list(Item.objects.sellable().filter(company=company)[:MOST_OFFERED])


def search_items(company: Company, text: str) -> list[Item]:
    """Items with all these words somewhere in name, SKU or description; those whose name begins so come first."""
    found = Item.objects.sellable().filter(company=company)
    for word in text.split()[:8]:
        found = found.filter(
            Q(fully_qualified_name__icontains=word)
            | Q(name__icontains=word)
            | Q(sku__icontains=word)
            | Q(description__icontains=word)
        )
    first = Case(When(name__istartswith=text.strip(), then=0), default=1) if text.strip() else Value(0)
    return list(found.order_by(first, "name")[:MOST_FOUND])


def with_article(noun: object) -> str:
    """An invoice, A credit memo: as a sentence begins."""
    return f"{'An' if str(noun)[0] in 'aeiou' else 'A'} {noun}"


def next_key(data: QueryDict) -> str:
    return str(max((int(key) for key in row_keys(data) if key.isdecimal()), default=-1) + 1)


# ── Stored lines ────────────────────────────────────────────────────────────────────────────────


def initial_of(line: SalesLine) -> dict[str, Any]:
    return {
        "line": line.pk,
        "filled_from": line.item_id,
        "item": str(line.item) if line.item else "",
        "description": line.description,
        "quantity": line.quantity,
        "rate": line.rate,
        "taxable": line.taxable,
    }


def values_of(lines: Sequence[SalesLine]) -> list[list[Any]]:
    """The lines in one comparable, JSON-serialisable form."""
    return [
        [
            line.item_id,
            line.description,
            *(
                None if figure is None else plain(figure)
                for figure in (line.quantity, line.rate, line.amount)
            ),
            line.taxable,
        ]
        for line in lines
    ]
