"""Answers that are neither a stream nor an error: bombs, endless bodies, unknown encodings, endless lines.

They serve tests of a client's bounds. Source: faults.md F034 to F037, F059.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable

from app.simulator.faults import Fault
from app.simulator.inbound import JSON_TYPE, STREAM_TYPE, Inbound

Oddity = Callable[[Inbound, Fault], Awaitable[None]]

_MEGABYTE = 1024 * 1024
_BLOCK = 64 * 1024


async def _endless_error(inbound: Inbound, fault: Fault) -> None:
    """An error status whose body never ends."""
    exchange = inbound.exchange
    exchange.start(500 if fault.count is None else fault.count, inbound.headers(JSON_TYPE))
    while not exchange.is_gone:
        exchange.write(b"x" * _BLOCK)
        await exchange.drain()
        await asyncio.sleep(0)


async def _endless_line(inbound: Inbound, fault: Fault) -> None:
    """One event of `count` megabytes (default 20) without a line end."""
    exchange = inbound.exchange
    exchange.start(200, inbound.headers(STREAM_TYPE))
    exchange.write(b'data: {"response": "')
    for _ in range((fault.count or 20) * _MEGABYTE // _BLOCK):
        exchange.write(b"x" * _BLOCK)
        await exchange.drain()
        await asyncio.sleep(0)
    exchange.finish()


async def _gzip_bomb(inbound: Inbound, fault: Fault) -> None:
    """A small body that inflates to `count` megabytes (default 300) of blanks."""
    exchange = inbound.exchange
    headers = [*inbound.headers(STREAM_TYPE), ("Content-Encoding", "gzip")]
    exchange.start(200, headers)
    packer = zlib.compressobj(wbits=31)
    block = b" " * _MEGABYTE
    for _ in range(fault.count or 300):
        exchange.write(packer.compress(block))
        await exchange.drain()
        await asyncio.sleep(0)
    exchange.write(packer.flush())
    exchange.finish()


async def _bad_encoding(inbound: Inbound, _fault: Fault) -> None:
    """A body in an encoding that nobody knows."""
    headers = [*inbound.headers(STREAM_TYPE), ("Content-Encoding", "zz")]
    inbound.exchange.respond(200, headers, b"\x00\x01\x02zz")


async def _broken_gzip(inbound: Inbound, _fault: Fault) -> None:
    """A body that says it is gzip and is not."""
    headers = [*inbound.headers(STREAM_TYPE), ("Content-Encoding", "gzip")]
    inbound.exchange.respond(200, headers, b"\x1f\x8b\x08\x00 this is no gzip")


ODDITIES: dict[str, Oddity] = {
    "endless_error": _endless_error,
    "endless_line": _endless_line,
    "gzip_bomb": _gzip_bomb,
    "bad_encoding": _bad_encoding,
    "broken_gzip": _broken_gzip,
}
