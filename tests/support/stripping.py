"""A reverse proxy that takes a prefix off the path. One request a connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PREFIX = "/gate"


class Stripping:
    """Where the proxy listens; `target` is the port behind it. `is_cut` lets nobody through any more."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.target = 0
        self.is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The address of the gateway as its clients know it."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    def cut(self) -> None:
        """Drop every connection, and each that comes."""
        self.is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if self.is_cut:
            writer.transport.abort()
            return
        self._writers.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            method, path, version = head.split(b"\r\n", 1)[0].split(b" ")
            if not path.startswith(PREFIX.encode() + b"/"):
                writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                return
            first = b" ".join((method, path[len(PREFIX) :], version))
            fields = [one for one in head.split(b"\r\n")[1:-2] if not one.lower().startswith(b"connection:")]
            inner, outer = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(outer)
            outer.write(b"\r\n".join((first, *fields, b"connection: close", b"", b"")))
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pipe(inner, writer, both))
                    both.create_task(_pipe(reader, outer, None))
            finally:
                self._writers.discard(outer)
                outer.close()
        except* (OSError, asyncio.IncompleteReadError, _Over):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


class _Over(Exception):
    """The answer is whole."""


async def _pipe(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, whole: asyncio.TaskGroup | None
) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if whole is not None:
        raise _Over


@asynccontextmanager
async def stripping() -> AsyncIterator[Stripping]:
    """A proxy that listens; give it its target before it is asked."""
    proxy = Stripping(0)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        await server.wait_closed()
