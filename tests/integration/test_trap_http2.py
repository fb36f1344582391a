"""HTTP/2 clients that leave, stall or attack. The stock library fails where a test says so."""

import asyncio
import contextlib

import h2.events
import h2.exceptions
import httpx
import pytest
from h2.errors import ErrorCodes

from app.server.options import ServerOptions
from tests.support.server import (
    Http2Client,
    Message,
    Receive,
    Send,
    answer,
    finish,
    http_only,
    piece,
    read_body,
    running,
    running_stock,
    start,
)

MEGABYTE = b"x" * 2**20


class Producer:
    """An application that streams a megabyte at a time and counts; `enough` pieces, then it waits."""

    def __init__(self, enough: int) -> None:
        self.produced = 0
        self.enough = enough
        self.reached = asyncio.Event()
        self.has_left = asyncio.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Stream to whoever asks."""
        await start(send)
        while self.produced < self.enough:
            await piece(send, MEGABYTE)
            self.produced += 1
        self.reached.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        self.has_left.set()


async def test_a_client_that_grants_no_window_stops_the_application() -> None:
    """faults.md T3."""
    producer = Producer(enough=50)
    async with (
        running(http_only(producer)) as server,
        await Http2Client.connect(server, window=1000) as client,
    ):
        stream = client.request("/")
        while len(client.body(stream)) < 1000:
            await client.read()
        client.h2.ping(b"12345678")  # its answer shows that the server has nothing else to do
        client.flush()
        await client.until(h2.events.PingAckReceived)

        assert producer.produced == 0


async def test_the_stock_library_lets_it_run_on() -> None:
    """faults.md T3: 2.8 GB from one stream."""
    producer = Producer(enough=50)
    async with (
        running_stock(http_only(producer)) as server,
        await Http2Client.connect(server, window=1000) as client,
    ):
        client.request("/")

        await producer.reached.wait()  # fifty megabytes for a client that wanted a thousand bytes


async def test_a_window_that_opens_lets_the_application_go_on() -> None:
    """RFC 9113, 5.2: also when the window grows by a change of the settings."""
    async with (
        running(http_only(Producer(enough=1))) as server,
        await Http2Client.connect(server, window=10) as client,
    ):
        client.h2.increment_flow_control_window(2**21)
        stream = client.request("/")
        while len(client.body(stream)) < 10:
            await client.read()
        client.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 500_000})
        client.flush()
        while len(client.body(stream)) < 500_000:
            await client.read()
        client.h2.increment_flow_control_window(2**21, stream)
        client.flush()
        while len(client.body(stream)) < len(MEGABYTE):
            await client.read()

        assert client.body(stream) == MEGABYTE


async def test_a_window_that_stays_shut_ends_the_stream_and_no_other() -> None:
    """faults.md F084."""
    producer = Producer(enough=1)

    @http_only
    async def both(scope: Message, receive: Receive, send: Send) -> None:
        await (producer(scope, receive, send) if scope["path"] == "/stall" else answer(send, b"ok"))

    options = ServerOptions(write_timeout_s=0.05)
    async with running(both, options) as server, await Http2Client.connect(server, window=10) as client:
        stalled = client.request("/stall")
        reset = await client.until(h2.events.StreamReset, stalled)
        await producer.has_left.wait()
        other = client.request("/other")
        await client.until(h2.events.StreamEnded, other)

        assert isinstance(reset, h2.events.StreamReset)
        assert reset.error_code == ErrorCodes.CANCEL
        assert client.body(other) == b"ok"


@http_only
async def early(scope: Message, receive: Receive, send: Send) -> None:
    if scope["path"] == "/slow":
        await read_body(receive)
        await answer(send, b"slow")
    else:
        await answer(send, b"no", status=401)


async def test_data_after_an_early_answer_harms_nobody() -> None:
    """ecosystem.md 0, defect 4b."""
    async with running(early) as server, await Http2Client.connect(server) as client:
        sibling = client.request("/slow", method="POST", is_whole=False)
        refused = client.request("/", method="POST", is_whole=False)
        await client.until(h2.events.ResponseReceived, refused)
        assert client.body(refused) in {b"", b"no"}
        # The client has not looked yet: what it sends now was under way when the answer was made.
        _send_blindly(client, refused, b"late")
        client.h2.send_data(sibling, b"on time", end_stream=True)
        client.flush()
        await client.until(h2.events.StreamEnded, sibling)

        assert client.body(sibling) == b"slow"


async def test_the_rest_of_an_answered_request_is_discarded_so_that_its_client_reads_the_answer() -> None:
    """faults.md F086: httpx over HTTP/2 looks for an answer only once it has sent everything."""
    async with (
        running(early) as server,
        httpx.AsyncClient(http1=False, http2=True, trust_env=False, timeout=20.0) as client,
    ):
        reply = await client.post(f"http://{server.host}:{server.port}/", content=b"x" * 900_000)

    assert reply.text == "no"


async def test_a_client_that_goes_on_sending_after_its_answer_is_told_to_stop() -> None:
    """RFC 9113, 8.1: RST_STREAM with NO_ERROR after the complete response."""
    options = ServerOptions(early_answer_bytes=1000)
    async with running(early, options) as server, await Http2Client.connect(server) as client:
        refused = client.request("/", method="POST", is_whole=False)
        await client.until(h2.events.StreamEnded, refused)
        _send_blindly(client, refused, b"x" * 1001)

        reset = await client.until(h2.events.StreamReset, refused)

        assert isinstance(reset, h2.events.StreamReset)
        assert reset.error_code == ErrorCodes.NO_ERROR
        assert client.body(refused) == b"no"


async def test_the_stock_library_loses_the_connection_to_late_data() -> None:
    """ecosystem.md 0, defect 4b."""
    async with running_stock(early) as server, await Http2Client.connect(server) as client:
        sibling = client.request("/slow", method="POST", is_whole=False)
        refused = client.request("/", method="POST", is_whole=False)
        await client.until(h2.events.StreamEnded, refused)
        _send_blindly(client, refused, b"late")
        client.h2.send_data(sibling, b"on time", end_stream=True)
        client.flush()

        with pytest.raises((EOFError, TimeoutError)):  # closed or, more often, left open without a reader
            async with asyncio.timeout(1.0):
                await client.until(h2.events.StreamEnded, sibling)


def _send_blindly(client: Http2Client, stream: int, data: bytes) -> None:
    """DATA on a stream that the client's h2 may already consider closed."""
    frame = len(data).to_bytes(3, "big") + b"\x00\x00" + stream.to_bytes(4, "big")
    client.writer.write(frame + data)


async def test_a_response_that_fails_in_the_middle_is_reset() -> None:
    """faults.md T2: the client must not wait for ever."""

    @http_only
    async def failing(scope: Message, receive: Receive, send: Send) -> None:
        await start(send)
        await piece(send, b"so far")
        raise RuntimeError("no more")

    async with running(failing) as server, await Http2Client.connect(server) as client:
        stream = client.request("/")
        reset = await client.until(h2.events.StreamReset, stream)

        assert isinstance(reset, h2.events.StreamReset)
        assert reset.error_code == ErrorCodes.INTERNAL_ERROR
        assert client.body(stream) == b"so far"


async def test_a_flood_of_resets_is_sent_away_and_others_are_served() -> None:
    """faults.md F090, N15."""
    started, ended = 0, 0

    @http_only
    async def counting(scope: Message, receive: Receive, send: Send) -> None:
        nonlocal started, ended
        if scope["path"] == "/honest":
            await answer(send, b"ok")
            return
        started += 1
        while (await receive())["type"] != "http.disconnect":
            pass
        ended += 1

    async with running(counting, ServerOptions(http2_resets=50)) as server:
        async with await Http2Client.connect(server) as client:
            with contextlib.suppress(h2.exceptions.ProtocolError):  # h2 notices the GOAWAY
                for _ in range(3000):
                    client.h2.reset_stream(client.request("/flood"))
                    client.flush()
            bye = await client.until(h2.events.ConnectionTerminated)
            async with await Http2Client.connect(server) as other:
                honest = other.request("/honest")
                await other.until(h2.events.StreamEnded, honest)

        assert isinstance(bye, h2.events.ConnectionTerminated)
        assert bye.error_code == ErrorCodes.ENHANCE_YOUR_CALM
        assert started <= 3000
    assert ended == started


async def test_a_flood_of_pings_is_sent_away() -> None:
    """faults.md F090."""
    options = ServerOptions(http2_control_frames=100)
    async with running(early, options) as server, await Http2Client.connect(server) as client:
        for number in range(200):
            client.h2.ping(number.to_bytes(8, "big"))
        client.flush()
        bye = await client.until(h2.events.ConnectionTerminated)

        assert isinstance(bye, h2.events.ConnectionTerminated)
        assert bye.error_code == ErrorCodes.ENHANCE_YOUR_CALM


async def test_a_connection_outlives_a_thousand_requests() -> None:
    """architecture 7.6: the stock limit of 1000 ends running streams without a word."""
    async with running(early) as server, await Http2Client.connect(server) as client:
        for _ in range(1100):
            stream = client.request("/")
            await client.until(h2.events.StreamEnded, stream)
            client.events.clear()

        assert client.h2.open_outbound_streams == 0


async def test_a_stream_closed_by_its_client_lets_the_application_yield() -> None:
    """faults.md T5: sends that go nowhere must not keep the loop busy."""
    gone = asyncio.Event()

    @http_only
    async def endless(scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == "/other":
            await answer(send, b"ok")
            return
        await start(send)
        while not gone.is_set():
            await piece(send, b"x")
        await finish(send)

    async with running(endless) as server, await Http2Client.connect(server) as client:
        stream = client.request("/")
        await client.until(h2.events.DataReceived, stream)
        client.h2.reset_stream(stream)
        other = client.request("/other")
        await client.until(h2.events.StreamEnded, other)
        gone.set()

        assert client.body(other) == b"ok"
