"""What the customer form refuses, and how it meets a change from elsewhere."""

from typing import Any

import pytest

from customers.forms import CustomerForm
from customers.models import Customer, Employee, Vendor
from qbo.models import Company
from tests.factories import CustomerFactory, TermFactory

Typed = dict[str, Any]


def filled(company: Company, typed: Typed, **values: Any) -> CustomerForm:
    return CustomerForm(typed | values, instance=Customer(company=company))


def test_what_is_pasted_reaches_the_form_whole(company: Company) -> None:
    assert "maxlength" not in CustomerForm(instance=Customer(company=company)).as_p()


def test_a_name_is_enough(company: Company, typed: Typed) -> None:
    form = filled(company, typed)
    assert form.is_valid(), form.errors
    saved = form.save()
    assert (saved.company, saved.display_name, saved.taxable) == (company, "Otter Creek Clinic", True)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"title": "Dr.", "given_name": "Ana", "family_name": "Ruiz", "suffix": "Jr."}, "Dr. Ana Ruiz Jr."),
        ({"given_name": "Ana", "middle_name": "M.", "company_name": "Ruiz LLC"}, "Ana M."),
        ({"company_name": "Ruiz LLC"}, "Ruiz LLC"),
    ],
)
def test_without_a_display_name_it_is_made_from_the_others(
    company: Company, typed: Typed, parts: Typed, name: str
) -> None:
    form = filled(company, typed, display_name="", **parts)
    assert form.is_valid(), form.errors
    assert form.save().display_name == name


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("display_name", " ", "Give a display name"),
        ("display_name", "Kestrel: Ridge", "no colon, tab or line break"),
        ("display_name", "Kestrel\tRidge", "no colon, tab or line break"),
        ("display_name", "Kestrel\nRidge", "no colon, tab or line break"),
        ("display_name", "x" * 501, "at most 500 characters"),
        ("given_name", "A:B", "no colon, tab or line break"),
        ("given_name", "x" * 101, "at most 100 characters"),
        ("title", "x" * 17, "at most 16 characters"),
        ("company_name", "x" * 101, "at most 100 characters"),
        ("print_on_check_name", "x" * 111, "at most 110 characters"),
        ("email", "ap.example.com", "looks like ap@example.com"),
        ("email", "ap@localhost", "looks like ap@example.com"),
        ("email", "x" * 90 + "@example.com", "at most 100 characters"),
        ("phone", "5" * 31, "at most 30 characters"),
        ("mobile", "5" * 31, "at most 30 characters"),
        ("notes", "x" * 2001, "at most 2000 characters"),
        ("bill_line1", "x" * 501, "at most 500 characters"),
        ("bill_city", "x" * 256, "at most 255 characters"),
        ("bill_postal_code", "x" * 31, "at most 30 characters"),
    ],
)
def test_what_quickbooks_would_refuse_is_said_at_its_field(
    company: Company, typed: Typed, field: str, text: str, says: str
) -> None:
    form = filled(company, typed, **{field: text})
    assert says in form.errors[field][0]
    assert list(form.errors) == [field]


def test_a_made_name_obeys_the_rules_of_names(company: Company, typed: Typed) -> None:
    form = filled(company, typed, display_name="", company_name="Ruiz: the company")
    assert "no colon" in form.errors["display_name"][0]


def test_street_lines_share_2000_characters(company: Company, typed: Typed) -> None:
    lines = {f"ship_line{n}": "x" * 401 for n in range(1, 6)}
    form = filled(company, typed, ship_same="", **lines)
    assert "2,000 characters" in form.errors["ship_line1"][0]
    assert "These have 2,005" in form.errors["ship_line1"][0]
    assert filled(company, typed, ship_same="", **lines | {"ship_line5": "x" * 396}).is_valid()


def test_a_taken_name_is_refused_with_the_way_to_its_owner(company: Company, typed: Typed) -> None:
    owner = CustomerFactory(company=company, display_name="otter CREEK clinic")
    error = filled(company, typed).errors["display_name"].as_ul()
    assert f'<a href="{owner.get_absolute_url()}">otter CREEK clinic</a>' in error
    assert "inactive" not in error


@pytest.mark.parametrize("model", [Vendor, Employee])
def test_vendors_and_employees_share_the_list_of_names(
    company: Company, typed: Typed, model: type[Vendor | Employee]
) -> None:
    model.objects.create(company=company, display_name="otter CREEK clinic", qbo_id="5", sync_token=0)

    assert "share one list" in filled(company, typed).errors["display_name"][0]


def test_the_owner_of_a_name_cannot_inject_markup(company: Company, typed: Typed) -> None:
    CustomerFactory(company=company, display_name="<b>Bold</b>")
    error = filled(company, typed, display_name="<b>bold</b>").errors["display_name"].as_ul()
    assert "&lt;b&gt;Bold&lt;/b&gt;" in error
    assert "<b>" not in error


def test_inactive_customers_hold_the_name_that_quickbooks_gave_them(company: Company, typed: Typed) -> None:
    CustomerFactory(company=company, display_name="Otter Creek Clinic (deleted)", active=False)
    assert filled(company, typed).is_valid()
    form = filled(company, typed, display_name="Otter Creek Clinic (deleted)")
    assert "make it active again" in form.errors["display_name"][0]


def test_names_are_free_in_another_company_and_in_the_record_itself(company: Company, typed: Typed) -> None:
    CustomerFactory(display_name="Otter Creek Clinic")
    own = CustomerFactory(company=company, display_name="Otter Creek Clinic")
    assert CustomerForm(typed, instance=own).is_valid()


def test_only_active_terms_of_the_company_can_be_chosen_besides_those_it_has(
    company: Company, typed: Typed
) -> None:
    net30 = TermFactory(company=company)
    old = TermFactory(company=company, name="Net 7", active=False)
    foreign = TermFactory()
    assert filled(company, typed, terms=str(net30.pk)).is_valid()
    for refused in (old, foreign):
        assert "terms" in filled(company, typed, terms=str(refused.pk)).errors
    assert CustomerForm(
        typed | {"terms": str(old.pk)}, instance=CustomerFactory(company=company, terms=old)
    ).is_valid()


# ── Addresses ───────────────────────────────────────────────────────────────────────────────────


def test_shipping_follows_billing_while_it_is_the_same(company: Company, typed: Typed) -> None:
    form = filled(
        company, typed, bill_line1="2200 Commerce Green", bill_city="Braintree", ship_city="Elsewhere"
    )
    saved = form.save()
    assert saved.address("ship") == saved.address("bill")
    assert CustomerForm(instance=saved).initial["ship_same"] is True


def test_an_own_shipping_address_stays(company: Company, typed: Typed) -> None:
    saved = filled(company, typed, ship_same="", bill_city="Braintree", ship_city="Quincy").save()
    assert (saved.bill_city, saved.ship_city) == ("Braintree", "Quincy")
    assert CustomerForm(instance=saved).initial["ship_same"] is False


# ── Changed elsewhere meanwhile ─────────────────────────────────────────────────────────────────


def reposted(form: CustomerForm, **typed: Any) -> Typed:
    """What the browser sends back of an open form, with `typed` over it; None clears a box."""
    values = {name: form[name].value() for name in form.fields}
    return {
        name: value for name, value in (values | typed).items() if value is not None and value is not False
    }


def test_opening_and_saving_changes_nothing(company: Company) -> None:
    customer = CustomerFactory(company=company, notes="Gate code 4410.\nCall first.", bill_city="Quincy")
    before = Customer.objects.values().get(pk=customer.pk)
    sent = reposted(CustomerForm(instance=customer))
    sent["notes"] = sent["notes"].replace("\n", "\r\n")  # as browsers do
    form = CustomerForm(sent, instance=customer)
    assert form.is_valid(), form.errors
    form.save()
    after = Customer.objects.values().get(pk=customer.pk)
    assert dict(after.items() - before.items()).keys() <= {"version", "updated_at"}


def test_a_field_that_was_left_alone_follows_the_record(company: Company) -> None:
    customer = CustomerFactory(company=company, phone="1", notes="old")
    sent = reposted(CustomerForm(instance=customer), notes="new")
    Customer.objects.update(phone="2")
    form = CustomerForm(sent, instance=Customer.objects.get())
    assert form.is_valid(), form.errors
    saved = form.save()
    assert (saved.phone, saved.notes) == ("2", "new")


def test_a_field_that_both_changed_is_asked_about_and_saving_again_decides(company: Company) -> None:
    customer = CustomerFactory(company=company, phone="1")
    sent = reposted(CustomerForm(instance=customer), phone="3")
    Customer.objects.update(phone="2")
    form = CustomerForm(sent, instance=Customer.objects.get())
    assert list(form.errors) == ["phone"]
    assert "became “2” while you were editing" in form.errors["phone"][0]
    assert form["phone"].value() == "3"
    again = CustomerForm(reposted(form), instance=Customer.objects.get())
    assert again.is_valid(), again.errors
    assert again.save().phone == "3"


def test_a_shipping_address_from_elsewhere_is_not_lost_under_same_as_billing(company: Company) -> None:
    customer = CustomerFactory(company=company, bill_city="Quincy", ship_city="Quincy")
    sent = reposted(CustomerForm(instance=customer), bill_city="Braintree")
    assert sent["ship_same"]
    Customer.objects.update(ship_city="Dock 4")
    form = CustomerForm(sent, instance=Customer.objects.get())
    assert form.is_valid(), form.errors
    saved = form.save()
    assert (saved.bill_city, saved.ship_city) == ("Braintree", "Dock 4")
