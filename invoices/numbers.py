"""The numbers of invoices, estimates and credit memos where people give them themselves (QuickBooks' custom transaction
numbers, facts 9.3)."""

import re
from typing import Any

from invoices.models import SalesForm
from qbo.models import Company

MOST_CHARACTERS = 21


def taken_by(
    model: type[SalesForm], company: Company, number: str, besides: int | None = None
) -> SalesForm | None:
    """The form of that kind that has this number already; QuickBooks makes no difference between cases."""
    objects: Any = model.objects
    same = objects.present().filter(company=company, doc_number__iexact=number)
    found: SalesForm | None = same.exclude(pk=besides).select_related("customer").first()
    return found


def next_number(model: type[SalesForm], company: Company) -> str:
    """The number after the newest one, skipping those that are taken; "" when there is nothing to count on from."""
    numbered = model.objects.present().filter(company=company).exclude(doc_number="").order_by("-pk")
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
