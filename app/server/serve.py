"""The server: listen, serve, drain, end.

Every step of the end has a limit, so that the process ends whatever its clients and its application do.
Never: signals, processes, or knowledge of what the application serves.
"""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import cast

from hypercorn.asyncio.lifespan import Lifespan
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, LifespanState
from hypercorn.utils import wrap_app

from app.server.config import FloorConfig, config_from, tls_context
from app.server.connection import Connection
from app.server.crowds import Crowds
from app.server.descriptors import connection_room
from app.server.floor import Floor
from app.server.options import Address, AsgiApp, ServerOptions
from app.server.tally import Tally

log = logging.getLogger("app.server")

_READ_AHEAD = 64 * 1024
_UNSENT = 128 * 1024
_CANCEL_ROUNDS = 4
_CANCEL_ROUND_S = 0.5


class CannotListen(OSError):
    """The address cannot be bound, or the certificate not be used. The message is for the operator."""


async def serve(
    app: AsgiApp,
    options: ServerOptions,
    *,
    stop: asyncio.Event,
    hurry: asyncio.Event | None = None,
    on_ready: Callable[[tuple[Address, ...]], None] | None = None,
    tally: Tally | None = None,
) -> None:
    """Serve `app` until `stop` is set, then drain for at most `graceful_s` seconds and return.

    `hurry` cuts the draining short. `tally` is counted in. `on_ready` is told the addresses once clients can
    connect. Raises CannotListen, and whatever the application's start-up raises.
    """
    config = config_from(options)
    state: LifespanState = {}
    lifespan = await _start_application(app, config, state)
    try:
        floor = Floor(app, options, config, WorkerContext(None), state, tally or Tally())
        await _serve_clients(floor, _tls(options), stop, hurry or asyncio.Event(), on_ready)
    finally:
        await _stop_application(*lifespan)


async def _serve_clients(
    floor: Floor,
    tls: ssl.SSLContext | None,
    stop: asyncio.Event,
    hurry: asyncio.Event,
    on_ready: Callable[[tuple[Address, ...]], None] | None,
) -> None:
    options = floor.options
    clients = _Clients(floor)
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: _ClientProtocol(clients),
            options.host,
            options.port,
            backlog=options.backlog,
            ssl=tls,
            ssl_handshake_timeout=options.handshake_timeout_s if tls else None,
            ssl_shutdown_timeout=1.0 if tls else None,
        )
    except OSError as exc:
        place = f"{options.host}, port {options.port}"
        # The system's own words for its errors; those of a name that is not found have other numbers.
        code = exc.errno or 0
        why = os.strerror(code) if code > 0 else exc.strerror or str(exc)
        raise CannotListen(f"Cannot listen on {place}: {why}.") from exc
    for sock in server.sockets:
        _bound_unsent(sock)
    try:
        if on_ready is not None:
            on_ready(tuple(Address(*sock.getsockname()[:2]) for sock in server.sockets))
        await stop.wait()
    finally:
        # Not followed by wait_closed(): from Python 3.12 on it waits for the clients, without a limit.
        server.close()
        await clients.drain(hurry)


def _tls(options: ServerOptions) -> ssl.SSLContext | None:
    try:
        return tls_context(options)
    except OSError as exc:  # what is wrong with the PEM itself is one too
        files = f"{options.certfile} and {options.keyfile}"
        raise CannotListen(f"The certificate and key in {files} cannot be used: {exc}.") from exc


def _bound_unsent(listening: socket.socket) -> None:
    """Let the system hold little that it cannot send; accepted sockets inherit it.

    Without it a client that does not read costs megabytes, and one that reads slowly looks as if it had
    stopped. Where the system has no such option its own limits apply.
    """
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if option is not None:
        listening.setsockopt(socket.IPPROTO_TCP, option, _UNSENT)


class _Clients:
    """Owner of all connections and of their tasks."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._limit = floor.options.max_connections or connection_room()
        self._crowds = Crowds(floor.options.max_per_source, floor.options.uncapped)
        self._running: dict[asyncio.Task[None], Connection] = {}
        self._is_full = False
        self._emptied = asyncio.Event()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Connection | None:
        """Start serving a client; None when there are too many, or no more are wanted."""
        if len(self._running) >= self._limit or self._floor.context.terminated.is_set():
            self._floor.tally.refused += 1
            if not self._is_full:  # once for each time the limit is reached, not once for each client
                self._is_full = True
                log.warning("too many client connections", extra={"limit": self._limit})
            return None
        source = self._crowds.enter(writer.get_extra_info("peername"))
        if source is None:
            self._floor.tally.refused += 1
            return None
        connection = Connection(self._floor, reader, writer)
        task = asyncio.get_running_loop().create_task(_run(connection), name="client connection")
        self._running[task] = connection
        task.add_done_callback(partial(self._forget, source))
        return connection

    def _forget(self, source: str, task: asyncio.Task[None]) -> None:
        self._crowds.leave(source)
        del self._running[task]
        if not self._running:
            self._emptied.set()
        self._is_full = self._is_full and len(self._running) > self._limit * 0.9

    async def drain(self, hurry: asyncio.Event) -> None:
        """Let everything that is under way end, then end it."""
        await self._floor.context.terminated.set()
        for connection in self._running.values():
            connection.retire()
        await self._wait(self._floor.options.graceful_s, hurry)
        if self._running:
            log.warning("connections cut at the end of the grace time", extra={"count": len(self._running)})
        for _ in range(_CANCEL_ROUNDS):  # one cancellation can be swallowed: asyncio.wait_for on Python 3.11
            for task, connection in self._running.items():
                task.cancel()
                connection.cancel()
            if self._running:
                await asyncio.wait(self._running, timeout=_CANCEL_ROUND_S)
        for connection in self._running.values():
            connection.abort()

    async def _wait(self, seconds: float, hurry: asyncio.Event) -> None:
        """Return when all connections have ended, in a hurry, or after `seconds`."""
        if not self._running:
            return
        self._emptied.clear()
        reasons = [asyncio.ensure_future(event.wait()) for event in (self._emptied, hurry)]
        try:
            await asyncio.wait(reasons, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for reason in reasons:
                reason.cancel()


async def _run(connection: Connection) -> None:
    try:
        await connection.run()
    except Exception:  # one connection's failure is a bug, but not the end of the others
        log.exception("a client connection failed")


class _ClientProtocol(asyncio.StreamReaderProtocol):
    """Starts a connection when a client has connected, and tells it at once when the client leaves."""

    def __init__(self, clients: _Clients) -> None:
        self._clients = clients
        self._loop_now = asyncio.get_running_loop()
        self._reader = asyncio.StreamReader(limit=_READ_AHEAD, loop=self._loop_now)
        self._connection: Connection | None = None
        super().__init__(self._reader, loop=self._loop_now)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve, or refuse."""
        super().connection_made(transport)
        writable = cast("asyncio.Transport", transport)
        writer = asyncio.StreamWriter(writable, self, self._reader, self._loop_now)
        self._connection = self._clients.accept(self._reader, writer)
        if self._connection is None:
            writable.abort()

    def eof_received(self) -> bool | None:
        """A client that closes its side is treated as gone: no client library does so and reads on."""
        keep_open = super().eof_received()
        if self._connection is not None:
            self._connection.client_left()
        return keep_open

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        super().connection_lost(exc)
        if self._connection is not None:
            self._connection.client_left()


async def _start_application(
    app: AsgiApp, config: FloorConfig, state: LifespanState
) -> tuple[Lifespan, asyncio.Task[None]]:
    wrapped = wrap_app(cast("ASGIFramework", app), config.wsgi_max_body_size, "asgi")
    loop = asyncio.get_running_loop()
    lifespan = Lifespan(wrapped, config, loop, state)
    task = loop.create_task(lifespan.handle_lifespan(), name="lifespan")
    try:
        await lifespan.wait_for_startup()
    except BaseException:
        await _end(task)
        raise
    if task.done():
        task.result()
    return lifespan, task


async def _stop_application(lifespan: Lifespan, task: asyncio.Task[None]) -> None:
    try:
        await lifespan.wait_for_shutdown()
    finally:
        await _end(task)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task], timeout=_CANCEL_ROUND_S)
