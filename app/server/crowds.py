"""How many connections each source has, so that no single one takes all there are.

Source: threats.md S22. Never: knowledge of what a connection is.
"""

import logging
from typing import Any

from app.networks import Networks, address_of, source_of

log = logging.getLogger("app.server")

_UNCOUNTED = ""


class Crowds:
    """Counts connections by source, at most `most` each (0: no limit), but for those in `uncapped`."""

    def __init__(self, most: int, uncapped: Networks) -> None:
        self._most = most
        self._uncapped = uncapped
        self._by_source: dict[str, int] = {}
        self._full: set[str] = set()

    def enter(self, peername: Any) -> str | None:
        """One more for a socket's peer; gives what to `leave` with, None when there is no room."""
        source = self._source(peername)
        if source == _UNCOUNTED:
            return source
        count = self._by_source.get(source, 0)
        if count >= self._most:
            self._tell(source)
            return None
        self._by_source[source] = count + 1
        return source

    def leave(self, source: str) -> None:
        """One less. Memory is only kept for sources that are connected."""
        if source == _UNCOUNTED:
            return
        self._by_source[source] -= 1
        if not self._by_source[source]:
            del self._by_source[source]
            self._full.discard(source)

    def _source(self, peername: Any) -> str:
        """Sockets of the file system have no addresses, and clients that have gone already none any more."""
        if not self._most or not isinstance(peername, tuple):
            return _UNCOUNTED
        host = str(peername[0])
        return _UNCOUNTED if self._uncapped.has(address_of(host)) else source_of(host)

    def _tell(self, source: str) -> None:
        """Once until the source has left, not once for each connection."""
        if source not in self._full:
            self._full.add(source)
            log.warning(
                "too many connections from one address; see MAX_CONNECTIONS_PER_SOURCE and TRUSTED_PROXIES: "
                "%s, limit %d",
                source,
                self._most,
            )
