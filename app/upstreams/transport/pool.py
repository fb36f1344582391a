"""Connections to upstreams: made at a steady pace, kept for a while, never more than were asked for.

Taking and giving back are constant-time and there is no limit that cancelled requests could use up.
Every live connection is either idle, here, or held by one exchange that aborts it when it ends early.
Never: knowledge of requests beyond their origin, or of proxies.
"""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from msgspec import Struct

from app.upstreams.transport import failures
from app.upstreams.transport.connection import Connection
from app.upstreams.transport.target import Origin
from app.upstreams.transport.trust import Trust

_FIRST_ADDRESS_S = 3.0  # a black-holed IPv6 route must not use up the whole connect limit
_REMEMBERED = 512
_CLOSE_S = 1.0  # an aborted connection is lost in the loop's next round


class PoolLimits(Struct, frozen=True):
    """`keepalive_s` idle seconds before a connection is closed; `connecting` handshakes at a time."""

    connect_s: float = 10.0
    keepalive_s: float = 60.0
    idle: int = 256
    connecting: int = 50


class Census(Struct, frozen=True):
    """How many connections there are, and how often an idle one turned out to be dead."""

    busy: int
    idle: int
    connecting: int
    stale_total: int


class Resolve(Protocol):
    """Turns names into addresses that may be connected to."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """At least one address, in the order to try. Raises OSError."""
        ...


class Pool:
    """The process's connections to upstreams."""

    def __init__(self, limits: PoolLimits, tls: ssl.SSLContext | None, resolver: Resolve) -> None:
        self._limits = limits
        self._trust = Trust(tls)
        self._resolver = resolver
        # A dict serves as an ordered set: the longest idle first, and whoever is lost leaves from the middle.
        self._idle: dict[Origin, dict[Connection, None]] = {}
        self._live: set[Connection] = set()
        self._idle_count = 0
        self._connecting = 0
        self._gate = asyncio.Semaphore(limits.connecting)
        self._answers: dict[Origin, str] = {}  # the address that accepted last
        self._sweep: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Event | None = None
        self.stale_total = 0

    def census(self) -> Census:
        """The numbers for metrics and tests."""
        busy = len(self._live) - self._idle_count
        return Census(busy, self._idle_count, self._connecting, self.stale_total)

    def take_idle(self, origin: Origin) -> Connection | None:
        """The connection that was used last, if one is there."""
        idle = self._idle.get(origin)
        if not idle:
            return None
        connection, _ = idle.popitem()
        self._idle_count -= 1
        return connection

    async def connect(self, origin: Origin) -> Connection:
        """A fresh connection. Raises UpstreamUnreachable."""
        try:
            # Waiting for a turn has a limit of its own: a burst of two thousand streams on a busy core must
            # not fail by a timer that ran while nobody had begun to connect.
            async with asyncio.timeout(self._limits.connect_s):
                await self._gate.acquire()
        except TimeoutError as exc:
            raise failures.from_connect(exc) from exc
        self._connecting += 1
        try:
            async with asyncio.timeout(self._limits.connect_s):
                return await self._connect(origin)
        except OSError as exc:
            raise failures.from_connect(exc) from exc
        finally:
            self._connecting -= 1
            self._gate.release()

    def give_back(self, connection: Connection) -> None:
        """End the exchange on `connection`: keep it when it can serve again, close it otherwise."""
        may_stay = (
            self._emptied is None and self._idle_count < self._limits.idle and self._limits.keepalive_s > 0
        )
        if not connection.finish() or not may_stay:
            connection.abort()
            return
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.setdefault(connection.origin, {})[connection] = None
        self._idle_count += 1
        if self._sweep is None:
            self._schedule_sweep()

    def drop_idle(self) -> None:
        """Close what is kept for later: nobody knows whether the other side still has it."""
        for connection in [each for idle in self._idle.values() for each in idle]:
            self._drop_idle(connection)
            connection.abort()

    async def aclose(self) -> None:
        """Close everything, also what is in use."""
        self._emptied = asyncio.Event()
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in self._live:
            connection.abort()
        if self._live:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await self._emptied.wait()

    async def _connect(self, origin: Origin) -> Connection:
        addresses = self._in_order(origin, await self._resolver.resolve(origin.host, origin.port))
        for address in addresses[:-1]:
            try:
                async with asyncio.timeout(_FIRST_ADDRESS_S):
                    return await self._connect_to(origin, address)
            except ssl.SSLError:
                raise
            except OSError:
                continue
        return await self._connect_to(origin, addresses[-1])

    async def _connect_to(self, origin: Origin, address: str) -> Connection:
        tls = await self._trust.context() if origin.is_tls else None
        connection = Connection(origin, self._forget)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: connection,
                address,
                origin.port,
                ssl=tls,
                server_hostname=origin.host if origin.is_tls else None,
            )
        except BaseException:
            connection.abort()
            raise
        if len(self._answers) >= _REMEMBERED:
            self._answers.clear()
        self._answers[origin] = address
        if not connection.is_lost:
            self._live.add(connection)
        return connection

    def _in_order(self, origin: Origin, addresses: Sequence[str]) -> list[str]:
        last = self._answers.get(origin)
        return sorted(addresses, key=lambda address: address != last)

    def _forget(self, connection: Connection) -> None:
        self._live.discard(connection)
        self._drop_idle(connection)
        if self._emptied is not None and not self._live:
            self._emptied.set()

    def _drop_idle(self, connection: Connection) -> None:
        idle = self._idle.get(connection.origin)
        if idle is not None and connection in idle:
            del idle[connection]
            self._idle_count -= 1

    def _close_expired(self) -> None:
        limit = asyncio.get_running_loop().time() - self._limits.keepalive_s
        for idle in self._idle.values():
            for connection in list(idle):
                if connection.idle_since > limit:
                    break
                self._drop_idle(connection)
                connection.abort()
        self._idle = {origin: idle for origin, idle in self._idle.items() if idle}
        self._sweep = None
        self._schedule_sweep()

    def _schedule_sweep(self) -> None:
        """One timer for all: it wakes when the longest idle connection of any origin is due."""
        oldest = min((next(iter(idle)).idle_since for idle in self._idle.values() if idle), default=None)
        if self._sweep is None and oldest is not None:
            due = oldest + self._limits.keepalive_s
            self._sweep = asyncio.get_running_loop().call_at(due, self._close_expired)
