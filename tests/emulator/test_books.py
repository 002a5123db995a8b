"""Hypothesis: whatever legal things happen to a company, its books add up (facts 9.3, 9.4)."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from emulator.books import Company
from emulator.faults import QuickBooksFault
from emulator.seed import empty
from emulator.store import Store

Json = dict[str, Any]
MONEY = st.integers(1, 50_000).map(lambda cents: Decimal(cents) / 100)
# refusals that legal work may meet: over-applied, paid, still owing, not theirs, deposited
ACCEPTABLE = {6000, 6220, 620, 6540}
FORMS = ("Invoice", "CreditMemo", "Estimate", "SalesReceipt", "RefundReceipt")
ON_SHELF = 1000


def dec(value: Any) -> Decimal:
    return Decimal(value)


class Books(RuleBasedStateMachine):
    """Two customers, one of them a job of the other, buy and pay at random."""

    @initialize()
    def open_company(self) -> None:
        self.folder = TemporaryDirectory()
        self.company: Company = Store(str(Path(self.folder.name) / "books.sqlite3")).create_company()
        empty(self.company)
        income = {
            "value": self.company.query("select * from Account where AccountType = 'Income'")["Account"][0][
                "Id"
            ]
        }
        account = {
            made["AccountSubType"]: {"value": made["Id"]} for made in reversed(self.company.all("Account"))
        }
        self.checking = account["Checking"]
        self.tax_code = next(code["Id"] for code in self.company.all("TaxCode") if "SalesTaxRateList" in code)
        self.item = self.company.create(
            "Item", {"Name": "Lamp", "Type": "Service", "IncomeAccountRef": income, "Taxable": True}
        )["Id"]
        self.thing = self.company.create(
            "Item",
            {
                "Name": "Pot", "Type": "Inventory", "QtyOnHand": ON_SHELF, "InvStartDate": "2026-01-01",
                "TrackQtyOnHand": True, "IncomeAccountRef": income, "AssetAccountRef": account["Inventory"],
                "ExpenseAccountRef": account["SuppliesMaterialsCogs"],
            },
        )["Id"]  # fmt: skip
        parent = self.company.create("Customer", {"DisplayName": "Ann"})["Id"]
        job = {"DisplayName": "Roof", "Job": True, "BillWithParent": True, "ParentRef": {"value": parent}}
        self.customers = [parent, self.company.create("Customer", job)["Id"]]
        self.writes: dict[tuple[str, str], int] = {}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def attempt(self, entity: str, method: str, payload: Json) -> None:
        """Do it or be refused for a good reason; a refusal changes nothing."""
        before = self.company.all(entity)
        refused = self.refusal(entity, method, payload)
        assert refused is None or (refused in ACCEPTABLE and self.company.all(entity) == before)

    def refusal(self, entity: str, method: str, payload: Json) -> int | None:
        try:
            getattr(self.company, method)(entity, payload)
        except QuickBooksFault as fault:
            return fault.code
        return None

    def lines(self, amounts: list[Decimal]) -> list[Json]:
        detail = {"ItemRef": {"value": self.item}}
        return [
            {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": dict(detail)}
            for amount in amounts
        ]

    def pots(self, count: int) -> list[Json]:
        detail = {"ItemRef": {"value": self.thing}, "Qty": count, "UnitPrice": 3}
        line = {"DetailType": "SalesItemLineDetail", "Amount": 3 * count, "SalesItemLineDetail": detail}
        return [line] if count else []

    def pick(self, entity: str, data: st.DataObject) -> Json:
        record: Json = data.draw(st.sampled_from(self.company.all(entity)))
        return record

    @rule(who=st.integers(0, 1), amounts=st.lists(MONEY, min_size=1, max_size=3), percent=st.integers(0, 100))
    def sell(self, who: int, amounts: list[Decimal], percent: int) -> None:
        discount = {
            "DetailType": "DiscountLineDetail",
            "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": percent},
        }
        self.company.create(
            "Invoice",
            {
                "CustomerRef": {"value": self.customers[who]},
                "Line": [*self.lines(amounts), discount],
                "TxnTaxDetail": {"TxnTaxCodeRef": {"value": self.tax_code}},
                "ApplyTaxAfterDiscount": bool(percent % 2),
            },
        )

    @rule(
        entity=st.sampled_from(["CreditMemo", "Estimate", "SalesReceipt", "RefundReceipt"]),
        who=st.integers(0, 1),
        amounts=st.lists(MONEY, min_size=1, max_size=2),
        pots=st.integers(0, 3),
    )
    def write(self, entity: str, who: int, amounts: list[Decimal], pots: int) -> None:
        payload: Json = {
            "CustomerRef": {"value": self.customers[who]},
            "Line": [*self.lines(amounts), *self.pots(pots)],
        }
        if entity == "RefundReceipt":
            payload["DepositToAccountRef"] = self.checking
        self.company.create(entity, payload)

    @precondition(lambda self: bool(self.company.all("Estimate")))
    @rule(data=st.data(), who=st.integers(0, 1), amount=MONEY)
    def invoice_an_estimate(self, data: st.DataObject, who: int, amount: Decimal) -> None:
        link = [{"TxnId": self.pick("Estimate", data)["Id"], "TxnType": "Estimate"}]
        payload = {
            "CustomerRef": {"value": self.customers[who]},
            "Line": self.lines([amount]),
            "LinkedTxn": link,
        }
        self.attempt("Invoice", "create", payload)

    @rule(data=st.data(), entity=st.sampled_from(["Payment", "SalesReceipt"]))
    def bank(self, data: st.DataObject, entity: str) -> None:
        if self.company.all(entity):
            record = self.pick(entity, data)
            link = {"TxnId": record["Id"], "TxnType": entity}
            line = {"Amount": record["TotalAmt"], "LinkedTxn": [link]}
            self.attempt("Deposit", "create", {"DepositToAccountRef": self.checking, "Line": [line]})

    @rule(data=st.data(), amount=MONEY, who=st.integers(0, 1))
    def pay(self, data: st.DataObject, amount: Decimal, who: int) -> None:
        payload = {
            "CustomerRef": {"value": self.customers[who]},
            "TotalAmt": amount,
            "Line": self.some_lines(data),
        }
        self.attempt("Payment", "create", payload)

    @precondition(lambda self: bool(self.company.all("Payment")))
    @rule(data=st.data(), amount=MONEY)
    def change_payment(self, data: st.DataObject, amount: Decimal) -> None:
        payment = self.pick("Payment", data)
        change = {"TotalAmt": amount, "Line": self.some_lines(data)}
        self.attempt(
            "Payment",
            "update",
            {"Id": payment["Id"], "SyncToken": payment["SyncToken"], "sparse": True, **change},
        )

    @rule(
        data=st.data(),
        entity=st.sampled_from(FORMS),
        amounts=st.lists(MONEY, min_size=1, max_size=2),
        pots=st.integers(0, 3),
    )
    def change_form(self, data: st.DataObject, entity: str, amounts: list[Decimal], pots: int) -> None:
        if self.company.all(entity):
            form = self.pick(entity, data)
            change = {
                "Id": form["Id"],
                "SyncToken": form["SyncToken"],
                "sparse": True,
                "Line": [*self.lines(amounts), *self.pots(pots)],
            }
            self.attempt(entity, "update", change)

    @rule(
        data=st.data(),
        entity=st.sampled_from([*FORMS, "Payment", "Deposit"]),
        method=st.sampled_from(["void", "delete"]),
    )
    def undo(self, data: st.DataObject, entity: str, method: str) -> None:
        if self.company.all(entity) and not (entity in {"Estimate", "Deposit"} and method == "void"):
            record = self.pick(entity, data)
            self.attempt(entity, method, {"Id": record["Id"], "SyncToken": record["SyncToken"]})

    @rule(who=st.integers(0, 1))
    def retire(self, who: int) -> None:
        customer = self.company.get("Customer", self.customers[who])
        change = {"Id": customer["Id"], "SyncToken": customer["SyncToken"], "sparse": True, "Active": False}
        self.attempt("Customer", "update", change)
        self.company.edit("Customer", self.customers[who], {"Active": True})

    def some_lines(self, data: st.DataObject) -> list[Json]:
        forms = [(entity, form) for entity in ("Invoice", "CreditMemo") for form in self.company.all(entity)]
        chosen = data.draw(st.lists(st.sampled_from(forms), max_size=3)) if forms else []
        return [
            {"Amount": data.draw(MONEY), "LinkedTxn": [{"TxnId": form["Id"], "TxnType": entity}]}
            for entity, form in chosen
        ]

    @invariant()
    def a_form_is_open_by_its_total_less_what_is_applied(self) -> None:
        if not hasattr(self, "company"):
            return
        applied = dict(self.applied())
        for entity in ("Invoice", "CreditMemo"):
            for form in self.company.all(entity):
                target = (entity, form["Id"])
                paid = sum((part for (_, to), part in applied.items() if to == target), Decimal(0))
                assert dec(form["Balance"]) == dec(form["TotalAmt"]) - paid
                assert dec(form["Balance"]) >= 0
                assert form.get("RemainingCredit", form["Balance"]) == form["Balance"]
                links = {link["TxnId"] for link in form["LinkedTxn"] if link["TxnType"] == "Payment"}
                assert links == {by for by, to in applied if to == target}

    @invariant()
    def the_subtotal_is_the_sum_of_the_items(self) -> None:
        if not hasattr(self, "company"):
            return
        for entity in FORMS:
            for form in self.company.all(entity):
                subtotal = next(line for line in form["Line"] if line["DetailType"] == "SubTotalLineDetail")
                items = [line for line in form["Line"] if line["DetailType"] == "SalesItemLineDetail"]
                assert dec(subtotal["Amount"]) == sum(dec(line["Amount"]) for line in items)

    @invariant()
    def a_payment_is_applied_or_unapplied(self) -> None:
        if not hasattr(self, "company"):
            return
        for payment in self.company.all("Payment"):
            left = dec(payment["TotalAmt"])
            for line in payment["Line"]:
                credit = line["LinkedTxn"][0]["TxnType"] == "CreditMemo"
                left += dec(line["Amount"]) if credit else -dec(line["Amount"])
            assert dec(payment["UnappliedAmt"]) == left
            assert left >= 0

    @invariant()
    def a_customers_balance_is_the_sum(self) -> None:
        if not hasattr(self, "company"):
            return
        own = {identity: Decimal(0) for identity in self.customers}
        for entity, amount, sign in (
            ("Invoice", "Balance", 1), ("CreditMemo", "Balance", -1), ("Payment", "UnappliedAmt", -1),
        ):  # fmt: skip
            for record in self.company.all(entity):
                own[record["CustomerRef"]["value"]] += sign * dec(record[amount])
        parent, job = (self.company.get("Customer", identity) for identity in self.customers)
        assert (dec(parent["Balance"]), dec(job["Balance"])) == tuple(own.values())
        assert dec(parent["BalanceWithJobs"]) == sum(own.values())

    @invariant()
    def an_estimate_is_closed_by_the_invoice_that_links_to_it(self) -> None:
        if not hasattr(self, "company"):
            return
        made = {
            link["TxnId"]: invoice["Id"]
            for invoice in self.company.all("Invoice")
            for link in invoice["LinkedTxn"]
            if link["TxnType"] == "Estimate"
        }
        for estimate in self.company.all("Estimate"):
            invoice = made.pop(estimate["Id"], None)
            assert estimate["LinkedTxn"] == ([{"TxnId": invoice, "TxnType": "Invoice"}] if invoice else [])
            assert (estimate["TxnStatus"] == "Closed") == bool(invoice)
        assert not made

    @invariant()
    def what_is_deposited_says_so(self) -> None:
        if not hasattr(self, "company"):
            return
        held = {
            (link["TxnType"], link["TxnId"], deposit["Id"])
            for deposit in self.company.all("Deposit")
            for line in deposit["Line"]
            for link in line["LinkedTxn"]
        }
        said = {
            (entity, record["Id"], link["TxnId"])
            for entity in ("Payment", "SalesReceipt")
            for record in self.company.all(entity)
            for link in record.get("LinkedTxn", [])
        }
        assert held == said

    @invariant()
    def the_shelf_holds_what_is_not_sold(self) -> None:
        if not hasattr(self, "company"):
            return
        left = Decimal(ON_SHELF)
        for entity, sign in (("Invoice", -1), ("SalesReceipt", -1), ("CreditMemo", 1), ("RefundReceipt", 1)):
            for form in self.company.all(entity):
                for line in form["Line"]:
                    detail = line.get("SalesItemLineDetail", {})
                    if detail.get("ItemRef", {}).get("value") == self.thing:
                        left += sign * dec(detail["Qty"])
        assert dec(self.company.get("Item", self.thing)["QtyOnHand"]) == left

    @invariant()
    def tokens_only_go_up(self) -> None:
        if not hasattr(self, "company"):
            return
        for entity in (*FORMS, "Payment", "Deposit"):
            for record in self.company.all(entity):
                key = (entity, record["Id"])
                assert int(record["SyncToken"]) >= self.writes.get(key, 0)
                self.writes[key] = int(record["SyncToken"])

    def applied(self) -> Iterator[tuple[tuple[str, tuple[str, str]], Decimal]]:
        """(payment, (kind of form, form)) and the amount."""
        sums: dict[tuple[str, tuple[str, str]], Decimal] = {}
        for payment in self.company.all("Payment"):
            for line in payment["Line"]:
                link = line["LinkedTxn"][0]
                key = (payment["Id"], (link["TxnType"], link["TxnId"]))
                sums[key] = sums.get(key, Decimal(0)) + dec(line["Amount"])
        yield from sums.items()


Books.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestBooks = Books.TestCase
