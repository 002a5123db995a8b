"""Who has a name already, and which one is free beside it.

Customers, vendors and employees share one list of names in QuickBooks (facts 9.2), and it makes no difference between
cases.
"""

import re
from collections.abc import Iterator
from itertools import count

from django.db.models import Q

from customers.models import Customer, Employee, Vendor
from qbo.models import Company

Owner = Customer | Vendor | Employee

#: What QuickBooks puts behind the name of an inactive customer or item, and leaves there (facts 9.1).
INACTIVE_SUFFIX = " (deleted)"
LONGEST = 500
SHOWN_LOOKALIKES = 3
#: So many that begin alike are looked at more closely.
LOOKED_AT = 200
LEGAL_FORMS = frozenset(
    [
        "llc",
        "inc",
        "co",
        "corp",
        "corporation",
        "company",
        "ltd",
        "limited",
        "llp",
        "lp",
        "pc",
        "plc",
        "the",
        "and",
    ]
)


def taken_by(company: Company, name: str, besides: int | None = None) -> Owner | None:
    """Whoever has this display name already.

    An inactive one holds its name too; QuickBooks adds a suffix to it, so that the plain one is free again.
    """
    customers = Customer.objects.present().exclude(pk=besides)
    for rows in (customers, Vendor.objects.present(), Employee.objects.present()):
        other: Owner | None = rows.filter(company=company, display_name__iexact=name).first()
        if other is not None:
            return other
    return None


def free_name(company: Company, name: str, *, city: str = "") -> str:
    """A name like this one that nobody has: with its town, as people tell namesakes apart, or else with a number."""
    begun = name[: LONGEST - 30]
    taken = set()
    for model in (Customer, Vendor, Employee):
        alike = model.objects.present().filter(company=company, display_name__istartswith=begun)
        taken |= {found.casefold() for found in alike.values_list("display_name", flat=True)}
    return next(made for made in _candidates(begun, city) if made.casefold() not in taken)


def _candidates(name: str, city: str) -> Iterator[str]:
    if city and len(city) <= 25 and not re.search(r"[:\t\n]", city):
        yield f"{name} ({city})"
    yield from (f"{name} ({number})" for number in count(2))


def lookalikes(
    company: Company, name: str, email: str = "", phone: str = "", besides: int | None = None
) -> list[Customer]:
    """Customers who may be the same one: of the same e-mail address or phone number, or whose name differs only in
    its legal form and punctuation."""
    customers = Customer.objects.present().filter(company=company).exclude(pk=besides)
    same = Q(pk=None)
    if email:
        same |= Q(email__iexact=email)
    if phone:
        same |= Q(phone=phone) | Q(mobile=phone)
    found = {customer.pk: customer for customer in customers.filter(same)[:SHOWN_LOOKALIKES]}
    words = _core(name)
    if words:
        # The first word is typed alike even where the rest is not.
        begin_alike = Q(display_name__istartswith=words[0]) | Q(display_name__istartswith=f"the {words[0]}")
        for customer in customers.filter(begin_alike)[:LOOKED_AT]:
            if _core(customer.display_name) == words:
                found[customer.pk] = customer
    return list(found.values())[:SHOWN_LOOKALIKES]


def _core(name: str) -> list[str]:
    """The words of a name that tell who it is."""
    words = re.findall(
        r"\w+", name.casefold().removesuffix(INACTIVE_SUFFIX).replace("'", "").replace("’", "")
    )
    return [word for word in words if word not in LEGAL_FORMS]
