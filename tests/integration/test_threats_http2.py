"""Clients that only make work with HTTP/2 frames are sent away, while others are served.

Source: threats.md S23, faults.md F090.
"""

import asyncio
from collections.abc import Callable

import h2.events
import pytest
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    Frame,
    HeadersFrame,
    PriorityFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from app.server.options import ServerOptions
from tests.support.server import Http2Client, Message, Receive, Running, Send, answer, http_only, running

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SettingsFrame(0).serialize()
HEAD = [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "x")]
MANY = 5000


@http_only
async def friendly(scope: Message, receive: Receive, send: Send) -> None:
    await answer(send, b"ok")


def frame(made: Frame, *flags: str) -> bytes:
    for flag in flags:
        made.flags.add(flag)
    return made.serialize()


def continuations() -> bytes:
    """One head in pieces without end: CVE-2024-27316 and its kin."""
    piece = frame(ContinuationFrame(1, b"\x00\x01a\x01b" * 10))
    return frame(HeadersFrame(1, Encoder().encode(HEAD))) + piece * MANY


def header_bomb() -> bytes:
    """A large header put into the table once, then named by one byte each."""
    big = Encoder().encode([*HEAD, ("x-big", "b" * 3000)])
    again = b"\xbe" * 10_000  # the newest entry of the dynamic table
    return frame(HeadersFrame(1, (big + again)[:16_000]), "END_HEADERS", "END_STREAM")


def settings() -> bytes:
    return SettingsFrame(0, settings={4: 65_535}).serialize() * MANY


def priorities() -> bytes:
    return b"".join(PriorityFrame(2 * n + 1, depends_on=0, stream_weight=1).serialize() for n in range(MANY))


def windows_too_wide() -> bytes:
    return WindowUpdateFrame(0, window_increment=2**31 - 1).serialize() * 2


def nothing_as_a_window() -> bytes:
    return b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"


def a_frame_too_large() -> bytes:
    return b"\xff\xff\xff\x00\x00\x00\x00\x00\x01"


def unknown_frames() -> bytes:
    return b"\x00\x00\x00\xee\x00\x00\x00\x00\x00" * MANY


FLOODS = (
    continuations,
    header_bomb,
    settings,
    priorities,
    windows_too_wide,
    nothing_as_a_window,
    a_frame_too_large,
    unknown_frames,
)


async def is_served(server: Running) -> bool:
    async with await Http2Client.connect(server) as honest:
        stream = honest.request("/")
        await honest.until(h2.events.StreamEnded, stream)
        return honest.body(stream) == b"ok"


@pytest.mark.parametrize("flood", FLOODS)
async def test_whoever_only_makes_work_is_sent_away(flood: Callable[[], bytes]) -> None:
    """threats.md S23: the connection is closed, and nobody else notices."""
    async with running(friendly, ServerOptions(graceful_s=1.0, header_timeout_s=0.5)) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(PREFACE + flood())
        assert await is_served(server)
        async with asyncio.timeout(10):
            try:
                while await reader.read(65_536):
                    pass
            except ConnectionError:
                pass
        writer.transport.abort()
        assert await is_served(server)
