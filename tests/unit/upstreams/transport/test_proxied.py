"""The way through the operator's outbound proxy."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator

import httpcore2
import httpx
import pytest
import trustme

from app.errors import EgressProxyFailed, StreamCut, UpstreamUnreachable
from app.upstreams.http import HttpOptions, UpstreamHttp
from tests.support.upstream import Visit, chunk, chunked, upstream, whole


async def polite(visit: Visit) -> None:
    while True:
        await visit.request()
        await visit.say(whole(b"hello"))


@pytest.fixture
async def serving() -> AsyncIterator[tuple[ssl.SSLContext, ssl.SSLContext]]:
    authority = trustme.CA()
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    yield theirs, ours


async def splice(visit: Visit, port: int) -> None:
    """Pass bytes in both directions until one side is done."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()

    ways = [
        asyncio.ensure_future(pump(visit.reader, writer)),
        asyncio.ensure_future(pump(reader, visit.writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        writer.transport.abort()


async def ask(http: UpstreamHttp, url: str) -> bytes:
    async with http.open("POST", url, {"x-test": "1"}, b"question") as reply:
        return b"".join([piece async for piece in reply.chunks()])


async def test_an_http_proxy_is_asked_for_the_whole_address_with_its_password() -> None:
    """faults.md F009."""
    heads: list[bytes] = []

    async def proxy(visit: Visit) -> None:
        heads.append(await visit.request())
        await visit.say(whole(b"hello"))

    async with upstream(proxy) as place:
        http = UpstreamHttp(HttpOptions(proxy=f"http://user:secret@127.0.0.1:{place.port}"))
        assert await ask(http, "http://upstream.test/path") == b"hello"
        await http.aclose()

    assert heads[0].startswith(b"POST http://upstream.test/path HTTP/1.1\r\n")
    assert b"\r\nproxy-authorization: basic dXNlcjpzZWNyZXQ=\r\n" in heads[0].replace(
        b"Basic", b"basic"
    ).replace(b"Proxy-Authorization", b"proxy-authorization")
    assert b"user-agent" not in heads[0].lower()


async def test_tls_goes_through_the_tunnel_of_the_proxy(
    serving: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """threats.md: a proxy sees no token."""
    theirs, ours = serving
    async with upstream(polite, theirs) as place:

        async def tunnel(visit: Visit) -> None:
            assert (await visit.request()).startswith(b"CONNECT localhost:")
            await visit.say(b"HTTP/1.1 200 Connected\r\n\r\n")
            await splice(visit, place.port)

        async with upstream(tunnel) as proxy:
            http = UpstreamHttp(HttpOptions(proxy=proxy.url(), tls=ours))
            assert await ask(http, place.url(scheme="https", host="localhost")) == b"hello"
            await http.aclose()


async def test_a_socks_proxy_resolves_the_name() -> None:
    """amendments 1: OUTBOUND_PROXY."""
    async with upstream(polite) as place:

        async def socks(visit: Visit) -> None:
            await visit.reader.readexactly(3)
            await visit.say(b"\x05\x00")
            request = await visit.reader.readexactly(5)
            name = await visit.reader.readexactly(request[4])
            await visit.reader.readexactly(2)
            assert (request[:4], name) == (b"\x05\x01\x00\x03", b"upstream.test")
            await visit.say(b"\x05\x00\x00\x01" + bytes(6))
            await splice(visit, place.port)

        async with upstream(socks) as proxy:
            http = UpstreamHttp(HttpOptions(proxy=proxy.url(scheme="socks5")))
            assert await ask(http, place.url(host="upstream.test")) == b"hello"
            await http.aclose()


async def test_a_proxy_that_is_down_or_refuses_is_the_proxy_s_fault() -> None:
    """faults.md F009."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    async def refusing(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(b"", status=407))

    async with upstream(refusing) as proxy:
        for proxy_port, url in [
            (port, "http://upstream.test/"),
            (proxy.port, "http://upstream.test/"),
            (proxy.port, "https://upstream.test/"),
        ]:
            http = UpstreamHttp(HttpOptions(proxy=f"http://user:secret@127.0.0.1:{proxy_port}"))
            with pytest.raises(EgressProxyFailed) as caught:
                await ask(http, url)
            await http.aclose()

            assert (caught.value.kind, caught.value.code) == ("egress_proxy", "egress_proxy_error")
            assert "secret" not in caught.value.message
            assert "127.0.0.1" not in caught.value.message


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_proxy_that_cannot_reach_the_upstream_is_not_to_blame(status: int) -> None:
    """faults.md F003, F009: whoever is down, an operator should look in the right place."""

    async def unable(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(b"", status=status))

    async with upstream(unable) as proxy:
        http = UpstreamHttp(HttpOptions(proxy=proxy.url()))
        with pytest.raises(UpstreamUnreachable) as caught:
            await ask(http, "https://upstream.test/")
        await http.aclose()

    assert (caught.value.kind, caught.value.code) == ("connect", "upstream_unavailable")


@pytest.mark.parametrize(("reply", "kind"), [(4, "connect"), (5, "connect"), (2, "egress_proxy")])
async def test_a_socks_proxy_says_whose_fault_it_is(reply: int, kind: str) -> None:
    """RFC 1928, 6: host unreachable and connection refused are about the target, a rule is the proxy's."""

    async def socks(visit: Visit) -> None:
        await visit.reader.readexactly(3)
        await visit.say(b"\x05\x00")
        request = await visit.reader.readexactly(5)
        await visit.reader.readexactly(request[4] + 2)
        await visit.say(b"\x05" + bytes([reply]) + b"\x00\x01" + bytes(6))

    async with upstream(socks) as proxy:
        http = UpstreamHttp(HttpOptions(proxy=proxy.url(scheme="socks5")))
        with pytest.raises(UpstreamUnreachable) as caught:
            await ask(http, "http://upstream.test/")
        await http.aclose()

    assert caught.value.kind == kind


async def test_a_handshake_that_fails_behind_the_proxy_is_the_upstreams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """faults.md F005. Not over a socket: httpcore2 leaves one unclosed whose handshake has failed."""

    async def fail(*_: object, **__: object) -> None:
        try:
            raise ssl.SSLCertVerificationError("self-signed certificate")
        except ssl.SSLError as exc:
            raise httpcore2.ConnectError(str(exc)) from exc

    http = UpstreamHttp(HttpOptions(proxy="http://127.0.0.1:9"))
    monkeypatch.setattr(httpx.AsyncClient, "send", fail)
    with pytest.raises(UpstreamUnreachable) as caught:
        await ask(http, "https://upstream.test/")
    await http.aclose()

    assert caught.value.kind == "tls"


async def test_after_a_sleep_no_kept_connection_to_the_proxy_is_used() -> None:
    """faults.md F136."""
    async with upstream(polite) as place:
        http = UpstreamHttp(HttpOptions(proxy=place.url()))
        await ask(http, "http://upstream.test/")
        assert http.census().idle == 1

        await http.drop_idle()

        assert http.census().idle == 0
        assert await ask(http, "http://upstream.test/") == b"hello"
        await http.aclose()


async def test_a_stream_that_breaks_off_behind_the_proxy_is_a_cut_stream() -> None:
    """faults.md rule 5."""

    async def breaking(visit: Visit) -> None:
        await visit.request()
        await visit.say(chunked(), chunk(b"so far"))

    async with upstream(breaking) as place:
        http = UpstreamHttp(HttpOptions(proxy=place.url()))
        with pytest.raises(StreamCut):
            await ask(http, "http://upstream.test/")
        await http.aclose()
