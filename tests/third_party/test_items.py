"""Items, and the accounts that they need."""

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import QuickbooksException, ValidationException
from quickbooks.objects.item import Item

from tests.third_party.papers import an_account, an_item, cents


def test_what_was_created_reads_back(qb: QuickBooks) -> None:
    item = an_item(qb, "Hedge trimming", 128.35)

    read = Item.get(item.Id, qb=qb)
    assert read.to_dict() == item.to_dict()
    assert (read.Name, read.FullyQualifiedName, read.Type) == ("Hedge trimming", "Hedge trimming", "Service")
    assert cents(read.UnitPrice) == cents("128.35")
    assert (read.IncomeAccountRef.name, read.Active, read.SyncToken) == ("Services", True, "0")


def test_update_and_sparse_update(qb: QuickBooks) -> None:
    item = an_item(qb)
    item.Description, item.UnitPrice = "per visit", 99.5
    item = item.save(qb=qb)
    item.sparse, item.Description, item.Name = True, None, "Autumn cleanup"
    item = item.save(qb=qb)

    assert (item.Name, item.Description, item.SyncToken) == ("Autumn cleanup", "per visit", "2")
    assert cents(item.UnitPrice) == cents("99.50")


def test_lists_show_the_sku_because_the_client_asks_for_it(qb: QuickBooks) -> None:
    item = an_item(qb)
    item.Sku = "SC-1"
    item.save(qb=qb)

    assert [found.Sku for found in Item.all(qb=qb)] == ["SC-1"]
    assert [found.Id for found in Item.filter(Sku="SC-1", qb=qb)] == [item.Id]


def test_an_inactive_item_is_hidden_until_asked_for(qb: QuickBooks) -> None:
    item = an_item(qb)
    item.Active = False
    item.save(qb=qb)

    assert Item.all(qb=qb) == []
    assert [found.Id for found in Item.filter(Active=False, qb=qb)] == [item.Id]


def test_a_taken_name_is_refused(qb: QuickBooks) -> None:
    an_item(qb, "Spring cleanup")

    with pytest.raises(QuickbooksException) as refused:
        an_item(qb, "spring cleanup")
    assert refused.value.error_code == 6240


def test_a_stale_version_is_refused(qb: QuickBooks) -> None:
    item = an_item(qb)
    item.save(qb=qb)  # the client keeps the token it had

    with pytest.raises(QuickbooksException) as refused:
        item.save(qb=qb)
    assert refused.value.error_code == 5010


def test_a_service_without_an_income_account_is_refused(qb: QuickBooks) -> None:
    item = Item()
    item.Name, item.Type = "Spring cleanup", "Service"

    with pytest.raises(ValidationException) as refused:
        item.save(qb=qb)
    assert refused.value.error_code == 2020


def test_inventory(qb: QuickBooks) -> None:
    item = Item()
    item.Name, item.Type, item.TrackQtyOnHand = "Drip line", "Inventory", True
    item.QtyOnHand, item.InvStartDate = 10, "2026-01-01"
    item.IncomeAccountRef = an_account(qb, "Sales of Product Income").to_ref()
    item.ExpenseAccountRef = an_account(qb, "Cost of Goods Sold").to_ref()
    item.AssetAccountRef = an_account(qb, "Prepaid Expenses").to_ref()
    made = item.save(qb=qb)

    read = Item.get(made.Id, qb=qb)
    assert (read.Type, read.TrackQtyOnHand, int(read.QtyOnHand)) == ("Inventory", True, 10)
