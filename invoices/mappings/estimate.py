"""Estimates as QuickBooks sees them (facts 9.3): they move no money, and cannot be voided."""

from typing import Any

from invoices.mappings.sales import SALES_FIELDS, SalesMapping
from invoices.models import Estimate, EstimateLine, EstimateStatus
from qbo.models import Company, Verb
from qbo.sync.fields import JSON, Date, Field


class Status(Field):
    """TxnStatus; Pending where QuickBooks does not say."""

    def view(self, value: JSON) -> JSON:
        return value or EstimateStatus.PENDING.value

    def load(self, obj: Any, piece: JSON, company: Company) -> None:
        obj.status = piece


class EstimateMapping(SalesMapping[Estimate]):
    entity = "Estimate"
    model = Estimate
    line_model = EstimateLine
    commands = frozenset({Verb.SEND, Verb.DELETE})
    parts = {EstimateLine: "estimate"}
    fields = (*SALES_FIELDS, Date("ExpirationDate", "expires_on"), Status("TxnStatus", "status"))
