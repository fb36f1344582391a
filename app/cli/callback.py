"""Waits on this machine alone for the browser to come back from a sign-in.

Source: RFC 8252 7.3, loopback redirects. Never: shows or logs what the browser brings along.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

PORT = 51121
PATH = "/oauth-callback"
_HOSTS = ("127.0.0.1", "::1")
MOST_WAITING = 16
_LONGEST_LINE = 16 * 1024
_READ_S = 5.0
_HEAD = (
    "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\n"
    "content-security-policy: default-src 'none'\r\nreferrer-policy: no-referrer\r\n"
    "cache-control: no-store\r\nconnection: close\r\n\r\n"
)
_BACK = "<!doctype html><title>Signed in</title><p>Back to the terminal: this page can be closed.</p>"
_NOTHING = "<!doctype html><title>Not found</title><p>There is nothing here.</p>"


class CallbackListener:
    """What came back. `redirect_uri` is where the browser is to be sent."""

    def __init__(self) -> None:
        self.redirect_uri = ""
        self._queries: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)

    def bring(self, query: str) -> bool:
        """Hand in what came back. False where so much waits already that it can be no browser."""
        try:
            self._queries.put_nowait(query)
        except asyncio.QueueFull:
            return False
        return True

    async def next(self) -> str:
        """What came back next, in the order of arrival."""
        return await self._queries.get()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request of a browser."""
        try:
            async with asyncio.timeout(_READ_S):
                line = (await reader.readline()).decode("latin-1")
                while (await reader.readline()).strip():
                    pass
            writer.write(self._reply(line))
            await writer.drain()
        except (TimeoutError, OSError, ValueError):
            return  # whoever that was, it was no browser that came back
        finally:
            writer.close()

    def _reply(self, line: str) -> bytes:
        method, _, rest = line.partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        is_back = method == "GET" and target.path == PATH and bool(target.query)
        is_back = is_back and self.bring(target.query)
        page = _BACK if is_back else _NOTHING
        head = _HEAD.format(status="200 OK" if is_back else "404 Not Found", length=len(page))
        return (head + page).encode()


@asynccontextmanager
async def listening(port: int = PORT) -> AsyncIterator[CallbackListener | None]:
    """A listener on the loopback addresses, on a free port where `port` is taken; None where none is."""
    listener = CallbackListener()
    servers = await _servers(listener, port) or await _servers(listener, 0)
    if not servers:
        yield None
        return
    try:
        yield listener
    finally:
        for server in servers:
            server.close()


async def _servers(listener: CallbackListener, port: int) -> list[asyncio.Server]:
    """Both loopback addresses on one port: browsers differ in what they take `localhost` for."""
    servers: list[asyncio.Server] = []
    for host in _HOSTS:
        try:
            server = await asyncio.start_server(listener.answer, host, port, limit=_LONGEST_LINE)
        except OSError:
            if host == _HOSTS[0]:
                return []
            continue
        port = server.sockets[0].getsockname()[1]
        servers.append(server)
    listener.redirect_uri = f"http://localhost:{port}{PATH}"
    return servers
