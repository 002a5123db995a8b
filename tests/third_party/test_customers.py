"""Customers, and what goes wrong with names and versions."""

import json
import uuid

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException, ValidationException
from quickbooks.objects.base import Address, EmailAddress, PhoneNumber
from quickbooks.objects.customer import Customer
from quickbooks.objects.term import Term
from quickbooks.objects.vendor import Vendor

from tests.third_party.papers import a_customer


@pytest.fixture
def customer(qb: QuickBooks) -> Customer:
    """A customer with everything that the portal's form has too."""
    customer = Customer()
    customer.DisplayName, customer.CompanyName = "Zoë O'Brien", "O'Brien & Daughters"
    customer.Title, customer.GivenName, customer.FamilyName = "Ms", "Zoë", "O'Brien"
    customer.Notes = "gate code 4711"
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "zoe@example.com"
    customer.PrimaryPhone = PhoneNumber()
    customer.PrimaryPhone.FreeFormNumber = "(555) 010-0199"
    customer.BillAddr = Address()
    customer.BillAddr.Line1, customer.BillAddr.City = "12 Alder Court", "Bend"
    customer.BillAddr.CountrySubDivisionCode, customer.BillAddr.PostalCode = "OR", "97701"
    (net_15,) = Term.filter(Name="Net 15", qb=qb)
    customer.SalesTermRef = net_15.to_ref()
    return customer.save(qb=qb)


def again(qb: QuickBooks, customer: Customer) -> Customer:
    return Customer.get(customer.Id, qb=qb)


def test_what_was_created_reads_back(qb: QuickBooks, customer: Customer) -> None:
    read = again(qb, customer)

    assert read.to_dict() == customer.to_dict()
    assert (read.DisplayName, read.FullyQualifiedName) == ("Zoë O'Brien", "Zoë O'Brien")
    assert read.PrintOnCheckName == "O'Brien & Daughters"
    assert (read.PrimaryEmailAddr.Address, read.PrimaryPhone.FreeFormNumber) == (
        "zoe@example.com",
        "(555) 010-0199",
    )
    assert (read.BillAddr.City, read.BillAddr.CountrySubDivisionCode) == ("Bend", "OR")
    assert read.SalesTermRef.value == "2"
    assert (read.Active, read.SyncToken, read.sparse, read.domain) == (True, "0", False, "QBO")
    assert (read.Balance, read.BalanceWithJobs) == (0, 0)


def test_a_name_is_made_from_its_parts(qb: QuickBooks) -> None:
    customer = Customer()
    customer.GivenName, customer.FamilyName = "Ada", "Lovelace"

    assert customer.save(qb=qb).DisplayName == "Ada Lovelace"


def test_a_full_update_wipes_what_it_leaves_out(qb: QuickBooks, customer: Customer) -> None:
    customer.Notes, customer.PrimaryPhone, customer.FamilyName = "", None, "Brown"
    updated = customer.save(qb=qb)

    read = again(qb, customer)
    assert (updated.SyncToken, read.SyncToken) == ("1", "1")
    assert (read.Notes, read.PrimaryPhone, read.FamilyName) == ("", None, "Brown")
    assert read.PrimaryEmailAddr.Address == "zoe@example.com"


def test_a_sparse_update_leaves_the_rest_alone(qb: QuickBooks, customer: Customer) -> None:
    sparse = {"Id": customer.Id, "SyncToken": customer.SyncToken, "sparse": True, "Notes": "gate code 7"}
    answer = qb.update_object("Customer", json.dumps(sparse))["Customer"]

    assert answer["sparse"] is False
    read = again(qb, customer)
    assert (read.Notes, read.DisplayName, read.SyncToken) == ("gate code 7", "Zoë O'Brien", "1")
    assert read.PrimaryPhone.FreeFormNumber == "(555) 010-0199"


def test_a_whole_object_marked_sparse_keeps_what_it_does_not_carry(
    qb: QuickBooks, customer: Customer
) -> None:
    customer.sparse, customer.PrimaryPhone, customer.Notes = True, None, "gate code 7"
    customer.save(qb=qb)

    read = again(qb, customer)
    assert (read.Notes, read.PrimaryPhone.FreeFormNumber) == ("gate code 7", "(555) 010-0199")


def test_an_inactive_customer_is_hidden_until_asked_for(qb: QuickBooks, customer: Customer) -> None:
    customer.Active = False
    gone = customer.save(qb=qb)

    assert not gone.Active
    assert Customer.all(qb=qb) == []
    assert [found.Id for found in Customer.filter(Active=False, qb=qb)] == [customer.Id]
    assert [found.Id for found in Customer.where("Active IN (true, false)", qb=qb)] == [customer.Id]
    assert not again(qb, customer).Active

    gone.Active, gone.DisplayName = True, "Zoë O'Brien"
    assert gone.save(qb=qb).DisplayName == "Zoë O'Brien"
    assert [found.Id for found in Customer.all(qb=qb)] == [customer.Id]


def test_a_stale_version_is_refused(qb: QuickBooks, customer: Customer) -> None:
    other = again(qb, customer)
    other.Notes = "first"
    other.save(qb=qb)
    customer.Notes = "second"

    with pytest.raises(QuickbooksException) as refused:
        customer.save(qb=qb)
    assert refused.value.error_code == 5010
    assert refused.value.message == "Stale Object Error"
    assert again(qb, customer).Notes == "first"


@pytest.mark.parametrize("kind", [Customer, Vendor])
@pytest.mark.parametrize("name", ["Alder Court", "ALDER court"])
def test_a_taken_name_is_refused(qb: QuickBooks, kind: type, name: str) -> None:
    first = kind()
    first.DisplayName = "Alder Court"
    first.save(qb=qb)

    with pytest.raises(QuickbooksException) as refused:
        a_customer(qb, name)
    assert refused.value.error_code == 6240
    assert refused.value.message == "Duplicate Name Exists Error"


@pytest.mark.parametrize(
    ("name", "code"), [("x" * 501, 2050), ("Alder: Court", 2040), ("Alder\tCourt", 2040)]
)
def test_an_impossible_name_is_refused(qb: QuickBooks, name: str, code: int) -> None:
    with pytest.raises(ValidationException) as refused:
        a_customer(qb, name)
    assert refused.value.error_code == code


def test_a_customer_without_any_name_is_refused(qb: QuickBooks) -> None:
    with pytest.raises(QuickbooksException) as refused:
        Customer().save(qb=qb)
    assert refused.value.error_code == 6080


def test_what_is_not_there_is_not_found(qb: QuickBooks) -> None:
    with pytest.raises(ObjectNotFoundException) as refused:
        Customer.get("999999", qb=qb)
    assert refused.value.error_code == 610


def test_an_unknown_field_is_refused(qb: QuickBooks) -> None:
    customer = Customer()
    customer.DisplayName, customer.Nickname = "Alder Court", "Al"

    with pytest.raises(ValidationException) as refused:
        customer.save(qb=qb)
    assert (refused.value.error_code, "Nickname" in refused.value.detail) == (2010, True)


def test_a_repeated_request_is_answered_and_not_done_again(qb: QuickBooks) -> None:
    request_id = str(uuid.uuid4())
    answers = []
    for _ in range(2):
        customer = Customer()
        customer.DisplayName = "Alder Court"
        answers.append(customer.save(qb=qb, request_id=request_id).to_dict())

    assert answers[0] == answers[1]
    assert Customer.count(qb=qb) == 1
