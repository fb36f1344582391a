"""A small HTTP/1.1 server that can also misbehave on purpose.

Parses requests, hands each to a handler, and gives the handler an `Exchange` through which it answers well
or badly: a cut body, a reset, single bytes, silence. Knows nothing of the backend that it carries.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import cast

from app.simulator.http_reader import BadRequestLine, Request, RequestReader

__all__ = ["Exchange", "Headers", "HttpServer", "Request"]

Headers = Iterable[tuple[str, str]]

_HIGH_WATER = 256 * 1024
_CLOSING_TURNS = 20
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    499: "Client Closed Request",
    529: "Overloaded",
}


class Exchange:
    """The answering side of one request.

    start() write() write() finish()  or  respond()  or, badly, write_raw(), close(), reset().
    After the client has left every method is a no-op and `is_gone` is set.
    """

    def __init__(self, connection: "_Connection", request: Request) -> None:
        self.request = request
        self.is_gone = False
        self.is_started = False
        self.is_finished = False
        self.bytes_out = 0
        self.status = 0
        self._connection = connection
        self._chunked = False

    def respond(self, status: int, headers: Headers, body: bytes) -> None:
        """A whole answer with its length, in one write."""
        self._head(status, [*headers, ("Content-Length", str(len(body)))], body)
        self.finish()

    def start(self, status: int, headers: Headers) -> None:
        """Head of a chunked answer."""
        self._chunked = True
        self._head(status, [*headers, ("Transfer-Encoding", "chunked")], b"")

    def start_raw(self, head: bytes) -> None:
        """Head of a chunked answer that was rendered before."""
        self._chunked = True
        self.is_started = True
        self.status = 200
        self.write_raw(head)

    def write(self, data: bytes) -> None:
        """One chunk of the body; empty data is left out because it would end the body."""
        if data:
            self.write_raw(b"%x\r\n%b\r\n" % (len(data), data))

    def write_raw(self, data: bytes) -> None:
        """Bytes as they are, without chunk framing."""
        if not self.is_gone:
            self.bytes_out += len(data)
            self._connection.write(data)

    def finish(self) -> None:
        """The regular end; the connection lives on for the next request."""
        if self.is_finished:
            return
        self.is_finished = True
        if self._chunked:
            self.write_raw(b"0\r\n\r\n")
        self._connection.exchange_done(self)

    def close(self) -> None:
        """End the connection with FIN: a body without its terminator, or no answer at all."""
        self.is_finished = True
        self._connection.close()

    def reset(self) -> None:
        """End the connection with RST."""
        self.is_finished = True
        self._connection.reset()

    def close_after(self, seconds: float) -> None:
        """End the connection with FIN so long after the answer has been given, if it is idle then."""
        self._connection.close_when_idle_s = seconds

    def leave(self) -> None:
        """Called by the connection: the client is gone."""
        self.is_gone = True

    async def drain(self) -> None:
        """Wait until the client has taken what was written before."""
        await self._connection.drain()

    async def flush(self) -> None:
        """Wait until the kernel has everything, so that a cut comes after it and not instead of it."""
        await self._connection.flush()

    def _head(self, status: int, headers: Headers, body: bytes) -> None:
        self.is_started = True
        self.status = status
        lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}"]
        lines.extend(f"{name}: {value}" for name, value in headers)
        self.write_raw("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


Handler = Callable[[Request, Exchange], Awaitable[None]]
FastPath = Callable[[Request, Exchange], bool]


class HttpServer:
    """Listens, keeps track of connections, and stops without leaving any behind."""

    def __init__(self, handler: Handler, fast_path: FastPath | None = None) -> None:
        self.handler = handler
        self.fast_path = fast_path
        self.connections: set[_Connection] = set()
        self.connections_total = 0
        self._listeners: list[asyncio.Server] = []

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Bind one more address and return its port."""
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(
            lambda: _Connection(self), host, port, backlog=2048, reuse_address=True, ssl=tls
        )
        self._listeners.append(listener)
        bound: int = listener.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Close everything at once; running handlers are cancelled and awaited."""
        for listener in self._listeners:
            listener.close()
        tasks = [task for connection in list(self.connections) if (task := connection.shut()) is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listeners.clear()
        for _ in range(_CLOSING_TURNS):
            # Aborted transports report back in one of the next turns of the loop.
            if not self.connections:
                break
            await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    """One client connection: requests are answered one after the other."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._reader = RequestReader()
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._keep_alive = True
        self.close_when_idle_s: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A stream listener makes no other kind of transport.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)
        self._server.connections.add(self)
        self._server.connections_total += 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._exchange is None:
            self._next_request()

    def eof_received(self) -> bool:
        # A client that closes its side while it waits for an answer has given up; real half-closes do not
        # occur here.
        self._client_left()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._client_left()
        self._transport = None

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    async def drain(self) -> None:
        await self._writable.wait()

    async def flush(self) -> None:
        if self._transport is None:
            return
        # With marks of 0 the transport resumes exactly when its buffer is empty.
        self._transport.set_write_buffer_limits(high=0)
        await self._writable.wait()
        if self._transport is not None:
            self._transport.set_write_buffer_limits(high=_HIGH_WATER)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        if self._transport is None:
            return
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def shut(self) -> asyncio.Task[None] | None:
        """Abort the connection; gives the running task, if any, to be awaited."""
        task = self._task
        if self._transport is not None:
            self._transport.abort()
        if task is not None:
            task.cancel()
        return task

    def exchange_done(self, exchange: Exchange) -> None:
        if self._exchange is exchange:
            self._exchange = None
            if not self._keep_alive:
                self.close()
            elif self.close_when_idle_s is not None:
                asyncio.get_running_loop().call_later(self.close_when_idle_s, self._close_if_idle)
            elif self._buffer:
                asyncio.get_running_loop().call_soon(self._next_request)

    def _next_request(self) -> None:
        if self._transport is None or self._exchange is not None:
            return
        try:
            request = self._reader.feed(self._buffer, self.write)
        except BadRequestLine as error:
            self._keep_alive = False
            exchange = self._exchange = Exchange(self, Request("GET", "/", {}))
            exchange.respond(error.status, [("Content-Type", "text/plain")], f"{error}\n".encode())
            return
        if request is not None:
            self._dispatch(request)

    def _dispatch(self, request: Request) -> None:
        self._keep_alive = request.headers.get("connection", "").lower() != "close"
        exchange = self._exchange = Exchange(self, request)
        if self._server.fast_path is not None and self._server.fast_path(request, exchange):
            return
        self._task = asyncio.get_running_loop().create_task(
            self._run(request, exchange), name="simulator request"
        )

    async def _run(self, request: Request, exchange: Exchange) -> None:
        try:
            await self._server.handler(request, exchange)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must show, and must not leave the client waiting
            what = {"message": "The simulator failed on a request.", "exception": error}
            asyncio.get_running_loop().call_exception_handler(what)
            exchange.reset()
        finally:
            self._task = None
        if not exchange.is_finished:
            exchange.close()

    def _close_if_idle(self) -> None:
        if self._exchange is None:
            self.close()

    def _client_left(self) -> None:
        self._writable.set()
        exchange, self._exchange = self._exchange, None
        if exchange is None or exchange.is_finished:
            return
        exchange.leave()
        if self._task is not None:
            self._task.cancel()
