"""A bounded mailbox of bytes between a flow and its client.

One task puts, one takes. `put` never waits: it says whether the box is over its mark, and whoever puts
then waits for `drained`. `take` returns all there is, so that what came together leaves in one write.
Never: knowledge of HTTP or of a dialect.
"""

import asyncio
from collections.abc import Callable
from typing import Final

HIGH_WATER: Final = 64 * 1024


class Outbox:
    """put(b"a") put(b"b") -> take() == b"ab" ; close() -> take() == b""

    `committed` is set by the first bytes of content: from then on no other account may be tried.
    `status_committed` is set by the taker when the response headers have left. `tap` sees all that is put.
    """

    def __init__(self, high_water: int = HIGH_WATER) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._high_water = high_water
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self.is_closed = False
        self.committed = False
        self.status_committed = False
        self.tap: Callable[[bytes], None] | None = None
        self.stalls = 0
        self.bytes_out = 0

    def put(self, data: bytes) -> bool:
        """Add content; empty data changes nothing. True when the box is over its mark."""
        if data and not self.is_closed:
            self.committed = True
            self._add(data)
        if self._size <= self._high_water:
            return False
        self.stalls += 1
        self._drained.clear()
        return True

    async def drained(self) -> None:
        """Return once the client has taken what was over the mark."""
        await self._drained.wait()

    def close(self, last: bytes = b"") -> None:
        """End the body, with `last` as its final bytes. Later calls change nothing."""
        if self.is_closed:
            return
        if last:
            self._add(last)
        self.is_closed = True
        self._filled.set()

    def wake(self) -> None:
        """Let `take` return although there may be nothing: it is time for a sign of life."""
        self._filled.set()

    async def take(self) -> bytes:
        """All that is there, waiting for the first of it. Empty at the end of the body, and after `wake`."""
        await self._filled.wait()
        parts = self._parts
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self._size = 0
        self._drained.set()
        if not self.is_closed:
            self._filled.clear()
        return data

    @property
    def is_spent(self) -> bool:
        """Whether the body is over and all of it has been taken."""
        return self.is_closed and not self._parts

    def _add(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)
        self.bytes_out += len(data)
        if self.tap is not None:
            self.tap(data)
        self._filled.set()
