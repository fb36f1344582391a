"""One connection, with a transport that records what is done to it."""

import asyncio

import pytest

from app.upstreams.transport.connection import (
    READ_HIGH_WATER,
    WRITE_PIECE,
    Connection,
    PeerLost,
    WriteStalled,
)
from app.upstreams.transport.http1 import Garbled
from app.upstreams.transport.target import Origin

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


class RecordingTransport(asyncio.Transport):
    """Takes everything and does nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_reading_paused = False
        self.is_aborted = False
        self.unsent = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def pause_reading(self) -> None:
        self.is_reading_paused = True

    def resume_reading(self) -> None:
        self.is_reading_paused = False

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.is_aborted

    def abort(self) -> None:
        self.is_aborted = True


def a_connection() -> tuple[Connection, RecordingTransport, list[Connection]]:
    lost: list[Connection] = []
    connection = Connection(Origin("http", "upstream.test", 80), lost.append)
    transport = RecordingTransport()
    connection.connection_made(transport)
    return connection, transport, lost


async def ask(connection: Connection, body: bytes = b"") -> None:
    await connection.send(b"POST / HTTP/1.1\r\n\r\n", body, write_s=5.0)


async def test_a_reader_that_is_slow_stops_the_peer() -> None:
    """performance: memory is bounded by what the relay takes."""
    connection, transport, _ = a_connection()
    await ask(connection)
    connection.data_received(HEAD + b"%x\r\n" % (READ_HIGH_WATER * 2) + bytes(READ_HIGH_WATER + 1))
    assert transport.is_reading_paused

    assert await connection.read() == bytes(READ_HIGH_WATER + 1)
    assert not transport.is_reading_paused


async def test_a_large_body_is_written_as_the_peer_takes_it() -> None:
    """faults.md rule 13."""
    connection, transport, _ = a_connection()
    connection.pause_writing()
    sending = asyncio.create_task(ask(connection, bytes(WRITE_PIECE * 2)))
    await asyncio.sleep(0)
    assert len(transport.written) == 1, "the head only"

    connection.resume_writing()
    await sending
    assert [len(piece) for piece in transport.written[1:]] == [WRITE_PIECE] * 2


async def test_a_peer_that_takes_nothing_is_a_stall() -> None:
    """faults.md 3."""
    connection, _, _ = a_connection()
    connection.pause_writing()
    with pytest.raises(WriteStalled):
        await connection.send(b"POST / HTTP/1.1\r\n\r\n", b"body", write_s=0.01)


async def test_a_connection_whose_request_has_not_left_is_not_used_again() -> None:
    """RFC 9112, 9.3: the next request would stand behind the rest of this one."""
    connection, transport, _ = a_connection()
    await ask(connection)
    connection.data_received(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
    transport.unsent = 10

    assert not connection.finish()


async def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    """threats.md S43: an answer in advance would be taken for that of the next request."""
    connection, transport, _ = a_connection()
    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\n")

    assert transport.is_aborted


async def test_the_end_of_the_connection_is_told_once_and_with_what_had_come() -> None:
    """faults.md F007: `silent` decides whether the request may be repeated."""
    connection, _, lost = a_connection()
    await ask(connection)
    connection.connection_lost(None)
    with pytest.raises(PeerLost) as caught:
        await connection.head()

    assert caught.value.silent
    assert lost == [connection]


async def test_garbage_ends_the_connection() -> None:
    """threats.md S43."""
    connection, transport, _ = a_connection()
    await ask(connection)
    connection.data_received(b"garbage\r\n\r\n")
    with pytest.raises(Garbled):
        await connection.head()

    assert transport.is_aborted


async def test_what_had_come_before_the_garbage_is_still_read() -> None:
    """faults.md rule 5."""
    connection, _, _ = a_connection()
    await ask(connection)
    connection.data_received(HEAD + b"1\r\na\r\n")
    connection.data_received(b"no size\r\n")

    assert await connection.read() == b"a"
    with pytest.raises(Garbled):
        await connection.read()


async def test_it_cannot_be_read_between_two_exchanges() -> None:
    """A mistake of the caller is an error and not a wait for ever."""
    connection, _, _ = a_connection()
    with pytest.raises(RuntimeError):
        await connection.read()
