"""One request and its response: Hypercorn's ASGI state machine with an inbox of our own.

Never: bytes of a protocol.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.typing import AppWrapper, ASGIReceiveEvent, ASGISendEvent, Scope

from app.server.config import FloorConfig
from app.server.floor import Channel, Floor, Peer, Wire
from app.server.inbox import Inbox
from app.server.options import AsgiApp, Message

_BODILESS = frozenset({204, 304})


class Exchange(HTTPStream):
    """Runs the application for one request.

    Hypercorn's stream asks its task group to start the application; here the stream is that group, so that
    it owns the inbox and no queue between the two can fill up and block a disconnect.
    """

    def __init__(
        self,
        floor: Floor,
        peer: Peer,
        wire: Wire,
        channel: Channel,
        stream_id: int,
        on_taken: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(
            cast("AppWrapper", floor.app),
            floor.config,
            floor.context,
            cast("Any", self),  # of a task group only `spawn_app` is used
            peer.is_tls,
            peer.client,
            peer.server,
            channel.stream_send,
            stream_id,
        )
        self.inbox = Inbox(on_taken)
        self._wire = wire
        self._channel = channel
        self._is_streaming = False  # the head is out and a body may follow
        # Kept by the protocol that owns the exchange.
        self.is_request_complete = False
        self.is_response_complete = False

    async def spawn_app(
        self,
        app: AppWrapper,
        config: FloorConfig,
        scope: Scope,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        """Start the application; called by Hypercorn when the request head is there."""
        self._wire.spawn(self._run(cast("AsgiApp", app), cast("Message", scope)))
        return cast("Callable[[ASGIReceiveEvent], Awaitable[None]]", self.inbox.put)

    async def app_send(self, message: ASGISendEvent | None) -> None:
        """What the application says; None when it has returned.

        A piece of a streamed body takes a short way of its own: it is by far the most frequent message.
        """
        if message is None or not message.get("more_body") or not self._is_streaming:
            await super().app_send(message)
            if message is not None and message["type"] == "http.response.start":
                self._is_streaming = message["status"] not in _BODILESS and self.scope["method"] != "HEAD"
        elif self.closed:
            await asyncio.sleep(0)  # the client is gone; the application may not know yet
        elif piece := cast("Message", message).get("body"):
            await self._channel.send_piece(self.stream_id, piece)

    async def _run(self, app: AsgiApp, scope: Message) -> None:
        send = cast("Callable[[Message], Awaitable[None]]", self.app_send)
        try:
            await app(scope, self.inbox.get, send)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - the border to the application: 500, or a body that is aborted
            await self.config.log.exception("the application failed")
        finally:
            await self.app_send(None)
