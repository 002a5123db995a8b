"""Choosing a customer by name."""

from typing import Any

import pytest
from django import forms
from django.test import Client
from django.utils import timezone

from customers.fields import CustomerField
from customers.models import Customer
from qbo.models import Company
from tests.factories import CustomerFactory


class PickForm(forms.Form):
    customer = CustomerField()


def pick(company: Company, text: str, keep: int | None = None) -> PickForm:
    form = PickForm({"customer": text})
    field: Any = form.fields["customer"]
    field.of(company, keep=keep)
    return form


@pytest.mark.parametrize("text", ["Otter Creek", "otter creek", "  Otter Creek "])
def test_a_display_name_in_any_case_is_the_customer(company: Company, text: str) -> None:
    otter = CustomerFactory(company=company, display_name="Otter Creek")
    form = pick(company, text)
    assert form.is_valid()
    assert form.cleaned_data["customer"] == otter


def test_a_key_is_the_customer_unless_somebody_is_called_like_it(company: Company) -> None:
    first, second = CustomerFactory.create_batch(2, company=company)
    assert pick(company, str(first.pk)).fields["customer"].clean(str(first.pk)) == first
    second.display_name = str(first.pk)
    second.save()
    assert pick(company, "").fields["customer"].clean(str(first.pk)) == second


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Choose a customer."),
        ("Nobody", "No customer has that name."),
        ("9" * 30, "No customer has that name."),
        ("Foreign", "No customer has that name."),
        ("Merged away", "No customer has that name."),
        ("Asleep", "Asleep is inactive. Make it active again first."),
    ],
)
def test_what_names_no_active_customer_is_refused(company: Company, text: str, message: str) -> None:
    CustomerFactory(display_name="Foreign")
    CustomerFactory(company=company, display_name="Merged away", gone_at=timezone.now())
    CustomerFactory(company=company, display_name="Asleep", active=False)
    assert pick(company, text).errors["customer"] == [message]


def test_two_of_the_same_name_are_never_guessed_at(company: Company) -> None:
    CustomerFactory.create_batch(2, company=company, display_name="Twin")
    assert "More than one customer is called Twin" in pick(company, "Twin").errors["customer"][0]


def test_an_inactive_customer_may_stay_chosen(company: Company) -> None:
    asleep = CustomerFactory(company=company, display_name="Asleep", active=False)
    assert pick(company, "Asleep", keep=asleep.pk).is_valid()


def test_the_field_shows_the_name_of_a_key_or_a_customer(company: Company) -> None:
    otter = CustomerFactory(company=company, display_name="Otter & Sons")
    for initial in (otter, otter.pk):
        form = PickForm(initial={"customer": initial})
        field: Any = form.fields["customer"]
        field.of(company)
        assert 'value="Otter &amp; Sons"' in str(form["customer"])
        assert not field.has_changed(initial, "Otter & Sons")


def names(answer: Any) -> list[str]:
    return [customer.display_name for customer in answer.context["customers"]]


def test_suggestions_begin_with_what_was_typed_then_contain_it(viewer: Client, company: Company) -> None:
    for name in ("Blue Kettle", "Kestrel Ridge", "Acme", "Ketch Marina"):
        CustomerFactory(company=company, display_name=name)
    CustomerFactory(display_name="Keel of another company")
    CustomerFactory(company=company, display_name="Kelp, inactive", active=False)
    answer = viewer.get(f"/c/{company.pk}/customers/suggest/", {"customer": "ke"})
    assert names(answer) == ["Kestrel Ridge", "Ketch Marina", "Blue Kettle"]


def test_suggestions_are_few_and_take_one_query(
    viewer: Client, company: Company, django_assert_num_queries: Any
) -> None:
    parent = CustomerFactory(company=company, display_name="Ridge & Sons")
    Customer.objects.bulk_create(
        Customer(company=company, display_name=f"Ridge {n}", parent=parent) for n in range(60)
    )
    with django_assert_num_queries(5):  # session, user, company, role, suggestions
        answer = viewer.get(f"/c/{company.pk}/customers/suggest/", {"q": "ridge"})
    assert len(names(answer)) == 20
    assert "Ridge &amp; Sons</option>" in answer.content.decode()
