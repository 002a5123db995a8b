"""What every test gets: no network but this machine, a database in a file, and jobs that wait to be asked for."""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from huey.contrib.djhuey import HUEY
from huey.storage import MemoryStorage

# Tests say themselves when the worker runs; nothing may end up in the queue of a portal that runs on this machine.
HUEY.storage = MemoryStorage("tests")

_connect = socket.socket.connect


class NetworkBlocked(RuntimeError):
    """A test tried to leave this machine."""


def _local_connect(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
        raise NetworkBlocked(f"A test tried to reach {address[0]}. Tests may talk to this machine only.")
    _connect(self, address)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True, scope="session")
def network_block() -> Iterator[None]:
    socket.socket.connect = _local_connect  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On SQLite the tests' database is a file, as in real life, so that other processes can open it too."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def portal_settings(settings: Any) -> None:
    """The same settings everywhere, whatever the .env of this checkout says."""
    settings.QBO_ENVIRONMENT = "emulator"
    settings.QBO_PACED = False
    settings.QBO_CLIENT_ID = "emulator-client-id"
    settings.QBO_CLIENT_SECRET = "emulator-client-secret"
    settings.PORTAL_URL = "http://localhost:8000"
    settings.STATIC_ROOT = None  # nothing is collected, and WhiteNoise warns of a folder that is not there
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    cache.clear()


@pytest.fixture(scope="session")
def project_folder() -> Path:
    return Path(__file__).resolve().parent.parent
