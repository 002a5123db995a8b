"""What the mappings of invoices, credit memos and estimates share (facts 9.3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar, TypeVar, cast

from invoices.models import Item, SalesForm, SalesLine
from qbo.api import Query
from qbo.api.payloads import parse_time
from qbo.models import AgreedCopy, Company
from qbo.sync.fields import JSON, Computed, Date, Field, Flag, Nested, Ref, Text, reference, resolve
from qbo.sync.mapping import Mapping, Payload, View, upsert
from qbo.sync.merge import Group
from qbo.sync.registry import mapping_of

F = TypeVar("F", bound=Any)
Kind = SalesLine.Kind
ZERO = Decimal(0)


def amount(value: JSON) -> Decimal:
    return Decimal(str(value or 0))


def email_time(delivery: JSON) -> Any:
    when = (delivery or {}).get("DeliveryTime")
    return parse_time(when) if when else None


def printed_address(address: JSON) -> str:
    parts = address or {}
    town = " ".join(parts[key] for key in ("City", "CountrySubDivisionCode", "PostalCode") if parts.get(key))
    lines = [*(parts.get(f"Line{n}") for n in range(1, 6)), town, parts.get("Country")]
    return "\n".join(line for line in lines if line)


class TaxDetail(Field):
    """Of the tax detail only the code is ours; QuickBooks computes the rest."""

    entity = "TaxCode"

    def view(self, value: JSON) -> JSON:
        code = ((value or {}).get("TxnTaxCodeRef") or {}).get("value")
        return {"TxnTaxCodeRef": {"value": code}} if code else None

    def dump(self, obj: Any, strict: bool) -> JSON:
        return {"TxnTaxCodeRef": reference(obj.tax_code, strict)} if obj.tax_code else None

    def load(self, obj: Any, piece: JSON, company: Company) -> None:
        obj.tax_code = resolve(company, "TaxCode", piece["TxnTaxCodeRef"]["value"]) if piece else None


class Lines(Field):
    """The Line array. QuickBooks replaces it whole on every update, sparse ones too, so it is always sent whole and
    what we do not model is carried along. The subtotal line is QuickBooks' own and left out."""

    def view(self, value: JSON) -> JSON:
        return [_viewed(line) for line in value or [] if line.get("DetailType") != "SubTotalLineDetail"]

    def dump(self, obj: Any, strict: bool) -> JSON:
        lines = [_dumped(line, strict) for line in _rows(obj)] if obj.pk else []
        discount = _discount_line(obj)
        return [*lines, discount] if discount else lines

    def load(self, obj: Any, piece: JSON, company: Company) -> None:
        """Only the discount lives on the form itself; `store_parts` writes the rows."""
        detail = next((line for line in piece or [] if line["DetailType"] == "DiscountLineDetail"), None)
        terms = (detail or {}).get("DiscountLineDetail", {})
        percent = terms.get("DiscountPercent")
        is_percent = terms.get("PercentBased", False) and percent is not None
        obj.discount_percent = Decimal(str(percent)) if is_percent else None
        obj.discount_amount = None if detail is None or is_percent else amount(detail.get("Amount"))


LINES_AND_TAX = Group("lines and tax", ("Line", "TxnTaxDetail", "ApplyTaxAfterDiscount"))
#: Lines that QuickBooks works out, or that live on the form itself.
WORKED_OUT = ("SubTotalLineDetail", "DiscountLineDetail")
SALES_FIELDS: tuple[Field, ...] = (
    Ref("CustomerRef", "customer", entity="Customer"),
    Text("DocNumber", "doc_number"),
    Date("TxnDate", "txn_date"),
    Nested("BillEmail", "bill_email"),
    Nested("BillEmailCc", "bill_email_cc"),
    Nested("CustomerMemo", "customer_memo", inner="value"),
    Text("PrivateNote", "private_note"),
    Flag("ApplyTaxAfterDiscount", "tax_after_discount"),
    TaxDetail("TxnTaxDetail", "tax_code"),
    Lines("Line", "lines"),
    Computed("EmailStatus", "email_status", convert=lambda value: value or "NotSet"),
    Computed("DeliveryInfo", "emailed_at", convert=email_time),
    Computed("BillAddr", "bill_address", convert=printed_address),
    Computed("CurrencyRef", "currency", convert=lambda ref: (ref or {}).get("value", "")),
)


class SalesMapping(Mapping[F]):
    """Lines, discount, tax and sums, as every sales form has them; subclasses add fields to `SALES_FIELDS`."""

    line_model: ClassVar[type[SalesLine]]
    pushable = True
    groups: ClassVar[tuple[Group, ...]] = (LINES_AND_TAX,)
    always_ask = frozenset({"CustomerRef", "DocNumber", "TxnDate", LINES_AND_TAX.name})
    related: ClassVar[tuple[str, ...]] = ("customer", "tax_code", "lines__item")

    def label(self, obj: F) -> str:
        return (
            str(obj) if obj.doc_number else f"{self.model._meta.verbose_name} for {obj.customer}".capitalize()
        )

    def load(self, obj: F, payload: Payload, keep: Collection[str] = ()) -> None:
        super().load(obj, payload, keep)
        if "Line" not in keep:
            obj.total = amount(payload.get("TotalAmt"))
            obj.subtotal = _subtotal(payload)
            obj.total_tax = amount((payload.get("TxnTaxDetail") or {}).get("TotalTax"))

    def store_parts(self, obj: F, payload: Payload, keep: Collection[str], *, pushed: bool) -> None:
        if "Line" not in keep:
            self._store_lines([(obj, payload)])

    def store_parts_of_many(self, pairs: Sequence[tuple[F, Payload]], *, pushed: bool) -> None:
        self._store_lines(pairs)

    def references(self, payload: Payload) -> Iterator[tuple[str, str]]:
        yield from super().references(payload)
        for line in payload.get("Line") or []:
            if item := (line.get("SalesItemLineDetail") or {}).get("ItemRef"):
                yield "Item", item["value"]
        if tax := (payload.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef"):
            yield "TaxCode", tax["value"]

    def amount(self, obj: F) -> Decimal | None:
        return obj.total

    def remark(self, obj: F, answer: Payload) -> str:
        total, tax = (
            amount(answer.get("TotalAmt")),
            amount((answer.get("TxnTaxDetail") or {}).get("TotalTax")),
        )
        if total == obj.total:
            return ""
        explained = total - obj.total == tax - obj.total_tax
        cause = (
            f"its tax is {tax:,.2f} instead of {obj.total_tax:,.2f}"
            if explained
            else "its lines come to another sum"
        )
        return (
            f"QuickBooks comes to {total:,.2f} where {obj.total:,.2f} stood here: {cause}. Its figure counts."
        )

    def natural_key(self, view: View) -> Query | None:
        """Its number, or customer and date for one that QuickBooks numbers; `same_money` compares the rest."""
        query = Query(self.entity)
        if view.get("DocNumber"):
            return query.where("DocNumber", "=", view["DocNumber"])
        return query.where("CustomerRef", "=", view["CustomerRef"]["value"]).where(
            "TxnDate", "=", view["TxnDate"]
        )

    def same_money(self, sent: View, found: View) -> bool:
        amounts = [[line.get("Amount") for line in view["Line"]] for view in (sent, found)]
        return sent["CustomerRef"] == found["CustomerRef"] and amounts[0] == amounts[1]

    def _store_lines(self, pairs: Sequence[tuple[F, Payload]]) -> None:
        """Write QuickBooks' lines over our rows, reusing a row with the same line id, else the next one without any."""
        name = self.line_model.form_field
        here: dict[int, list[SalesLine]] = defaultdict(list)
        for row in self.line_model._default_manager.filter(**{f"{name}__in": [obj.pk for obj, _ in pairs]}):
            here[getattr(row, f"{name}_id")].append(row)
        written: list[SalesLine] = []
        for obj, payload in pairs:
            written += self._matched(obj, payload.get("Line") or [], here[obj.pk])
        kept = {row.pk for row in written}
        gone = [row.pk for rows in here.values() for row in rows if row.pk not in kept]
        if gone:
            self.line_model._default_manager.filter(pk__in=gone).delete()
        upsert(self.line_model, written)

    def _matched(self, obj: F, lines: Sequence[dict[str, Any]], rows: Sequence[SalesLine]) -> list[SalesLine]:
        """The rows that hold a form's lines from now on."""
        ours = [line for line in lines if line.get("DetailType") not in WORKED_OUT]
        by_id = {row.line_id: row for row in rows if row.line_id}
        spare = [row for row in rows if not row.line_id]
        written = []
        for position, line in enumerate(ours):
            row = by_id.pop(str(line.get("Id", "")), None) or (spare.pop(0) if spare else self.line_model())
            setattr(row, self.line_model.form_field, obj)
            _fill_line(row, line, position)
            written.append(row)
        return written


def is_void(payload: Payload) -> bool:
    """QuickBooks has no flag for it: a void leaves no money and puts "Voided" before the note (facts 9.3)."""
    note = str(payload.get("PrivateNote") or "")
    return note.startswith("Voided") and not amount(payload.get("TotalAmt"))


def _viewed(line: dict[str, Any]) -> dict[str, Any]:
    """A line without what QuickBooks adds by itself: its place, and the names beside references."""
    return {
        key: _bare(value)
        for key, value in line.items()
        if key not in ("LineNum", "LinkedTxn") and value != {}
    }


def _bare(value: JSON) -> JSON:
    if isinstance(value, dict):
        if "value" in value:
            return {"value": value["value"]}
        return {key: _bare(inner) for key, inner in value.items() if inner not in (None, "")}
    return value


def _dumped(line: SalesLine, strict: bool) -> dict[str, Any]:
    """The line as QuickBooks gave it, with our values laid over it."""
    shape = _viewed(line.raw)
    if line.kind != Kind.ITEM:
        return shape if line.kind == Kind.OTHER else _text_line(line, shape)
    detail = dict(shape.get("SalesItemLineDetail", {}))
    shape.pop("Description", None)
    if line.description:
        shape["Description"] = line.description
    detail["TaxCodeRef"] = _line_tax(line, detail.get("TaxCodeRef"))
    if line.item:
        detail["ItemRef"] = reference(line.item, strict)
    for key, value in (("Qty", line.quantity), ("UnitPrice", line.rate)):
        detail.pop(key, None)
        if value is not None:
            detail[key] = value
    return shape | {"Amount": line.amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


def _line_tax(line: SalesLine, was: JSON) -> JSON:
    """TAX or NON, as US companies have it; elsewhere the line keeps its real code while its sense is unchanged."""
    if was and _taxable(was) == line.taxable:
        return was
    return {"value": "TAX" if line.taxable else "NON"}


def _taxable(ref: JSON) -> bool:
    return bool(ref) and ref.get("value") != "NON"


def _text_line(line: SalesLine, shape: dict[str, Any]) -> dict[str, Any]:
    return shape | {"DetailType": "DescriptionOnly", "Description": line.description}


def _discount_line(form: SalesForm) -> dict[str, Any] | None:
    if form.discount_percent is not None:
        detail: dict[str, Any] = {"PercentBased": True, "DiscountPercent": form.discount_percent}
    elif form.discount_amount:
        detail = {"PercentBased": False}
    else:
        return None
    agreed = _agreed_discount(form)
    detail = {**agreed.get("DiscountLineDetail", {}), **detail}
    if form.discount_percent is None:
        detail.pop("DiscountPercent", None)
    return {
        **agreed,
        "Amount": form.discount,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": detail,
    }


def _agreed_discount(form: SalesForm) -> dict[str, Any]:
    """The discount line as last agreed, for its account and whatever else we do not model."""
    copy = AgreedCopy.objects.filter(entity=mapping_of(form).entity, object_id=form.pk or 0).first()
    lines = copy.payload.get("Line", []) if copy else []
    found = next((line for line in lines if line.get("DetailType") == "DiscountLineDetail"), None)
    return _viewed(found) if found else {}


def _subtotal(payload: Payload) -> Decimal:
    """QuickBooks' own subtotal line, or the sum of the item lines where it sends none."""
    lines = payload.get("Line") or []
    for line in reversed(lines):
        if line.get("DetailType") == "SubTotalLineDetail":
            return amount(line.get("Amount"))
    return sum(
        (amount(line.get("Amount")) for line in lines if line.get("DetailType") == "SalesItemLineDetail"),
        ZERO,
    )


def _rows(form: Any) -> Iterable[SalesLine]:
    """The lines with their items; as they are where somebody has fetched them for many forms already."""
    fetched = "lines" in getattr(form, "_prefetched_objects_cache", {})
    rows: Iterable[SalesLine] = form.lines.all() if fetched else form.lines.select_related("item")
    return rows


def _fill_line(row: SalesLine, line: dict[str, Any], position: int) -> None:
    detail = line.get("SalesItemLineDetail") or {}
    item_id = (detail.get("ItemRef") or {}).get("value")
    row.raw, row.position, row.line_id = line, position, str(line.get("Id", ""))
    row.description = line.get("Description", "")
    row.amount = amount(line.get("Amount"))
    row.kind = _kind(line, item_id)
    row.item = _item(row.form.company, item_id) if row.kind == Kind.ITEM and item_id else None
    row.quantity = _optional(detail.get("Qty"))
    row.rate = _optional(detail.get("UnitPrice"))
    row.taxable = _taxable(detail.get("TaxCodeRef"))


def _kind(line: dict[str, Any], item_id: str | None) -> str:
    if line.get("DetailType") == "SalesItemLineDetail":
        # Shipping and gratuity are item lines without an item of the catalogue: carried, not edited.
        return Kind.OTHER if item_id in ("SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID") else Kind.ITEM
    return Kind.TEXT if line.get("DetailType") == "DescriptionOnly" else Kind.OTHER


def _item(company: Company, item_id: str) -> Item:
    return cast(Item, resolve(company, "Item", item_id))


def _optional(value: JSON) -> Decimal | None:
    return None if value is None else Decimal(str(value))
