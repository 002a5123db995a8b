"""What the running emulator consists of; each request finds it on the Flask application."""

from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app

from emulator.injection import Faults
from emulator.limits import Limits
from emulator.requestlog import RequestLog
from emulator.store import Store
from emulator.tokens import Tokens
from emulator.webhooks.courier import Courier
from emulator.webhooks.deliveries import Deliveries


@dataclass
class Emulator:
    store: Store
    enforce_limits: bool = True
    faults: Faults = field(init=False)
    log: RequestLog = field(init=False)
    limits: Limits = field(init=False)
    tokens: Tokens = field(init=False)
    webhooks: Deliveries = field(init=False)
    courier: Courier = field(init=False)

    def __post_init__(self) -> None:
        self.faults = Faults(self.store.database)
        self.log = RequestLog(self.store.database)
        self.limits = Limits(self.store.clock, enforced=self.enforce_limits)
        self.tokens = Tokens(self.store.database, self.store.clock)
        self.webhooks = Deliveries(self.store.database, self.store.clock)
        self.courier = Courier(self.store.database, self.store.clock, self.faults, self.webhooks)

    def now(self, realm_id: str = "") -> datetime:
        return self.store.clock.now(realm_id)


def emulator() -> Emulator:
    """The emulator that the current request talks to."""
    running: Emulator = current_app.extensions["emulator"]
    return running
