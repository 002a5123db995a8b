"""Sending the outbox to QuickBooks: prepare (stored), perform (HTTP), settle (stored).

The three steps never share a transaction. Dying between any two of them leaves a Request row whose outcome is
unknown; the next worker sends the same bytes under the same request id, and QuickBooks answers as it did the first
time. So nothing is sent twice and nothing is lost.

    queue.py     what goes next, and together     prepare.py   what to send, written ahead
    perform.py   the HTTP, several at a time      settle.py    taking in what was answered
    pipeline.py  the steps in a row, in slices
"""

from qbo.sync.push.pipeline import carry
from qbo.sync.push.queue import has_due, movable

__all__ = ["carry", "has_due", "movable"]
