"""Ways out of refusals that have to do with customers: a name that is taken, a customer who is inactive."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from customers import activity, linking
from customers.models import Customer
from customers.names import free_name
from qbo.models import Company, OutboxEntry
from qbo.sync.repairs import EACH, INACTIVE, Repair, Trouble

Way = tuple[OutboxEntry, Repair]


def ways(company: Company, troubles: Sequence[Trouble]) -> Iterator[Way]:
    taken = [one for one in troubles if one.entry.code == "6240" and isinstance(one.obj, Customer)]
    for trouble in taken[:EACH]:
        yield from _another_name(trouble)
    for trouble in troubles:
        yield from _active_again(trouble)


# ── A name that is taken ────────────────────────────────────────────────────────────────────────


def _another_name(trouble: Trouble) -> Iterator[Way]:
    customer: Any = trouble.obj
    other = linking.namesake(customer)
    if other is not None and not customer.qbo_id:
        yield (
            trouble.entry,
            Repair(
                f"link:{other.pk}",
                f"Link to the {other} in QuickBooks",
                lambda by: linking.link(customer, other, by=by),
                because=f"{other} is a customer in QuickBooks already.",
            ),
        )
    name = free_name(customer.company, customer.display_name, city=customer.bill_city)
    beside = Repair(f"name:{name}", f"Call it {name}", lambda by: linking.create_beside(customer, by=by))
    yield trouble.entry, beside


# ── A customer who is inactive ──────────────────────────────────────────────────────────────────


def _active_again(trouble: Trouble) -> Iterator[Way]:
    customer = getattr(trouble.obj, "customer", None)
    if trouble.entry.code in INACTIVE and isinstance(customer, Customer) and not customer.active:
        yield (
            trouble.entry,
            Repair(
                f"customer:{customer.pk}",
                f"Make {activity.plain_name(customer)} active again",
                partial(activity.reactivate, customer),
                shared=True,
                because=f"The customer {activity.plain_name(customer)} is inactive in QuickBooks.",
            ),
        )
