"""Receive payment by keyboard alone: a pile of ten checks, and what can go wrong with one."""

import time
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.portal import Portal, connect, sign_in


class Keyboard:
    """Someone whose mouse is broken."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> "Keyboard":
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type(self, text: str) -> "Keyboard":
        self.page.keyboard.type(text)
        return self

    def is_at(self, element: str) -> "Keyboard":
        expect(self.page.locator(f"#{element}")).to_be_focused()
        return self

    def start(self, customer: str, number: str, amount: str, rows: int) -> "Keyboard":
        """Customer, number and amount; the cursor stays in the amount."""
        self.is_at("id_customer").type(customer).press("Tab")
        expect(self.page.locator("#rows input[name^=apply-]")).to_have_count(rows)
        self.is_at("id_ref_number").type(number).press("Tab")
        return self.is_at("id_total").type(amount)

    def left_over(self, text: str) -> "Keyboard":
        expect(self.page.locator("#tie .sum td")).to_have_text(text)
        return self

    def save(self, says: str) -> "Keyboard":
        self.press("Control+Enter")
        expect(self.page.locator("#status")).to_contain_text(says)
        return self.is_at("id_customer")


def stop_the_mouse(page: Page) -> None:
    """From here on a click by mouse is a script error, and that fails the test. One that a key makes has no place."""
    page.add_init_script(
        "addEventListener('pointerdown', () => { throw new Error('the mouse was used'); }, true);"
    )


class Books:
    """A company of its own in QuickBooks, filled before the portal reads it."""

    def __init__(self, portal: Portal, name: str) -> None:
        self.portal = portal
        self.realm = str(portal.control("POST", "tokens", {"seed": "empty", "name": name})["realmId"])
        (income,) = [one for one in self.all("Account") if one["Name"] == "Services"] or self._income()
        item = {"Name": "Grounds care", "Type": "Service", "IncomeAccountRef": {"value": income["Id"]}}
        self.item = self._create("Item", **item)

    def _income(self) -> list[dict[str, Any]]:
        return [one for one in self.all("Account") if one["AccountType"] == "Income"][:1]

    def customer(self, name: str, parent: str = "") -> str:
        below = {"Job": True, "ParentRef": {"value": parent}} if parent else {}
        return self._create("Customer", DisplayName=name, **below)

    def invoice(self, customer: str, amount: str, number: str, due: str = "2026-09-01") -> str:
        return self._form("Invoice", customer, amount, DocNumber=number, TxnDate="2026-08-01", DueDate=due)

    def memo(self, customer: str, amount: str, number: str) -> str:
        return self._form("CreditMemo", customer, amount, DocNumber=number, TxnDate="2026-08-02")

    def payment(self, customer: str, amount: float, number: str) -> str:
        fields = {"TotalAmt": amount, "PaymentRefNum": number, "TxnDate": "2026-08-03"}
        return self._create("Payment", CustomerRef={"value": customer}, **fields)

    def all(self, entity: str) -> list[dict[str, Any]]:
        return self.portal.records(self.realm, entity)

    def balances(self) -> dict[str, Decimal]:
        """What is open of each invoice and credit memo, by number."""
        rows = self.all("Invoice") + self.all("CreditMemo")
        return {row["DocNumber"]: Decimal(str(row["Balance"])) for row in rows}

    def payments(self) -> list[tuple[str, str, Decimal, Decimal]]:
        """Number, customer, amount and what is left of each payment."""
        names = {row["Id"]: row["DisplayName"] for row in self.all("Customer")}
        return sorted(
            (
                row.get("PaymentRefNum", ""),
                names[row["CustomerRef"]["value"]],
                Decimal(str(row["TotalAmt"])),
                Decimal(str(row["UnappliedAmt"])),
            )
            for row in self.all("Payment")
        )

    def _form(self, entity: str, customer: str, amount: str, **fields: Any) -> str:
        detail = {"ItemRef": {"value": self.item}, "TaxCodeRef": {"value": "NON"}}
        line = {"Amount": float(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        return self._create(entity, CustomerRef={"value": customer}, Line=[line], **fields)

    def _create(self, entity: str, **fields: Any) -> str:
        body = {"realmId": self.realm, "entity": entity, "changes": fields, "operation": "create"}
        return str(self.portal.control("POST", "edit", body)["Id"])


# ── Ten checks ──────────────────────────────────────────────────────────────────────────────────


def test_a_pile_of_ten_checks_without_a_mouse(page: Page, portal: Portal) -> None:
    books = Books(portal, "Ten Checks")
    pile_up(books)
    sign_in(page)
    connect(page, "Ten Checks")
    stop_the_mouse(page)
    keys = Keyboard(page)
    keys.press("p")

    # Oldest first comes out even; a part is paid; something is left over.
    keys.start("Alder Court", "101", "250.50", rows=2).press("o").left_over("$0.00").save(
        "Check 101 over $250.50"
    )
    keys.start("Birch Lane", "102", "60", rows=1).press("o").left_over("$0.00").save("Check 102 over $60.00")
    keys.start("Cedar Mill", "103", "120", rows=1).press("o").left_over("$20.00").save(
        "Check 103 over $120.00"
    )

    # By hand: a part on the first invoice, the rest on the third.
    keys.start("Dogwood Farm", "104", "100", rows=3).press("ArrowDown").type("30").left_over("$70.00")
    keys.press("ArrowDown", "ArrowDown", "r").left_over("$0.00").save("Check 104 over $100.00")

    # All of them; in full by the space bar, found by a part of the name.
    keys.start("Elm Street", "105", "33.33", rows=3).press("a").left_over("$0.00").save(
        "Check 105 over $33.33"
    )
    keys.start("junip", "106", "45.10", rows=2).press("ArrowDown", "ArrowDown", "Space").left_over("$0.00")
    keys.save("Check 106 over $45.10 from Juniper Lane")

    # A credit memo, and money left on an earlier check.
    keys.start("Fir Hollow", "107", "70", rows=1).press("ArrowDown", "ArrowDown", "Space", "o").left_over(
        "$0.00"
    )
    keys.save("Check 107 over $70.00")
    keys.start("Ginkgo House", "108", "75", rows=1).press("ArrowDown", "ArrowDown", "Space", "o").left_over(
        "$0.00"
    )
    keys.save("Check 108 over $75.00")

    # One for a parent's jobs; one for which nothing is open.
    keys.start("Hazel Group", "109", "310", rows=3).press("o").left_over("$0.00")
    expect(page.locator("#tie")).to_contain_text("Check 109 is saved as 3, all with its number")
    keys.save("Check 109 over $310.00 from Hazel Group is saved, as 3 payments")
    keys.start("Ivy Terrace", "110", "12.50", rows=0).left_over("$12.50").save("Check 110 over $12.50")

    expect(page.get_by_text("Entered by you today: 12 payments, $1,076.43.")).to_be_visible()
    in_quickbooks(books, count=13)
    assert books.balances() == {
        "A1": 0, "A2": 0, "B1": 40, "C1": 0, "D1": 20, "D2": 50, "D3": Decimal("0.01"), "E1": 0, "E2": 0, "E3": 0,
        "F1": 0, "F9": 0, "G1": 0, "H1": 0, "H2": 0, "H3": 90, "J1": 5, "J2": 0,
    }  # fmt: skip
    assert books.payments() == [
        ("101", "Alder Court", Decimal("250.5"), 0),
        ("102", "Birch Lane", 60, 0),
        ("103", "Cedar Mill", 120, 20),
        ("104", "Dogwood Farm", 100, 0),
        ("105", "Elm Street", Decimal("33.33"), 0),
        ("106", "Juniper Lane", Decimal("45.1"), 0),
        ("107", "Fir Hollow", 70, 0),
        ("108", "Ginkgo House", 75, 0),
        ("109", "Hazel Group", 100, 0),
        ("109", "Hazel Roof", 200, 0),
        ("109", "Hazel Yard", 10, 0),
        ("110", "Ivy Terrace", Decimal("12.5"), Decimal("12.5")),
        ("99", "Ginkgo House", 25, 0),
    ]


def pile_up(books: Books) -> None:
    owed = {
        "Alder Court": {"A1": "100", "A2": "150.50"},
        "Birch Lane": {"B1": "100"},
        "Cedar Mill": {"C1": "100"},
        "Dogwood Farm": {"D1": "50", "D2": "50", "D3": "70.01"},
        "Elm Street": {"E1": "11.11", "E2": "11.11", "E3": "11.11"},
        "Fir Hollow": {"F1": "100"},
        "Ginkgo House": {"G1": "100"},
        "Hazel Group": {"H1": "100"},
        "Ivy Terrace": {},
        "Juniper Lane": {"J1": "5", "J2": "45.10"},
    }
    ids = {name: books.customer(name) for name in owed}
    for name, invoices in owed.items():
        for month, (number, amount) in enumerate(invoices.items(), start=1):
            books.invoice(ids[name], amount, number, due=f"2026-0{month}-15")
    books.memo(ids["Fir Hollow"], "30", "F9")
    books.payment(ids["Ginkgo House"], 25, "99")
    roof, yard = (books.customer(f"Hazel {job}", parent=ids["Hazel Group"]) for job in ("Roof", "Yard"))
    books.invoice(roof, "200", "H2", due="2026-02-15")
    books.invoice(yard, "100", "H3", due="2026-03-15")


def in_quickbooks(books: Books, count: int) -> None:
    """Wait until all payments are there and have what they pay."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if len(books.all("Payment")) == count and books.balances().get("G1") == 0:
            return
        time.sleep(0.2)
    raise AssertionError(books.payments())


# ── What can go wrong with one ──────────────────────────────────────────────────────────────────


def test_a_check_that_does_not_fit_is_entered_all_the_same(page: Page, portal: Portal) -> None:
    books = Books(portal, "One Bad Check")
    alder = books.customer("Alder Court")
    books.invoice(alder, "100", "A1", due="2026-01-15")
    books.invoice(alder, "80", "A2", due="2026-02-15")
    sign_in(page)
    connect(page, "One Bad Check")
    keys = Keyboard(page)
    keys.press("p")

    # Nobody has that name, and more is put on an invoice than it has open.
    keys.is_at("id_customer").type("Nobody").press("Tab")
    expect(page.locator("#rows")).to_contain_text("No customer has that name.")
    keys.press("Shift+Tab").press("Control+a")
    keys.start("Alder Court", "88214", "120", rows=2).press("ArrowDown").type("120").press("Control+Enter")
    expect(page.locator("#rows input").filter(visible=True).first).to_be_focused()
    expect(page.locator("#rows")).to_contain_text("Invoice A1 has $100.00 open. Put at most that on it.")
    expect(page.get_by_label("Apply to Invoice A1")).to_have_value("120")
    page.keyboard.press("o")
    keys.left_over("$0.00")

    # Meanwhile somebody else pays a part of one of them.
    other = page.context.new_page()
    other.goto(page.url)
    colleague = Keyboard(other)
    colleague.start("Alder Court", "88213", "70", rows=2).press("o").save("Check 88213 over $70.00")
    keys.press("Control+Enter")
    expect(page.locator("#rows")).to_contain_text("It had $100.00 open when you began and has $30.00 now.")
    page.keyboard.press("o")
    keys.left_over("$10.00").save("Check 88214 over $120.00")

    # The same check once more: a warning, and a second press.
    keys.start("Alder", "88214", "120", rows=0).press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Check 88214 over $120.00")
    expect(page.get_by_label("Amount")).to_have_value("120")
    keys.press("Control+Enter")
    expect(page.locator("#status")).to_contain_text("Check 88214 over $120.00 from Alder Court is saved.")

    # It was the same one. Back with it, by keyboard.
    keys.is_at("id_customer").press("Shift+Tab")
    page.evaluate("document.activeElement.blur()")
    keys.press("u")
    expect(page.locator("#status")).to_contain_text("Check 88214 is taken back.")
    expect(page.get_by_label("Check no.")).to_have_value("88214")
    end = time.monotonic() + 60
    while len([row for row in books.payments() if row[2]]) != 2 and time.monotonic() < end:
        time.sleep(0.2)
    counted = [row for row in books.payments() if row[2]]
    assert [row[2:] for row in counted] == [(Decimal(70), Decimal(0)), (Decimal(120), Decimal(10))]
    assert books.balances() == {"A1": 0, "A2": 0}
