"""Facts 2, requestid: a write that is sent twice happens once."""

from concurrent.futures import ThreadPoolExecutor

from tests.emulator.conftest import Shop
from tests.emulator_process import ApiAnswer, EmulatorCompany, EmulatorProcess, start_emulator


def send(company: EmulatorCompany, name: str, request_id: str, path: str = "customer") -> ApiAnswer:
    return company.call("POST", path, {"DisplayName": name}, params={"requestid": request_id})


def test_2_a_repeat_answers_the_first_response_and_changes_nothing(company: EmulatorCompany) -> None:
    first = send(company, "Ann", "r-1")
    company.edit("Customer", first.body["Customer"]["Id"], {"Notes": "meanwhile"})
    again = send(company, "Ann", "r-1")
    assert (again.status, again.text) == (200, first.text)
    assert len(company.all("Customer")) == 1


def test_2_another_body_or_path_is_600(company: EmulatorCompany) -> None:
    send(company, "Ann", "r-1")
    assert send(company, "Bo", "r-1").code == "600"
    assert send(company, "Ann", "r-1", "vendor").code == "600"
    assert len(company.all("Customer")) == 1


def test_2_a_refusal_is_repeated_too(company: EmulatorCompany) -> None:
    company.create("Customer", {"DisplayName": "Ann"})
    first = send(company, "Ann", "r-1")
    company.edit("Customer", "1", {"DisplayName": "Anna"})
    assert first.code == "6240"
    assert send(company, "Ann", "r-1").text == first.text
    assert send(company, "Ann", "r-2").status == 200


def test_2_ids_belong_to_a_company(emulator: EmulatorProcess, company: EmulatorCompany) -> None:
    other = emulator.company()
    assert send(company, "Ann", "r-1").status == send(other, "Bo", "r-1").status == 200


def test_2_an_id_has_at_most_50_characters_and_36_for_a_batch(company: EmulatorCompany) -> None:
    assert send(company, "Ann", "x" * 50).status == 200
    assert send(company, "Bo", "x" * 51).code == "2130"
    body = {"BatchItemRequest": [{"bId": "1", "Query": "select * from Term"}]}
    assert company.call("POST", "batch", body, params={"requestid": "x" * 37}).code == "2130"


def test_2_a_write_whose_answer_was_lost_is_found_again(shop: Shop) -> None:
    shop.company.fault("lost_answer", method="POST", entity="payment")
    payload = shop.payment_payload("10")
    try:
        shop.company.call("POST", "payment", payload, params={"requestid": "check-1042"})
        raise AssertionError("the answer should have been lost")
    except OSError:  # requests' errors are OSErrors
        pass
    answer = shop.company.api("POST", "payment", payload, params={"requestid": "check-1042"})
    assert [answer["Payment"]] == shop.company.all("Payment")


def test_2_ten_at_once_make_one(company: EmulatorCompany) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: send(company, "Ann", "r-1").text, range(10)))
    assert len(set(answers)) == 1
    assert len(company.all("Customer")) == 1


def test_2_a_batch_is_replayed_whole(company: EmulatorCompany) -> None:
    body = {"BatchItemRequest": [{"bId": "1", "operation": "create", "Customer": {"DisplayName": "Ann"}}]}
    texts = {company.call("POST", "batch", body, params={"requestid": "b-1"}).text for _ in range(3)}
    assert len(texts) == 1
    assert len(company.all("Customer")) == 1


def test_2_ids_are_remembered_over_a_restart() -> None:
    running = start_emulator()
    company = running.company()
    first = send(company, "Ann", "r-1")
    running.stop()
    again = start_emulator(file=running.file)
    company.emulator = again
    try:
        assert send(company, "Ann", "r-1").text == first.text
    finally:
        again.stop()
