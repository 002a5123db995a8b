"""Invoice numbers where people give them themselves (QuickBooks' custom transaction numbers, facts 9.3)."""

import re

from invoices.models import Invoice
from qbo.models import Company

MOST_CHARACTERS = 21


def taken_by(company: Company, number: str, besides: int | None = None) -> Invoice | None:
    """The invoice that has this number already; QuickBooks makes no difference between cases."""
    same = Invoice.objects.present().filter(company=company, doc_number__iexact=number)
    found: Invoice | None = same.exclude(pk=besides).select_related("customer").first()
    return found


def next_number(company: Company) -> str:
    """The number after the newest one, skipping those that are taken; "" when there is nothing to count on from."""
    numbered = Invoice.objects.present().filter(company=company).exclude(doc_number="").order_by("-pk")
    newest = numbered.values_list("doc_number", flat=True).first() or ""
    digits = re.search(r"(\d{1,18})$", newest)
    if digits is None:
        return ""
    start, count = newest[: digits.start()], int(digits[1])
    taken = {
        number.casefold()
        for number in numbered.filter(doc_number__istartswith=start).values_list("doc_number", flat=True)
    }
    while True:
        count += 1
        number = f"{start}{count:0{len(digits[1])}}"
        if number.casefold() not in taken:
            return number if len(number) <= MOST_CHARACTERS else ""
