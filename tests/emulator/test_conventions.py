"""Facts 2: what holds for every entity: shapes, tokens, full and sparse updates, deletes, times, types."""

import re
from decimal import Decimal

import pytest
from requests.adapters import HTTPAdapter

from tests.emulator.conftest import Shop
from tests.emulator_process import EmulatorCompany

ENVELOPE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?-0[78]:00")


def test_2_create_answers_200_with_the_record_and_the_time(company: EmulatorCompany) -> None:
    answer = company.call("POST", "customer", {"DisplayName": "Ann"})
    assert answer.status == 200
    assert answer.body.keys() == {"Customer", "time"}
    assert ENVELOPE_TIME.fullmatch(answer.body["time"])
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert answer.headers["intuit_tid"]


def test_2_every_record_has_domain_sparse_and_a_token_that_starts_at_zero(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann"})
    assert (made["domain"], made["sparse"], made["SyncToken"]) == ("QBO", False, "0")


@pytest.mark.parametrize(
    ("moment", "offset"), [("2026-01-15T12:00:00Z", "-08:00"), ("2026-07-15T12:00:00Z", "-07:00")]
)
def test_2_times_have_no_fraction_and_the_pacific_offset(
    company: EmulatorCompany, moment: str, offset: str
) -> None:
    company = company.emulator.company()
    company.turn_clock(set=moment)
    fresh = company.new_tokens()
    made = fresh.create("Customer", {"DisplayName": "Ann"})
    assert re.fullmatch(rf"2026-0\d-15T0[45]:00:0\d{offset}", made["MetaData"]["CreateTime"])
    assert made["MetaData"]["CreateTime"] == made["MetaData"]["LastUpdatedTime"]


def test_2_each_write_counts_the_token_up_by_one(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann"})
    for count in range(1, 4):
        change = {"Id": made["Id"], "SyncToken": str(count - 1), "sparse": True, "Notes": f"{count}"}
        assert company.update("Customer", change)["SyncToken"] == str(count)


def test_2_sparse_update_leaves_alone_what_it_does_not_name(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann", "Notes": "old", "CompanyName": "Co"})
    changed = company.update("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "new"})
    assert (changed["Notes"], changed["CompanyName"], changed["sparse"]) == ("new", "Co", False)


def test_2_full_update_clears_the_writable_fields_left_out(company: EmulatorCompany) -> None:
    made = company.create(
        "Customer", {"DisplayName": "Ann", "Notes": "old", "PrimaryPhone": {"FreeFormNumber": "1"}}
    )
    changed = company.update("Customer", {"Id": made["Id"], "SyncToken": "0", "DisplayName": "Ann"})
    assert "Notes" not in changed
    assert "PrimaryPhone" not in changed
    assert changed["Balance"] == made["Balance"]
    assert changed["CurrencyRef"] == made["CurrencyRef"]


@pytest.mark.parametrize("empty", ["", {}, {"FreeFormNumber": ""}])
def test_2_a_field_is_cleared_sparsely_by_an_empty_value(company: EmulatorCompany, empty: object) -> None:
    made = company.create("Customer", {"DisplayName": "Ann", "PrimaryPhone": {"FreeFormNumber": "1"}})
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrimaryPhone": empty}
    assert "PrimaryPhone" not in company.update("Customer", change)


def test_2_a_null_does_not_clear_sparsely(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann", "Notes": "kept"})
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": None}
    assert company.update("Customer", change)["Notes"] == "kept"


def test_2_display_and_check_name_cannot_be_removed(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann", "PrintOnCheckName": "Ann A."})
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "", "PrintOnCheckName": ""}
    changed = company.update("Customer", change)
    assert (changed["DisplayName"], changed["PrintOnCheckName"]) == ("Ann", "Ann A.")


def test_2_read_only_attributes_are_overwritten_in_silence(shop: Shop) -> None:
    made = shop.invoice(TotalAmt=999, Balance=1, HomeTotalAmt=3, MetaData={"CreateTime": "2000-01-01"})
    assert (made["TotalAmt"], made["Balance"]) == (100, 100)
    assert not made["MetaData"]["CreateTime"].startswith("2000")


def test_2_input_is_read_leniently(company: EmulatorCompany) -> None:
    made = company.create("Term", {"Name": "Net 120", "DueDays": "120", "Active": "true"})
    assert (made["DueDays"], made["Active"]) == (120, True)


def test_2_ids_and_tokens_are_strings_and_money_is_a_number(shop: Shop) -> None:
    made = shop.invoice()
    assert isinstance(made["Id"], str)
    assert isinstance(made["SyncToken"], str)
    assert isinstance(made["DocNumber"], str)
    assert isinstance(made["TotalAmt"], Decimal)
    assert made["Balance"] == Decimal("100.00")
    assert made["LinkedTxn"] == []
    assert made["TxnTaxDetail"] == {"TotalTax": 0}


def test_2_delete_answers_a_stub_and_later_reads_610(shop: Shop) -> None:
    made = shop.invoice()
    answer = shop.company.api("POST", "invoice?operation=delete", {"Id": made["Id"], "SyncToken": "0"})
    assert answer["Invoice"] == {"status": "Deleted", "domain": "QBO", "Id": made["Id"]}
    gone = shop.company.call("GET", f"invoice/{made['Id']}")
    assert (gone.status, gone.code) == (400, "610")


def test_8_1_an_old_token_is_5010_and_writes_nothing(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Ann"})
    company.edit("Customer", made["Id"], {"Notes": "theirs"})
    refused = company.call(
        "POST", "customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "ours"}
    )
    assert (refused.status, refused.code) == (400, "5010")
    assert refused.body["Fault"]["type"] == "ValidationFault"
    assert "were working on this at the same time" in refused.detail
    assert company.read("Customer", made["Id"])["Notes"] == "theirs"


def test_2_bytes_that_are_not_utf_8_give_500(company: EmulatorCompany) -> None:
    answer = company.call("POST", "customer", data=b'{"DisplayName": "Caf\xe9"}')
    assert (answer.status, answer.code) == (400, "500")


def test_2_names_keep_their_letters(company: EmulatorCompany) -> None:
    made = company.create("Customer", {"DisplayName": "Żółć & Søn <b>"})
    assert company.read("Customer", made["Id"])["DisplayName"] == "Żółć & Søn <b>"


def test_2_what_an_entity_cannot_do_is_code_500(company: EmulatorCompany) -> None:
    answer = company.call("POST", "customer?operation=delete", {"Id": "1", "SyncToken": "0"})
    assert (answer.status, answer.code) == (400, "500")
    assert company.call("POST", "taxcode", {"Name": "Mine"}).code == "500"


@pytest.mark.parametrize("path", ["bill/1", "query?query=select * from Bill", "reports/ProfitAndLoss"])
def test_unsupported_things_answer_501_and_a_fault(company: EmulatorCompany, path: str) -> None:
    answer = company.call("GET", path)
    assert (answer.status, answer.code) == (501, "501")


def test_2_many_writes_use_one_connection(company: EmulatorCompany) -> None:
    """A client that keeps its connection must find it open, as at Intuit."""
    session = company.emulator.session
    company.create("Customer", {"DisplayName": "Ann"})
    adapter = session.get_adapter(company.emulator.url)
    assert isinstance(adapter, HTTPAdapter)
    pool = adapter.poolmanager.connection_from_url(company.emulator.url)
    before = pool.num_connections
    for name in "abcdefgh":
        company.create("Customer", {"DisplayName": name})
    assert pool.num_connections == before
