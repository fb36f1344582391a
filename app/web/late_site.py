"""Stands for the Quart app until somebody opens a page, then makes it.

Importing Quart takes longer than all the rest of a start, and most gateways never show a page. It is made
in a thread, while streams go on. Never: pages.
"""

import asyncio
from typing import TYPE_CHECKING, cast

from app.gateway.parts import Gateway
from app.late import late
from app.web.body import Message, Receive
from app.web.reply import Send
from app.web.scope import Asgi

if TYPE_CHECKING:
    from quart import Quart


class LateSite:
    """An ASGI app: the Quart app, begun with its first request and ended with the server's lifespan."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._making = asyncio.Lock()
        self._quart: Quart | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        site = self._quart or await self._made()
        # Quart spells ASGI's messages out; they are the same.
        await cast("Asgi", site)(scope, receive, send)

    async def _made(self) -> "Quart":
        """The Quart app, made by whoever asks first while others wait."""
        async with self._making:
            if self._quart is None:
                build_quart = await asyncio.to_thread(late, "app.web.site:build_quart")
                quart: Quart = build_quart(self._gateway)
                await quart.startup()
                self._quart = quart
            return self._quart

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._quart is not None:
            await self._quart.shutdown()
        await send({"type": "lifespan.shutdown.complete"})
