"""What a client has sent of one request, until the application asks for it.

Never: knowledge of a protocol. How a full inbox is felt by the client is for the protocol to arrange.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from app.server.options import Message

HIGH_WATER = 256 * 1024


class Inbox:
    """Messages for one ASGI `receive`.

    Above `HIGH_WATER` bytes `put` waits. A disconnect never waits: it overtakes what has not been read, and
    every later `get` answers with it again.
    """

    __slots__ = ("_bytes", "_getter", "_messages", "_on_taken", "_room", "is_closed")

    def __init__(self, on_taken: Callable[[int], Awaitable[None]] | None = None) -> None:
        self.is_closed = False
        self._messages: deque[tuple[Message, int]] = deque()
        self._bytes = 0
        self._getter: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._on_taken = on_taken

    @property
    def pending(self) -> int:
        """Bytes that the application has not taken yet."""
        return self._bytes

    def add(self, message: Message, size: int) -> None:
        """Add a message that stands for `size` bytes on the wire, at once."""
        if self.is_closed:
            return
        self._messages.append((message, size))
        self._bytes += size
        _wake(self._getter)

    async def put(self, message: Message) -> None:
        """Add a message; wait while too much is pending."""
        if message["type"] == "http.disconnect":
            self.close()
            return
        self.add(message, len(message["body"]))
        while self._bytes > HIGH_WATER and not self.is_closed:
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    async def get(self) -> Message:
        """The next message; the disconnect once the inbox is closed."""
        while not self._messages and not self.is_closed:
            self._getter = asyncio.get_running_loop().create_future()
            await self._getter
        if self.is_closed:
            return {"type": "http.disconnect"}
        message, size = self._messages.popleft()
        self._bytes -= size
        if self._bytes <= HIGH_WATER:
            _wake(self._room)
        if size and self._on_taken is not None:
            await self._on_taken(size)
        return message

    def close(self) -> None:
        """The client has gone or the answer is complete: nothing more will be read."""
        self.is_closed = True
        self._messages.clear()
        _wake(self._getter)
        _wake(self._room)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
