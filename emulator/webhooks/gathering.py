"""Which events of a queue go out together, and what the faults of the webhooks do to them."""

import sqlite3
from dataclasses import replace

from emulator.injection import Faults
from emulator.webhooks import events
from emulator.webhooks.events import Event


def take(db: sqlite3.Connection, faults: Faults, endpoint: str, now: float) -> list[Event]:
    """Take the events that may leave now out of an endpoint's queue, in the order they happened.

    The kinds of faults: `webhook_dropped` forgets an event, `webhook_doubled` lets it leave once more with the next
    delivery, `webhook_delayed` keeps it back for some seconds of the emulator's clock, and `webhook_reordered` until
    one that happened later has left.
    """
    queue = [_met(db, faults, event, now) for event in events.waiting(db, endpoint)]
    leaving = [event for event in queue if event is not None and not event.behind and event.due <= now]
    if leaving:
        newest = leaving[-1].number
        db.execute(
            "UPDATE webhook_events SET behind = 0 WHERE endpoint = ? AND number < ?", (endpoint, newest)
        )
    gone = [(event.number,) for event in leaving if not event.again]
    db.executemany("DELETE FROM webhook_events WHERE number = ?", gone)
    db.execute("UPDATE webhook_events SET again = 0 WHERE endpoint = ? AND again", (endpoint,))
    return leaving


def _met(db: sqlite3.Connection, faults: Faults, event: Event, now: float) -> Event | None:
    """The event after it met its fault, which happens once; None if that was the end of it."""
    if event.struck:
        return event
    rule = faults.strike_event(event.realm_id, event.type, event.entity)
    kind = rule.kind if rule else ""
    if kind == "webhook_dropped":
        db.execute("DELETE FROM webhook_events WHERE number = ?", (event.number,))
        return None
    met = replace(
        event,
        due=now + rule.seconds if rule and kind == "webhook_delayed" else event.due,
        behind=kind == "webhook_reordered",
        again=kind == "webhook_doubled",
    )
    db.execute(
        "UPDATE webhook_events SET struck = 1, due = ?, behind = ?, again = ? WHERE number = ?",
        (met.due, met.behind, met.again, met.number),
    )
    return met
