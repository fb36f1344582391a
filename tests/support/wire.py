"""A client connection without a socket, for the protocols of the server."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Self

from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.events import Closed, Event

from app.server.config import config_from
from app.server.floor import Floor, Peer
from app.server.options import AsgiApp, ServerOptions
from app.server.tally import Tally

PEER = Peer(client=("192.0.2.1", 4711), server=("192.0.2.2", 80), is_tls=False)


def a_floor(app: AsgiApp, options: ServerOptions | None = None) -> Floor:
    """What the parts of a server share."""
    options = options or ServerOptions()
    return Floor(app, options, config_from(options), WorkerContext(None), {}, Tally())


class RecordedWire:
    """Keeps what a protocol writes and asks for. As a context manager it ends the calls that it started."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.written = b""
        self.writes = 0
        self._calls: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    @property
    def is_closed(self) -> bool:
        """Whether the protocol has asked for the end."""
        return Closed() in self.events

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` until the wire is left."""
        call = asyncio.ensure_future(work)
        self._calls.add(call)
        return call

    async def settled(self) -> None:
        """Return when every call has returned."""
        await asyncio.gather(*self._calls)

    async def send(self, event: Event) -> None:
        """Keep what the protocol asks for; bytes are kept as if written."""
        if isinstance(event, Closed) or not hasattr(event, "data"):
            self.events.append(event)
        else:
            await self.write(event.data)

    async def write(self, data: bytes) -> None:
        """Keep what the protocol writes."""
        self.writes += 1
        self.written += data

    def taken(self) -> bytes:
        """What was written since the last call."""
        written, self.written = self.written, b""
        return written
