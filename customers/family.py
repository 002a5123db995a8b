"""A customer with its sub-customers, each counted once, and the sums of their accounts."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from customers.balances import Account, Figures, figures_of
from customers.models import Customer

#: All that are below a customer, on whatever level. SQLite and PostgreSQL read this alike.
BELOW = """
    WITH RECURSIVE below(id) AS (
        SELECT id FROM customers_customer WHERE parent_id = %s AND gone_at IS NULL
        UNION
        SELECT child.id FROM customers_customer child JOIN below ON child.parent_id = below.id
        WHERE child.gone_at IS NULL
    )
    SELECT customer.* FROM customers_customer customer JOIN below ON below.id = customer.id
"""


@dataclass(frozen=True)
class Family:
    """`members` are the customer itself and all below it, in the order of their full names."""

    customer: Customer
    below: list[Customer]
    figures: dict[int, Figures] = field(default_factory=dict)

    @property
    def members(self) -> list[Customer]:
        return [self.customer, *self.below]

    @property
    def names(self) -> dict[int, str]:
        """Names of the sub-customers by key."""
        return {member.pk: member.display_name for member in self.below}

    @property
    def own(self) -> Account:
        """The account of the customer alone."""
        return self.figures.get(self.customer.pk, Figures()).account

    @property
    def together(self) -> Figures:
        """The sums of all of them."""
        return sum(self.figures.values(), Figures())

    @property
    def rows(self) -> Iterator[tuple[Customer, Account]]:
        for member in self.members:
            yield member, self.figures.get(member.pk, Figures()).account


def below(customer: Customer) -> list[Customer]:
    """All that are below a customer, on whatever level; one query."""
    return list(Customer.objects.raw(BELOW, [customer.pk]))


def family_of(customer: Customer) -> Family:
    """Two queries."""
    members = below(customer)
    members.sort(key=lambda member: (member.fully_qualified_name or member.display_name).casefold())
    return Family(customer, members, figures_of([customer, *members]))
