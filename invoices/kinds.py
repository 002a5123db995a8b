"""The kinds of sales forms that pages are made for, and what differs between their pages."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse

from invoices.forms.invoice import InvoiceForm
from invoices.forms.papers import CreditMemoForm, EstimateForm
from invoices.forms.sales import SalesFormForm
from invoices.models import CreditMemo, Estimate, Invoice, SalesForm
from qbo.access.requests import CompanyRequest

F = TypeVar("F", bound=SalesForm)


@dataclass(frozen=True)
class Kind(Generic[F]):
    """`prefix` begins the names of its addresses: `invoices:estimate_edit`."""

    model: type[F]
    form: type[SalesFormForm[F]]
    prefix: str
    entity: str
    plural: str
    related: tuple[str, ...] = ()
    keeps_drafts: bool = False

    @property
    def noun(self) -> str:
        return str(self.model._meta.verbose_name)

    def page(self, name: str) -> str:
        """The URL name of one of its pages."""
        return f"invoices:{self.prefix}{name}"

    def url(self, name: str, *args: Any) -> str:
        return reverse(self.page(name), args=args)

    def of(self, request: CompanyRequest) -> QuerySet[F]:
        found: Any = self.model._default_manager.filter(company=request.company)
        return cast("QuerySet[F]", found)

    def get(self, request: CompanyRequest, pk: int) -> F:
        """The record of this company; 404 for anybody else's."""
        related = ("company", "customer", "tax_code", "entered_by", *self.related)
        found: F = get_object_or_404(self.of(request).select_related(*related), pk=pk)
        return found

    def lock(self, request: CompanyRequest, pk: int) -> F:
        """The same for changing it, inside a transaction."""
        found: F = get_object_or_404(self.of(request).select_for_update(), pk=pk)
        return found


INVOICE = Kind(
    Invoice, InvoiceForm, "", "Invoice", "Invoices", related=("terms", "estimate"), keeps_drafts=True
)
ESTIMATE = Kind(Estimate, EstimateForm, "estimate_", "Estimate", "Estimates")
CREDIT_MEMO = Kind(CreditMemo, CreditMemoForm, "credit_", "CreditMemo", "Credit memos")
