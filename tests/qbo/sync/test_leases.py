"""Leases: one holder, an end by themselves, and no write-back by somebody who was away too long."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from qbo.models import Lease
from qbo.sync import leases
from qbo.sync.leases import LeaseLost

pytestmark = pytest.mark.django_db


def test_only_one_holds_it() -> None:
    with leases.hold("company:1") as first, leases.hold("company:1") as second:
        assert first is not None
        assert second is None


def test_it_is_free_again_afterwards() -> None:
    with leases.hold("company:1"):
        pass
    with leases.hold("company:1") as held:
        assert held is not None


def test_it_ends_by_itself_and_the_old_holder_cannot_write_back() -> None:
    old = leases.take("company:1", timedelta(seconds=-1))
    new = leases.take("company:1")
    assert old is not None
    assert new is not None

    assert new.fence > old.fence
    new.check()
    with pytest.raises(LeaseLost):
        old.check()
    with pytest.raises(LeaseLost):
        old.renew()


def test_the_old_holder_does_not_release_the_new_ones() -> None:
    old = leases.take("company:1", timedelta(seconds=-1))
    new = leases.take("company:1")
    assert old is not None
    assert new is not None

    old.release()

    new.check()


def test_a_dead_process_of_this_machine_holds_nothing() -> None:
    script = "import django; django.setup(); from qbo.sync import leases; print(leases.identity(), end='')"
    child = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "billing_portal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    Lease.objects.create(
        name="company:1", holder=f"{child.stdout}#abc", expires_at=timezone.now() + timedelta(minutes=1)
    )

    assert leases.take("company:1") is not None


def test_a_living_process_keeps_its_lease() -> None:
    held = leases.take("company:1")
    assert held is not None

    assert not leases.is_dead(held.holder)
    assert leases.take("company:1") is None


def test_only_time_frees_the_lease_of_another_machine() -> None:
    Lease.objects.create(
        name="company:1",
        holder="elsewhere/boot/pid:[1]/4242@1#abc",
        expires_at=timezone.now() + timedelta(minutes=1),
    )

    assert leases.take("company:1") is None
