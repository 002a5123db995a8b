"""A real worker that dies, with SIGKILL, at one step boundary of the engine.

    python -m tests.crash.dying_worker COMPANY_PK BOUNDARY

It runs the engine as `manage.py run_huey` does, in a process of its own, over the real database and real HTTP. Only
the boundary is wrapped: the process kills itself there. BOUNDARY is one of `BOUNDARIES`, or "" to live on.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from qbo import tokens  # noqa: E402
from qbo.sync import importing, pull, worker  # noqa: E402
from qbo.sync.push import pipeline, settle  # noqa: E402


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_after(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*args: Any, **kwargs: Any) -> Any:
        function(*args, **kwargs)
        die()

    return called


def before(module: Any, name: str) -> None:
    setattr(module, name, die)


def after(module: Any, name: str) -> None:
    setattr(module, name, dying_after(getattr(module, name)))


BOUNDARIES: dict[str, Callable[[], None]] = {
    "push: stored ahead, not sent": lambda: before(pipeline, "perform"),
    "push: taken by QuickBooks, answer not stored": lambda: before(settle, "_store"),
    "push: answer stored": lambda: after(settle, "_store"),
    "push: refused or stale, not noted": lambda: before(settle, "_settle_each"),
    "push: newer version read, not merged": lambda: before(settle, "_meet"),
    "pull: changes read, none stored": lambda: before(pull, "_take_changes"),
    "pull: a hundred stored": lambda: after(pull, "_take_some"),
    "import: counted": lambda: after(importing, "_begin"),
    "import: page read, not stored": lambda: before(pull, "take_all"),
    "import: page stored, place not remembered": lambda: before(importing, "_remember"),
    "import: all read, not finished": lambda: before(importing, "_finish"),
    "refresh: before asking": lambda: before(tokens.oauth, "refresh"),
    "refresh: rotated, not stored": lambda: before(tokens, "store"),
    "refresh: stored": lambda: after(tokens, "store"),
}

if __name__ == "__main__":
    company_pk, boundary = int(sys.argv[1]), sys.argv[2]
    if boundary:
        BOUNDARIES[boundary]()
    worker.run(company_pk)
