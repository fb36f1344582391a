"""Requests through the operator's outbound proxy.

httpx's client on httpcore2's connection pool, because httpx's own pool is destroyed by cancelled requests
(measured; docs/explanation/upstream-transport.md). Slower than the direct way and used only with a proxy.
Never: reading the environment for proxies, following redirects, decompression.
"""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from typing import Any, cast

import httpcore2
import httpx

from app.errors import UpstreamUnreachable
from app.upstreams.transport import failures
from app.upstreams.transport.pool import Census
from app.upstreams.transport.target import Target

_GATEWAY_STATUSES = frozenset({"502", "503", "504"})
_SOCKS_ABOUT_TARGET = ("Network unreachable", "Host unreachable", "Connection refused", "TTL expired")

_BROKEN = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException)


class ProxiedReply:
    """A response whose head has arrived. Must be closed."""

    __slots__ = ("_body", "_response", "headers", "status")

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._response = response
        self._body: AsyncIterator[bytes] = response.aiter_raw()

    async def read(self) -> bytes:
        """The next piece of the body; empty at its end. Raises StreamCut."""
        try:
            async for piece in self._body:
                if piece:
                    return piece
        except _BROKEN as exc:
            raise failures.cut() from exc
        return b""

    async def aclose(self) -> None:
        """Close the response, and its connection when the body was not read to its end."""
        await self._response.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece

    async def aclose(self) -> None:
        closing = getattr(self._stream, "aclose", None)
        if closing is not None:
            await closing()


_begun: ContextVar[httpcore2.AsyncNetworkStream | None] = ContextVar("_begun", default=None)


class _Backend(httpcore2.AnyIOBackend):
    """Remembers what a request has connected: httpcore2 leaves it open when the proxy or TLS then refuses."""

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore2.AsyncNetworkStream:
        stream = await super().connect_tcp(*args, **kwargs)
        _begun.set(stream)
        return stream


class _Httpcore2Transport(httpx.AsyncBaseTransport):
    """Lets httpx's client stand on httpcore2's pool."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool) -> None:
        self.pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self.pool.handle_async_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        body = _Body(cast("AsyncIterator[bytes]", answer.stream))
        return httpx.Response(answer.status, headers=answer.headers, stream=body, request=request)

    async def aclose(self) -> None:
        await self.pool.aclose()


class ProxiedTransport:
    """Sends requests through one http, https or socks5 proxy."""

    def __init__(
        self,
        proxy: str,
        tls: ssl.SSLContext,
        *,
        connect_s: float,
        write_s: float,
        keepalive_s: float,
        idle: int,
    ) -> None:
        shown = httpx.URL(proxy)
        auth = (shown.username, shown.password) if shown.username else None
        bare = str(shown.copy_with(username=None, password=None))
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            proxy=httpcore2.Proxy(bare, auth=auth),
            max_connections=None,
            max_keepalive_connections=idle,
            keepalive_expiry=keepalive_s,
            http1=True,
            http2=False,
            network_backend=_Backend(),
        )
        self._client = httpx.AsyncClient(
            transport=_Httpcore2Transport(self._pool),
            trust_env=False,
            follow_redirects=False,
        )
        self._timeouts = {"timeout": httpx.Timeout(None, connect=connect_s, write=write_s).as_dict()}

    def census(self) -> Census:
        """How many connections there are."""
        idle = sum(connection.is_idle() for connection in self._pool.connections)
        return Census(len(self._pool.connections) - idle, idle, 0, 0)

    async def request(
        self, method: str, target: Target, headers: Mapping[str, str], body: bytes
    ) -> ProxiedReply:
        """Send a request and wait for the head of its response. Raises UpstreamUnreachable."""
        url = f"{target.origin.scheme}://{target.origin.authority}{target.path}"
        request = httpx.Request(method, url, headers=dict(headers), content=body, extensions=self._timeouts)
        _begun.set(None)
        try:
            reply = ProxiedReply(await self._sent(request))
        except (*_BROKEN, httpcore2.ProxyError, OSError) as exc:
            raise _unreachable(exc) from exc
        if reply.status == 407:  # spoken by the proxy itself, about the operator's credentials
            await reply.aclose()
            raise failures.proxy_refused()
        return reply

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._client.send(request, stream=True)
        except BaseException:
            if (stream := _begun.get()) is not None:
                await stream.aclose()
            raise

    async def drop_idle(self) -> None:
        """Close the connections that nobody uses."""
        for connection in self._pool.connections:
            if connection.is_idle():
                await connection.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


def _unreachable(exc: Exception) -> UpstreamUnreachable:
    match exc:
        case httpcore2.ProxyError():
            return failures.unreachable("connect") if _blames_target(str(exc)) else failures.proxy_refused()
        case httpcore2.ConnectError() if isinstance(_cause_of(exc), ssl.SSLError):
            # With an http or socks5 proxy that is the upstream's certificate; of an https proxy it may be
            # either's.
            return failures.unreachable("tls")
        case httpcore2.ConnectError() | httpcore2.ConnectTimeout():
            # The only thing that is connected to is the proxy.
            return failures.proxy_refused()
        case httpcore2.WriteTimeout():
            return failures.unreachable("write_timeout")
        case _:
            return failures.unreachable("reset_before_headers")


def _blames_target(said: str) -> bool:
    """Whether a proxy that works says that it cannot reach the upstream."""
    return said[:3] in _GATEWAY_STATUSES or any(word in said for word in _SOCKS_ABOUT_TARGET)


def _cause_of(exc: BaseException) -> BaseException | None:
    """What lies at the bottom of an exception that was raised from others."""
    while (below := exc.__cause__ or exc.__context__) is not None:
        exc = below
    return exc
