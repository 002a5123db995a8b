"""Whether a save comes from QuickBooks, in which case nobody needs to tell QuickBooks about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_writing_remote: ContextVar[bool] = ContextVar("writing_remote", default=False)


@contextmanager
def remote_write() -> Iterator[None]:
    """Inside the block, saved objects are QuickBooks' own news and are not queued for sending."""
    token = _writing_remote.set(True)
    try:
        yield
    finally:
        _writing_remote.reset(token)


def is_remote_write() -> bool:
    return _writing_remote.get()
