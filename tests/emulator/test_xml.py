"""Facts 2 and 8.2: XML in and out, as the SDKs speak it that are older than the JSON of the API."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from tests.emulator.conftest import Shop
from tests.emulator_process import EmulatorCompany

SPACE = "{http://schema.intuit.com/finance/v3}"
XML = {"Accept": "application/xml", "Content-Type": "application/xml"}


def ask(company: EmulatorCompany, method: str, path: str, body: str | None = None) -> Element:
    answer = company.call(method, path, data=body, headers=XML)
    assert answer.headers["Content-Type"] == "application/xml;charset=UTF-8"
    return ElementTree.fromstring(answer.text)


def text(element: Element, path: str) -> str | None:
    """The text at a path like `Customer/DisplayName`."""
    return element.findtext("/".join(SPACE + step for step in path.split("/")))


def one(element: Element, path: str) -> Element:
    found = element.find("/".join(SPACE + step for step in path.split("/")))
    assert found is not None, ElementTree.tostring(element)
    return found


def test_a_record_is_read_in_its_envelope(shop: Shop) -> None:
    answer = ask(shop.company, "GET", f"customer/{shop.customer['Id']}")
    assert answer.tag == f"{SPACE}IntuitResponse"
    assert answer.get("time")
    assert one(answer, "Customer").attrib == {"domain": "QBO", "sparse": "false"}
    assert [child.tag.removeprefix(SPACE) for child in one(answer, "Customer")][:3] == [
        "Id",
        "SyncToken",
        "MetaData",
    ]
    assert text(answer, "Customer/DisplayName") == "Ann Archer"
    assert text(answer, "Customer/PrimaryEmailAddr/Address") == "ann@example.com"
    assert text(answer, "Customer/Active") == "true"


def test_an_invoice_goes_in_and_comes_out_with_its_references_and_lines(shop: Shop) -> None:
    item = shop.service["Id"]
    line = f"""<Line><Amount>{{}}</Amount><DetailType>SalesItemLineDetail</DetailType><SalesItemLineDetail>
        <ItemRef>{item}</ItemRef><UnitPrice>{{}}</UnitPrice><Qty>2</Qty></SalesItemLineDetail></Line>"""
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
        <Invoice xmlns="http://schema.intuit.com/finance/v3"><CustomerRef>{shop.customer["Id"]}</CustomerRef>
        {line.format("21.00", "10.50")}{line.format("5.00", "2.50")}
        <CustomerMemo>Thanks &amp; bye</CustomerMemo><BillEmail><Address>a@b.example</Address></BillEmail></Invoice>"""
    answer = ask(shop.company, "POST", "invoice", body)
    assert one(answer, "Invoice/CustomerRef").get("name") == "Ann Archer"
    assert text(answer, "Invoice/CustomerRef") == shop.customer["Id"]
    assert (text(answer, "Invoice/TotalAmt"), text(answer, "Invoice/CustomerMemo")) == (
        "26.00",
        "Thanks & bye",
    )
    assert len(one(answer, "Invoice").findall(f"{SPACE}Line")) == 3
    stored = shop.company.read("Invoice", str(text(answer, "Invoice/Id")))
    assert (stored["TotalAmt"], stored["BillEmail"]) == (26, {"Address": "a@b.example"})


def test_a_sparse_update_and_a_delete(shop: Shop) -> None:
    invoice = shop.invoice()
    head = f"<Id>{invoice['Id']}</Id><SyncToken>0</SyncToken>"
    changed = ask(
        shop.company,
        "POST",
        "invoice",
        f'<Invoice sparse="true">{head}<PrivateNote>x</PrivateNote></Invoice>',
    )
    assert (text(changed, "Invoice/PrivateNote"), text(changed, "Invoice/TotalAmt")) == ("x", "100.00")
    gone = ask(
        shop.company, "POST", "invoice?operation=delete", f"<Invoice>{head.replace('>0<', '>1<')}</Invoice>"
    )
    assert one(gone, "Invoice").attrib == {"domain": "QBO", "status": "Deleted"}


def test_a_query_a_count_and_changes(shop: Shop) -> None:
    shop.invoice()
    found = ask(shop.company, "GET", "query?query=select * from Customer")
    assert one(found, "QueryResponse").attrib == {"startPosition": "1", "maxResults": "1"}
    assert text(found, "QueryResponse/Customer/DisplayName") == "Ann Archer"
    counted = ask(shop.company, "GET", "query?query=select count(*) from Customer")
    assert one(counted, "QueryResponse").attrib == {"totalCount": "1"}
    changed = ask(
        shop.company,
        "GET",
        f"cdc?entities=Invoice,Vendor&changedSince={shop.customer['MetaData']['CreateTime']}",
    )
    assert len(one(changed, "CDCResponse").findall(f"{SPACE}QueryResponse")) == 2


def test_a_payment_with_what_it_pays(shop: Shop) -> None:
    invoice = shop.invoice()
    paid = shop.payment("40", **{invoice["Id"]: "40"})
    answer = ask(shop.company, "GET", f"payment/{paid['Id']}")
    assert text(answer, "Payment/Line/LinkedTxn/TxnType") == "Invoice"
    assert text(answer, "Payment/Line/LineEx/NameValue/Name") == "txnId"
    again = f"""<Payment><CustomerRef>{shop.customer["Id"]}</CustomerRef><TotalAmt>60.00</TotalAmt>
        <Line><Amount>60.00</Amount><LinkedTxn><TxnId>{invoice["Id"]}</TxnId><TxnType>Invoice</TxnType></LinkedTxn></Line></Payment>"""
    assert text(ask(shop.company, "POST", "payment", again), "Payment/UnappliedAmt") == "0"


def test_a_batch(shop: Shop) -> None:
    body = """<IntuitBatchRequest xmlns="http://schema.intuit.com/finance/v3">
        <BatchItemRequest bId="a" operation="create"><Customer><DisplayName>Bo</DisplayName></Customer>
        </BatchItemRequest>
        <BatchItemRequest bId="b" operation="create"><Customer><DisplayName>Ann Archer</DisplayName></Customer>
        </BatchItemRequest><BatchItemRequest bId="c"><Query>select * from Term</Query></BatchItemRequest>
        </IntuitBatchRequest>"""
    items = ask(shop.company, "POST", "batch", body).findall(f"{SPACE}BatchItemResponse")
    assert [item.get("bId") for item in items] == ["a", "b", "c"]
    assert text(items[0], "Customer/DisplayName") == "Bo"
    assert one(items[1], "Fault/Error").get("code") == "6240"
    assert one(items[2], "QueryResponse").get("maxResults") == "4"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("customer", "<Customer><Colour>red</Colour></Customer>", "2010"),
        ("customer", "<Vendor><DisplayName>Bo</DisplayName></Vendor>", "2010"),
        ("customer", "<Customer>", "2010"),
        (
            "customer",
            '<!DOCTYPE a [<!ENTITY b "c">]><Customer><DisplayName>&b;</DisplayName></Customer>',
            "2010",
        ),
        ("invoice", "<Invoice><Id>999</Id><SyncToken>0</SyncToken></Invoice>", "610"),
    ],
)
def test_8_2_a_fault_in_xml(company: EmulatorCompany, path: str, body: str, code: str) -> None:
    fault = one(ask(company, "POST", path, body), "Fault")
    assert fault.get("type") == "ValidationFault"
    assert one(fault, "Error").get("code") == code
    assert text(fault, "Error/Message")
    assert text(fault, "Error/Detail")


def test_8_2_the_gateway_refuses_in_xml_too(company: EmulatorCompany) -> None:
    company.access_token = "x" * 40
    fault = one(ask(company, "GET", "preferences"), "Fault")
    assert (fault.get("type"), one(fault, "Error").get("code")) == ("AUTHENTICATION", "3200")


@pytest.mark.parametrize(
    ("accept", "is_xml"),
    [
        ("application/json", False),
        ("*/*", False),
        ("text/xml", True),
        ("application/json, application/xml;q=0.5", False),
        ("application/xml, application/json;q=0.5", True),
    ],
)
def test_2_accept_chooses(company: EmulatorCompany, accept: str, is_xml: bool) -> None:
    answer = company.call("GET", "preferences", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith("application/xml") is is_xml
