"""What the server does for honest clients."""

import asyncio
import ssl

import h2.events
import pytest
import trustme

from app.server.options import ServerOptions
from tests.support.server import (
    Http1Client,
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
    start,
)


@http_only
async def echo(scope: Message, receive: Receive, send: Send) -> None:
    await answer(send, scope["path"].encode() + b" " + await read_body(receive))


@http_only
async def three_pieces(scope: Message, receive: Receive, send: Send) -> None:
    await start(send)
    for number in range(3):
        await piece(send, b"piece %d\n" % number)
    await finish(send)


async def test_a_connection_serves_one_request_after_the_other() -> None:
    """ecosystem.md 2.1."""
    async with running(echo) as server, await Http1Client.connect(server) as client:
        for number in range(3):
            client.request("POST", f"/{number}", body=b"hello")

            assert await client.response() == (200, b"/%d hello" % number)


async def test_pipelined_requests_are_answered_in_order() -> None:
    """ecosystem.md 2.1."""
    async with running(echo) as server, await Http1Client.connect(server) as client:
        for path in ("/a", "/b", "/c"):
            client.request("POST", path, body=b"x")

        assert [(await client.response())[1] for _ in range(3)] == [b"/a x", b"/b x", b"/c x"]


async def test_a_streamed_body_arrives_in_chunks() -> None:
    """ecosystem.md 2.2."""
    async with running(three_pieces) as server, await Http1Client.connect(server) as client:
        client.request("GET", "/", "connection: close")
        _, headers = await client.head()

        assert headers["transfer-encoding"] == "chunked"
        assert await client.rest() == b"8\r\npiece 0\n\r\n8\r\npiece 1\n\r\n8\r\npiece 2\n\r\n0\r\n\r\n"


async def test_a_client_of_http_1_0_gets_the_body_without_chunks() -> None:
    """RFC 9112, 6.1: a server does not send chunks to a client that cannot read them."""
    async with running(three_pieces) as server, await Http1Client.connect(server) as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        await client.head()

        assert await client.rest() == b"piece 0\npiece 1\npiece 2\n"


async def test_a_head_request_gets_no_body() -> None:
    """RFC 9110, 9.3.2."""
    async with running(three_pieces) as server, await Http1Client.connect(server) as client:
        client.request("HEAD", "/", "connection: close")
        await client.head()

        assert await client.rest() == b""


async def test_http2_is_spoken_with_prior_knowledge_on_a_plain_port() -> None:
    """amendments 3.4."""
    async with running(three_pieces) as server, await Http2Client.connect(server) as client:
        stream = client.request("/")
        await client.until(h2.events.StreamEnded, stream)

        assert client.body(stream) == b"piece 0\npiece 1\npiece 2\n"


async def test_prior_knowledge_can_be_switched_off() -> None:
    """amendments 3.4: HTTP2_CLEARTEXT=off."""
    options = ServerOptions(http2_cleartext=False)
    async with running(echo, options) as server, await Http1Client.connect(server) as client:
        client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

        assert (await client.head())[0] == 505
        assert await client.rest() == b""


async def test_over_tls_the_client_chooses_between_both_protocols(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """amendments 3.4: ALPN."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    files = tmp_path_factory.mktemp("tls")
    certificate.private_key_pem.write_to_path(files / "key.pem")
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(files / "cert.pem", append=True)
    options = ServerOptions(certfile=str(files / "cert.pem"), keyfile=str(files / "key.pem"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with running(echo, options) as server:
        trust.set_alpn_protocols(["h2", "http/1.1"])
        async with await Http2Client.connect(server, tls=trust) as newer:
            stream = newer.request("/two")
            await newer.until(h2.events.StreamEnded, stream)
            assert newer.body(stream) == b"/two "

        trust.set_alpn_protocols(["http/1.1"])
        streams = await asyncio.open_connection(
            server.host, server.port, ssl=trust, server_hostname="localhost"
        )
        async with Http1Client(*streams) as older:
            older.request("GET", "/one")
            assert await older.response() == (200, b"/one ")


async def test_a_large_http2_upload_passes_through_the_window() -> None:
    """performance: the window grows as the application takes the body."""
    body = bytes(range(256)) * 8192  # 2 MiB

    async with running(echo) as server, await Http2Client.connect(server, window=2**24) as client:
        client.h2.increment_flow_control_window(2**24)
        stream = client.request("/up", method="POST", is_whole=False)
        sent = 0
        while sent < len(body):
            window = min(client.h2.local_flow_control_window(stream), client.h2.max_outbound_frame_size)
            if window == 0:
                await client.read()
                continue
            client.h2.send_data(stream, body[sent : sent + window], end_stream=sent + window >= len(body))
            client.flush()
            sent += window
        await client.until(h2.events.StreamEnded, stream)

        assert client.body(stream) == b"/up " + body


@pytest.mark.parametrize("version", ["1.1", "2"])
async def test_an_application_that_fails_before_its_response_is_a_500(
    version: str, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 1.1: every request has an ending."""

    @http_only
    async def failing(scope: Message, receive: Receive, send: Send) -> None:
        raise RuntimeError("no answer")

    async with running(failing) as server:
        if version == "1.1":
            async with await Http1Client.connect(server) as client:
                client.request("GET", "/")
                status = (await client.head())[0]
        else:
            async with await Http2Client.connect(server) as newer:
                head = await newer.until(h2.events.ResponseReceived, newer.request("/"))
                assert isinstance(head, h2.events.ResponseReceived)
                assert head.headers is not None
                status = int(head.headers[0][1])
    assert status == 500
    assert "the application failed" in caplog.text


async def test_a_client_that_leaves_is_noticed_while_the_application_is_silent() -> None:
    """faults.md F079, rule 17."""
    noticed = asyncio.Event()
    waiting = asyncio.Event()

    @http_only
    async def silent(scope: Message, receive: Receive, send: Send) -> None:
        await read_body(receive)
        waiting.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        noticed.set()

    async with running(silent) as server:
        async with await Http1Client.connect(server) as client:
            client.request("GET", "/")
            await waiting.wait()
        await noticed.wait()

        waiting.clear()
        noticed.clear()
        async with await Http2Client.connect(server) as newer:
            stream = newer.request("/")
            await waiting.wait()
            newer.h2.reset_stream(stream)
            newer.flush()
            await noticed.wait()


async def test_a_client_that_leaves_is_noticed_behind_a_pipelined_request() -> None:
    """faults.md rule 17: also while the server waits for the answer before it reads on."""
    noticed = asyncio.Event()

    @http_only
    async def silent(scope: Message, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        noticed.set()

    async with running(silent) as server:
        async with await Http1Client.connect(server) as client:
            client.request("GET", "/first")
            client.request("GET", "/second")
            await client.writer.drain()
        await noticed.wait()


async def test_connections_over_the_limit_are_refused_and_later_ones_are_not() -> None:
    """faults.md F089."""
    options = ServerOptions(max_connections=2)
    async with running(echo, options) as server:
        first, second = [await Http1Client.connect(server) for _ in range(2)]
        for client in (first, second):
            client.request("GET", "/")
            await client.response()
        async with await Http1Client.connect(server) as refused:
            assert await refused.rest() == b""

        async with first, second:
            first.request("GET", "/", "connection: close")
            await first.response()
            await first.rest()
            async with await Http1Client.connect(server) as later:
                later.request("GET", "/later")
                assert await later.response() == (200, b"/later ")


async def test_an_idle_connection_is_closed_after_its_time() -> None:
    """ecosystem.md 2.1."""
    options = ServerOptions(keepalive_timeout_s=0.05)
    async with running(echo, options) as server:
        async with await Http1Client.connect(server) as client:
            client.request("GET", "/")
            await client.response()
            assert await client.rest() == b""
        async with await Http2Client.connect(server) as newer:
            await newer.until(h2.events.StreamEnded, newer.request("/"))
            await newer.until(h2.events.ConnectionTerminated)


async def test_a_head_that_drips_in_gets_no_more_time_by_it() -> None:
    """faults.md 3: the request head has 5 s in all."""
    options = ServerOptions(header_timeout_s=0.2)
    async with running(echo, options) as server, await Http1Client.connect(server) as client:
        async with asyncio.TaskGroup() as tasks:
            end = tasks.create_task(client.rest())
            while not end.done():
                client.send(b"x")
                await asyncio.wait([end], timeout=0.02)

        assert end.result() == b""


async def test_a_failing_start_of_the_application_is_the_server_s_failure() -> None:
    """amendments 3.5: a server whose application did not start must not listen."""

    async def broken(scope: Message, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(Exception, match="no database"):
        async with running(broken):
            pass
