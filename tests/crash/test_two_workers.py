"""Two worker processes at the same company at once: each change is carried out once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from customers.models import Customer
from qbo.models import Company
from tests.crash.test_kill import run_worker
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step
from tests.flows.test_main_job import an_invoice, an_item

pytestmark = pytest.mark.crash


def test_nothing_is_lost_and_nothing_doubled(company: Company, qb: EmulatorCompany) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    item = an_item(company)
    for number in range(12):
        an_invoice(company, customer, item, "1", str(100 + number))

    with ThreadPoolExecutor(2) as both:
        ended = list(both.map(lambda _: run_worker(company, qb), range(2)))

    assert ended == [0, 0]
    assert len(qb.all("Invoice")) == 12
    assert_in_step(company, qb)
