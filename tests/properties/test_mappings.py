"""The law of every mapping: taking an object in and reading our row gives what QuickBooks sent.

So pull then push makes no call, for any object, whatever it is made of. Each example is taken in through the same
door as in real life (`pull.take`).
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from qbo.models import Company, OutboxEntry
from qbo.sync import pull
from qbo.sync.merge import differing
from qbo.sync.registry import mapping_for

TIMES = {"CreateTime": "2026-11-01T09:00:00-07:00", "LastUpdatedTime": "2026-11-23T09:40:00-08:00"}

text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
money = st.decimals(0, 99999, places=2)
rate = st.decimals(0, 9999, places=5)
dates = st.dates().map(str).filter(lambda day: day > "1900")
flags = st.booleans()


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of these properties, or none."""
    return st.fixed_dictionaries({}, optional=fields)


def whole(
    entity: str, required: dict[str, Any], **optional: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """An object of QuickBooks with its identity, the required properties and any of the optional ones."""
    identity = {"Id": st.just("77"), "SyncToken": st.integers(0, 9).map(str), "MetaData": st.just(TIMES)}
    return st.fixed_dictionaries({**identity, **required}, optional=optional)


def ref(qbo_id: str) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({"value": st.just(qbo_id)}, optional={"name": text})


addresses = some(
    Id=text, Line1=text, Line2=text, City=text, CountrySubDivisionCode=text, PostalCode=text, Country=text
)
customers = whole(
    "Customer",
    {"DisplayName": text},
    Title=text.map(lambda value: value[:16]),
    GivenName=text,
    FamilyName=text,
    CompanyName=text,
    PrintOnCheckName=text,
    PrimaryEmailAddr=some(Address=text),
    PrimaryPhone=some(FreeFormNumber=text),
    Notes=text,
    Active=flags,
    Taxable=flags,
    SalesTermRef=ref("3"),
    BillAddr=addresses,
    ShipAddr=addresses,
    Balance=money,
    CurrencyRef=ref("USD"),
    PreferredDeliveryMethod=st.just("Print"),
)
items = whole(
    "Item",
    {"Name": text, "Type": st.sampled_from(["Service", "NonInventory", "Inventory"])},
    Description=text,
    UnitPrice=rate,
    Taxable=flags,
    Active=flags,
    IncomeAccountRef=ref("5"),
)
item_lines = st.fixed_dictionaries(
    {
        "Id": st.integers(1, 99).map(str),
        "Amount": money,
        "DetailType": st.just("SalesItemLineDetail"),
        "SalesItemLineDetail": st.fixed_dictionaries(
            {"ItemRef": ref("4"), "TaxCodeRef": st.sampled_from([{"value": "TAX"}, {"value": "NON"}])},
            optional={"Qty": rate, "UnitPrice": rate, "ServiceDate": dates, "ClassRef": ref("900")},
        ),
    },
    optional={"Description": text, "LineNum": st.integers(1, 9)},
)
text_lines = st.fixed_dictionaries(
    {"Id": st.integers(1, 99).map(str), "DetailType": st.just("DescriptionOnly"), "Description": text},
    optional={"DescriptionLineDetail": st.just({}), "LineNum": st.integers(1, 9)},
)
odd_lines = st.fixed_dictionaries(
    {
        "Amount": money,
        "DetailType": st.just("SalesItemLineDetail"),
        "SalesItemLineDetail": st.just({"ItemRef": {"value": "SHIPPING_ITEM_ID"}}),
    }
)
subtotals = st.fixed_dictionaries(
    {"Amount": money, "DetailType": st.just("SubTotalLineDetail"), "SubTotalLineDetail": st.just({})}
)
discounts = st.builds(
    lambda amount, detail: {
        "Amount": amount,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": detail,
    },
    st.decimals(1, 9, places=2),
    some(DiscountAccountRef=ref("86")).map(lambda detail: {"PercentBased": False, **detail}),
)
invoices = whole(
    "Invoice",
    {
        "CustomerRef": ref("2"),
        "Line": st.builds(
            lambda lines, tail: [*lines, *tail],
            st.lists(
                item_lines | text_lines | odd_lines, max_size=4, unique_by=lambda line: line.get("Id", "")
            ),
            st.sampled_from([[], ["sub"]]).flatmap(
                lambda kind: st.lists(subtotals, min_size=len(kind), max_size=1)
            ),
        ),
        "TotalAmt": money,
        "Balance": money,
    },
    DocNumber=text,
    TxnDate=dates,
    DueDate=dates,
    SalesTermRef=ref("3"),
    BillEmail=some(Address=text),
    CustomerMemo=some(value=text),
    PrivateNote=text,
    ApplyTaxAfterDiscount=flags,
    TxnTaxDetail=some(TotalTax=money, TxnTaxCodeRef=ref("6")),
    EmailStatus=st.sampled_from(["NotSet", "EmailSent"]),
    LinkedTxn=st.just([]),
)
discounted = st.builds(
    lambda invoice, discount: {**invoice, "Line": [*invoice["Line"], discount]}, invoices, discounts
)
payments = whole(
    "Payment",
    {"CustomerRef": ref("2"), "TotalAmt": money},
    TxnDate=dates,
    PaymentMethodRef=ref("7"),
    PaymentRefNum=text,
    DepositToAccountRef=ref("5"),
    PrivateNote=text,
    UnappliedAmt=money,
    Line=st.lists(
        st.fixed_dictionaries(
            {
                "Amount": st.decimals(0, 999, places=2),
                "LinkedTxn": st.sampled_from(
                    [
                        [{"TxnId": "8", "TxnType": "Invoice"}],
                        [{"TxnId": "31", "TxnType": "CreditMemo"}],
                        [{"TxnId": "32", "TxnType": "JournalEntry"}],
                    ]
                ),
            },
            optional={"LineEx": st.just({"any": []})},
        ),
        max_size=4,
    ),
)


class MappingLaw(TestCase):
    def fresh_company(self) -> None:
        """Hypothesis rolls back after each example, so each begins with what the examples refer to."""
        self.company = Company.objects.create(realm_id="1", name="Kestrel Ridge")
        self.have("Account", {"Id": "5", "SyncToken": "0", "Name": "Checking"})
        self.have("Term", {"Id": "3", "SyncToken": "0", "Name": "Net 30", "DueDays": 30})
        self.have("PaymentMethod", {"Id": "7", "SyncToken": "0", "Name": "Check"})
        self.have("TaxCode", {"Id": "6", "SyncToken": "0", "Name": "California"})
        self.have("Customer", {"Id": "2", "SyncToken": "0", "DisplayName": "Alder Court"})
        self.have("Item", {"Id": "4", "SyncToken": "0", "Name": "Mowing", "Type": "Service"})
        self.have(
            "Invoice", {"Id": "8", "SyncToken": "0", "CustomerRef": {"value": "2"}, "TxnDate": "2026-11-01"}
        )

    def have(self, entity: str, payload: dict[str, Any]) -> None:
        pull.take(mapping_for(entity), self.company, payload)

    def check(self, entity: str, payload: dict[str, Any]) -> None:
        """Taken in, read back, compared; then the same news again, and nothing waits to be sent."""
        self.fresh_company()
        mapping = mapping_for(entity)
        pull.take(mapping, self.company, payload)
        obj = mapping.find(self.company, "77")
        assert obj is not None
        view = mapping.view(payload)

        assert differing(mapping.groups, mapping.dump(obj), view) == frozenset()
        assert pull.take(mapping, self.company, payload) is pull.Taken.SAME
        assert not OutboxEntry.objects.exists()

    @given(customers)
    @settings(max_examples=40, deadline=None)
    def test_customers(self, payload: dict[str, Any]) -> None:
        self.check("Customer", payload)

    @given(items)
    @settings(max_examples=30, deadline=None)
    def test_items(self, payload: dict[str, Any]) -> None:
        self.check("Item", payload)

    @given(invoices | discounted)
    @settings(max_examples=80, deadline=None)
    def test_invoices(self, payload: dict[str, Any]) -> None:
        self.check("Invoice", {"TxnDate": "2026-11-01", **payload})

    @given(invoices | discounted)
    @settings(max_examples=30, deadline=None)
    def test_credit_memos(self, payload: dict[str, Any]) -> None:
        self.check("CreditMemo", {"TxnDate": "2026-11-01", **payload})

    @given(
        invoices | discounted, some(ExpirationDate=dates, TxnStatus=st.sampled_from(["Pending", "Accepted"]))
    )
    @settings(max_examples=30, deadline=None)
    def test_estimates(self, payload: dict[str, Any], more: dict[str, Any]) -> None:
        self.check("Estimate", {"TxnDate": "2026-11-01", **payload, **more})

    @given(payments)
    @settings(max_examples=60, deadline=None)
    def test_payments(self, payload: dict[str, Any]) -> None:
        self.check("Payment", {"TxnDate": "2026-11-01", **payload})
