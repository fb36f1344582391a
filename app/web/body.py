"""The body of a request, read within limits of size and time, and the news that the client has left.

One object reads from the client for the whole call: first the body, then the disconnect.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from msgspec import Struct

from app.errors import ClientLeft, SlowBody, TooLarge
from app.web.inflate import encodings_of, inflate

Message: TypeAlias = MutableMapping[str, Any]
"""An ASGI message or scope; ASGI leaves its values open."""

Receive: TypeAlias = Callable[[], Awaitable[Message]]

_SLOW_AFTER_S = 10.0
_SLOWEST_RATE = 1024
_IN_THREAD_ABOVE = 256 * 1024


class BodyLimits(Struct, frozen=True):
    """`size` in bytes, as sent and once inflated; `time_s` in seconds for all of it."""

    size: int = 64 * 1024 * 1024
    time_s: float = 60.0


class Inbox:
    """What comes from one client during one call."""

    def __init__(self, receive: Receive, headers: Mapping[str, str], limits: BodyLimits) -> None:
        self._receive = receive
        self._headers = headers
        self._limits = limits
        self._is_read = asyncio.Event()

    async def body(self) -> bytes:
        """The whole body, decompressed. Raises TooLarge, SlowBody, UnsupportedEncoding, ClientLeft."""
        layers = encodings_of(self._headers.get("content-encoding", ""))
        declared = self._headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._limits.size:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._limits.time_s):
                body = await self._read()
        except TimeoutError as exc:
            raise self._too_slow() from exc
        self._is_read.set()
        if not layers:
            return body
        if len(body) > _IN_THREAD_ABOVE:
            return await asyncio.to_thread(inflate, body, layers, self._limits.size)
        return inflate(body, layers, self._limits.size)

    async def left(self) -> None:
        """Return when the client has gone, once the body has been read."""
        await self._is_read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        started = loop.time()
        body = bytearray()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft("The client left before it had sent its request.")
            part: bytes = message.get("body", b"")
            if len(body) + len(part) > self._limits.size:
                raise self._too_large()
            is_last = not message.get("more_body", False)
            if is_last and not body:
                return part
            body += part  # not a list: many tiny pieces would take many times the memory of what they hold
            if is_last:
                return bytes(body)
            if (passed := loop.time() - started) > _SLOW_AFTER_S and len(body) < passed * _SLOWEST_RATE:
                raise self._too_slow()

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The body is larger than {self._limits.size} bytes.")

    def _too_slow(self) -> SlowBody:
        return SlowBody("The body took too long to arrive.")
