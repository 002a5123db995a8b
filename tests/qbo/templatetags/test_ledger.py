"""The tags that every page uses."""

from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.test import RequestFactory

from customers.models import Customer
from qbo.models import Company, Connection, SyncState
from tests.factories import CompanyFactory, CustomerFactory


class SomeForm(forms.Form):
    name = forms.CharField(max_length=5, help_text="As on the envelope.")
    amount = forms.DecimalField(required=False)
    agreed = forms.BooleanField(required=False)


def shown(text: str, **context: Any) -> str:
    return Template(text).render(Context(context))


def test_a_field_names_its_control_its_help_and_its_error() -> None:
    html = shown("{% field form.name autocomplete='off' %}", form=SomeForm({"name": "too long"}))
    assert '<label class="form-label" for="id_name">Name</label>' in html
    assert 'class="form-control is-invalid"' in html
    assert 'autocomplete="off"' in html
    assert 'aria-invalid="true"' in html
    for part in ("id_name_helptext", "id_name_error"):
        assert f'id="{part}"' in html
        assert part in html.partition('aria-describedby="')[2].partition('"')[0]
    assert "at most 5 characters" in html


def test_fields_that_need_not_be_filled_say_so() -> None:
    assert "optional" in shown("{% field form.amount %}", form=SomeForm())


def test_a_money_field_shows_the_sign_and_asks_for_digits() -> None:
    html = shown("{% field form.amount money=True %}", form=SomeForm())
    assert 'class="money-in" data-sign="$"' in html
    assert 'inputmode="decimal"' in html


def test_a_tick_stands_before_its_label() -> None:
    html = shown("{% field form.agreed %}", form=SomeForm())
    assert 'class="form-check-input"' in html
    assert html.index("<input") < html.index("<label")


def test_a_control_takes_attributes_for_htmx() -> None:
    html = shown("{% control form.name class='mini' hx_get='/there/' %}", form=SomeForm())
    assert 'hx-get="/there/"' in html
    assert 'class="form-control mini"' in html


def test_pages_keep_the_filter() -> None:
    request = RequestFactory().get("/list/?q=oak&page=2")
    request.user = AnonymousUser()
    page = Paginator(range(120), 50).page(2)
    html = Template("{% page_links page %}").render(RequestContext(request, {"page": page}))
    assert "51–100 of 120" in html
    assert 'href="?q=oak&amp;page=1"' in html
    assert 'href="?q=oak&amp;page=3"' in html


def test_one_page_needs_no_links() -> None:
    page = Paginator(range(20), 50).page(1)
    assert "<nav" not in shown("{% page_links page %}", page=page)


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("dashboard", "today"),
        ("invoices:list", "invoices"),
        ("invoices:payment_new", "payments"),
        ("customers:detail", "customers"),
        ("conflict", "sync"),
    ],
)
def test_the_menu_knows_where_one_is(name: str, section: str) -> None:
    request = RequestFactory().get("/")
    request.resolver_match = type("Match", (), {"view_name": name})()
    assert shown("{% section as here %}{{ here }}", request=request) == section


# ── State ───────────────────────────────────────────────────────────────────────────────────────


def badge(state: SyncState, company: Company) -> str:
    customer: Customer = CustomerFactory(company=company, known=True, sync_state=state)
    return shown("{% sync_badge customer %}", customer=customer, company=company)


@pytest.mark.django_db
@pytest.mark.parametrize("state", SyncState)
def test_every_state_has_its_word(state: SyncState) -> None:
    assert f"<span>{state.label}</span>" in badge(state, CompanyFactory())


@pytest.mark.django_db
@pytest.mark.parametrize("state", [SyncState.WAITING, SyncState.SENDING, SyncState.RETRYING])
def test_what_moves_asks_again(state: SyncState) -> None:
    html = badge(state, CompanyFactory())
    assert 'hx-trigger="load delay:1s"' in html
    assert f"seen={state.value}" in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    "state", [SyncState.IN_QUICKBOOKS, SyncState.NEEDS_YOU, SyncState.CONFLICT, SyncState.ONLY_HERE]
)
def test_what_is_settled_is_quiet(state: SyncState) -> None:
    assert "hx-get" not in badge(state, CompanyFactory())


@pytest.mark.django_db
def test_nothing_asks_while_nobody_is_connected() -> None:
    company = CompanyFactory(connection=Connection.RECONNECT)
    assert "hx-get" not in badge(SyncState.WAITING, company)


@pytest.mark.django_db
def test_what_needs_a_person_leads_to_the_reason() -> None:
    company = CompanyFactory()
    assert f'href="/c/{company.pk}/sync/#Customer-' in badge(SyncState.NEEDS_YOU, company)
    assert f'href="/c/{company.pk}/conflict/Customer/' in badge(SyncState.CONFLICT, company)
