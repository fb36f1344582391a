"""Whom connections over TLS trust.

Reading the authorities takes as long as a quarter of a start, so it waits for the first connection that
needs them, and is done in a thread. Never: a way to trust everybody.
"""

import asyncio
import ssl

import certifi


class Trust:
    """The trust of one pool of connections; `given` stands in place of the usual one."""

    def __init__(self, given: ssl.SSLContext | None = None) -> None:
        self._context = given
        self._loading = asyncio.Lock()

    async def context(self) -> ssl.SSLContext:
        """What to connect with."""
        async with self._loading:  # many connections may be the first
            if (context := self._context) is None:
                context = self._context = await asyncio.to_thread(public_tls)
            return context


def public_tls() -> ssl.SSLContext:
    """Trust in the machine's authorities and in the well-known public ones; HTTP/1.1 only."""
    # A Python that was not built for this machine may find no authorities at all, and a company's own
    # authority is found nowhere but in the machine's: so both.
    tls = ssl.create_default_context(cafile=certifi.where())
    tls.load_default_certs()
    tls.set_alpn_protocols(["http/1.1"])
    return tls
