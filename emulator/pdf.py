"""The PDF of a sales form, as GET /invoice/{id}/pdf answers it (facts 2). Its layout is an emulator choice."""

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from emulator.clock import parse_time

if TYPE_CHECKING:
    from emulator.books import Company

Json = dict[str, Any]

FONT = "Helvetica"
MARGIN = 18.0
WIDTH = 215.9 - 2 * MARGIN  # US letter
INK, GREY, RULE = (36, 21, 46), (110, 96, 120), (176, 164, 186)
COLUMNS = (88, 20, 30, 36)
SUMS_WIDTH = 84.0
ROW = 5.0

# The built-in fonts know Latin-1 only; these are the usual characters beyond it. What is left becomes "?".
PLAIN = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "…": "...",
        "•": "*",
        "€": "EUR",
        "Ł": "L",
        "ł": "l",
    }
)


def form_pdf(company: "Company", invoice: Json, entity: str = "Invoice") -> bytes:
    """Lay out one sales form (in the API's own shape) on US letter, on as many pages as it needs."""
    page = _Page()
    page.set_title(f"{_words(entity)} {invoice.get('DocNumber', invoice['Id'])}")
    page.set_creation_date(parse_time(invoice["MetaData"]["LastUpdatedTime"]))
    page.add_page()
    _head(page, company.get("CompanyInfo", "1"), entity)
    _facts(page, company, invoice)
    _addresses(page, invoice)
    _lines(page, invoice)
    _sums(page, invoice)
    _memo(page, invoice)
    return bytes(page.output())


class _Page(FPDF):
    """US letter with our margins and footer, and text that the built-in fonts can show."""

    def __init__(self) -> None:
        super().__init__(format="letter")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=22)
        self.set_text_color(*INK)
        self.set_draw_color(*RULE)
        self.set_font(FONT, size=10)

    def normalize_text(self, text: str) -> str:
        return super().normalize_text(latin(text))

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(FONT, size=8)
        self.set_text_color(*GREY)
        self.cell(0, ROW, f"Printed by the QuickBooks emulator. Page {self.page_no()} of {{nb}}", align="C")
        self.set_text_color(*INK)

    def say(
        self, text: str, width: float = 0, *, size: float = 10, style: str = "", align: str = "L"
    ) -> None:
        """One paragraph, and on to the next line at the same left edge."""
        self.set_font(FONT, style, size)
        self.multi_cell(width, size * 0.5, text, align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)


def latin(text: str) -> str:
    """The text in Latin-1: plain quotes and dashes, accents that Latin-1 lacks dropped, the rest as "?"."""
    return "".join(_latin_character(character) for character in text.translate(PLAIN))


def _latin_character(character: str) -> str:
    if ord(character) < 256:
        return character
    base = unicodedata.normalize("NFKD", character).encode("latin-1", "ignore").decode("latin-1")
    return base or "?"


def _words(entity: str) -> str:
    """ "Credit Memo" for CreditMemo."""
    return "".join(f" {letter}" if letter.isupper() else letter for letter in entity).strip()


def receipt(payment: Json) -> Json:
    """A payment as a form to lay out: a line for each document that it goes to."""
    paid = [(line, link) for line in payment["Line"] for link in line["LinkedTxn"]]
    lines = [
        {
            "DetailType": "DescriptionOnly",
            "Description": f"{_words(link['TxnType'])} {_number_of(line) or link['TxnId']}",
            "Amount": line["Amount"],
        }
        for line, link in paid
    ]
    return {**payment, "Line": lines}


def _number_of(line: Json) -> str:
    """The document's own number, which the answer carries along (facts 9.4)."""
    extras = [extra["value"] for extra in line.get("LineEx", {}).get("any", [])]
    return next((extra["Value"] for extra in extras if extra["Name"] == "txnReferenceNumber"), "")


def _head(page: _Page, info: Json, entity: str) -> None:
    page.set_font(FONT, "B", 22)
    page.set_xy(MARGIN + WIDTH - 60, MARGIN)
    page.cell(60, 10, _words(entity).upper(), align="R")
    page.set_xy(MARGIN, MARGIN)
    page.say(info["CompanyName"], WIDTH - 64, size=14, style="B")
    contact = [info.get("PrimaryPhone", {}).get("FreeFormNumber"), info.get("Email", {}).get("Address")]
    for text in [*_address(info.get("CompanyAddr", {})), *filter(None, contact)]:
        page.say(text, WIDTH - 64, size=9)
    page.ln(6)


def _facts(page: _Page, company: "Company", invoice: Json) -> None:
    """Number and dates in the upper right corner, below the title."""
    below = page.get_y()
    page.set_xy(MARGIN + WIDTH - 70, MARGIN + 12)
    for name, value in _fact_pairs(company, invoice):
        page.set_x(MARGIN + WIDTH - 70)
        page.set_font(FONT, size=9)
        page.cell(32, ROW, name, align="R")
        page.set_font(FONT, "B", 9)
        page.cell(38, ROW, value, align="R", new_x=XPos.LEFT, new_y=YPos.NEXT)
    page.set_xy(MARGIN, max(below, page.get_y() + 4))


def _fact_pairs(company: "Company", invoice: Json) -> Iterator[tuple[str, str]]:
    yield "Number", invoice.get("DocNumber", "")
    yield "Date", _us_date(invoice["TxnDate"])
    if "SalesTermRef" in invoice:
        yield "Terms", company.get("Term", invoice["SalesTermRef"]["value"])["Name"]
    if "DueDate" in invoice:
        yield "Due", _us_date(invoice["DueDate"])


def _us_date(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{month}/{day}/{year}"


def _addresses(page: _Page, invoice: Json) -> None:
    top = page.get_y()
    lowest = top
    for number, (title, key) in enumerate((("Bill to", "BillAddr"), ("Ship to", "ShipAddr"))):
        address = list(_address(invoice.get(key, {})))
        if key == "ShipAddr" and not address:
            continue
        page.set_xy(MARGIN + number * WIDTH / 2, top)
        page.say(title, 80, size=9, style="B")
        for text in [invoice.get("CustomerRef", {}).get("name", ""), *address]:
            page.say(text, 80)
        lowest = max(lowest, page.get_y())
    page.set_xy(MARGIN, lowest + 6)


def _address(address: Json) -> Iterator[str]:
    for number in range(1, 6):
        if text := address.get(f"Line{number}"):
            yield text
    region = " ".join(filter(None, [address.get("CountrySubDivisionCode"), address.get("PostalCode")]))
    if town := ", ".join(filter(None, [address.get("City"), region])):
        yield town


def _lines(page: _Page, invoice: Json) -> None:
    heading = FontFace(emphasis="BOLD", color=INK, fill_color=(233, 228, 238))
    page.set_font(FONT, size=9)
    with page.table(
        col_widths=COLUMNS,
        text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"),
        headings_style=heading,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        line_height=4.2,
        padding=1,
    ) as table:
        table.row(("Activity", "Qty", "Rate", "Amount"))
        for line in _flat(invoice["Line"]):
            table.row(_cells(line))
    page.ln(3)


def _flat(lines: list[Json]) -> Iterator[Json]:
    """What the customer reads as lines; subtotal and discount belong to the sums."""
    for line in lines:
        if line["DetailType"] == "GroupLineDetail":
            yield from _flat(line["GroupLineDetail"].get("Line", []))
        elif line["DetailType"] not in ("SubTotalLineDetail", "DiscountLineDetail"):
            yield line


def _cells(line: Json) -> tuple[str, str, str, str]:
    detail = line.get("SalesItemLineDetail", {})
    name, text = detail.get("ItemRef", {}).get("name", ""), line.get("Description", "")
    activity = f"{name}\n{text}" if name and text else name or text
    tax = "T " if detail.get("TaxCodeRef", {}).get("value") == "TAX" else ""
    quantity, rate = detail.get("Qty"), detail.get("UnitPrice")
    money = tax + _money(line["Amount"]) if "Amount" in line else ""
    return activity, "" if quantity is None else _number(quantity), "" if rate is None else _rate(rate), money


def _sums(page: _Page, invoice: Json) -> None:
    """The sum that comes out, kept together on one page."""
    rows = list(_sum_rows(invoice))
    if page.will_page_break(ROW * 1.4 * (len(rows) + 1)):
        page.add_page()
    top = page.get_y()
    left = MARGIN + WIDTH - SUMS_WIDTH
    for name, value, strong in rows:
        page.set_font(FONT, "B" if strong else "", 10)
        page.set_x(left)
        border = "T" if strong else ""
        page.cell(SUMS_WIDTH - 40, ROW * 1.4, name, border=border)
        page.cell(40, ROW * 1.4, value, border=border, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    for gap in (0.4, 1.2):
        page.line(left, page.get_y() + gap, left + SUMS_WIDTH, page.get_y() + gap)
    _stamp(page, invoice, top)
    page.ln(6)


def _sum_rows(invoice: Json) -> Iterator[tuple[str, str, bool]]:
    total, balance = Decimal(invoice["TotalAmt"]), Decimal(invoice.get("Balance", 0))
    for line in invoice["Line"]:
        if line["DetailType"] == "SubTotalLineDetail":
            yield "Subtotal", _money(line["Amount"]), False
        if line["DetailType"] == "DiscountLineDetail":
            yield _discount_name(line), _money(-Decimal(line["Amount"])), False
    if tax := Decimal(invoice.get("TxnTaxDetail", {}).get("TotalTax", 0)):
        yield "Sales tax (lines marked T)", _money(tax), False
    yield "Total", f"${_money(total)}", True
    if "DueDate" not in invoice or "Balance" not in invoice:  # nothing is due on the other forms
        return
    if received := total - balance:
        yield "Paid so far", _money(-received), False
    yield "Balance due", f"${_money(balance)}", True


def _discount_name(line: Json) -> str:
    detail = line["DiscountLineDetail"]
    return f"Discount {_number(detail['DiscountPercent'])}%" if detail.get("PercentBased") else "Discount"


def _stamp(page: _Page, invoice: Json, top: float) -> None:
    word = stamp(invoice)
    if not word:
        return
    ink = (176, 42, 55) if word == "VOID" else (40, 110, 80)
    after = page.get_x(), page.get_y()
    tilt = page.rotation(8, x=MARGIN + 32, y=top + 14)
    with page.local_context(text_color=ink, draw_color=ink, line_width=0.9), tilt:
        page.set_font(FONT, "B", 26)
        page.set_xy(MARGIN + 6, top + 6)
        page.cell(52, 15, word, border=1, align="C")
    page.set_xy(*after)


def stamp(invoice: Json) -> str:
    """ "VOID", "PAID" or nothing. A void shows only in a total of 0 and the note (facts 9.3)."""
    if Decimal(invoice["TotalAmt"]) == 0 and invoice.get("PrivateNote", "").startswith("Voided"):
        return "VOID"
    paid = "Balance" in invoice and not Decimal(invoice["Balance"])
    return "PAID" if paid and Decimal(invoice["TotalAmt"]) else ""


def _memo(page: _Page, invoice: Json) -> None:
    if text := invoice.get("CustomerMemo", {}).get("value"):
        page.say(text, WIDTH, size=10)


def _money(value: Decimal | int) -> str:
    return f"{Decimal(value):,.2f}"


def _rate(value: Decimal | int) -> str:
    """A price with its cents, and with more places only where it has them."""
    price = Decimal(value)
    return _money(price) if price == round(price, 2) else f"{price.normalize():,f}"


def _number(value: Decimal | int) -> str:
    return f"{Decimal(value).normalize():,f}"
