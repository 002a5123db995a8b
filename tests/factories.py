"""Rows to test with. Each is valid as it stands; say only what the test is about.

Saving a mirrored row queues its push, as everywhere; `CustomerFactory(known=True)` looks as if it had come
from QuickBooks: it has an id there and nothing waits.
"""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from customers.models import Customer, Term
from qbo.models import Company, Connection, Membership, Role, SyncState, User
from qbo.sync.echo import remote_write


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence("person{}".format)
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    first_name = "Dana"
    last_name = "Whitfield"
    password = factory.django.Password("a long enough password")


class CompanyFactory(DjangoModelFactory):
    """A connected company of the emulator."""

    class Meta:
        model = Company

    realm_id = factory.Sequence(lambda n: str(9130350000000000 + n))
    name = factory.Sequence("Kestrel Ridge Supply {}".format)
    environment = "emulator"
    connection = Connection.CONNECTED
    connected_at = factory.LazyFunction(timezone.now)
    access_token = "access"
    access_expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))
    refresh_token = "refresh"
    refresh_expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=100))


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    company = factory.SubFactory(CompanyFactory)
    role = Role.BILLER


class MirroredFactory(DjangoModelFactory):
    """A record of both sides. `known=True` makes it one that QuickBooks has and that nothing waits for."""

    class Meta:
        abstract = True

    class Params:
        known = factory.Trait(
            qbo_id=factory.Sequence(lambda n: str(n + 1)),
            sync_token=0,
            sync_state=SyncState.IN_QUICKBOOKS,
        )

    company = factory.SubFactory(CompanyFactory)

    @classmethod
    def _create(cls, model_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        if not kwargs.get("qbo_id"):
            return super()._create(model_class, *args, **kwargs)
        with remote_write():
            return super()._create(model_class, *args, **kwargs)


class TermFactory(MirroredFactory):
    """Payment terms always come from QuickBooks."""

    class Meta:
        model = Term

    name = factory.LazyAttribute(lambda term: f"Net {term.due_days}")
    due_days = 30
    known = True


class CustomerFactory(MirroredFactory):
    """A customer that was typed in here; with `known=True` one that came from QuickBooks."""

    class Meta:
        model = Customer

    display_name = factory.Sequence("Otter Creek Clinic {}".format)
