"""Comparing everything here with everything in QuickBooks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from invoices.models import Invoice, Payment
from qbo.models import Company, Connection, OutboxEntry, SyncState
from qbo.sync.merge import differing
from qbo.sync.registry import mappings
from tests.emulator_process import EmulatorCompany


def connected(there: EmulatorCompany, name: str = "Kestrel Ridge") -> Company:
    """A company of the emulator as it is here, connected, nothing imported."""
    now = timezone.now()
    return Company.objects.create(
        realm_id=there.realm_id,
        name=name,
        environment="emulator",
        connection=Connection.CONNECTED,
        connected_at=now,
        access_token=there.access_token,
        access_expires_at=now + timedelta(hours=1),
        refresh_token=there.refresh_token,
        refresh_expires_at=now + timedelta(days=100),
    )


def assert_in_step(company: Company, qb: EmulatorCompany) -> None:
    """Every object is on both sides once, with the same content, and the money is equal to the cent."""
    assert not OutboxEntry.objects.filter(company=company).unfinished().exists(), _unfinished(company)
    for mapping in mappings():
        there = {row["Id"]: row for row in qb.all(mapping.entity)}
        here = {obj.qbo_id: obj for obj in mapping.model.objects.filter(company=company, gone_at=None)}
        assert here.keys() == there.keys(), mapping.entity
        for qbo_id, obj in here.items():
            view = mapping.view(there[qbo_id])
            assert not differing(mapping.groups, mapping.dump(obj), view), (mapping.dump(obj), view)
            assert obj.sync_state == SyncState.IN_QUICKBOOKS, obj
    for invoice in Invoice.objects.filter(company=company, gone_at=None):
        row = qb.read("Invoice", invoice.qbo_id)
        assert (invoice.total, invoice.balance) == (money(row["TotalAmt"]), money(row["Balance"])), invoice
    for payment in Payment.objects.filter(company=company, gone_at=None):
        row = qb.read("Payment", payment.qbo_id)
        assert payment.unapplied == money(row.get("UnappliedAmt", 0)), payment


def money(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def _unfinished(company: Company) -> list[Any]:
    return list(
        OutboxEntry.objects.filter(company=company)
        .unfinished()
        .values("entity", "verb", "state", "code", "problem")
    )
