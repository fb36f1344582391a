"""HTTP towards upstreams: open a streamed answer, or send a small call.

One `UpstreamHttp` per process. Transport failures leave here as the gateway's own errors. Redirects are
never followed and the environment's proxy variables are never read.
Never: knowledge of an upstream's protocol, accounts, retries beyond a dead kept-alive connection, or a limit
for how long an answer may take, which is the caller's.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from types import TracebackType
from typing import Protocol

from msgspec import Struct

from app.errors import TimedOut, UpstreamGarbled
from app.late import late
from app.upstreams.transport import failures
from app.upstreams.transport.direct import DirectTransport
from app.upstreams.transport.inflate import Inflater, Undecodable, inflater_for
from app.upstreams.transport.pool import Census, PoolLimits
from app.upstreams.transport.target import Target, parse_target
from app.upstreams.transport.trust import public_tls

MAX_PLAIN_REPLY = 4 * 1024 * 1024


class HttpOptions(Struct, frozen=True):
    """`proxy` is an http, https or socks5 URL. `tls` replaces the usual trust in public authorities."""

    connect_s: float = 10.0
    write_s: float = 30.0
    keepalive_s: float = 60.0
    idle_connections: int = 256
    connecting: int = 50
    proxy: str | None = None
    tls: ssl.SSLContext | None = None


class PlainReply(Struct, frozen=True):
    """A whole answer: header names in lower case, body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _RawReply(Protocol):
    status: int
    headers: dict[str, str]

    async def read(self) -> bytes: ...
    async def aclose(self) -> None: ...


class Transport(Protocol):
    """How requests leave the process."""

    async def request(
        self, method: str, target: Target, headers: Mapping[str, str], body: bytes
    ) -> _RawReply: ...
    def census(self) -> Census: ...
    async def drop_idle(self) -> None: ...
    async def aclose(self) -> None: ...


class _Pieces:
    """A body as it comes. An object and not a generator: left in the middle, there is nothing to clean up."""

    __slots__ = ("_raw",)

    def __init__(self, raw: _RawReply) -> None:
        self._raw = raw

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if data := await self._raw.read():
            return data
        raise StopAsyncIteration


class _InflatedPieces:
    """A compressed body, decompressed as it comes."""

    __slots__ = ("_inflater", "_raw", "_steps")

    def __init__(self, raw: _RawReply, inflater: Inflater) -> None:
        self._raw = raw
        self._inflater = inflater
        self._steps: Iterator[bytes] = iter(())

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            while True:
                for piece in self._steps:
                    return piece
                data = await self._raw.read()
                if not data:
                    self._inflater.end()
                    raise StopAsyncIteration
                self._steps = self._inflater.feed(data)
        except Undecodable as exc:
            raise failures.undecodable() from exc


class UpstreamReply:
    """An answer whose head is there and whose body is still coming. Header names are in lower case."""

    __slots__ = ("_raw", "headers", "status")

    def __init__(self, raw: _RawReply) -> None:
        self.status = raw.status
        self.headers: Mapping[str, str] = raw.headers
        self._raw = raw

    def chunks(self) -> AsyncIterator[bytes]:
        """The body, decompressed. Each piece is everything that one read of the socket brought.

        Raises StreamCut when the body breaks off or cannot be decompressed.
        """
        if "content-encoding" not in self._raw.headers:
            return _Pieces(self._raw)
        try:
            inflater = inflater_for(self._raw.headers)
        except Undecodable as exc:
            raise failures.undecodable() from exc
        return _Pieces(self._raw) if inflater is None else _InflatedPieces(self._raw, inflater)

    async def read_at_most(self, limit: int) -> bytes:
        """The body, cut off after `limit` decompressed bytes."""
        read = bytearray()
        async for piece in self.chunks():
            read += piece
            if len(read) >= limit:
                break
        return bytes(read[:limit])


class Exchange:
    """`async with` gives the reply; leaving it closes the connection unless the body was read to its end."""

    __slots__ = ("_body", "_headers", "_method", "_raw", "_target", "_transport")

    def __init__(
        self, transport: Transport, method: str, target: Target, headers: Mapping[str, str], body: bytes
    ) -> None:
        self._transport = transport
        self._method = method
        self._target = target
        self._headers = headers
        self._body = body
        self._raw: _RawReply | None = None

    async def __aenter__(self) -> UpstreamReply:
        self._raw = await self._transport.request(self._method, self._target, self._headers, self._body)
        return UpstreamReply(self._raw)

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self._raw is not None:
            await self._raw.aclose()


class UpstreamHttp:
    """The process's way out. Made inside a running event loop, closed at the end of it."""

    def __init__(self, options: HttpOptions) -> None:
        self._transport: Transport = transport_for(options)

    def open(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Exchange:
        """An exchange to be entered with `async with`; entering waits for the head of the answer.

        Entering raises UpstreamUnreachable (its `kind` says why) or UpstreamGarbled. How long the head and
        the body may take is for the caller to limit; cancelling closes the connection at once.
        """
        return Exchange(self._transport, method, parse_target(url), headers, body)

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        timeout_s: float,
    ) -> PlainReply:
        """A small call with its whole answer, at most 4 MiB of it.

        Raises TimedOut when all of it takes longer than `timeout_s` seconds, UpstreamGarbled when the answer
        is larger, and what `open` and `UpstreamReply.chunks` raise.
        """
        asked = {"accept-encoding": "gzip", **(headers or {})}
        try:
            async with asyncio.timeout(timeout_s), self.open(method, url, asked, body) as reply:
                content = await reply.read_at_most(MAX_PLAIN_REPLY + 1)
        except TimeoutError as exc:
            raise TimedOut("The upstream took too long to answer.", kind="call") from exc
        if len(content) > MAX_PLAIN_REPLY:
            raise UpstreamGarbled("The upstream's answer is larger than expected.", kind="too_large")
        return PlainReply(reply.status, reply.headers, content)

    def census(self) -> Census:
        """How many connections there are, for metrics and tests."""
        return self._transport.census()

    async def drop_idle(self) -> None:
        """Close the connections that are kept for later; for a machine that slept. (F136)"""
        await self._transport.drop_idle()

    async def aclose(self) -> None:
        """Close every connection, also those in use."""
        await self._transport.aclose()


def transport_for(options: HttpOptions) -> Transport:
    """Through the outbound proxy where one is set, over our own connections otherwise."""
    if options.proxy is not None:
        proxied: Transport = late("app.upstreams.transport.proxied:ProxiedTransport")(  # with httpx
            options.proxy,
            options.tls or public_tls(),
            connect_s=options.connect_s,
            write_s=options.write_s,
            keepalive_s=options.keepalive_s,
            idle=options.idle_connections,
        )
        return proxied
    limits = PoolLimits(
        connect_s=options.connect_s,
        keepalive_s=options.keepalive_s,
        idle=options.idle_connections,
        connecting=options.connecting,
    )
    return DirectTransport(limits, options.write_s, options.tls)
