"""Classes, departments, currencies, tax and notes."""

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects.attachable import Attachable
from quickbooks.objects.base import AttachableRef
from quickbooks.objects.companycurrency import CompanyCurrency
from quickbooks.objects.customer import Customer
from quickbooks.objects.department import Department
from quickbooks.objects.employee import Employee
from quickbooks.objects.item import Item
from quickbooks.objects.journalentry import JournalEntry, JournalEntryLine, JournalEntryLineDetail
from quickbooks.objects.taxagency import TaxAgency
from quickbooks.objects.taxcode import TaxCode
from quickbooks.objects.taxservice import TaxRateDetails, TaxService
from quickbooks.objects.trackingclass import Class
from quickbooks.objects.vendor import Vendor

from tests.emulator_process import EmulatorCompany
from tests.third_party.papers import a_customer, a_line, an_account, an_invoice, an_item, cents


@pytest.mark.parametrize("kind", [Class, Department])
def test_a_tree_of_names(qb: QuickBooks, kind: type[Class] | type[Department]) -> None:
    top = kind()
    top.Name = "North"
    top.save(qb=qb)
    child = kind()
    child.Name, child.ParentRef = "Coast", top.to_ref()
    child.save(qb=qb)

    assert kind.get(child.Id, qb=qb).FullyQualifiedName == "North:Coast"
    child.Active = False
    child.save(qb=qb)
    assert [found.Name for found in kind.all(qb=qb)] == ["North"]


def test_a_customer_in_another_currency(qb: QuickBooks, company: EmulatorCompany) -> None:
    company.edit("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    customer = Customer()
    customer.DisplayName, customer.CurrencyRef = "Rive Gauche", {"value": "EUR"}
    customer.save(qb=qb)

    (euro,) = CompanyCurrency.all(qb=qb)
    assert (euro.Code, euro.Name, CompanyCurrency.get(euro.Id, qb=qb).Code) == ("EUR", "Euro", "EUR")


def test_a_tax_code_by_tax_service(qb: QuickBooks) -> None:
    (agency,) = TaxAgency.all(qb=qb)
    service, rate = TaxService(), TaxRateDetails()
    service.TaxCode = rate.TaxRateName = "County"
    rate.RateValue, rate.TaxAgencyId = 10, agency.Id
    service.TaxRateDetails.append(rate)
    made = service.save(qb=qb)

    assert (made.TaxCode, made.TaxRateDetails[0].TaxAgencyId) == ("County", "1")
    assert cents(made.TaxRateDetails[0].RateValue) == cents(10)
    assert TaxCode.get(made.TaxCodeId, qb=qb).Name == "County"


def test_a_note_on_an_invoice(qb: QuickBooks) -> None:
    invoice = an_invoice(qb, a_customer(qb), a_line(an_item(qb), 10))
    link = AttachableRef()
    link.EntityRef = invoice.to_ref()
    note = Attachable()
    note.Note = "Gate code 4711"
    note.AttachableRef.append(link)
    note.save(qb=qb)

    read = Attachable.get(note.Id, qb=qb)
    assert (read.Note, read.AttachableRef[0].EntityRef.value) == ("Gate code 4711", invoice.Id)
    where = f"AttachableRef.EntityRef.Type = 'Invoice' AND AttachableRef.EntityRef.value = '{invoice.Id}'"
    assert [found.Id for found in Attachable.where(where, qb=qb)] == [note.Id]
    read.delete(qb=qb)
    assert Attachable.all(qb=qb) == []


def test_names_are_shared_by_all_people(qb: QuickBooks) -> None:
    vendor = Vendor()
    vendor.DisplayName = "Stone Quarry"
    vendor.save(qb=qb)
    employee = Employee()
    employee.GivenName, employee.FamilyName = "Stone", "Quarry"
    for person in (employee, Customer()):
        person.DisplayName = "stone quarry"
        with pytest.raises(QuickbooksException) as refused:
            person.save(qb=qb)
        assert refused.value.error_code == 6240


def test_stock_falls_with_a_sale(qb: QuickBooks) -> None:
    item = Item()
    item.Name, item.Type, item.TrackQtyOnHand = "Fountain", "Inventory", True
    item.QtyOnHand, item.InvStartDate = 10, "2015-01-01"
    item.IncomeAccountRef = an_account(qb, "Sales of Product Income").to_ref()
    item.ExpenseAccountRef = an_account(qb, "Cost of Goods Sold").to_ref()
    item.AssetAccountRef = an_account(qb, "Inventory Asset").to_ref()
    item.save(qb=qb)
    an_invoice(qb, a_customer(qb), a_line(item, 75, Qty=3, UnitPrice=25))

    assert cents(Item.get(item.Id, qb=qb).QtyOnHand) == cents(7)


def test_a_journal_entry(qb: QuickBooks) -> None:
    entry = JournalEntry()
    for side, account in (("Debit", "Fuel"), ("Credit", "Checking")):
        line = JournalEntryLine()
        line.Amount = 20
        line.JournalEntryLineDetail = JournalEntryLineDetail()
        line.JournalEntryLineDetail.PostingType = side
        line.JournalEntryLineDetail.AccountRef = an_account(qb, account).to_ref()
        entry.Line.append(line)
    entry = entry.save(qb=qb)

    assert [line.JournalEntryLineDetail.PostingType for line in JournalEntry.get(entry.Id, qb=qb).Line] == [
        "Debit",
        "Credit",
    ]
