"""Which database and which job storage an address stands for.

Settings hold two addresses, `DATABASE_URL` and `HUEY_URL`; everything else about the engines is decided here,
so that the same code runs on one SQLite file and on PostgreSQL with Redis.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS = {
    # IMMEDIATE takes the write lock at BEGIN, so two writers wait for each other instead of failing half way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}


def database_config(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for `sqlite:///path` or `postgres://user:password@host:port/name`."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if config["ENGINE"] == "django.db.backends.sqlite3":
        _make_folder(config["NAME"])
        config["OPTIONS"] = SQLITE_OPTIONS
    else:
        config["CONN_HEALTH_CHECKS"] = True
    # Opening SQLite anew for each request costs more than most requests do.
    config["CONN_MAX_AGE"] = 60
    return config


def huey_config(url: str) -> dict[str, Any]:
    """Huey's settings for `sqlite:///path`, `postgres://…` or `redis://…`."""
    scheme = urlsplit(url).scheme
    common: dict[str, Any] = {
        "name": "billing_portal",
        "immediate": False,
        "results": False,  # nobody reads a task's result: the outbox and the inbox are the record
        "consumer": {
            "workers": 2,
            "worker_type": "thread",
            "initial_delay": 0.1,
            "max_delay": 1.0,
            "backoff": 1.15,
        },
    }
    if scheme == "sqlite":
        path = url.removeprefix("sqlite:///")
        _make_folder(path)
        return common | {"huey_class": "huey.SqliteHuey", "filename": path}
    if scheme in ("redis", "rediss"):
        return common | {"huey_class": "huey.PriorityRedisHuey", "url": url}
    if scheme in ("postgres", "postgresql"):
        return common | {"huey_class": "huey.PostgresHuey", "dsn": url}
    raise ImproperlyConfigured(
        f"HUEY_URL must begin with sqlite://, postgres:// or redis://, not {scheme!r}."
    )


def _make_folder(path: str) -> None:
    if path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
