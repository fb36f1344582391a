"""What the parts of one server share, and what they say to each other.

Never: behaviour.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.events import Event as WireEvent
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.typing import LifespanState
from msgspec import Struct

from app.server.config import FloorConfig
from app.server.options import AsgiApp, ServerOptions
from app.server.tally import Tally


class Floor(Struct, frozen=True):
    """The application and how to serve it. `context.terminated` is set once the server drains."""

    app: AsgiApp
    options: ServerOptions
    config: FloorConfig
    context: WorkerContext
    state: LifespanState
    tally: Tally


class Peer(Struct, frozen=True):
    """Both ends of a connection; addresses are None where the system tells none."""

    client: tuple[str, int] | None
    server: tuple[str, int] | None
    is_tls: bool


class Wire(Protocol):
    """The connection, as its protocol sees it."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` as a part of the connection."""
        ...

    async def send(self, event: WireEvent) -> None:
        """Do what `event` asks for."""
        ...

    async def write(self, data: bytes) -> None:
        """Write to the client; wait while it reads too slowly."""
        ...


class Channel(Protocol):
    """The protocol, as one of its exchanges sees it."""

    async def stream_send(self, event: StreamEvent) -> None:
        """Send a part of the response."""
        ...

    async def send_piece(self, stream_id: int, data: bytes) -> None:
        """Send a piece of the body, the short way."""
        ...


@dataclass(frozen=True)
class HeadBegun(WireEvent):
    """An idle client has begun a request: its head must be complete before long."""


@dataclass(frozen=True)
class Lingering(WireEvent):
    """All has been said, but the client may be sending still: close soon, not at once."""


@dataclass(frozen=True)
class Abused(WireEvent):
    """The client does what no honest one does; `why` is for the log."""

    why: str
