"""Facts 8.3: every code of the table in docs/quickbooks.md has a cause in the emulator, in the shapes of facts 8.2."""

import re
from pathlib import Path

import pytest

from emulator.faults import KINDS, ON_REQUEST
from tests.emulator_process import ROOT, EmulatorCompany

TABLE = (ROOT / "docs/quickbooks.md").read_text().split("### 8.3 Codes")[1].split("## 9")[0]
OF_THE_GATEWAY = {3001, 3100, 3200}
#: The control fault or switch that makes the gateway say it.
GATEWAY_CAUSES = {3001: "429", 3100: "403", 3200: "401"}


def documented() -> set[int]:
    """The codes in the first column; "4000–4002" means every code between that the emulator has."""
    found: set[int] = set()
    for row in re.findall(r"^\| ([\d, –]+) \|", TABLE, re.MULTILINE):
        for part in row.split(","):
            first, _, last = part.strip().partition("–")
            found |= {code for code in KINDS if int(first) <= code <= int(last)} if last else {int(first)}
    return found


def test_the_emulator_knows_every_code_of_the_table() -> None:
    assert documented() - OF_THE_GATEWAY == KINDS.keys() - {501}


@pytest.mark.parametrize("code", sorted(KINDS.keys() - {501}))
def test_each_code_can_be_asked_for_in_its_documented_shape(company: EmulatorCompany, code: int) -> None:
    company.fault("code", code=code, path="customer")
    answer = company.call("POST", "customer", {"DisplayName": "Ann"})

    kind = KINDS[code]
    fault = answer.body["Fault"]
    assert (answer.status, fault["type"]) == (kind.status, kind.type)
    (error,) = fault["Error"]
    assert error.keys() == {"Message", "Detail", "code", "element"}
    assert (error["code"], error["Message"]) == (str(code), kind.message)
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert company.create("Customer", {"DisplayName": "Ann"})["Id"]  # once, and nothing had been done


@pytest.mark.parametrize("code", sorted(OF_THE_GATEWAY))
def test_the_gateways_codes_come_in_its_own_shape(company: EmulatorCompany, code: int) -> None:
    company.fault(GATEWAY_CAUSES[code], path="customer")
    answer = company.call("POST", "customer", {"DisplayName": "Ann"})

    assert (answer.status, f"{code:06}" in answer.text) == (int(GATEWAY_CAUSES[code]), True)


def test_what_is_not_only_on_request_has_a_cause_in_the_books() -> None:
    """The other codes are met by tests that provoke them with a request as a client makes it."""
    tests = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    without = {code for code in KINDS.keys() - ON_REQUEST - {501} if not re.search(rf'"{code}"', tests)}
    assert not without


def test_a_code_that_is_not_in_the_table_cannot_be_asked_for(company: EmulatorCompany) -> None:
    with pytest.raises(AssertionError, match="unknown code 7"):
        company.fault("code", code=7)


@pytest.mark.parametrize("token", ["", " "])
def test_an_empty_token_is_told_apart_from_a_wrong_one(company: EmulatorCompany, token: str) -> None:
    answer = company.call("GET", "preferences", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.code) == (401, "3202")
