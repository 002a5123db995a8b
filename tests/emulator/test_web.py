"""The emulator's pages, over the whole application: what they show, what their buttons do, and to whom they listen."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from emulator import seed
from emulator.app import create_app
from emulator.books import Company
from emulator.store import Store
from emulator.tokens import DEFAULT_CLIENT_ID

Json = dict[str, Any]
ORIGIN = "http://localhost"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
NASTY = "<script>alert('x')</script> & \"Sons\""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "emulator.sqlite3"))


@pytest.fixture
def company(store: Store) -> Company:
    company = store.create_company(name="Small Company")
    seed.empty(company)
    income = next(account for account in company.all("Account") if account["Name"] == "Services")
    company.create("Customer", {"DisplayName": "Ann", "PrimaryEmailAddr": {"Address": "ann@mail.example"}})
    company.create(
        "Item",
        {"Name": "Mowing", "Type": "Service", "IncomeAccountRef": {"value": income["Id"]}, "UnitPrice": 65},
    )
    return company


@pytest.fixture
def client(store: Store, company: Company) -> Iterator[FlaskClient]:
    app = create_app(store)
    with app.test_client() as client:
        client.environ_base["HTTP_ACCEPT"] = BROWSER["Accept"]
        yield client


@pytest.fixture
def invoice(company: Company) -> Json:
    return company.create("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line(2), line(1)]})


def line(quantity: int) -> Json:
    detail = {"ItemRef": {"value": "1"}, "Qty": quantity, "UnitPrice": 65, "TaxCodeRef": {"value": "NON"}}
    return {"Amount": quantity * 65, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


def press(
    client: FlaskClient, company: Company, where: str, origin: str = ORIGIN, **fields: str
) -> TestResponse:
    """Post a form as the browser of our own page does, and follow the redirect."""
    return client.post(
        f"/company/{company.realm_id}/{where}", data=fields, headers={"Origin": origin}, follow_redirects=True
    )


def look(client: FlaskClient, company: Company, where: str = "") -> str:
    answer = client.get(f"/company/{company.realm_id}/{where}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def message(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.status
    return html.unescape(" ".join(re.findall(r'class="note[^>]*>(.*?)</p>', answer.text, re.DOTALL)))


def test_the_first_page_lists_the_companies_and_says_what_it_is(
    client: FlaskClient, company: Company
) -> None:
    page = client.get("/").text
    assert page.index("EMULATOR") < page.index("Small Company")
    assert "Not the portal" in page
    assert company.realm_id in page
    assert "/_control/" in page


def pages(realm_id: str) -> list[str]:
    forms = (
        "invoices",
        "payments",
        "estimates",
        "credit-memos",
        "sales-receipts",
        "refund-receipts",
        "deposits",
    )
    lists = ("customers", "items", "accounts", "terms", "payment-methods", *forms)
    others = (
        "",
        "emails/",
        "requests/",
        "faults/",
        "clock/",
        "customers/1/",
        "items/1/",
        "terms/3/",
        "accounts/1/",
    )
    return ["/", *(f"/company/{realm_id}/{path}" for path in (*others, *(f"{name}/" for name in lists)))]


def test_every_page_opens_and_begins_with_the_word_emulator(client: FlaskClient, company: Company) -> None:
    for path in pages(company.realm_id):
        answer = client.get(path)
        assert answer.status_code == 200, path
        body = answer.text.partition("<body>")[2]
        words = re.sub(r"<[^>]+>", " ", body).replace("Skip to content", "").split()
        assert words[0] == "EMULATOR", path
        assert answer.text.partition("<title>")[2].startswith("EMULATOR"), path


@pytest.mark.parametrize("path", ["nowhere/", "customers/99/", "plants/", "invoices/99/pdf"])
def test_what_is_not_there_is_a_page_that_says_so(client: FlaskClient, company: Company, path: str) -> None:
    answer = client.get(f"/company/{company.realm_id}/{path}")
    assert answer.status_code == 404
    assert "EMULATOR" in answer.text


def test_an_unknown_company_is_not_there(client: FlaskClient) -> None:
    assert client.get("/company/1/").status_code == 404
    assert client.post("/company/1/disconnect").status_code == 404


def test_nothing_from_a_record_becomes_markup(client: FlaskClient, company: Company, invoice: Json) -> None:
    customer = company.create("Customer", {"DisplayName": NASTY, "Notes": NASTY})
    company.edit("Invoice", invoice["Id"], {"CustomerMemo": {"value": NASTY}, "PrivateNote": NASTY})
    for path in (
        "customers/",
        f"customers/{customer['Id']}/",
        f"invoices/{invoice['Id']}/",
        "customers/?q=<script>",
    ):
        raw = client.get(f"/company/{company.realm_id}/{path}").text
        assert "<script" not in raw
        assert "&lt;script" in raw


def test_a_search_with_an_apostrophe_finds(client: FlaskClient, company: Company) -> None:
    company.create("Customer", {"DisplayName": "Patrick O'Dwyer"})
    page = look(client, company, "customers/?q=O'Dw")
    assert "Patrick O'Dwyer" in page
    assert ">Ann<" not in page


def test_long_lists_have_pages(client: FlaskClient, company: Company) -> None:
    for number in range(60):
        company.create("Customer", {"DisplayName": f"Customer {number:02}"})
    first, second = look(client, company, "customers/"), look(client, company, "customers/?page=2")
    assert "1 to 50 of 61" in first
    assert "Customer 59" not in first
    assert "51 to 61 of 61" in second
    assert "Customer 59" in second


def test_a_customer_is_renamed_and_its_address_changed(client: FlaskClient, company: Company) -> None:
    answer = press(
        client,
        company,
        "customers/1/edit",
        **{"DisplayName": "Anne", "PrimaryEmailAddr.Address": "anne@mail.example", "Notes": ""},
    )
    assert "SyncToken is 1 now" in message(answer)
    saved = company.get("Customer", "1")
    assert (saved["DisplayName"], saved["PrimaryEmailAddr"]["Address"]) == ("Anne", "anne@mail.example")


def test_an_emptied_field_is_gone(client: FlaskClient, company: Company) -> None:
    press(client, company, "customers/1/edit", **{"PrimaryEmailAddr.Address": ""})
    assert "PrimaryEmailAddr" not in company.get("Customer", "1")


def test_saving_without_a_change_writes_nothing(client: FlaskClient, company: Company) -> None:
    answer = press(client, company, "customers/1/edit", DisplayName="Ann")
    assert "Nothing was changed" in message(answer)
    assert company.get("Customer", "1")["SyncToken"] == "0"


def test_a_field_that_is_no_input_cannot_be_changed(client: FlaskClient, company: Company) -> None:
    press(client, company, "customers/1/edit", Balance="5", SyncToken="9", Active="false")
    saved = company.get("Customer", "1")
    assert (saved["Balance"], saved["SyncToken"], saved["Active"]) == (0, "0", True)


def test_a_refusal_of_the_books_is_told(client: FlaskClient, company: Company) -> None:
    company.create("Customer", {"DisplayName": "Bob"})
    answer = press(client, company, "customers/1/edit", DisplayName="Bob")
    assert "6240" in message(answer)
    assert company.get("Customer", "1")["DisplayName"] == "Ann"


@pytest.mark.parametrize(
    ("slug", "entity"), [("customers", "Customer"), ("items", "Item"), ("payment-methods", "PaymentMethod")]
)
def test_names_are_made_inactive_and_active_again(
    client: FlaskClient, company: Company, slug: str, entity: str
) -> None:
    press(client, company, f"{slug}/1/active", Active="false")
    assert company.get(entity, "1")["Active"] is False
    assert "Make active" in look(client, company, f"{slug}/")
    press(client, company, f"{slug}/1/active", Active="true")
    assert company.get(entity, "1")["Active"] is True


def test_an_invoice_gets_another_memo_and_due_date(
    client: FlaskClient, company: Company, invoice: Json
) -> None:
    fields = {"CustomerMemo.value": "Gate code 12", "DueDate": "2030-01-31"}
    press(client, company, f"invoices/{invoice['Id']}/edit", **fields)
    saved = company.get("Invoice", invoice["Id"])
    assert (saved["CustomerMemo"]["value"], saved["DueDate"]) == ("Gate code 12", "2030-01-31")
    assert len(saved["Line"]) == len(invoice["Line"])


def test_a_quantity_is_changed_and_the_sums_follow(
    client: FlaskClient, company: Company, invoice: Json
) -> None:
    answer = press(client, company, f"invoices/{invoice['Id']}/quantity", line="1", Qty="2.5")
    assert "TotalAmt is 227.50" in message(answer)
    saved = company.get("Invoice", invoice["Id"])
    assert [Decimal(line["Amount"]) for line in saved["Line"]] == [Decimal("162.50"), 65, Decimal("227.50")]
    assert [line.get("Id") for line in saved["Line"]] == ["1", "2", None]


@pytest.mark.parametrize(
    "fields", [{"line": "9", "Qty": "1"}, {"line": "1", "Qty": "many"}, {"line": "1", "Qty": "NaN"}]
)
def test_a_quantity_that_is_none_changes_nothing(
    client: FlaskClient, company: Company, invoice: Json, fields: dict[str, str]
) -> None:
    answer = press(client, company, f"invoices/{invoice['Id']}/quantity", **fields)
    assert answer.status_code == 404
    assert company.get("Invoice", invoice["Id"]) == invoice


def test_a_payment_is_recorded_and_an_overpayment_stays_unapplied(
    client: FlaskClient, company: Company, invoice: Json
) -> None:
    fields = {
        "TotalAmt": "200.00",
        "PaymentMethodRef": "2",
        "PaymentRefNum": "10418",
        "TxnDate": "2026-11-20",
    }
    press(client, company, f"invoices/{invoice['Id']}/pay", **fields)
    (payment,) = company.all("Payment")
    assert (payment["PaymentRefNum"], payment["TxnDate"]) == ("10418", "2026-11-20")
    assert (Decimal(payment["TotalAmt"]), Decimal(payment["UnappliedAmt"])) == (Decimal(200), Decimal(5))
    assert company.get("Invoice", invoice["Id"])["Balance"] == 0
    assert f"Payment {payment['Id']}" in look(client, company, f"invoices/{invoice['Id']}/")


def test_a_payment_of_no_number_is_refused(client: FlaskClient, company: Company, invoice: Json) -> None:
    answer = press(client, company, f"invoices/{invoice['Id']}/pay", TotalAmt="ten")
    assert "not a number" in message(answer)
    assert company.all("Payment") == []


def test_void_and_delete(client: FlaskClient, company: Company, invoice: Json) -> None:
    press(client, company, f"invoices/{invoice['Id']}/pay", TotalAmt="195")
    (payment,) = company.all("Payment")
    press(client, company, f"payments/{payment['Id']}/void")
    assert company.get("Payment", payment["Id"])["TotalAmt"] == 0
    assert company.get("Invoice", invoice["Id"])["Balance"] == 195
    press(client, company, f"invoices/{invoice['Id']}/void")
    assert company.get("Invoice", invoice["Id"])["TotalAmt"] == 0
    assert ">void<" in look(client, company, f"invoices/{invoice['Id']}/")
    answer = press(client, company, f"invoices/{invoice['Id']}/delete")
    assert "deleted" in message(answer)
    assert company.all("Invoice") == []


def test_sending_leaves_an_email_with_its_document(
    client: FlaskClient, company: Company, invoice: Json
) -> None:
    press(client, company, f"invoices/{invoice['Id']}/send", sendTo="boss@mail.example")
    page = look(client, company, "emails/")
    assert "boss@mail.example" in page
    assert "Invoice from Small Company" in page
    assert f"invoices/{invoice['Id']}/" in page


def test_the_pdf_opens_in_the_browser(client: FlaskClient, company: Company, invoice: Json) -> None:
    answer = client.get(f"/company/{company.realm_id}/invoices/{invoice['Id']}/pdf")
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF-")


def test_the_settings_that_the_api_cannot_change(client: FlaskClient, company: Company) -> None:
    press(client, company, "settings", CustomTxnNumbers="true", BookCloseDate="2026-09-30")
    preferences = company.get("Preferences", "1")
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert preferences["AccountingInfoPrefs"]["BookCloseDate"] == "2026-09-30"
    press(client, company, "settings", CustomTxnNumbers="false", BookCloseDate="")
    assert "BookCloseDate" not in company.get("Preferences", "1")["AccountingInfoPrefs"]


def bearer(client: FlaskClient, company: Company) -> dict[str, str]:
    answer = client.post("/_control/tokens", json={"realmId": company.realm_id}).get_json()
    return {"Authorization": f"Bearer {answer['access_token']}", "Accept": "application/json"}


def ask(client: FlaskClient, company: Company, headers: dict[str, str]) -> int:
    path = f"/v3/company/{company.realm_id}/companyinfo/{company.realm_id}"
    return client.get(path, headers=headers).status_code


def test_disconnecting_kills_the_tokens(client: FlaskClient, company: Company) -> None:
    headers = bearer(client, company)
    assert ask(client, company, headers) == 200
    assert "Billing portal" in look(client, company)
    assert "1 app connected" in look(client, company)
    press(client, company, "disconnect")
    assert ask(client, company, headers) == 401
    assert "0 apps connected" in look(client, company)


def test_the_requests_of_an_app_are_shown(client: FlaskClient, company: Company) -> None:
    headers = bearer(client, company)
    client.get(
        f"/v3/company/{company.realm_id}/query?query=select+%2A+from+Term&minorversion=75", headers=headers
    )
    page = look(client, company, "requests/")
    assert "query?query=select * from Term" in page
    assert "minorversion" not in page
    assert "select * from Term" in look(client, company)


def test_a_fault_is_armed_and_switched_off(client: FlaskClient, company: Company) -> None:
    headers = bearer(client, company)
    press(client, company, "faults/arm", kind="503", count="0")
    assert ask(client, company, headers) == 503
    press(client, company, "faults/clear")
    assert ask(client, company, headers) == 200


def test_a_fault_waits_for_its_turn(client: FlaskClient, company: Company) -> None:
    headers = bearer(client, company)
    press(client, company, "faults/arm", kind="500", after="1", count="1")
    assert [ask(client, company, headers) for _ in range(3)] == [200, 500, 200]


def test_a_fault_of_no_kind_is_refused(client: FlaskClient, company: Company) -> None:
    assert "unknown kind" in message(press(client, company, "faults/arm", kind="earthquake"))


def test_the_clock_is_turned_and_comes_back(client: FlaskClient, company: Company) -> None:
    press(client, company, "clock/turn", how="speed", speed="0")
    press(client, company, "clock/turn", how="set", to="2027-02-03T09:30")
    assert company.now.isoformat() == "2027-02-03T17:30:00+00:00"
    press(client, company, "clock/turn", how="advance", by="day")
    assert company.now.isoformat() == "2027-02-04T17:30:00+00:00"
    press(client, company, "clock/turn", how="real")
    assert abs(company.now - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.parametrize(("field", "value"), [("to", "soon"), ("to", "")])
def test_a_time_that_is_none_leaves_the_clock_alone(
    client: FlaskClient, company: Company, field: str, value: str
) -> None:
    assert "no time" in message(press(client, company, "clock/turn", how="set", **{field: value}))


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Referer": "http://evil.example/x"}, {"Origin": "null"}]
)
def test_another_site_cannot_press_the_buttons(
    client: FlaskClient, company: Company, headers: dict[str, str]
) -> None:
    answer = client.post(
        f"/company/{company.realm_id}/customers/1/active", data={"Active": "false"}, headers=headers
    )
    assert answer.status_code == 403
    assert "EMULATOR" in answer.text
    assert company.get("Customer", "1")["Active"] is True


def test_after_a_button_the_browser_is_sent_back_to_its_page(client: FlaskClient, company: Company) -> None:
    came_from = f"/company/{company.realm_id}/customers/?page=1"
    answer = client.post(
        f"/company/{company.realm_id}/customers/1/active",
        data={"Active": "false"},
        headers={"Origin": ORIGIN, "Referer": f"{ORIGIN}{came_from}"},
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == came_from


CONSENT = {
    "client_id": DEFAULT_CLIENT_ID,
    "response_type": "code",
    "scope": "com.intuit.quickbooks.accounting openid",
    "redirect_uri": "http://localhost:8000/callback",
    "state": 'a"b<c',
}


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', page)
    return {name: html.unescape(value) for name, value in found}


def test_consent_offers_the_companies_and_carries_the_request(
    client: FlaskClient, store: Store, company: Company
) -> None:
    other = store.create_company(name="Other & Company")
    page = client.get("/connect/oauth2", query_string=CONSENT).text
    assert "Billing portal wants to connect" in page
    assert re.findall(r'name="realm_id" value="(\d+)"', page) == [company.realm_id, other.realm_id]
    assert "Other &amp; Company" in page
    assert hidden(page) == CONSENT


@pytest.mark.parametrize(("decision", "expected"), [("allow", "code="), ("deny", "error=access_denied")])
def test_the_answer_goes_back_to_the_app(
    client: FlaskClient, company: Company, decision: str, expected: str
) -> None:
    form = hidden(client.get("/connect/oauth2", query_string=CONSENT).text)
    answer = client.post("/connect/oauth2", data=form | {"decision": decision, "realm_id": company.realm_id})
    assert answer.status_code in {302, 303}
    location = answer.headers["Location"]
    assert location.startswith("http://localhost:8000/callback?")
    assert expected in location
    assert "state=a%22b%3Cc" in location


def test_a_reset_gives_each_demo_company_its_own_books_again(client: FlaskClient, store: Store) -> None:
    seed.populate(store, "demo")
    before = {company.realm_id: (company.name, len(company.all("Invoice"))) for company in store.companies()}
    small = next(company for company in store.companies() if company.name.startswith("Cedar"))
    assert client.post("/_control/reset", json={"realmId": small.realm_id, "seed": "demo"}).status_code == 200
    after = {company.realm_id: (company.name, len(company.all("Invoice"))) for company in store.companies()}
    assert after == before


def test_programs_get_a_plain_404(client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert "EMULATOR" not in answer.text
