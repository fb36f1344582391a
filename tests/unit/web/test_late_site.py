"""The Quart app that is made when somebody asks for a page."""

import asyncio
from pathlib import Path

from app.web.late_site import LateSite
from tests.support.gateways import a_gateway
from tests.support.server import Message


class Caller:
    """Plays the server's side of one ASGI call."""

    def __init__(self, *messages: Message) -> None:
        self.messages = list(messages)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> object:
        return next(message["status"] for message in self.sent if "status" in message)


def a_page(path: str) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"gateway.example")],
        "client": None,
        "server": None,
    }


async def ask(site: LateSite, path: str) -> object:
    caller = Caller({"type": "http.request", "body": b"", "more_body": False})
    await site(a_page(path), caller.receive, caller.send)
    return caller.status


async def test_pages_asked_for_at_the_same_time_come_from_one_app(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        site = LateSite(gateway)

        statuses = await asyncio.gather(*(ask(site, path) for path in ("/", "/", "/nowhere")))

    assert statuses == [200, 200, 404]


async def test_a_server_that_ends_is_served_with_and_without_pages(tmp_path: Path) -> None:
    """ASGI lifespan: both steps are answered, whether or not the app was ever made."""
    async with a_gateway(tmp_path) as gateway:
        for is_asked in (False, True):
            site = LateSite(gateway)
            if is_asked:
                await ask(site, "/")
            life = Caller({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
            await site({"type": "lifespan"}, life.receive, life.send)

            assert [message["type"] for message in life.sent] == [
                "lifespan.startup.complete",
                "lifespan.shutdown.complete",
            ]
