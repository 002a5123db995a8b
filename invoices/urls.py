"""A company's pages about invoices and payments; below /c/<company id>/."""

from django.urls import path

from invoices.views import payments

app_name = "invoices"
urlpatterns = [
    path("payments/", payments.listing, name="payments"),
    path("payments/new/", payments.new, name="payment_new"),
    path("payments/draft/", payments.draft, name="payment_draft"),
    path("payments/<int:pk>/", payments.detail, name="payment"),
    path("payments/<int:pk>/edit/", payments.edit, name="payment_edit"),
    path("payments/<int:pk>/void/", payments.void, name="payment_void"),
    path("payments/<int:pk>/delete/", payments.delete, name="payment_delete"),
]
