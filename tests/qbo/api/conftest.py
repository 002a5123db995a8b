"""A scripted server, and a transport to it that never sleeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from qbo.api import Client, Transport
from qbo.api.transport import new_session
from tests.qbo.scripted_server import ScriptedServer, serve

REALM = "4620816365"


@dataclass
class Tokens:
    """A token source with its tokens in a list; each refresh moves on to the next."""

    tokens: list[str] = field(default_factory=lambda: ["first-token"])
    rejected: list[str] = field(default_factory=list)

    def access_token(self) -> str:
        return self.tokens[0]

    def refreshed(self, rejected: str) -> str:
        self.rejected.append(rejected)
        if len(self.tokens) > 1:
            self.tokens.pop(0)
        return self.tokens[0]


class NoJitter:
    def random(self) -> float:
        return 0.0


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with serve() as scripted:
        yield scripted


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def pauses() -> list[float]:
    """How long the transport slept, in seconds."""
    return []


@pytest.fixture
def make_transport(
    server: ScriptedServer, tokens: Tokens, pauses: list[float]
) -> Iterator[Callable[..., Transport]]:
    with new_session() as session:

        def make(base_url: str = server.url, **options: Any) -> Transport:
            known = {"session": session, "sleep": pauses.append, "rng": NoJitter()}
            return Transport(base_url, REALM, tokens, **{**known, **options})

        yield make


@pytest.fixture
def transport(make_transport: Callable[..., Transport]) -> Transport:
    return make_transport()


@pytest.fixture
def client(transport: Transport) -> Client:
    return Client(transport)
