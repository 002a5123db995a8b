"""One emulator process for this folder, and a company of its own for each test."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from emulator.seed import empty
from emulator.store import Store
from tests.emulator.listener import Listener
from tests.emulator_process import EmulatorCompany, EmulatorProcess, start_emulator

Json = dict[str, Any]


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    running = start_emulator(file=tmp_path_factory.mktemp("emulator") / "emulator.sqlite3")
    yield running
    running.stop()


@pytest.fixture
def company(emulator: EmulatorProcess) -> EmulatorCompany:
    return emulator.company()


@dataclass
class Shop:
    """A company that can sell: a customer, an untaxed and a taxed item, and the stock tax code with its rate."""

    company: EmulatorCompany
    customer: Json
    service: Json
    goods: Json
    tax_code: str
    tax_percent: Decimal

    def line(self, price: str = "100", quantity: str = "1", *, taxed: bool = False, **more: Any) -> Json:
        item = self.goods if taxed else self.service
        detail = {"ItemRef": {"value": item["Id"]}, "Qty": Decimal(quantity), "UnitPrice": Decimal(price)}
        total = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
        return {"DetailType": "SalesItemLineDetail", "Amount": total, "SalesItemLineDetail": detail, **more}

    def invoice(self, *lines: Json, **more: Any) -> Json:
        payload = {
            "CustomerRef": {"value": self.customer["Id"]},
            "Line": list(lines) or [self.line()],
            **more,
        }
        return self.company.create("Invoice", payload)

    def taxed_invoice(self, *lines: Json, **more: Any) -> Json:
        return self.invoice(*lines, TxnTaxDetail={"TxnTaxCodeRef": {"value": self.tax_code}}, **more)

    def payment(self, amount: str, **applied: str) -> Json:
        """Apply amounts to invoices by Id: `payment("150", **{"7": "100"})`."""
        return self.company.create("Payment", self.payment_payload(amount, **applied))

    def payment_payload(self, amount: str, **applied: str) -> Json:
        lines = [pays(identity, part) for identity, part in applied.items()]
        return {"CustomerRef": {"value": self.customer["Id"]}, "TotalAmt": Decimal(amount), "Line": lines}

    def again(self, entity: str, record: Json) -> Json:
        """The record as it is now."""
        return self.company.read(entity, record["Id"])

    def balance(self) -> Decimal:
        return Decimal(self.again("Customer", self.customer)["Balance"])


def pays(invoice_id: str, amount: str) -> Json:
    """A payment line."""
    return {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}]}


@pytest.fixture
def shop(company: EmulatorCompany) -> Shop:
    income = {"value": company.query("SELECT * FROM Account WHERE AccountType = 'Income'")[0]["Id"]}
    sold = {"Type": "Service", "IncomeAccountRef": income, "UnitPrice": 100}
    code = next(code for code in company.all("TaxCode") if "SalesTaxRateList" in code)
    rate_id = code["SalesTaxRateList"]["TaxRateDetail"][0]["TaxRateRef"]["value"]
    rate = next(rate for rate in company.all("TaxRate") if rate["Id"] == rate_id)
    return Shop(
        company,
        company.create(
            "Customer", {"DisplayName": "Ann Archer", "PrimaryEmailAddr": {"Address": "ann@example.com"}}
        ),
        company.create("Item", {"Name": "Advice", **sold}),
        company.create("Item", {"Name": "Lamp", "Taxable": True, **sold}),
        code["Id"],
        Decimal(rate["RateValue"]),
    )


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An emulator's memory without the emulator around it."""
    return Store(str(tmp_path / "books.sqlite3"))


@pytest.fixture
def books(store: Store) -> Any:
    """A company's books in this process, with the stock lists."""
    made = store.create_company(name="Books")
    empty(made)
    return made
