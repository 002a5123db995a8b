"""The pages of items, and the chart of accounts."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from invoices.forms.item import ItemForm
from invoices.models import Account, Item
from qbo.models import Company, OutboxEntry
from tests.factories import AccountFactory, CompanyFactory, ItemFactory

D = Decimal


@pytest.fixture
def income(company: Company) -> Account:
    made: Account = AccountFactory(company=company, name="Landscaping Services", account_type="Income")
    return made


@pytest.fixture
def typed(income: Account) -> dict[str, str]:
    return {
        "name": "Mulch", "item_type": "NonInventory", "sku": "M-1", "unit_price": "62.5",
        "income_account": str(income.pk), "taxable": "on", "description": "Front beds",
    }  # fmt: skip


def url(company: Company, tail: str = "") -> str:
    return f"/c/{company.pk}/items/{tail}"


def as_shown(item: Item, **changes: str) -> dict[str, str]:
    posted = {field.name: field.value() for field in ItemForm(instance=Item.objects.get(pk=item.pk))}
    return {name: str(value) for name, value in posted.items() if value not in (None, False, "")} | changes


def test_a_new_item_is_saved_and_queued(
    biller: Client, company: Company, typed: Any, income: Account
) -> None:
    answer = biller.post(url(company, "new/"), typed)

    item = Item.objects.get()
    assert answer.url == item.get_absolute_url()
    assert (item.name, item.item_type, item.sku, item.unit_price, item.income_account, item.taxable) == (
        "Mulch", "NonInventory", "M-1", D("62.5"), income, True,
    )  # fmt: skip
    assert OutboxEntry.objects.get().entity == "Item"
    assert "62.50" in biller.get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"name": "Mulch: fine"}, "name", "no colon"),
        ({"name": "grounds"}, "name", "already"),
        ({"unit_price": "-1"}, "unit_price", "negative"),
        ({"unit_price": "lots"}, "unit_price", "figure"),
        ({"income_account": ""}, "income_account", "Fill this in"),
        ({"item_type": "Inventory"}, "item_type", "not on the list"),
    ],
)
def test_mistakes_are_told_at_their_field_and_nothing_is_saved(
    biller: Client, company: Company, typed: Any, wrong: dict[str, str], field: str, words: str
) -> None:
    ItemFactory(company=company, name="Grounds")

    answer = biller.post(url(company, "new/"), typed | wrong)

    assert answer.status_code == 422
    assert words in answer.context["form"].errors[field][0]
    assert "Front beds" in answer.content.decode()
    assert Item.objects.count() == 1
    assert not OutboxEntry.objects.exists()


def test_a_stale_form_is_asked_about(biller: Client, company: Company, income: Account) -> None:
    item = ItemFactory(company=company, income_account=income)
    posted = as_shown(item, unit_price="75")
    Item.objects.update(unit_price=80)

    answer = biller.post(item.get_edit_url(), posted)

    assert "80" in answer.context["form"].errors["unit_price"][0]
    assert Item.objects.get().unit_price == D(80)


def test_the_type_and_number_of_one_that_quickbooks_has_stay(
    biller: Client, company: Company, income: Account
) -> None:
    item = ItemFactory(company=company, income_account=income, sku="A")
    biller.post(item.get_edit_url(), as_shown(item, item_type="NonInventory", sku="B", name="Renamed"))
    item.refresh_from_db()
    assert (item.name, item.item_type, item.sku) == ("Renamed", "Service", "A")


@pytest.mark.parametrize("kind", ["Inventory", "Group", "Category"])
def test_what_quickbooks_keeps_is_read_only(biller: Client, company: Company, kind: str) -> None:
    item = ItemFactory(company=company, item_type=kind)

    assert "in QuickBooks only" in biller.get(item.get_absolute_url()).content.decode()
    assert biller.get(item.get_edit_url()).status_code == 302
    biller.post(f"{item.get_absolute_url()}deactivate/")

    assert Item.objects.get().active
    assert not OutboxEntry.objects.exists()


def test_inactive_and_active_again_under_its_own_name(biller: Client, company: Company) -> None:
    item = ItemFactory(company=company, name="Mulch")
    biller.post(f"{item.get_absolute_url()}deactivate/")
    item.refresh_from_db()
    assert not item.active
    Item.objects.update(name="Mulch (deleted)")  # as QuickBooks answers

    biller.post(f"{item.get_absolute_url()}reactivate/")

    item.refresh_from_db()
    assert (item.active, item.name) == (True, "Mulch")
    Item.objects.update(name="Mulch (deleted)", active=False)
    ItemFactory(company=company, name="Mulch")
    answer = biller.post(f"{item.get_absolute_url()}reactivate/", follow=True)
    assert "Another item is called Mulch now" in answer.content.decode()


def test_the_list_by_type_and_search(viewer: Client, company: Company) -> None:
    ItemFactory(company=company, name="Mulch", sku="M-1")
    ItemFactory(company=company, name="Lamp", item_type="Inventory")
    ItemFactory(company=company, name="Old", active=False)

    def names(query: str) -> list[str]:
        return [item.name for item in viewer.get(url(company, query)).context["page"].object_list]

    assert names("") == ["Lamp", "Mulch"]
    assert names("?tab=Inventory") == ["Lamp"]
    assert names("?tab=inactive") == ["Old"]
    assert names("?q=m-1") == ["Mulch"]
    assert names("?tab=nonsense&page=9") == ["Lamp", "Mulch"]


def test_viewers_read_and_change_nothing(viewer: Client, company: Company) -> None:
    item = ItemFactory(company=company)
    assert "Edit" not in viewer.get(item.get_absolute_url()).content.decode().split("<main")[1]
    assert viewer.get(url(company, "new/")).status_code == 403
    assert viewer.get(item.get_edit_url()).status_code == 403
    assert viewer.post(f"{item.get_absolute_url()}deactivate/").status_code == 403
    assert viewer.get(ItemFactory(company=CompanyFactory()).get_absolute_url()).status_code == 404


def test_accounts_are_listed_by_type(viewer: Client, company: Company, income: Account) -> None:
    AccountFactory(company=company, name="Checking", number="1000")
    AccountFactory(company=company, name="Closed", active=False)

    def shown(query: str = "") -> list[tuple[str, list[str]]]:
        types = viewer.get(f"/c/{company.pk}/accounts/{query}").context["types"]
        return [(kind, [str(account) for account in accounts]) for kind, accounts in types]

    assert shown() == [("Bank", ["Checking"]), ("Income", ["Landscaping Services"])]
    assert shown("?q=100") == [("Bank", ["Checking"])]
