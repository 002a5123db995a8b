"""Every address of the portal. A company's pages live below /c/<company id>/."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, include, path

from billing_portal import views
from qbo.views.webhook import webhook

sign_in = auth.LoginView.as_view(
    redirect_authenticated_user=True,
    extra_context={"is_demonstration": lambda: settings.QBO_ENVIRONMENT == "emulator"},
)
company_pages: list[URLPattern | URLResolver] = [
    path("", views.dashboard, name="dashboard"),
    path("", include("qbo.urls")),
    path("customers/", include("customers.urls")),
    path("", include("invoices.urls")),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", sign_in, name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("connect/", include("qbo.connect.urls")),
    path("webhooks/quickbooks/", webhook, name="webhook"),
    path("c/<int:company_id>/", include(company_pages)),
    path("admin/", admin.site.urls),
]
