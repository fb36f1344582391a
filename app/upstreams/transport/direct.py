"""Requests over the process's own connections.

The normal way to an upstream. Never: proxies, redirects, decompression, time limits for the answer.
"""

import ssl
from collections.abc import Mapping

from msgspec import Struct

from app.upstreams.transport import failures
from app.upstreams.transport.connection import Connection, PeerLost, WriteStalled
from app.upstreams.transport.dns import Resolver
from app.upstreams.transport.http1 import Garbled, Head
from app.upstreams.transport.pool import Census, Pool, PoolLimits, Resolve
from app.upstreams.transport.target import Origin, Target, request_head


class DirectReply:
    """A response whose head has arrived. Must be closed; closed early, the connection goes with it."""

    __slots__ = ("_connection", "_pool", "headers", "status")

    def __init__(self, connection: Connection, head: Head, pool: Pool) -> None:
        self.status = head.status
        self.headers = head.headers
        self._connection: Connection | None = connection
        self._pool = pool

    async def read(self) -> bytes:
        """All of the body that has arrived, waiting for some; empty at its end. Raises StreamCut."""
        if self._connection is None:
            return b""
        try:
            return await self._connection.read()
        except (PeerLost, Garbled) as exc:
            raise failures.cut() from exc

    async def aclose(self) -> None:
        """Give the connection back, or close it when the body was not read to its end. Never suspends."""
        if self._connection is not None:
            self._pool.give_back(self._connection)
            self._connection = None


class _Call(Struct, frozen=True):
    origin: Origin
    head: bytes
    body: bytes
    has_reply_body: bool


class DirectTransport:
    """Sends requests straight to the upstream. `tls` replaces the usual trust in public authorities."""

    def __init__(
        self, limits: PoolLimits, write_s: float, tls: ssl.SSLContext | None, resolver: Resolve | None = None
    ) -> None:
        self._pool = Pool(limits, tls, resolver or Resolver())
        self._write_s = write_s

    def census(self) -> Census:
        """How many connections there are."""
        return self._pool.census()

    async def request(
        self, method: str, target: Target, headers: Mapping[str, str], body: bytes
    ) -> DirectReply:
        """Send a request and wait for the head of its response, without a limit for the wait.

        A kept connection that turns out to be dead before any byte of the response is replaced by a fresh
        one, once. Raises UpstreamUnreachable, UpstreamGarbled.
        """
        head = request_head(method, target, headers, len(body))
        call = _Call(target.origin, head, body, has_reply_body=method != "HEAD")
        try:
            return await self._on_any_connection(call)
        except PeerLost as exc:
            raise failures.unreachable("reset_before_headers") from exc
        except WriteStalled as exc:
            raise failures.unreachable("write_timeout") from exc
        except Garbled as exc:
            raise failures.garbled_head() from exc

    async def _on_any_connection(self, call: _Call) -> DirectReply:
        kept = self._pool.take_idle(call.origin)
        if kept is not None:
            try:
                return await self._exchange(kept, call)
            except PeerLost as exc:
                if not exc.silent:
                    raise
                self._pool.stale_total += 1
        return await self._exchange(await self._pool.connect(call.origin), call)

    async def _exchange(self, connection: Connection, call: _Call) -> DirectReply:
        try:
            await connection.send(call.head, call.body, write_s=self._write_s, has_body=call.has_reply_body)
            return DirectReply(connection, await connection.head(), self._pool)
        except BaseException:
            connection.abort()
            raise

    async def drop_idle(self) -> None:
        """Close the connections that nobody uses. Never suspends."""
        self._pool.drop_idle()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()
