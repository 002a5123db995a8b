"""The HTTP of a request, in a thread of its own. Nothing is stored here."""

from dataclasses import dataclass, field
from typing import TypeAlias

from django.db import connections

from qbo.api import Client, OutcomeUnknown, QuickBooksError
from qbo.sync import lookup
from qbo.sync.mapping import Payload
from qbo.sync.push.prepare import stored_call
from qbo.sync.push.queue import Shipment

#: What QuickBooks answered, or was found to have done, about one entry.
Answer: TypeAlias = Payload | QuickBooksError | lookup.Doubt


@dataclass
class Result:
    """What became of a request: `error` when it failed as a whole, else an answer for each entry by its key.

    `ended`: the request id is used up, because nothing is left that it might have done unknown to us.
    """

    answers: dict[int, Answer] = field(default_factory=dict)
    error: QuickBooksError | None = None
    ended: bool = True


def perform(shipment: Shipment, client: Client) -> Result:
    """Send a request that is written ahead, or find out what became of it; never raises a QuickBooksError."""
    try:
        if not shipment.fresh and lookup.is_time(shipment.request, shipment.entries):
            return _looked_up(shipment, client)
        return _sent(shipment, client)
    finally:
        connections.close_all()  # this thread's own


def _sent(shipment: Shipment, client: Client) -> Result:
    try:
        return Result(_answers(shipment, client))
    except QuickBooksError as error:
        return Result(error=error, ended=error.is_verdict or (shipment.fresh and error.outcome_known))


def _answers(shipment: Shipment, client: Client) -> dict[int, Answer]:
    call, request_id = stored_call(shipment.request), shipment.request.requestid
    if call.path != "batch":
        return {shipment.entries[0].pk: client.entity(call, request_id)}
    answers = client.batch(call, request_id)
    for answer in answers.values():
        if isinstance(answer, OutcomeUnknown):
            # A batch goes again whole before any of its rows moves on: replayed later, it could act on them twice.
            raise answer
    return {entry.pk: answers[entry.bid] for entry in shipment.entries}


def _looked_up(shipment: Shipment, client: Client) -> Result:
    """What has gone unanswered for long is looked up one by one. What QuickBooks does not have goes again: a request
    of its own under its own id, a row of a batch under a new one."""
    is_batch = stored_call(shipment.request).path == "batch"
    answers: dict[int, Answer] = {}
    for entry in shipment.entries:
        try:
            found = [answer["Id"] for answer in answers.values() if isinstance(answer, dict)]
            answers[entry.pk] = lookup.find(entry, shipment.request, client, found)
        except QuickBooksError as error:
            # Whatever QuickBooks says about our looking, it says nothing about the request.
            return Result(error=error, ended=False)
    if not is_batch and lookup.Doubt.NOT_THERE in answers.values():
        return _sent(shipment, client)
    return Result(answers)
