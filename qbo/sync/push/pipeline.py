"""One slice of pushing: a few requests under way at once, each prepared before and settled after, one by one."""

import logging
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context

from django.db import OperationalError, transaction

from qbo.api import Client, QuickBooksError
from qbo.models import Company
from qbo.sync import pull
from qbo.sync.fields import MissingReference
from qbo.sync.leases import Held, LeaseLost
from qbo.sync.push.entries import enter, park
from qbo.sync.push.perform import Result, perform
from qbo.sync.push.prepare import prepare
from qbo.sync.push.queue import Shipment, unanswered, waiting
from qbo.sync.push.settle import settle
from qbo.sync.registry import mapping_for

log = logging.getLogger("qbo.sync.push")

REQUESTS_PER_SLICE = 20
#: Enough to keep QuickBooks' 40 batches a minute busy when each takes four seconds.
UNDER_WAY = 4


def carry(company: Company, client: Client, lease: Held, others_wait: Callable[[], bool]) -> bool:
    """Send what is due, or a slice of it when `others_wait`; False when there was nothing.

    Raises the QuickBooksError that concerns the whole company, after everything that was under way is settled.
    """
    slice_ = _Slice(company, client, lease, others_wait)
    with ThreadPoolExecutor(UNDER_WAY, thread_name_prefix="push") as pool:
        while True:
            while slice_.has_room and (shipment := slice_.next_shipment()):
                lease.renew()
                future = pool.submit(copy_context().run, perform, shipment, client)
                slice_.under_way[future] = shipment
            if not slice_.under_way:
                break
            finished, _ = wait(slice_.under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                slice_.settle(future)
    if slice_.trouble is not None:
        raise slice_.trouble
    return slice_.worked


class _Slice:
    def __init__(
        self, company: Company, client: Client, lease: Held, others_wait: Callable[[], bool]
    ) -> None:
        self.company, self.client, self.lease = company, client, lease
        self.under_way: dict[Future[Result], Shipment] = {}
        self.trouble: QuickBooksError | None = None
        self.others_wait = others_wait
        self.looks_around_at = REQUESTS_PER_SLICE
        self.is_over = False
        self.sent = 0
        self.worked = False

    @property
    def has_room(self) -> bool:
        """Whether another request may go now. The slice ends where somebody else has something to do; until then it
        goes on, because waiting for the last answers before the next slice would waste turns."""
        if self.sent >= self.looks_around_at:
            self.looks_around_at += REQUESTS_PER_SLICE
            self.is_over = self.others_wait()
        return self.trouble is None and not self.is_over and len(self.under_way) < UNDER_WAY

    def next_shipment(self) -> Shipment | None:
        """What goes next beside what is under way: first what was never answered, else something new, written ahead."""
        others = list(self.under_way.values())
        while True:
            shipment = unanswered(self.company, others)
            if shipment is None:
                entries = waiting(self.company, others)
                if not entries:
                    return None
                self.worked = True
                shipment = prepare(self.company, entries, self.lease)
            if shipment is not None:
                self.sent += 1
                self.worked = True
                return shipment

    def settle(self, future: Future[Result]) -> None:
        shipment = self.under_way.pop(future)
        self.lease.renew()
        try:
            settle(shipment, future.result(), self.client, self.lease)
        except QuickBooksError as error:
            self.trouble = self.trouble or error
        except (LeaseLost, OperationalError):
            raise  # nobody's mistake: what is under way is found again
        except MissingReference as missing:
            # The newer version names something that is not here yet. With that at hand, the entry goes again.
            if not pull.fetch(missing, self.company, self.client, self.lease):
                self._park(shipment, str(missing))
        except Exception as error:
            # A mistake of ours must neither stop the queue nor be lost in a log: it waits for a person.
            log.exception("request %s could not be settled", shipment.request.requestid)
            self._park(shipment, f"{type(error).__name__}: {error}")

    @transaction.atomic
    def _park(self, shipment: Shipment, problem: str) -> None:
        mapping = mapping_for(shipment.entity)
        for entry, obj in enter(mapping, self.company, shipment.entries, self.lease):
            park(entry, obj, code="internal", problem=problem)
