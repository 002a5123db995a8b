"""A company's pages about invoices and payments; below /c/<company id>/."""

from typing import Any

from django.urls import URLPattern, path

from invoices.kinds import CREDIT_MEMO, ESTIMATE, Kind
from invoices.views import drafts, invoices, items, papers, payments, proof

app_name = "invoices"


def pages(kind: Kind[Any], folder: str) -> list[URLPattern]:
    """The pages of estimates, or of credit memos."""
    one = f"{folder}/<int:pk>/"
    addresses: list[tuple[str, Any, str]] = [
        (f"{folder}/", papers.listing, "list"),
        (f"{folder}/new/", papers.new, "new"),
        (f"{folder}/draft/", papers.draft, "draft"),
        (one, papers.detail, "detail"),
        (f"{one}edit/", papers.edit, "edit"),
        (f"{one}draft/", papers.draft, "draft"),
        (f"{one}pdf/", papers.pdf, "pdf"),
        (f"{one}send/", papers.send, "send"),
        (f"{one}delete/", papers.delete, "delete"),
    ]
    return [
        path(address, view, {"kind": kind}, name=f"{kind.prefix}{name}") for address, view, name in addresses
    ]


urlpatterns = [
    *pages(ESTIMATE, "estimates"),
    *pages(CREDIT_MEMO, "credit-memos"),
    path("invoices/", invoices.listing, name="list"),
    path("invoices/new/", invoices.new, name="new"),
    path("invoices/draft/", invoices.draft, name="draft"),
    path("invoices/items/", invoices.items, name="items"),
    path("invoices/drafts/", drafts.listing, name="drafts"),
    path("invoices/drafts/<uuid:key>/", invoices.draft_open, name="draft_open"),
    path("invoices/drafts/<uuid:key>/discard/", drafts.discard, name="draft_discard"),
    path("invoices/<int:pk>/", invoices.detail, name="detail"),
    path("invoices/<int:pk>/edit/", invoices.edit, name="edit"),
    path("invoices/<int:pk>/draft/", invoices.draft, name="draft"),
    path("invoices/<int:pk>/pdf/", invoices.pdf, name="pdf"),
    path("invoices/<int:pk>/send/", invoices.send, name="send"),
    path("invoices/<int:pk>/void/", invoices.void, name="void"),
    path("invoices/<int:pk>/delete/", invoices.delete, name="delete"),
    path("items/", items.listing, name="item_list"),
    path("items/new/", items.new, name="item_new"),
    path("items/<int:pk>/", items.detail, name="item"),
    path("items/<int:pk>/edit/", items.edit, name="item_edit"),
    path("items/<int:pk>/deactivate/", items.deactivate, name="item_deactivate"),
    path("items/<int:pk>/reactivate/", items.reactivate, name="item_reactivate"),
    path("accounts/", items.accounts, name="accounts"),
    path("proof/", proof.detail, name="proof"),
    path("proof/start/", proof.start, name="proof_start"),
    path("proof/repair/", proof.repair, name="proof_repair"),
    path("payments/", payments.listing, name="payments"),
    path("payments/new/", payments.new, name="payment_new"),
    path("payments/draft/", payments.draft, name="payment_draft"),
    path("payments/take-back/", payments.take_back, name="payment_take_back"),
    path("payments/<int:pk>/", payments.detail, name="payment"),
    path("payments/<int:pk>/edit/", payments.edit, name="payment_edit"),
    path("payments/<int:pk>/void/", payments.void, name="payment_void"),
    path("payments/<int:pk>/delete/", payments.delete, name="payment_delete"),
]
