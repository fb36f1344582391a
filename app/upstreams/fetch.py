"""Fetch what a client pointed at, and only from the public internet.

Every connection goes to an address that was checked after the name had been resolved, redirects included; the
name is resolved once per connection, so a resolver that changes its mind gains nothing. No proxy, no cookies,
no credentials, no kept connections. An answer never says why a host was refused: that would be a map of the
network behind the gateway.
Never: judging the content.
"""

import asyncio
import ssl
from collections.abc import Sequence
from urllib.parse import urljoin

from msgspec import Struct

from app.errors import BadRequest, ClientError, TooLarge, UpstreamError
from app.upstreams.addresses import is_public
from app.upstreams.http import Exchange, UpstreamReply
from app.upstreams.transport.direct import DirectTransport
from app.upstreams.transport.dns import Lookup, Resolver, system_lookup
from app.upstreams.transport.pool import PoolLimits, Resolve
from app.upstreams.transport.target import Origin, Target, parse_target

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {"accept": "image/*, */*;q=0.5", "accept-encoding": "identity", "user-agent": "antigravity-proxy"}
_LIMITS = PoolLimits(connect_s=5.0, keepalive_s=0.0, connecting=16)
_WRITE_S = 5.0
_MAX_URL = 8192


class Fetched(Struct, frozen=True):
    """What stood at the address; `media_type` is what the server called it, without parameters."""

    media_type: str
    body: bytes


class SafeFetcher:
    """Fetches on behalf of clients. `allow_hosts` are host names exempt from the address and port rules."""

    def __init__(
        self,
        *,
        allow_hosts: frozenset[str] = frozenset(),
        tls: ssl.SSLContext | None = None,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._allow_hosts = allow_hosts
        self._guard = _Guard(Resolver(lookup), allow_hosts)
        self._transport = DirectTransport(_LIMITS, _WRITE_S, tls, self._guard)

    @property
    def blocked_total(self) -> int:
        """How many connections were refused because their address is not public."""
        return self._guard.blocked_total

    async def fetch(
        self, url: str, *, max_bytes: int, timeout_s: float, max_redirects: int = 3, where: str | None = None
    ) -> Fetched:
        """The body at `url`, at most `max_bytes` of it, within `timeout_s` seconds in all.

        Raises BadRequest when it cannot be had and TooLarge when it is larger; both carry `where`.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._follow(url, max_bytes, max_redirects)
        except TimeoutError:
            reason = f"it took longer than {timeout_s:g} seconds"
        except ClientError as exc:
            exc.where = where
            raise
        except UpstreamError:
            reason = "its host is unknown, not public, or does not answer properly"
        raise _refusal(reason, where)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _follow(self, url: str, max_bytes: int, max_redirects: int) -> Fetched:
        for _ in range(max_redirects + 1):
            async with Exchange(self._transport, "GET", self._checked(url), _HEADERS, b"") as reply:
                location = reply.headers.get("location")
                if reply.status not in _REDIRECTS or location is None:
                    return await _read(reply, max_bytes)
                url = urljoin(url, location)
        raise _refusal("it redirects too often")

    def _checked(self, url: str) -> Target:
        if len(url) > _MAX_URL:
            raise _refusal("the address is too long")
        try:
            target = parse_target(url)
        except ValueError as exc:
            raise _refusal(str(exc)) from exc
        if not self._is_port_allowed(target.origin):
            raise _refusal("only the ports 80 and 443 are allowed")
        return target

    def _is_port_allowed(self, origin: Origin) -> bool:
        return origin.port in {80, 443} or origin.host in self._allow_hosts


class _Guard:
    """A resolver that knows public addresses only."""

    def __init__(self, inner: Resolve, allow_hosts: frozenset[str]) -> None:
        self._inner = inner
        self._allow_hosts = allow_hosts
        self.blocked_total = 0

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Addresses that may be connected to. Raises PermissionError when any of them is not public."""
        addresses = await self._inner.resolve(host, port)
        if host not in self._allow_hosts and not all(map(is_public, addresses)):
            self.blocked_total += 1
            raise PermissionError("not a public address")
        return addresses


async def _read(reply: UpstreamReply, max_bytes: int) -> Fetched:
    if reply.status != 200:
        raise _refusal(f"its server answered with status {reply.status}")
    body = bytearray()
    announced = reply.headers.get("content-length", "")
    if not (announced.isdigit() and int(announced) > max_bytes):
        body += await reply.read_at_most(max_bytes + 1)
        if len(body) <= max_bytes:
            media_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Fetched(media_type, bytes(body))
    raise TooLarge(f"What stands at the given address is larger than {max_bytes} bytes.")


def _refusal(reason: str, where: str | None = None) -> BadRequest:
    return BadRequest(
        f"The given address could not be fetched: {reason}.", where=where, reason="invalid_image_url"
    )
