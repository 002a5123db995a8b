"""OAuth as data: apps, consents, codes and tokens, with the lifetimes of facts 1.4 to 1.6."""

import hmac
import secrets
import sqlite3
from dataclasses import asdict, dataclass

from emulator.clock import Clock
from emulator.database import Database
from emulator.wire import dumps, loads

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 8_640_000  # 100 days, rolling (facts 1.4)
ROTATE_AFTER_SECONDS = 24 * 3600  # facts 1.5
HARD_SECONDS = 157_680_000  # five years from the consent (facts 1.5)
CODE_SECONDS = 300  # emulator choice
DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET = "emulator-client-id", "emulator-client-secret"
ACCOUNTING = "com.intuit.quickbooks.accounting"
SCOPES = frozenset(
    {ACCOUNTING, "com.intuit.quickbooks.payment", "openid", "profile", "email", "phone", "address"}
)


class InvalidGrant(Exception):
    """`invalid_grant` (facts 1.7); the text is its error_description."""


@dataclass(frozen=True)
class Grant:
    """A consent: one app may use one company. Its tokens live and die with it."""

    id: int
    client_id: str
    realm_id: str
    scopes: frozenset[str]
    consented: float


@dataclass(frozen=True)
class Issued:
    """An access token with its refresh token, as answered by the token endpoint."""

    grant: Grant
    access_token: str
    refresh_token: str
    refresh_expires_in: int
    hard_expires_in: int


@dataclass(frozen=True)
class Access:
    """What a bearer token turned out to be. `problem` is empty if it is good."""

    grant: Grant | None
    problem: str = ""


@dataclass(frozen=True)
class Rotation:
    """What happens to a refresh token that was replaced and is used again (facts 1.5 leave it open). `grace_seconds`:
    so long it still works. `kill_chain`: after that its use ends the whole connection."""

    kill_chain: bool = False
    grace_seconds: float = 0


class Tokens:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.add_app(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, "Billing portal")

    def add_app(self, client_id: str, secret: str, name: str) -> None:
        with self._database.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO apps (client_id, secret, name) VALUES (?, ?, ?)",
                (client_id, secret, name),
            )

    def app_name(self, client_id: str) -> str | None:
        row = self._one("SELECT name FROM apps WHERE client_id = ?", client_id)
        return str(row["name"]) if row else None

    def secret(self, client_id: str) -> str | None:
        row = self._one("SELECT secret FROM apps WHERE client_id = ?", client_id)
        return str(row["secret"]) if row else None

    def knows(self, client_id: str, secret: str) -> bool:
        expected = self.secret(client_id)
        return expected is not None and hmac.compare_digest(expected.encode(), secret.encode())

    def consent(self, client_id: str, realm_id: str, redirect_uri: str, scopes: frozenset[str]) -> str:
        """A code for the callback (at most 512 characters, facts 1.3)."""
        code = f"AB1{secrets.token_hex(24)}"
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO codes (code, client_id, realm_id, redirect_uri, scopes, expires)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    code,
                    client_id,
                    realm_id,
                    redirect_uri,
                    " ".join(sorted(scopes)),
                    self._now(realm_id) + CODE_SECONDS,
                ),
            )
        return code

    def exchange(self, client_id: str, code: str, redirect_uri: str) -> Issued:
        """A code is good once; a second use also kills the tokens of the first (facts 1.4). Raises `InvalidGrant`."""
        with self._database.writing() as db:
            row = self._one("SELECT * FROM codes WHERE code = ?", code)
            if row is None or row["client_id"] != client_id or row["redirect_uri"] != redirect_uri:
                raise InvalidGrant("Invalid authorization code or redirect_uri")
            if row["grant_id"] is None:
                if row["expires"] < self._now(row["realm_id"]):
                    raise InvalidGrant("Authorization code expired")
                issued = self._grant(db, client_id, row["realm_id"], frozenset(row["scopes"].split()))
                db.execute("UPDATE codes SET grant_id = ? WHERE code = ?", (issued.grant.id, code))
                return issued
            self._kill(db, row["grant_id"])
        raise InvalidGrant("Authorization code already used")

    def grant(self, client_id: str, realm_id: str, scopes: frozenset[str]) -> Issued:
        """Tokens without a browser, for tests."""
        with self._database.writing() as db:
            return self._grant(db, client_id, realm_id, scopes)

    def refresh(self, client_id: str, token: str) -> Issued:
        """A fresh access token; the refresh token keeps its value for 24 hours and then changes, which kills the old
        value at once (facts 1.5) unless `rotation` says otherwise. Raises `InvalidGrant`."""
        with self._database.writing() as db:
            row = self._one("SELECT * FROM refresh_tokens WHERE token = ?", token)
            found = self._live_grant(row["grant_id"]) if row else None
            if row is not None and found is not None and found.client_id == client_id:
                now = self._now(found.realm_id)
                if newest := self._newest(db, row, found, now):
                    return self._issue(db, found, newest, now)
        raise InvalidGrant("Incorrect or invalid refresh token")

    def rotation(self, realm_id: str) -> Rotation:
        row = self._one("SELECT value FROM settings WHERE name = ?", f"rotation:{realm_id}")
        stored = loads(row["value"]) if row else {}
        return Rotation(bool(stored.get("kill_chain")), float(stored.get("grace_seconds", 0)))

    def set_rotation(self, realm_id: str, rotation: Rotation) -> None:
        with self._database.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)",
                (f"rotation:{realm_id}", dumps(asdict(rotation))),
            )

    def _newest(self, db: sqlite3.Connection, row: sqlite3.Row, found: Grant, now: float) -> str:
        """The refresh token that this one is good for: itself, its successor, or none."""
        if row["expires"] < now or found.consented + HARD_SECONDS < now:
            return ""
        if row["replaced"]:
            return self._after_replacement(db, row, found, now)
        token = str(row["token"])
        if now - row["issued"] >= ROTATE_AFTER_SECONDS:
            db.execute("UPDATE refresh_tokens SET replaced = ? WHERE token = ?", (now, token))
            return self._new_refresh_token(db, found, now)
        db.execute("UPDATE refresh_tokens SET expires = ? WHERE token = ?", (now + REFRESH_SECONDS, token))
        return token

    def _after_replacement(self, db: sqlite3.Connection, row: sqlite3.Row, found: Grant, now: float) -> str:
        rules = self.rotation(found.realm_id)
        if now < row["replaced"] + rules.grace_seconds:
            successor = self._one(
                "SELECT token FROM refresh_tokens WHERE grant_id = ? AND replaced = 0", found.id
            )
            return str(successor["token"]) if successor else ""
        if rules.kill_chain:
            self._kill(db, found.id)
        return ""

    def revoke(self, client_id: str, token: str) -> bool:
        """Either token ends the app's access to the company (facts 1.6); False for a token that is not alive."""
        with self._database.writing() as db:
            row = self._one("SELECT grant_id FROM access_tokens WHERE token = ?", token)
            row = row or self._one("SELECT grant_id FROM refresh_tokens WHERE token = ?", token)
            found = self._live_grant(row["grant_id"]) if row else None
            if found is None or found.client_id != client_id:
                return False
            self._kill(db, found.id)
        return True

    def disconnect(self, realm_id: str) -> None:
        """As a user does inside QuickBooks: every app loses this company (facts 1.6)."""
        with self._database.writing() as db:
            db.execute("UPDATE grants SET revoked = 1 WHERE realm_id = ?", (realm_id,))

    def living(self, realm_id: str) -> list[Grant]:
        """The consents for a company that still hold, the oldest first."""
        rows = self._database.connection().execute(
            "SELECT id FROM grants WHERE realm_id = ? AND revoked = 0 ORDER BY id", (realm_id,)
        )
        return [found for row in rows if (found := self._live_grant(row["id"]))]

    def realm_of(self, token: str) -> str:
        """The company that a code or a token of any kind belongs to; empty if it is unknown."""
        row = self._one("SELECT realm_id FROM codes WHERE code = ?", token)
        for table in ("refresh_tokens", "access_tokens"):
            row = row or self._one(
                f"SELECT realm_id FROM grants JOIN {table} ON grant_id = grants.id WHERE token = ?",  # noqa: S608
                token,
            )
        return str(row["realm_id"]) if row else ""

    def check(self, token: str) -> Access:
        """What a bearer token allows now; the problem is worded as a 401 words it, token and all (facts 8.2)."""
        if not 20 <= len(token) <= 4096:
            return Access(None, "Malformed bearer token: too short or too long")
        row = self._one("SELECT grant_id, expires FROM access_tokens WHERE token = ?", token)
        found = self._live_grant(row["grant_id"]) if row else None
        if row is None or found is None:
            return Access(None, f"Token revoked: {token}")
        if row["expires"] <= self._now(found.realm_id):
            return Access(None, f"Token expired: {token}")
        return Access(found)

    def _grant(self, db: sqlite3.Connection, client_id: str, realm_id: str, scopes: frozenset[str]) -> Issued:
        now = self._now(realm_id)
        added = db.execute(
            "INSERT INTO grants (client_id, realm_id, scopes, consented) VALUES (?, ?, ?, ?)",
            (client_id, realm_id, " ".join(sorted(scopes)), now),
        )
        made = Grant(int(added.lastrowid or 0), client_id, realm_id, scopes, now)
        return self._issue(db, made, self._new_refresh_token(db, made, now), now)

    def _new_refresh_token(self, db: sqlite3.Connection, grant: Grant, now: float) -> str:
        token = f"RT1-{secrets.token_hex(24)}"
        db.execute(
            "INSERT INTO refresh_tokens (token, grant_id, issued, expires) VALUES (?, ?, ?, ?)",
            (token, grant.id, now, now + REFRESH_SECONDS),
        )
        return token

    def _issue(self, db: sqlite3.Connection, grant: Grant, refresh_token: str, now: float) -> Issued:
        access_token = f"eyJ{secrets.token_hex(48)}"
        db.execute(
            "INSERT INTO access_tokens (token, grant_id, expires) VALUES (?, ?, ?)",
            (access_token, grant.id, now + ACCESS_SECONDS),
        )
        hard = int(grant.consented + HARD_SECONDS - now)
        return Issued(grant, access_token, refresh_token, min(REFRESH_SECONDS, hard), hard)

    def _live_grant(self, identity: int) -> Grant | None:
        row = self._one("SELECT * FROM grants WHERE id = ? AND revoked = 0", identity)
        if row is None:
            return None
        return Grant(
            row["id"], row["client_id"], row["realm_id"], frozenset(row["scopes"].split()), row["consented"]
        )

    def _kill(self, db: sqlite3.Connection, grant_id: int) -> None:
        db.execute("UPDATE grants SET revoked = 1 WHERE id = ?", (grant_id,))

    def _one(self, sql: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._database.connection().execute(sql, values).fetchone()
        return row

    def _now(self, realm_id: str) -> float:
        return self._clock.seconds(realm_id)
