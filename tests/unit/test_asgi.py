"""The gateway for whoever brings a server. Source: architecture 17."""

import asyncio
from pathlib import Path

import pytest

from app.asgi import EnvironmentApp
from app.web.body import Message


class Server:
    """Plays the server's side of the lifespan."""

    def __init__(self, app: EnvironmentApp) -> None:
        self._app = app
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()

    async def __aenter__(self) -> "Server":
        self._task = asyncio.ensure_future(self._app({"type": "lifespan"}, self._inbox.get, self._outbox.put))
        await self._inbox.put({"type": "lifespan.startup"})
        self.started = await self._outbox.get()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._inbox.put({"type": "lifespan.shutdown"})
        await self._task

    async def status(self, path: str) -> int:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
        await self._app(scope, receive, send)
        return int(sent[0]["status"])


def environ(folder: Path, **values: str) -> dict[str, str]:
    return {"DB_PATH": str(folder / "database.sqlite"), "LOG_LEVEL": "error", **values}


async def test_the_lifespan_opens_and_closes_the_gateway(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = EnvironmentApp(environ(tmp_path))

    async with Server(app) as server:
        assert server.started == {"type": "lifespan.startup.complete"}
        assert await server.status("/health/live") == 200
        assert await server.status("/v1/models") == 401

    with pytest.raises(RuntimeError, match="lifespan"):
        await server.status("/health/live")
    assert "admin password, shown this once:" in capsys.readouterr().err


async def test_a_second_start_tells_no_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        capsys.readouterr()
        async with Server(EnvironmentApp(environ(tmp_path))):
            pass

    assert "password" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("values", "word"), [({"PORT": "many"}, "PORT"), ({"DATABASE_URL": "sqlite:///dev/null/x"}, "")]
)
async def test_what_an_operator_can_mend_is_a_failed_start(
    tmp_path: Path, values: dict[str, str], word: str
) -> None:
    async with Server(EnvironmentApp(environ(tmp_path, **values))) as server:
        assert server.started["type"] == "lifespan.startup.failed"
        assert word in server.started["message"]
