"""An upstream on a loopback port that says exactly the bytes a test wants."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Talk = Callable[["Visit"], Awaitable[None]]


class Visit:
    """One connection to the upstream, seen from its side. `number` counts from 1."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        """The head of the next request; its body, if it has a length, is read too. Raises EOFError."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await self.reader.readexactly(int(line.partition(b":")[2]))
        return head

    async def say(self, *parts: bytes) -> None:
        """Write all parts at once."""
        self.writer.write(b"".join(parts))
        await self.writer.drain()

    async def left(self) -> None:
        """Return when the client has closed the connection."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(65_536):
                pass


class Upstream:
    """Where the upstream listens, and how often it was visited."""

    def __init__(self) -> None:
        self.port = 0
        self.visits = 0
        self.open = 0
        self.changed = asyncio.Condition()

    def url(self, path: str = "/", scheme: str = "http", host: str = "127.0.0.1") -> str:
        """An address on this upstream."""
        return f"{scheme}://{host}:{self.port}{path}"

    async def all_left(self) -> None:
        """Return when no connection is open any more."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.open == 0)


@asynccontextmanager
async def upstream(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[Upstream]:
    """Let `talk` hold every conversation for the length of the block."""
    place = Upstream()
    running: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place.visits += 1
        place.open += 1
        try:
            with contextlib.suppress(EOFError, ConnectionError, RuntimeError, asyncio.CancelledError):
                await talk(Visit(place.visits, reader, writer))
        finally:
            writer.transport.abort()
            place.open -= 1
            async with place.changed:
                place.changed.notify_all()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(converse(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        server.close()
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


def whole(body: bytes, *headers: str, status: int = 200) -> bytes:
    """A response with a length."""
    lines = [f"HTTP/1.1 {status} Some Reason", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*headers: str) -> bytes:
    """The head of a response in chunks."""
    return "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *headers]).encode() + b"\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One chunk; an empty one is the last."""
    return b"%x\r\n%b\r\n" % (len(data), data)
