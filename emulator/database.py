"""The SQLite file: one connection per thread, one writer at a time, and the tables that are not records."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SCHEMA = """
CREATE TABLE IF NOT EXISTS companies (
    realm_id TEXT PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS counters (
    realm_id TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (realm_id, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dials (
    realm_id TEXT PRIMARY KEY, set_at REAL NOT NULL, shown REAL NOT NULL, speed REAL NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS emails (
    number INTEGER PRIMARY KEY AUTOINCREMENT, realm_id TEXT NOT NULL, sent_ms INTEGER NOT NULL, recipient TEXT NOT NULL,
    subject TEXT NOT NULL, message TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS emails_by_company ON emails (realm_id, number);
CREATE TABLE IF NOT EXISTS answers (
    realm_id TEXT NOT NULL, request_id TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (realm_id, request_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, realm_id TEXT NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, query TEXT NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS requests_by_company ON requests (realm_id, id);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS apps (client_id TEXT PRIMARY KEY, secret TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS grants (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL, realm_id TEXT NOT NULL, scopes TEXT NOT NULL,
    consented REAL NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, client_id TEXT NOT NULL, realm_id TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL, expires REAL NOT NULL, grant_id INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS access_tokens (
    token TEXT PRIMARY KEY, grant_id INTEGER NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refresh_tokens (
    token TEXT PRIMARY KEY, grant_id INTEGER NOT NULL, issued REAL NOT NULL, expires REAL NOT NULL,
    replaced INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    realm_id TEXT NOT NULL, attachable_id TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (realm_id, attachable_id));
CREATE TABLE IF NOT EXISTS webhook_endpoints (
    realm_id TEXT PRIMARY KEY, url TEXT NOT NULL, verifier_token TEXT NOT NULL, format TEXT NOT NULL,
    content_type TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS webhook_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL, endpoint TEXT NOT NULL, realm_id TEXT NOT NULL,
    entity TEXT NOT NULL, entity_id TEXT NOT NULL, what TEXT NOT NULL, deleted_id TEXT NOT NULL,
    happened_ms INTEGER NOT NULL, struck INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0,
    behind INTEGER NOT NULL DEFAULT 0, again INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS webhook_events_by_endpoint ON webhook_events (endpoint, number);
CREATE TABLE IF NOT EXISTS webhook_deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, url TEXT NOT NULL, headers TEXT NOT NULL,
    body TEXT NOT NULL, realms TEXT NOT NULL, state TEXT NOT NULL, due REAL NOT NULL, attempts TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint, state, number);
"""


_TRANSACTION = ("BEGIN IMMEDIATE", ("ROLLBACK",), "COMMIT")
_SAVEPOINT = (
    "SAVEPOINT inner_write",
    ("ROLLBACK TO inner_write", "RELEASE inner_write"),
    "RELEASE inner_write",
)


class Database:
    """Opens the file for each thread. Writers queue on one lock: SQLite has one writer, and a lock waits its turn
    where SQLite's own busy timeout would sleep and guess."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._local = threading.local()
        self._writer = threading.RLock()
        self.news = (
            threading.Event()
        )  # set in the transaction that gives the webhooks' courier something to do
        self.connection().executescript(SCHEMA)

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit: reads need no transaction."""
        opened: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if opened is None:
            opened = sqlite3.connect(self.path, timeout=30, isolation_level=None, cached_statements=512)
            opened.row_factory = sqlite3.Row
            # NORMAL in WAL mode survives a killed process; only a power cut may lose the last commits.
            opened.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-20000;"
            )
            self._local.connection = opened
        return opened

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: everything or nothing. A nested one undoes only itself."""
        db = self.connection()
        with self._writer:
            nested = db.in_transaction
            begin, undo, end = _SAVEPOINT if nested else _TRANSACTION
            db.execute(begin)
            try:
                yield db
            except BaseException:
                for statement in undo:
                    db.execute(statement)
                raise
            db.execute(end)
