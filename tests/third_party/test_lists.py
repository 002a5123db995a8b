"""The company itself and its stock lists."""

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import UnsupportedException
from quickbooks.objects.account import Account
from quickbooks.objects.bill import Bill
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.paymentmethod import PaymentMethod
from quickbooks.objects.preferences import Preferences
from quickbooks.objects.taxcode import TaxCode
from quickbooks.objects.taxrate import TaxRate
from quickbooks.objects.term import Term

from tests.emulator_process import EmulatorCompany
from tests.third_party.papers import an_account, cents


def test_the_company(qb: QuickBooks, company: EmulatorCompany) -> None:
    read = CompanyInfo.get(company.realm_id, qb=qb)
    (queried,) = CompanyInfo.all(qb=qb)

    assert (read.Id, read.Country) == ("1", "US")
    assert read.CompanyName.startswith("Company ")
    assert queried.to_dict() == read.to_dict()


def test_the_preferences(qb: QuickBooks) -> None:
    read = Preferences.get(qb=qb)

    assert read.Id == "1"
    assert read.SalesFormsPrefs.CustomTxnNumbers is False
    assert read.SalesFormsPrefs.DefaultTerms.value == "3"
    assert (read.TaxPrefs.UsingSalesTax, read.TaxPrefs.PartnerTaxEnabled) == (True, True)
    assert (read.CurrencyPrefs.HomeCurrency.value, read.CurrencyPrefs.MultiCurrencyEnabled) == ("USD", False)


def test_a_preference_can_be_changed(qb: QuickBooks) -> None:
    preferences = Preferences.get(qb=qb)
    preferences.SalesFormsPrefs.CustomTxnNumbers = True
    preferences.save(qb=qb)

    assert Preferences.get(qb=qb).SalesFormsPrefs.CustomTxnNumbers is True


def test_terms(qb: QuickBooks) -> None:
    assert [(term.Name, int(term.DueDays)) for term in Term.all(order_by="Id", qb=qb)] == [
        ("Due on receipt", 0),
        ("Net 15", 15),
        ("Net 30", 30),
        ("Net 60", 60),
    ]
    term = Term()
    term.Name, term.DueDays = "Net 10", "10"
    made = term.save(qb=qb)
    made.DueDays = 12
    made.save(qb=qb)
    assert (int(Term.get(made.Id, qb=qb).DueDays), made.Type) == (12, "STANDARD")


def test_payment_methods(qb: QuickBooks) -> None:
    methods = {method.Name: method.Type for method in PaymentMethod.all(qb=qb)}
    assert (methods["Check"], methods["Visa"]) == ("NON_CREDIT_CARD", "CREDIT_CARD")

    (check,) = PaymentMethod.filter(Name="Check", qb=qb)
    check.Active = False
    check.save(qb=qb)
    assert "Check" not in {method.Name for method in PaymentMethod.all(qb=qb)}


def test_accounts(qb: QuickBooks) -> None:
    account = Account()
    account.Name, account.AccountSubType = "Petty Cash", "CashOnHand"
    made = account.save(qb=qb)

    read = Account.get(made.Id, qb=qb)
    assert (read.Name, read.AccountType, read.Classification) == ("Petty Cash", "Bank", "Asset")
    assert cents(read.CurrentBalance) == 0
    banks = Account.where("AccountType = 'Bank' AND Active = true", order_by="Name", qb=qb)
    assert [bank.Name for bank in banks] == ["Checking", "Petty Cash", "Savings"]
    assert an_account(qb, "Undeposited Funds").AccountSubType == "UndepositedFunds"


def test_tax_codes_begin_with_the_pseudo_codes(qb: QuickBooks) -> None:
    codes = {code.Id: code for code in TaxCode.all(qb=qb)}

    assert list(codes)[:3] == ["TAX", "NON", "CustomSalesTax"]
    assert (codes["TAX"].Taxable, codes["NON"].Taxable) == (True, False)
    (detail,) = codes["2"].SalesTaxRateList.TaxRateDetail
    assert cents(TaxRate.get(detail.TaxRateRef.value, qb=qb).RateValue) == cents(8)


def test_a_tax_code_cannot_be_made_directly(qb: QuickBooks) -> None:
    with pytest.raises(UnsupportedException):
        qb.create_object("TaxCode", '{"Name": "Ours"}')


def test_what_the_emulator_does_not_have_is_refused_loudly(qb: QuickBooks) -> None:
    for ask in (lambda: qb.get_report("ProfitAndLoss"), lambda: Bill.all(qb=qb)):
        with pytest.raises(UnsupportedException) as refused:
            ask()
        assert (refused.value.error_code, refused.value.message) == (501, "Not supported by the emulator")
