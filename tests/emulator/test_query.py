"""Facts 3: the query language over HTTP: what it finds, in which order and pages, and how it refuses."""

import http.client
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.emulator.conftest import Shop
from tests.emulator_process import ApiAnswer, EmulatorCompany


@pytest.fixture
def people(company: EmulatorCompany) -> EmulatorCompany:
    for given, family in (("Ann", "Archer"), ("Bo", "Baker"), ("Cy", "Archer"), ("Di", "O'Hara")):
        person = {"GivenName": given, "FamilyName": family, "DisplayName": f"{given} {family}"}
        company.create("Customer", person)
    return company


def ask(company: EmulatorCompany, statement: str) -> ApiAnswer:
    return company.call("GET", "query", params={"query": statement})


def names(company: EmulatorCompany, rest: str) -> list[str]:
    return [record["GivenName"] for record in company.query(f"SELECT * FROM Customer {rest}")]


def test_3_rows_come_with_position_and_number(people: EmulatorCompany) -> None:
    answer = ask(people, "SELECT * FROM Customer STARTPOSITION 2 MAXRESULTS 2").body["QueryResponse"]
    assert (answer["startPosition"], answer["maxResults"], len(answer["Customer"])) == (2, 2, 2)
    assert "totalCount" not in answer


def test_3_no_rows_is_an_empty_object(people: EmulatorCompany) -> None:
    assert ask(people, "SELECT * FROM Customer WHERE DisplayName = 'nobody'").body["QueryResponse"] == {}
    assert ask(people, "SELECT * FROM Customer STARTPOSITION 5").body["QueryResponse"] == {}


def test_3_count(people: EmulatorCompany) -> None:
    assert ask(people, "SELECT COUNT(*) FROM Customer").body["QueryResponse"] == {"totalCount": 4}
    counted = ask(people, "select count(*) from Customer where FamilyName = 'archer'").body["QueryResponse"]
    assert counted == {"totalCount": 2}


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("WHERE GivenName = 'Ann'", ["Ann"]),
        ("where givenname = 'ANN'", ["Ann"]),
        ("WHERE GivenName > 'Bo'", ["Cy", "Di"]),
        ("WHERE GivenName >= 'Bo' AND GivenName < 'Di'", ["Bo", "Cy"]),
        ("WHERE GivenName IN ('Bo', 'Di', 'nobody')", ["Bo", "Di"]),
        ("WHERE DisplayName LIKE '%arch%'", ["Ann", "Cy"]),
        ("WHERE DisplayName LIKE 'b%'", ["Bo"]),
        ("WHERE DisplayName LIKE '_o Baker'", []),
        (r"WHERE FamilyName = 'O\'Hara'", ["Di"]),
        ("WHERE Id IN ('1', '3')", ["Ann", "Cy"]),
        ("WHERE Id = '2'", ["Bo"]),
        ("WHERE CompanyName = ' '", ["Ann", "Bo", "Cy", "Di"]),
        ("WHERE Balance = '0.00'", ["Ann", "Bo", "Cy", "Di"]),
        ("WHERE Balance > '0'", []),
        ("WHERE Active = true", ["Ann", "Bo", "Cy", "Di"]),
        ("WHERE MetaData.CreateTime > '2020-01-01'", ["Ann", "Bo", "Cy", "Di"]),
        ("WHERE MetaData.LastUpdatedTime < '2020-01-01T00:00:00Z'", []),
        ("ORDERBY FamilyName, GivenName DESC", ["Cy", "Ann", "Bo", "Di"]),
        ("ORDER BY FamilyName DESC, GivenName", ["Di", "Bo", "Ann", "Cy"]),
        ("ORDERBY Id DESC MAXRESULTS 2", ["Di", "Cy"]),
        ("ORDERBY GivenName STARTPOSITION 3", ["Cy", "Di"]),
    ],
)
def test_3_what_a_query_finds(people: EmulatorCompany, rest: str, found: list[str]) -> None:
    assert names(people, rest) == found


def test_3_inactive_records_are_hidden_unless_asked_for(people: EmulatorCompany) -> None:
    people.edit("Customer", "2", {"Active": False})
    assert names(people, "") == ["Ann", "Cy", "Di"]
    assert names(people, "WHERE Active IN (true, false)") == ["Ann", "Bo", "Cy", "Di"]
    assert names(people, "WHERE Active = false") == ["Bo"]


def test_3_a_page_has_100_rows_if_nothing_is_said(company: EmulatorCompany) -> None:
    items = [
        {"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"C{n:03}"}} for n in range(120)
    ]
    for start in range(0, 120, 30):
        company.api("POST", "batch", {"BatchItemRequest": items[start : start + 30]})
    assert len(company.query("SELECT * FROM Customer")) == 100
    assert len(company.query("SELECT * FROM Customer MAXRESULTS 1000")) == 120


def test_3_references_are_filtered_by_their_bare_name(shop: Shop) -> None:
    made = shop.invoice()
    assert shop.company.query(f"SELECT * FROM Invoice WHERE CustomerRef = '{shop.customer['Id']}'") == [made]
    refused = ask(shop.company, "SELECT * FROM Invoice WHERE CustomerRef.value = '1'")
    assert (refused.code, refused.detail) == (
        "4001", "QueryValidationError: Property CustomerRef.value not found for Entity Invoice",
    )  # fmt: skip


def test_3_dates_numbers_and_today(shop: Shop) -> None:
    old, new = shop.invoice(TxnDate="2026-01-31"), shop.invoice(shop.line("7"))
    found = shop.company.query("SELECT * FROM Invoice WHERE TxnDate < '2026-02-01'")
    assert [record["Id"] for record in found] == [old["Id"]]
    found = shop.company.query("SELECT * FROM Invoice WHERE TxnDate = CURRENT_DATE AND TotalAmt < '7.01'")
    assert [record["Id"] for record in found] == [new["Id"]]


def test_3_total_count_stands_beside_invoices_found_by_id(shop: Shop) -> None:
    made = shop.invoice()
    answer = ask(shop.company, f"SELECT * FROM Invoice WHERE Id = '{made['Id']}'").body["QueryResponse"]
    assert answer["totalCount"] == 1


def test_3_deleted_records_are_not_found(shop: Shop) -> None:
    made = shop.invoice()
    shop.company.api("POST", "invoice?operation=delete", made)
    assert ask(shop.company, "SELECT COUNT(*) FROM Invoice").body["QueryResponse"]["totalCount"] == 0


def test_3_times_are_compared_by_the_second_that_is_shown(people: EmulatorCompany) -> None:
    shown = people.read("Customer", "4")["MetaData"]["LastUpdatedTime"]
    later = (datetime.fromisoformat(shown) + timedelta(seconds=1)).isoformat()
    assert "Di" in names(people, f"WHERE MetaData.LastUpdatedTime = '{shown}'")
    assert "Di" in names(people, f"WHERE MetaData.LastUpdatedTime >= '{shown}'")
    assert names(people, f"WHERE MetaData.LastUpdatedTime >= '{later}'") == []


def test_3_star_with_names_and_no_star_at_all(people: EmulatorCompany) -> None:
    assert len(people.query("SELECT *, Sku FROM Item")) == 0
    assert len(people.query("SELECT FROM Customer")) == 4


@pytest.mark.parametrize(
    "content_type", ["application/text", "text/plain", "application/x-www-form-urlencoded"]
)
def test_3_a_query_may_be_posted(people: EmulatorCompany, content_type: str) -> None:
    data = "SELECT * FROM Customer WHERE DisplayName LIKE '%'"
    answer = people.call("POST", "query", data=data, headers={"Content-Type": content_type})
    assert answer.body["QueryResponse"]["maxResults"] == 4


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        (
            "SELECT * FROM Purchase ORDER TxnDate",
            'Encountered " <IDENTIFIER> "TxnDate "" at line 1, column 30.',
        ),
        ("SELECT * FROM Customer WHERE Balance > 0", 'Encountered " <INTEGER> "0 "" at line 1, column 40.'),
        ("SELECT * FROM Customer WHERE", 'Encountered "<EOF>" at line 1, column 29.'),
        (
            "SELECT * FROM Customer\nWHERE Id = '1' OR Id = '2'",
            'Encountered " <IDENTIFIER> "OR "" at line 2, column 16.',
        ),
        (
            "SELECT * FROM Customer WHERE NOT Id = '1'",
            'Encountered " <IDENTIFIER> "Id "" at line 1, column 34.',
        ),
        (
            "SELECT * FROM Customer WHERE FamilyName = 'O''Hara'",
            'Encountered " <STRING> "\'Hara\' "" at line 1, column 46.',
        ),
        ("DELETE FROM Customer", 'Encountered " <IDENTIFIER> "DELETE "" at line 1, column 1.'),
        ("SELECT * FROM Customer MAXRESULTS 5 STARTPOSITION 1", "column 37."),
        ("SELECT * FROM Customer GROUP BY Id", 'Encountered " <IDENTIFIER> "GROUP "" at line 1, column 24.'),
    ],
)
def test_3_what_cannot_be_parsed_is_4000_with_its_place(
    company: EmulatorCompany, statement: str, detail: str
) -> None:
    refused = ask(company, statement)
    assert (refused.status, refused.code) == (400, "4000")
    assert refused.detail.startswith("QueryParserError: ")
    assert refused.detail.endswith(detail)


def test_3_not_equal_is_not_in_the_language(company: EmulatorCompany) -> None:
    refused = ask(company, "SELECT * FROM Customer WHERE Id != '1'")
    assert (refused.code, refused.detail) == (
        "4000",
        'QueryParserError: Lexical error at line 1, column 33.  Encountered: "!" (33), after : ""',
    )


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("SELECT * FROM Customer WHERE NoSuch = '1'", "Property NoSuch not found for Entity Customer"),
        ("SELECT * FROM Invoice WHERE PrivateNote = 'x'", "property 'PrivateNote' is not queryable"),
        ("SELECT * FROM Customer WHERE BalanceWithJobs > '1'", "property 'BalanceWithJobs' is not queryable"),
        ("SELECT * FROM Invoice ORDERBY CustomerRef", "property 'CustomerRef' is not sortable"),
        ("SELECT * FROM Customer STARTPOSITION 0", "value 0 is too small. Min allowed value is 1"),
        ("SELECT * FROM Customer MAXRESULTS 1001", "value 1001 is too large. Max allowed value is 1000"),
        ("SELECT * FROM Customer WHERE Id > '1'", "operator > is not supported for Id"),
        ("SELECT * FROM Customer WHERE Balance = 'much'", "Invalid value much for Balance"),
        ("SELECT * FROM Invoice WHERE TxnDate = 'soon'", "Invalid value soon for TxnDate"),
        ("SELECT * FROM Invoice WHERE MetaData.CreateTime > 'soon'", "Invalid date soon"),
    ],
)
def test_3_what_makes_no_sense_is_4001(company: EmulatorCompany, statement: str, detail: str) -> None:
    refused = ask(company, statement)
    assert (refused.status, refused.code) == (400, "4001")
    assert refused.detail == f"QueryValidationError: {detail}"


def test_3_a_raw_percent_sign_in_the_address_is_400(company: EmulatorCompany) -> None:
    address = urlsplit(company.emulator.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    path = f"/v3/company/{company.realm_id}/query?query=select+*+from+Customer+where+DisplayName+like+'%zz'"
    connection.request("GET", path, headers={"Authorization": f"Bearer {company.access_token}"})
    assert connection.getresponse().status == 400
    connection.close()


def test_2_a_query_without_statement_is_a_fault_under_200(company: EmulatorCompany) -> None:
    answer = company.call("GET", "query")
    assert (answer.status, answer.body["Fault"]["type"]) == (200, "SystemFault")


def test_9_5_names_alone_answer_only_those_attributes(shop: Shop) -> None:
    """As the sample on Intuit's Attachable page: `select Id from attachable ...`."""
    found = shop.company.query("select id, displayname, MetaData.CreateTime from Customer")
    assert found == [
        {
            "sparse": True,
            "Id": shop.customer["Id"],
            "DisplayName": "Ann Archer",
            "MetaData": {"CreateTime": shop.customer["MetaData"]["CreateTime"]},
        }
    ]
    assert shop.company.call("GET", "query?query=select Colour from Customer").code == "4001"
    assert shop.company.call("GET", "query?query=select Id DisplayName from Customer").code == "4000"
