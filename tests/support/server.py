"""A server on a loopback port, and clients that misbehave as exactly as a test wants."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Self, cast

import h2.config
import h2.connection
import h2.events
from h2.settings import SettingCodes, Settings
from hypercorn.asyncio.run import worker_serve
from hypercorn.config import Config, Sockets
from hypercorn.utils import wrap_app

from app.server.options import Address, AsgiApp, ServerOptions
from app.server.serve import serve
from app.server.tally import Tally

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Running:
    """A server that serves; `stop` and `hurry` are its switches, `ended` is set when it has returned."""

    def __init__(
        self, address: Address, stop: asyncio.Event, hurry: asyncio.Event, task: asyncio.Task[None]
    ) -> None:
        self.host, self.port = address
        self.stop = stop
        self.hurry = hurry
        self.task = task

    async def end(self) -> None:
        """Stop, and wait for the end."""
        self.stop.set()
        await self.task


@asynccontextmanager
async def running(
    app: AsgiApp, options: ServerOptions | None = None, *, tally: Tally | None = None
) -> AsyncIterator[Running]:
    """Serve `app` for the length of the block; in the end in a hurry."""
    stop, hurry = asyncio.Event(), asyncio.Event()
    ready: asyncio.Future[tuple[Address, ...]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        serve(
            app,
            options or ServerOptions(graceful_s=5.0),
            stop=stop,
            hurry=hurry,
            on_ready=ready.set_result,
            tally=tally,
        )
    )
    waited: list[asyncio.Future[Any]] = [task, ready]
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    try:
        yield Running(ready.result()[0], stop, hurry, task)
    finally:
        hurry.set()
        stop.set()
        await task


def http_only(handle: Callable[[Message, Receive, Send], Awaitable[None]]) -> AsgiApp:
    """An ASGI application from a function for requests; the lifespan is agreed to."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await handle(scope, receive, send)

    return app


async def read_body(receive: Receive) -> bytes:
    """The whole request body."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message["body"])
        if not message["more_body"]:
            return body


async def start(send: Send, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    """Begin a response."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def piece(send: Send, body: bytes) -> None:
    """Send a piece of a body that goes on."""
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def finish(send: Send, body: bytes = b"") -> None:
    """Send the last piece of a body."""
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def answer(send: Send, body: bytes, status: int = 200) -> None:
    """A whole response with its length."""
    await start(send, status, (b"content-length", str(len(body)).encode()))
    await finish(send, body)


class Http1Client:
    """A socket with the few bytes of HTTP/1.1 that a test wants to send."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, server: Running, *, limit: int = 2**16) -> Self:
        """A fresh connection; `limit` bounds what is read ahead."""
        return cls(*await asyncio.open_connection(server.host, server.port, limit=limit))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.writer.transport.abort()

    def send(self, data: bytes) -> None:
        """Write `data`."""
        self.writer.write(data)

    def request(self, method: str, path: str, *headers: str, body: bytes = b"") -> None:
        """Write a request; without a header that says otherwise the length of `body` is announced."""
        lines = [f"{method} {path} HTTP/1.1", "host: gateway.test", *headers]
        if body:
            lines.append(f"content-length: {len(body)}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next response."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        return int(lines[0].split(" ")[1]), headers

    async def response(self) -> tuple[int, bytes]:
        """The next response, which must have a length."""
        status, headers = await self.head()
        return status, await self.reader.readexactly(int(headers["content-length"]))

    async def rest(self) -> bytes:
        """Everything until the server closes; empty too when it resets."""
        try:
            return await self.reader.read()
        except ConnectionError:
            return b""


class Http2Client:
    """An HTTP/2 client that grants windows only where it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, window: int) -> None:
        self.reader = reader
        self.writer = writer
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.events: list[h2.events.Event] = []
        initial = {SettingCodes.INITIAL_WINDOW_SIZE: window, SettingCodes.ENABLE_PUSH: 0}
        self.h2.local_settings = Settings(client=True, initial_values=initial)
        self.h2.initiate_connection()
        self.flush()

    @classmethod
    async def connect(
        cls, server: Running, *, window: int = 65_535, tls: ssl.SSLContext | None = None
    ) -> Self:
        """A fresh connection, with prior knowledge or, with `tls`, by ALPN."""
        name = "localhost" if tls else None
        reader, writer = await asyncio.open_connection(
            server.host, server.port, ssl=tls, server_hostname=name
        )
        return cls(reader, writer, window=window)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.writer.transport.abort()

    def flush(self) -> None:
        """Write what h2 has to say."""
        self.writer.write(self.h2.data_to_send())

    def request(self, path: str, *, method: str = "GET", is_whole: bool = True) -> int:
        """Open a stream; with `is_whole` there is no body."""
        stream_id = self.h2.get_next_available_stream_id()
        headers = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "gateway.test")]
        self.h2.send_headers(stream_id, headers, end_stream=is_whole)
        self.flush()
        return stream_id

    async def read(self) -> bool:
        """Take in one read's worth of events; False when the server has closed."""
        try:
            data = await self.reader.read(2**16)
        except ConnectionError:
            data = b""
        if data:
            self.events += self.h2.receive_data(data)
            self.flush()
        return bool(data)

    async def until(self, wanted: type[h2.events.Event], stream_id: int | None = None) -> h2.events.Event:
        """The first event of a kind, for a stream if one is given. Raises EOFError when none comes."""
        seen = 0
        while True:
            for event in self.events[seen:]:
                if isinstance(event, wanted) and stream_id in {None, getattr(event, "stream_id", None)}:
                    return event
            seen = len(self.events)
            if not await self.read():
                raise EOFError(f"the server closed before {wanted.__name__}")

    def body(self, stream_id: int) -> bytes:
        """What has arrived of a stream's body."""
        return b"".join(
            event.data or b""
            for event in self.events
            if isinstance(event, h2.events.DataReceived) and event.stream_id == stream_id
        )


@asynccontextmanager
async def running_stock(app: AsgiApp, **settings: object) -> AsyncIterator[Running]:
    """Serve `app` with the unmodified library, to show which of its traps are real."""
    config = Config.from_mapping({"errorlog": None, "graceful_timeout": 0.2, **settings})
    sock = socket.socket()
    sock.setblocking(False)
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    address = Address(*sock.getsockname())
    sockets = Sockets(secure_sockets=[], insecure_sockets=[sock], quic_sockets=[])
    stop = asyncio.Event()
    wrapped = wrap_app(cast("Any", app), config.wsgi_max_body_size, "asgi")
    task = asyncio.create_task(worker_serve(wrapped, config, sockets=sockets, shutdown_trigger=stop.wait))
    try:
        yield Running(address, stop, asyncio.Event(), task)
    finally:
        # It may not end by itself: that is one of the traps.
        stop.set()
        await asyncio.wait([task], timeout=0.5)
        task.cancel()
        await asyncio.wait([task], timeout=0.5)
