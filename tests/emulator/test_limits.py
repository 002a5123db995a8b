"""Facts 7.1: throttles, on the company's own clock."""

import pytest
import requests

from emulator.clock import Clock
from emulator.limits import Limits
from tests.emulator.conftest import Shop
from tests.emulator_process import ApiAnswer, EmulatorCompany


def read(company: EmulatorCompany) -> ApiAnswer:
    return company.call("GET", "preferences")


def test_7_1_the_eleventh_request_of_a_second_is_429(company: EmulatorCompany) -> None:
    company.turn_clock(speed=0)
    company.enforce_limits()
    assert [read(company).status for _ in range(11)] == [200] * 10 + [429]
    company.turn_clock(advance=1)
    assert read(company).status == 200


def test_7_1_the_429_body_is_xml_even_though_json_was_asked_for(company: EmulatorCompany) -> None:
    company.fault("429")
    answer = read(company)
    assert answer.body is None
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert (
        '<Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429'
        in answer.text
    )


def test_7_1_five_hundred_a_minute() -> None:
    moment = [0.0]
    limits = Limits(Clock(real=lambda: moment[0]), enforced=True)
    admitted = 0
    for _ in range(60):
        admitted += sum(limits.admit("1", f"app-{place}") for place in range(10))
        moment[0] += 0.5
    assert admitted == 500
    moment[0] += 60
    assert limits.admit("1", "app-1")


def test_7_1_forty_batches_a_minute_for_an_app_and_120_for_a_realm() -> None:
    moment = [0.0]
    limits = Limits(Clock(real=lambda: moment[0]), enforced=True)
    admitted = {f"app-{place}": 0 for place in range(4)}
    for _ in range(50):
        for app in admitted:
            admitted[app] += limits.admit("1", app, batch=True)
        moment[0] += 1
    assert sum(admitted.values()) == 120
    assert max(admitted.values()) <= 40


def test_7_1_companies_do_not_disturb_each_other() -> None:
    limits = Limits(Clock(real=lambda: 0.0), enforced=True)
    assert [limits.admit("1", "app") for _ in range(11)][-1] is False
    assert limits.admit("2", "app")


def test_7_1_the_429_body_may_be_json_and_carry_a_retry_after(company: EmulatorCompany) -> None:
    company.switch("limits", body="json", retryAfter=60)
    company.fault("429")
    answer = read(company)
    error = answer.body["fault"]["error"][0]
    assert (answer.status, error["code"], answer.body["fault"]["type"]) == (429, "3001", "SERVICE")
    assert error["message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    assert answer.headers["Retry-After"] == "60"


def test_7_1_without_a_switch_there_is_no_retry_after(company: EmulatorCompany) -> None:
    company.fault("429")
    assert "Retry-After" not in read(company).headers


def test_7_1_forty_emails_a_day(shop: Shop) -> None:
    company, invoice = shop.company, shop.invoice()
    company.turn_clock(speed=0)
    company.enforce_limits()

    def send() -> int:
        company.turn_clock(advance=1)
        headers = {"Content-Type": "application/octet-stream"}
        return company.call(
            "POST", f"invoice/{invoice['Id']}/send?sendTo=a@b.example", headers=headers
        ).status

    assert [send() for _ in range(41)] == [200] * 40 + [429]
    assert read(company).status == 200
    company.turn_clock(advance=24 * 3600)
    fresh = company.new_tokens()
    assert fresh.call("POST", f"invoice/{invoice['Id']}/send?sendTo=a@b.example").status == 200


def test_2_what_lasts_longer_than_two_minutes_is_cut_off_though_it_was_done(company: EmulatorCompany) -> None:
    company.turn_clock(speed=1000)
    company.fault("delay", seconds=200, method="POST")
    with pytest.raises(requests.ConnectionError):
        company.create("Customer", {"DisplayName": "Ann"})
    assert [customer["DisplayName"] for customer in company.all("Customer")] == ["Ann"]
