"""Where the benchmarks run: a portal of its own in a temporary folder, and a real emulator beside it."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.emulator_process import EmulatorCompany, EmulatorProcess, start_emulator

if TYPE_CHECKING:
    from qbo.models import Company


@dataclass(frozen=True)
class World:
    emulator: EmulatorProcess

    def connected(self, seed: str) -> "tuple[Company, EmulatorCompany]":
        """A new company, connected and not yet imported: as it is here, and as the emulator has it."""
        from django.utils import timezone

        from qbo.models import Company, Connection

        there = self.emulator.company(seed=seed)
        now = timezone.now()
        here = Company.objects.create(
            realm_id=there.realm_id,
            name="Measured",
            environment="emulator",
            connection=Connection.CONNECTED,
            connected_at=now,
            access_token=there.access_token,
            access_expires_at=now + timedelta(hours=1),
            refresh_token=there.refresh_token,
            refresh_expires_at=now + timedelta(days=100),
        )
        return here, there


@contextmanager
def open_world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        emulator = start_emulator(file=Path(folder) / "emulator.sqlite3")
        try:
            _set_up_portal(Path(folder), emulator.url)
            yield World(emulator)
        finally:
            emulator.stop()


def _set_up_portal(folder: Path, emulator_url: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "billing_portal.settings",
        "QBO_ENVIRONMENT": "emulator",
        "QBO_EMULATOR_URL": emulator_url,
        "QBO_CATCH_UP_SECONDS": "3600",
        "LOG_LEVEL": "WARNING",
        # Whatever this machine is set up with stays untouched.
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
        "HUEY_URL": f"sqlite:///{folder / 'huey.sqlite3'}",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
