"""What surrounds every page: sign-in, menu, status line, and the pages that say what went wrong."""

import re

import pytest
from django.conf import settings
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.test import Client

from qbo.models import Company, Role
from tests.customers.conftest import signed_in
from tests.factories import CompanyFactory, MembershipFactory, UserFactory


@pytest.fixture
def company(db: None) -> Company:
    made: Company = CompanyFactory(name="Kestrel Ridge")
    return made


@pytest.fixture
def viewer(company: Company) -> Client:
    return signed_in(company, Role.VIEWER)


def html_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.django_db
def test_signing_in_and_out() -> None:
    user = UserFactory(username="dana")
    client = Client()
    assert client.get("/")["Location"] == "/login/?next=/"
    answer = client.post("/login/", {"username": "dana", "password": "wrong"})
    assert "User name and password do not belong together." in answer.content.decode()
    answer = client.post(
        "/login/", {"username": "dana", "password": "a long enough password", "next": "/password/"}
    )
    assert answer["Location"] == "/password/"
    assert client.session["_auth_user_id"] == str(user.pk)
    client.post("/logout/")
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_changing_the_password() -> None:
    client = Client()
    client.force_login(UserFactory())
    typed = {
        "old_password": "wrong",
        "new_password1": "another long one",
        "new_password2": "another long one",
    }
    assert "was entered incorrectly" in client.post("/password/", typed).content.decode()
    typed["old_password"] = "a long enough password"
    assert "Your password is changed" in client.post("/password/", typed, follow=True).content.decode()


def test_the_menu(company: Company, viewer: Client) -> None:
    html = html_of(viewer, f"/c/{company.pk}/sync/")
    assert html.count('aria-current="page"') == 2  # in the bar and in the phone's menu
    assert "Dana Whitfield, viewer" in html
    assert "Switch company" not in html  # there is only one


def test_the_company_switcher_lists_ones_own(company: Company) -> None:
    user = MembershipFactory(company=company).user
    MembershipFactory(user=user, company=CompanyFactory(name="Second & Sons"))
    CompanyFactory(name="Foreign")
    client = Client()
    client.force_login(user)
    html = html_of(client, f"/c/{company.pk}/")
    assert "Second &amp; Sons" in html
    assert "Foreign" not in html


def test_one_status_line_and_one_heading_on_a_page(company: Company, viewer: Client) -> None:
    for path in ("", "sync/", "connection/", "import/"):
        html = html_of(viewer, f"/c/{company.pk}/{path}")
        assert html.count('role="status"') == 1
        assert len(re.findall(r"<h1[ >]", html)) == 1
        assert '<html lang="en-US"' in html


def test_what_is_not_there_and_what_is_not_ones_own_look_the_same(company: Company, viewer: Client) -> None:
    foreign = CompanyFactory()
    for path in ("/nowhere/", f"/c/{foreign.pk}/", "/c/99999/"):
        html = html_of(viewer, path, 404)
        assert "This page is not here" in html
        assert "Go to Today" in html


def test_what_the_role_does_not_include(company: Company, viewer: Client) -> None:
    assert "Your role does not include this" in html_of(
        viewer, f"/c/{company.pk}/connection/disconnect/", 403
    )


@pytest.mark.django_db
def test_a_form_that_was_open_too_long() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/login/", {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert "This form was open too long" in answer.content.decode()


@pytest.mark.parametrize(
    ("template", "title"),
    [("500.html", "Something broke in the portal"), ("400.html", "The portal could not read this request")],
)
def test_pages_that_are_drawn_without_a_request(template: str, title: str) -> None:
    html = render_to_string(template)
    assert title in html
    assert "topbar" not in html


# ── Signed out meanwhile ────────────────────────────────────────────────────────────────────────

SIGN_IN = resolve_url(settings.LOGIN_URL)
HERE = "http://testserver/c/7/customers/?q=otter"


@pytest.mark.django_db
def test_a_part_of_a_page_sends_the_whole_window_to_sign_in_and_back_to_the_page(client: Client) -> None:
    answer = client.get("/c/7/customers/suggest/", headers={"HX-Request": "true", "HX-Current-URL": HERE})
    assert answer["HX-Redirect"] == f"{SIGN_IN}?next=%2Fc%2F7%2Fcustomers%2F%3Fq%3Dotter"
    assert "Location" not in answer


@pytest.mark.django_db
def test_a_button_leads_back_to_the_page_it_stands_on(client: Client) -> None:
    """Its own address takes nothing but forms, so that coming back to it would be an error."""
    answer = client.post("/c/7/customers/3/deactivate/", headers={"Referer": HERE})
    assert answer["Location"] == f"{SIGN_IN}?next=%2Fc%2F7%2Fcustomers%2F%3Fq%3Dotter"
    assert client.get("/c/7/customers/3/edit/")["Location"] == f"{SIGN_IN}?next=/c/7/customers/3/edit/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/c/7/", "//evil.example/", "javascript:alert(1)", ""]
)
def test_nobody_is_led_elsewhere_after_signing_in(client: Client, elsewhere: str) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": elsewhere}
    assert client.get("/c/7/customers/suggest/", headers=headers)["HX-Redirect"] == SIGN_IN
