"""The server's beginning and end, apart from its clients."""

import asyncio
import socket

import pytest

from app.server.options import Address, ServerOptions
from app.server.serve import serve
from tests.support.server import Message, Receive, Send, running


class Watched:
    """An application that notes what its lifespan was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Agree to everything."""
        while True:
            message = await receive()
            self.told.append(message["type"])
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


async def test_the_application_starts_before_the_first_client_and_ends_after_the_last() -> None:
    """architecture 3."""
    app = Watched()
    async with running(app):
        assert app.told == ["lifespan.startup"]

    assert app.told == ["lifespan.startup", "lifespan.shutdown"]


async def test_an_address_in_use_is_an_error_and_the_application_is_ended() -> None:
    """architecture 17: the command explains."""
    app = Watched()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError):
            await serve(app, ServerOptions(port=taken.getsockname()[1]), stop=asyncio.Event())

    assert app.told == ["lifespan.startup", "lifespan.shutdown"]


async def test_a_server_that_is_cancelled_ends_like_one_that_is_stopped() -> None:
    """faults.md I."""
    app = Watched()
    ready: asyncio.Future[tuple[Address, ...]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(app, ServerOptions(), stop=asyncio.Event(), on_ready=ready.set_result))
    await ready
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert app.told == ["lifespan.startup", "lifespan.shutdown"]


async def test_an_application_without_a_lifespan_is_served_all_the_same() -> None:
    """ASGI: the lifespan is optional."""

    async def plain(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])

    async with running(plain) as server:
        assert server.port
