"""Writes planned orders into a company file and has its customers pay them, day by day, as the API would."""

import heapq
import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from emulator.books import Company
from emulator.clock import PACIFIC, today
from emulator.seed.catalog import MATERIALS
from emulator.seed.orders import Order, OrderLine, months_before
from emulator.seed.people import Person
from emulator.wire import cents

Json = dict[str, Any]
Task = Callable[[date], None]

CHECK, CASH, CARDS = "Check", "Cash", ("Visa", "MasterCard")
OVERPAID_BY = Decimal("50.00")


@dataclass
class Account:
    """A customer in the file: its reference, its invoices still to pay and its checkbook."""

    person: Person
    identity: str
    check_number: int
    open: list[Json] = field(default_factory=list)


class History:
    """The office's work over time. A payment is planned when its invoice is written, and made on its day."""

    def __init__(self, company: Company, items: dict[str, str], seed: str) -> None:
        self.company = company
        self.today = today(company.now)
        self.items = items
        self.terms = _by_name(company, "Term")
        self.methods = _by_name(company, "PaymentMethod")
        self.accounts: dict[str, Account] = {}
        self.random = random.Random(seed)
        self._tasks: list[tuple[date, int, Task]] = []
        self._order = itertools.count()
        self._minutes = itertools.count()
        self._deposit_to = _by_name(company, "Account")["Checking"]

    def add_customers(self, people: Iterable[Person], on: date) -> None:
        for person in people:
            stored = self.company.create("Customer", self._customer(person), at=self.moment(on))
            self.accounts[person.name] = Account(person, stored["Id"], self.random.randrange(1100, 9000))

    def run(self, orders: Sequence[Order]) -> None:
        """Write everything up to today, in the order of its days."""
        for order in orders:
            self.at(order.on, partial(self._write, order))
        while self._tasks and self._tasks[0][0] <= self.today:
            on, _, task = heapq.heappop(self._tasks)
            task(on)

    def at(self, on: date, task: Task) -> None:
        """Have something done on a day; tasks of one day keep their order."""
        heapq.heappush(self._tasks, (on, next(self._order), task))

    def moment(self, on: date) -> datetime:
        """A time of that day in office hours, a little later each time, and never in the future."""
        minutes = next(self._minutes) % 480
        opening = datetime.combine(on, time(8, 30), PACIFIC)
        return min(opening + timedelta(minutes=minutes), self.company.now)

    def _customer(self, person: Person) -> Json:
        address = {
            "Line1": person.street,
            "City": person.city,
            "CountrySubDivisionCode": "CA",
            "PostalCode": person.postal_code,
        }
        payload: Json = {
            "DisplayName": person.name,
            "BillAddr": address,
            "ShipAddr": address,
            "Taxable": True,
        }
        optional = {"GivenName": person.given, "FamilyName": person.family, "CompanyName": person.company}
        payload |= {name: value for name, value in {**optional, "Notes": person.notes}.items() if value}
        payload["SalesTermRef"] = {"value": self.terms[person.term]}
        if person.email:
            payload["PrimaryEmailAddr"] = {"Address": person.email}
        if person.phone:
            payload["PrimaryPhone"] = {"FreeFormNumber": person.phone}
        if person.parent:
            payload |= {"Job": True, "ParentRef": {"value": self.accounts[person.parent].identity}}
        return payload

    # invoices

    def _write(self, order: Order, on: date) -> None:
        account = self.accounts[order.customer]
        at = self.moment(on)
        invoice = self.company.create("Invoice", self._invoice(account, order), at=at)
        if account.person.email:
            invoice = self.company.send("Invoice", invoice["Id"], at=at)
        if order.fate == "void":
            self.at(on + timedelta(days=2), lambda on: self._void(invoice, on))
        elif order.fate == "overpaid":
            self.at(on + timedelta(days=21), lambda on: self._pay(account, [invoice], on, OVERPAID_BY))
        elif order.fate == "half":
            self.at(on + timedelta(days=19), lambda on: self._pay_part(account, invoice, on))
        elif order.fate == "habit" and (self.today - on).days >= account.person.holds:
            self._plan_payment(account, invoice, on)

    def _invoice(self, account: Account, order: Order) -> Json:
        payload: Json = {
            "CustomerRef": {"value": account.identity},
            "TxnDate": order.on.isoformat(),
            "SalesTermRef": {"value": self.terms[account.person.term]},
            "Line": [self._line(line) for line in order.lines],
        }
        if account.person.email:
            payload["BillEmail"] = {"Address": account.person.email}
        if order.memo:
            payload["CustomerMemo"] = {"value": order.memo}
        if order.note:
            payload["PrivateNote"] = order.note
        if order.discount:
            payload["Line"].append(_discount(order.lines, order.discount))
        return payload

    def _line(self, line: OrderLine) -> Json:
        return {
            "DetailType": "SalesItemLineDetail",
            "Description": line.description,
            "Amount": cents(line.quantity * line.price),
            "SalesItemLineDetail": {
                "ItemRef": {"value": self.items[line.item]},
                "Qty": line.quantity,
                "UnitPrice": line.price,
                "TaxCodeRef": {"value": "TAX" if line.item in MATERIALS else "NON"},
            },
        }

    def _void(self, invoice: Json, on: date) -> None:
        now = self.company.get("Invoice", invoice["Id"])
        self.company.void("Invoice", {"Id": now["Id"], "SyncToken": now["SyncToken"]}, at=self.moment(on))

    # payments

    def _plan_payment(self, account: Account, invoice: Json, on: date) -> None:
        due = date.fromisoformat(invoice["DueDate"])
        habit = account.person.pays
        if habit == "card" or habit == "cash":
            paid_on = on + timedelta(days=self.random.randrange(1, 9))
            self.at(paid_on, lambda on: self._pay(account, [invoice], on))
        elif habit == "slow":
            paid_on = due + timedelta(days=self.random.randrange(12, 50))
            self.at(paid_on, lambda on: self._pay(account, [invoice], on))
        elif habit == "parts":
            self.at(
                on + timedelta(days=self.random.randrange(7, 15)),
                lambda on: self._pay_part(account, invoice, on),
            )
            self.at(
                due + timedelta(days=self.random.randrange(2, 25)),
                lambda on: self._pay(account, [invoice], on),
            )
        else:
            account.open.append(invoice)
            # Near the due date, so whoever has a contract owes two or three invoices at any time.
            self.at(_check_day(account, due - timedelta(days=5)), lambda on: self._pay_open(account, on))

    def _pay_open(self, account: Account, on: date) -> None:
        """One check for every open invoice that has reached the customer's desk."""
        posted = (on - timedelta(days=20)).isoformat()
        desk = [invoice for invoice in account.open if invoice["TxnDate"] <= posted or _is_due(invoice, on)]
        account.open = [invoice for invoice in account.open if invoice not in desk]
        if desk:
            self._pay(account, desk, on)

    def _pay_part(self, account: Account, invoice: Json, on: date) -> None:
        part = cents(Decimal(invoice["TotalAmt"]) / 2)
        self._record(account, [(invoice["Id"], part)], on, Decimal(0))

    def _pay(self, account: Account, invoices: list[Json], on: date, extra: Decimal = Decimal(0)) -> None:
        balances = [self.company.get("Invoice", invoice["Id"]) for invoice in invoices]
        self._record(account, [(now["Id"], Decimal(now["Balance"])) for now in balances], on, extra)

    def _record(self, account: Account, applied: list[tuple[str, Decimal]], on: date, extra: Decimal) -> None:
        payload: Json = {
            "CustomerRef": {"value": account.identity},
            "TxnDate": on.isoformat(),
            "TotalAmt": sum((amount for _, amount in applied), extra),
            "Line": [
                {"Amount": amount, "LinkedTxn": [{"TxnId": identity, "TxnType": "Invoice"}]}
                for identity, amount in applied
            ],
        }
        self.company.create("Payment", payload | self._means(account), at=self.moment(on))

    def _means(self, account: Account) -> Json:
        """How the money came: cards settle into the bank, checks and cash wait in Undeposited Funds."""
        if account.person.pays == "card":
            method = CARDS[int(account.identity) % 2]
            return {
                "PaymentMethodRef": {"value": self.methods[method]},
                "DepositToAccountRef": {"value": self._deposit_to},
            }
        if account.person.pays == "cash":
            return {"PaymentMethodRef": {"value": self.methods[CASH]}}
        account.check_number += self.random.randrange(1, 30)
        return {
            "PaymentMethodRef": {"value": self.methods[CHECK]},
            "PaymentRefNum": str(account.check_number),
        }


def _is_due(invoice: Json, on: date) -> bool:
    return str(invoice["DueDate"]) <= on.isoformat()


def _by_name(company: Company, entity: str) -> dict[str, str]:
    return {record["Name"]: record["Id"] for record in company.all(entity)}


def _discount(lines: tuple[OrderLine, ...], percent: Decimal) -> Json:
    subtotal = sum((cents(line.quantity * line.price) for line in lines), Decimal(0))
    return {
        "DetailType": "DiscountLineDetail",
        "Amount": cents(subtotal * percent / 100),
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": percent},
    }


def _check_day(account: Account, earliest: date) -> date:
    """The first 12th or 26th (each customer has one of them) from that day on. Old contracts are paid every second
    month, one check for two or three invoices."""
    parity = int(account.identity) % 2
    day = earliest.replace(day=12 if parity else 26)
    if day < earliest:
        day = months_before(day, -1)
    return months_before(day, -1) if account.person.monthly >= 12 and day.month % 2 != parity else day
