"""Facts 9.1: classes and departments; and journal entries, as far as they go."""

import pytest

from tests.emulator.conftest import Json, Shop
from tests.emulator_process import EmulatorCompany

MARKS = {"Class": ("SubClass", " (deleted)"), "Department": ("SubDepartment", " (Deleted)")}


def sparse(record: Json, **changes: object) -> Json:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}


@pytest.mark.parametrize("entity", MARKS)
def test_9_1_a_tree_of_names(company: EmulatorCompany, entity: str) -> None:
    child_flag, mark = MARKS[entity]
    top = company.create(entity, {"Name": "North"})
    child = company.create(entity, {"Name": "Coast", "ParentRef": {"value": top["Id"]}})
    assert (top[child_flag], child[child_flag]) == (False, True)
    assert child["FullyQualifiedName"] == "North:Coast"
    company.update(entity, sparse(top, Name="South"))
    assert company.read(entity, child["Id"])["FullyQualifiedName"] == "South:Coast"
    assert company.call("POST", entity.lower(), {"Name": "south"}).code == "6240"
    assert company.call("POST", entity.lower(), {}).code == "2020"
    gone = company.update(
        entity, sparse(child, Active=False, SyncToken=company.read(entity, child["Id"])["SyncToken"])
    )
    assert (gone["Name"], gone["Active"]) == (f"Coast{mark}", False)


def test_9_3_forms_are_tracked(shop: Shop) -> None:
    tracked = shop.company.create("Class", {"Name": "Garden"})
    place = shop.company.create("Department", {"Name": "Shop"})
    line = shop.line()
    line["SalesItemLineDetail"]["ClassRef"] = {"value": tracked["Id"]}
    made = shop.invoice(line, DepartmentRef={"value": place["Id"]})
    assert made["DepartmentRef"] == {"value": place["Id"], "name": "Shop"}
    assert made["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": tracked["Id"], "name": "Garden"}


def entry(company: EmulatorCompany, *postings: tuple[str, str, int]) -> Json:
    lines = [
        {
            "Amount": amount, "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {
                "PostingType": side, "AccountRef": {"value": company.id_of("Account", account)},
            },
        }
        for side, account, amount in postings
    ]  # fmt: skip
    return {"Line": lines}


def test_a_journal_entry_balances(company: EmulatorCompany) -> None:
    made = company.create("JournalEntry", entry(company, ("Debit", "Fuel", 20), ("Credit", "Checking", 20)))
    assert (made["TotalAmt"], made["Adjustment"], [line["Id"] for line in made["Line"]]) == (
        20,
        False,
        ["0", "1"],
    )
    assert company.query("SELECT * FROM JournalEntry")[0]["Id"] == made["Id"]


def test_8_3_what_a_journal_entry_cannot_be(company: EmulatorCompany) -> None:
    def code(payload: Json) -> str:
        return company.call("POST", "journalentry", payload).code

    assert code(entry(company, ("Debit", "Fuel", 20), ("Credit", "Checking", 19))) == "2300"
    assert code({}) == "2250"
    assert code(entry(company, ("Debit", "Fuel", -20), ("Credit", "Checking", -20))) == "2290"
    nowhere = entry(company, ("Debit", "Fuel", 20), ("Credit", "Checking", 20))
    del nowhere["Line"][0]["JournalEntryLineDetail"]["AccountRef"]
    assert code(nowhere) == "6440"
    owed = ("Debit", "Accounts Receivable (A/R)", 20)
    assert code(entry(company, owed, ("Credit", "Checking", 20))) == "6000"  # nobody is named who owes it
    nobody = entry(company, owed, ("Credit", "Checking", 20))
    nobody["Line"][0]["JournalEntryLineDetail"]["Entity"] = {"Type": "Customer", "EntityRef": {"value": "99"}}
    assert code(nobody) == "2500"
    assert code(entry(company, ("Credit", "Accounts Payable (A/P)", 20), ("Debit", "Fuel", 20))) == "501"


def test_a_journal_entry_on_receivables_moves_the_customers_balance(shop: Shop) -> None:
    company = shop.company
    write_off = entry(company, ("Credit", "Accounts Receivable (A/R)", 30), ("Debit", "Fuel", 30))
    who = {"Type": "Customer", "EntityRef": {"value": shop.customer["Id"]}}
    write_off["Line"][0]["JournalEntryLineDetail"]["Entity"] = who
    shop.invoice(shop.line("100"))
    made = company.create("JournalEntry", write_off)

    detail = made["Line"][0]["JournalEntryLineDetail"]
    assert detail["Entity"]["EntityRef"] == {"value": shop.customer["Id"], "name": "Ann Archer"}
    assert shop.balance() == 70
    report = company.api("GET", "reports/CustomerBalanceDetail")
    section, _ = report["Rows"]["Row"]
    types = [row["ColData"][1]["value"] for row in section["Rows"]["Row"]]
    assert sorted(types) == ["Invoice", "Journal Entry"]
    assert section["Summary"]["ColData"][-1]["value"] == "70.00"
    company.api("POST", "journalentry", {"Id": made["Id"], "SyncToken": "0"}, params={"operation": "delete"})
    assert shop.balance() == 100
