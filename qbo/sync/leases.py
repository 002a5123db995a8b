"""Leases: one worker at a time, without a lock held while QuickBooks is asked.

A lease ends by itself after `ttl`, so a worker that dies blocks nobody for ever; and one that died on this very
machine is recognised at once, so a restart goes on where it stopped. `fence` numbers the holders: a write-back
checks it inside its own transaction.
"""

import logging
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from qbo.models import Lease

log = logging.getLogger("qbo.sync.leases")

#: Longer than the longest HTTP call (facts, section 2: QuickBooks cuts off at 120 s), and renewed before each one.
TTL = timedelta(seconds=180)


class LeaseLost(Exception):
    """Somebody else took over while we were away; what we were about to write is theirs to write now."""


@dataclass(frozen=True)
class Held:
    """A lease that we hold, or held."""

    name: str
    holder: str
    fence: int

    def renew(self, ttl: timedelta = TTL) -> None:
        """Another `ttl` from now; LeaseLost when it is no longer ours."""
        if not self._mine().update(expires_at=timezone.now() + ttl):
            raise LeaseLost(self.name)

    def check(self) -> None:
        """Inside the transaction that writes back: LeaseLost unless the lease is still ours."""
        if not self._mine().select_for_update().exists():
            raise LeaseLost(self.name)

    def release(self) -> None:
        log.debug("release %s, fence %s", self.name, self.fence)
        self._mine().update(expires_at=timezone.now(), holder="")

    def _mine(self) -> QuerySet[Lease]:
        return Lease.objects.filter(name=self.name, fence=self.fence, holder=self.holder)


@contextmanager
def hold(name: str, ttl: timedelta = TTL) -> Iterator[Held | None]:
    """The lease `name` for the length of the block, or None when somebody else has it."""
    held = take(name, ttl)
    try:
        yield held
    finally:
        if held:
            held.release()


def take(name: str, ttl: timedelta = TTL) -> Held | None:
    """Take a lease that is free, has run out, or belongs to a process of this machine that is dead."""
    now = timezone.now()
    lease, _ = Lease.objects.get_or_create(name=name, defaults={"expires_at": now})
    free = Q(expires_at__lte=now)
    if lease.holder and is_dead(lease.holder):
        free |= Q(holder=lease.holder)
    holder = f"{identity()}#{uuid.uuid4().hex[:8]}"
    with transaction.atomic():
        won = (
            Lease.objects.filter(name=name, fence=lease.fence)
            .filter(free)
            .update(holder=holder, fence=F("fence") + 1, expires_at=now + ttl)
        )
    if not won:
        return None
    log.debug("took %s, fence %s", name, lease.fence + 1)
    return Held(name, holder, lease.fence + 1)


def is_dead(holder: str) -> bool:
    """Whether the holder was a process of this machine (and pid namespace) that no longer runs."""
    place, _, rest = holder.rpartition("/")
    pid, _, started = rest.partition("#")[0].partition("@")
    if place != _place() or not pid.isdigit() or not started:
        return False  # another machine, or one that cannot tell: only time decides
    return _start_time(int(pid)) != started


def identity() -> str:
    """This process, so that another one of the same machine can tell whether it still runs."""
    pid = os.getpid()
    return f"{_place()}/{pid}@{_start_time(pid)}"


def _place() -> str:
    """Machine, boot and pid namespace: only inside one of these does a pid mean anything."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()}/{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def _start_time(pid: int) -> str:
    """The process' start in clock ticks since boot, empty when it is gone or this is no Linux."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
