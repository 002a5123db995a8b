"""A real emulator for tests: one process for many tests, a company of its own for each.

    emulator = start_emulator()                    # python -m emulator on a free port, over a temporary file
    company = emulator.company()                   # a new company with the stock lists, and tokens for it
    company.api("POST", "customer", {"DisplayName": "Ann"})      # -> the whole JSON answer
    company.create("Customer", {"DisplayName": "Ann"})           # -> the record
    company.fault("lost_answer", method="POST")    # the next POST is done, and its answer lost
    company.edit("Invoice", "7", {"PrivateNote": "x"})           # somebody inside QuickBooks
    company.turn_clock(advance=3600)               # this company's clock only
    emulator.stop()

`company.client_id`, `.client_secret`, `.access_token`, `.refresh_token` and `.realm_id` are what a client of the real
QuickBooks has; `emulator.discovery_url` is what intuit-oauth takes as its `environment`.
"""

import itertools
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import simplejson

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 30  # a time limit for everything that must not hang
Json = dict[str, Any]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class ApiAnswer:
    """An answer of the API. `body` has its fractions as `Decimal`; it is None where it is not JSON."""

    status: int
    body: Any
    headers: dict[str, str]
    text: str

    @property
    def code(self) -> str:
        """The code of the first error in the fault, empty if there is no fault."""
        fault = (self.body or {}).get("Fault") or {}
        return str(fault["Error"][0]["code"]) if fault else ""

    @property
    def detail(self) -> str:
        return str(self.body["Fault"]["Error"][0]["Detail"])


class ApiRefused(AssertionError):
    """The API answered a fault where the test wanted a record."""


@dataclass
class EmulatorCompany:
    """One company of the emulator, seen by a connected app and by whoever holds its strings."""

    emulator: "EmulatorProcess"
    realm_id: str
    access_token: str
    refresh_token: str
    client_id: str
    client_secret: str

    # as a connected app

    def call(
        self, method: str, path: str, json: Any = None, *, params: Json | None = None, headers: Json | None = None,
        data: Any = None,
    ) -> ApiAnswer:  # fmt: skip
        """One API request, whatever becomes of it. `path` is behind `/v3/company/{realmId}/` and may carry a query.

        Raises `requests.RequestException` where a fault breaks the connection.
        """
        body = simplejson.dumps(json, use_decimal=True) if json is not None else data
        given = {
            "Authorization": f"Bearer {self.access_token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        response = self.emulator.session.request(
            method,
            f"{self.emulator.url}/v3/company/{self.realm_id}/{path}",
            params=params,
            data=body,
            headers={**given, **(headers or {})},
            timeout=SECONDS,
        )
        return ApiAnswer(response.status_code, _json(response), dict(response.headers), response.text)

    def api(self, method: str, path: str, json: Any = None, **options: Any) -> Json:
        """The JSON of an API request that must succeed; `options` as for `call`."""
        answer = self.call(method, path, json, **options)
        if answer.status != 200 or answer.body is None or "Fault" in answer.body:
            raise ApiRefused(f"{method} {path}: {answer.status} {answer.text}")
        return dict(answer.body)

    def create(self, entity: str, payload: Json, **params: str) -> Json:
        return dict(self.api("POST", entity.lower(), payload, params=params)[entity])

    def read(self, entity: str, identity: str) -> Json:
        return dict(self.api("GET", f"{entity.lower()}/{identity}")[entity])

    def update(self, entity: str, payload: Json, **params: str) -> Json:
        """A full update, or a sparse one if the payload says so."""
        return dict(self.api("POST", entity.lower(), payload, params=params)[entity])

    def query(self, statement: str) -> list[Json]:
        """The records that a query finds, whatever their entity."""
        found = self.api("GET", "query", params={"query": statement})["QueryResponse"]
        return next((list(value) for value in found.values() if isinstance(value, list)), [])

    def id_of(self, entity: str, name: str) -> str:
        """The Id of a record of a stock list, by its Name."""
        return str(self.query(f"SELECT * FROM {entity} WHERE Name = '{name}'")[0]["Id"])

    # as the one who holds the strings

    def all(self, entity: str) -> list[Json]:
        """Every record of a kind, inactive ones included; not logged and not throttled."""
        return list(self._control("GET", "records", params={"realmId": self.realm_id, "entity": entity}))

    def edit(
        self, entity: str, identity: str = "", changes: Json | None = None, *, operation: str = "update"
    ) -> Json:
        """Somebody inside QuickBooks updates, creates, deletes, voids or sends a record."""
        body = {"entity": entity, "id": identity, "changes": changes or {}, "operation": operation}
        return dict(self._control("POST", "edit", {"realmId": self.realm_id, **body}))

    def fault(self, kind: str, **rule: Any) -> Json:
        """Make the next matching request of this company go wrong; see `GET /_control/` for what a rule may say."""
        return dict(self._control("POST", "faults", {"realmId": self.realm_id, "kind": kind, **rule}))

    def faults(self) -> list[Json]:
        """The faults in force for this company, with how often each was met."""
        return list(self._control("GET", "faults", params={"realmId": self.realm_id}))

    def clear_faults(self) -> None:
        self._control("DELETE", "faults", {"realmId": self.realm_id})

    def requests(self, since: int = 0) -> list[Json]:
        """What reached the emulator for this company: id, time, method, path, query, body, status."""
        return list(self._control("GET", "requests", params={"realmId": self.realm_id, "since": since}))

    def emails(self) -> list[Json]:
        return list(self._control("GET", "emails", params={"realmId": self.realm_id}))

    def turn_clock(self, **change: Any) -> Json:
        """`set` (ISO time), `advance` (seconds) or `speed` (0 freezes), for this company alone."""
        return dict(self._control("POST", "clock", {"realmId": self.realm_id, **change}))

    def enforce_limits(self, enforced: bool = True) -> None:
        """Intuit's throttles, which are off in the test process, on for this company."""
        self._control("POST", "limits", {"realmId": self.realm_id, "enforced": enforced})

    def switch(self, name: str, **chosen: Any) -> None:
        """One of the switches of a company: `limits`, `batch` or `rotation`; see `GET /_control/`."""
        self._control("POST", name, {"realmId": self.realm_id, **chosen})

    def disconnect(self) -> None:
        """The owner disconnects all apps inside QuickBooks."""
        self._control("POST", "disconnect", {"realmId": self.realm_id})

    def listen(self, url: str, verifier_token: str = "verifier", **wanted: Any) -> None:
        """This company's events go to `url` from now on; `wanted` may hold format and contentType."""
        body = {"realmId": self.realm_id, "url": url, "verifierToken": verifier_token, **wanted}
        self._control("POST", "webhooks", body)

    def deliveries(self) -> list[Json]:
        """What was posted about this company, newest first, with its attempts."""
        return list(self._control("GET", "webhooks", params={"realmId": self.realm_id})["deliveries"])

    def new_tokens(self, **wanted: Any) -> "EmulatorCompany":
        """The same company with a consent of its own; `wanted` as for `/_control/tokens`."""
        return self.emulator.company(realmId=self.realm_id, **wanted)

    def _control(self, method: str, path: str, json: Any = None, *, params: Json | None = None) -> Any:
        return self.emulator.control(method, path, json, params=params)


@dataclass
class EmulatorProcess:
    """A running emulator. Tests that share it should each take a company of their own."""

    url: str
    process: "subprocess.Popen[str]"
    file: Path
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def discovery_url(self) -> str:
        return f"{self.url}/.well-known/openid_sandbox_configuration"

    def company(self, seed: str = "empty", **wanted: Any) -> EmulatorCompany:
        """A new company with tokens; `wanted` may hold name, country, preferences, scopes, clientId, clientSecret,
        or the realmId of a company that exists."""
        given = self.control("POST", "tokens", {"seed": seed, "name": f"Company {next(_numbers)}", **wanted})
        return EmulatorCompany(
            self,
            given["realmId"],
            given["access_token"],
            given["refresh_token"],
            given["client_id"],
            given["client_secret"],
        )

    def control(self, method: str, path: str, json: Any = None, *, params: Json | None = None) -> Any:
        """A request to `/_control/`, which must succeed."""
        response = self.session.request(
            method,
            f"{self.url}/_control/{path}",
            data=simplejson.dumps(json, use_decimal=True) if json is not None else None,
            params=params,
            timeout=SECONDS,
        )
        if response.status_code != 200:
            raise AssertionError(f"/_control/{path}: {response.status_code} {response.text}")
        return _json(response)

    def stop(self) -> None:
        """End it as a supervisor does; `start_emulator(file=...)` on its file goes on where it was."""
        self.process.terminate()
        self._bury()

    def kill(self) -> None:
        """End it as a power cut does (kill -9)."""
        self.process.kill()
        self._bury()

    def _bury(self) -> None:
        self.session.close()
        try:
            self.process.wait(SECONDS)
        finally:
            self.process.kill()
            if self.process.stdout is not None:
                self.process.stdout.close()


def start_emulator(
    *arguments: str,
    file: Path | None = None,
    port: int = 0,
    limits: bool = False,
    python: str = sys.executable,
) -> EmulatorProcess:
    """Start `python -m emulator` and wait until it listens. `file` and `port` of an earlier one start it again with
    what it remembered; `python` is one that has the portal's packages. Raises `RuntimeError` if it does not come up."""
    file = file or Path(tempfile.mkdtemp(prefix="emulator-")) / "emulator.sqlite3"
    command = [
        python,
        "-m",
        "emulator",
        "--port",
        str(port),
        "--seed",
        "empty",
        "--db",
        str(file),
        *arguments,
    ]
    process = subprocess.Popen(
        command if limits else [*command, "--no-limits"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("EMULATOR http"):
        process.kill()
        raise RuntimeError(f"The emulator did not start: {line!r}")
    return EmulatorProcess(line.split(" ", 1)[1].strip(), process, file)


def _json(response: requests.Response) -> Any:
    try:
        return simplejson.loads(response.text, use_decimal=True)
    except ValueError:
        return None
