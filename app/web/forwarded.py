"""Who the client is when a reverse proxy stands in front. Settled here, once, for everybody behind.

The headers of a proxy are believed if the socket's own peer is one that the operator listed; then the
right-most address that is no such proxy is the client: what stands to its left the client may have written
itself. Source: threats.md S02. Never: looks at the headers of anybody else.
"""

from collections.abc import Iterator

from app.networks import Address, Networks, address_of
from app.web.body import Message, Receive
from app.web.reply import Send
from app.web.scope import Asgi

_SCHEMES = frozenset({"http", "https"})


class Forwarded:
    """An ASGI app: the one behind it, with `client` and `scheme` as the proxies in `trusted` tell them."""

    def __init__(self, behind: Asgi, trusted: Networks) -> None:
        self._behind = behind
        self._trusted = trusted

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        peer = scope.get("client")
        if peer is not None and self._trusted.has(address_of(str(peer[0]))):
            scope = {**scope, **self._told(scope)}
        await self._behind(scope, receive, send)

    def _told(self, scope: Message) -> dict[str, object]:
        """What the proxy says about the client, as far as it can be read."""
        told: dict[str, object] = {}
        client = self._client(_listed(scope, b"x-forwarded-for"))
        if client is not None:
            told["client"] = (str(client), 0)
        scheme = next(_listed(scope, b"x-forwarded-proto"), "").lower()
        if scheme in _SCHEMES and scope["type"] == "http":
            told["scheme"] = scheme
        return told

    def _client(self, hops: Iterator[str]) -> Address | None:
        """The first that is no trusted proxy, from the right; else the last that could be read."""
        last = None
        for hop in hops:
            address = _address(hop)
            if address is None:
                return last
            last = address
            if not self._trusted.has(address):
                return address
        return last


def _listed(scope: Message, name: bytes) -> Iterator[str]:
    """The members of a list header from right to left."""
    for key, value in reversed(scope["headers"]):
        if key.lower() == name:
            yield from (member.strip() for member in reversed(value.decode("latin-1").split(",")))


def _address(hop: str) -> Address | None:
    """`192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    return address_of(hop)
