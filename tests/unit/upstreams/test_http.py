"""The way out, against upstreams that behave and others that do not."""

import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator

import pytest
import trustme

from app.errors import StreamCut, TimedOut, UpstreamGarbled, UpstreamUnreachable
from app.upstreams.http import HttpOptions, UpstreamHttp
from tests.support.upstream import Visit, chunk, chunked, upstream, whole


@pytest.fixture
async def http() -> AsyncIterator[UpstreamHttp]:
    http = UpstreamHttp(HttpOptions())
    yield http
    await http.aclose()


async def polite(visit: Visit) -> None:
    while True:
        await visit.request()
        await visit.say(whole(b"hello"))


async def body_of(http: UpstreamHttp, url: str) -> bytes:
    async with http.open("POST", url, {}, b"question") as reply:
        return b"".join([piece async for piece in reply.chunks()])


async def test_a_connection_is_used_again_when_its_answer_was_read_to_the_end(http: UpstreamHttp) -> None:
    """ecosystem.md 2.5."""
    async with upstream(polite) as place:
        for _ in range(3):
            assert await body_of(http, place.url()) == b"hello"

        assert place.visits == 1
        assert http.census().idle == 1


async def test_kept_connections_are_dropped_on_a_word_and_the_next_call_works_at_once(
    http: UpstreamHttp,
) -> None:
    """faults.md F136: after a sleep nobody knows whether the other side still has its end."""
    async with upstream(polite) as place:
        await body_of(http, place.url())
        async with http.open("POST", place.url(), {}, b"question") as reply:
            # What is in use stays: a stream ends by its own limits.
            await body_of(http, place.url())
            await http.drop_idle()
            assert http.census().idle == 0
            assert [piece async for piece in reply.chunks()] == [b"hello"]

        assert await body_of(http, place.url()) == b"hello"


async def test_what_is_sent_is_what_was_asked_for(http: UpstreamHttp) -> None:
    """upstream.md 3: no header that the caller did not choose, besides host and length."""
    heads: list[bytes] = []

    async def listen(visit: Visit) -> None:
        heads.append(await visit.request())
        await visit.say(whole(b""))

    async with upstream(listen) as place:
        async with http.open("POST", place.url("/a?b=ü"), {"x-test": "1"}, b"12345") as reply:
            assert reply.status == 200

        assert heads == [
            f"POST /a?b=%C3%BC HTTP/1.1\r\nhost: 127.0.0.1:{place.port}\r\n"
            "x-test: 1\r\ncontent-length: 5\r\n\r\n".encode()
        ]


async def test_everything_that_one_read_brought_comes_in_one_piece(http: UpstreamHttp) -> None:
    """performance.md: joining what one read brought."""

    async def burst(visit: Visit) -> None:
        await visit.request()
        await visit.say(chunked(), *(chunk(b"event %d\n" % number) for number in range(3)), chunk(b""))

    async with upstream(burst) as place, http.open("GET", place.url(), {}, b"") as reply:
        assert [piece async for piece in reply.chunks()] == [b"event 0\nevent 1\nevent 2\n"]


async def test_leaving_before_the_end_closes_the_connection(http: UpstreamHttp) -> None:
    """faults.md F079: the closed connection is what stops the upstream."""

    async def endless(visit: Visit) -> None:
        await visit.request()
        await visit.say(chunked(), chunk(b"begun"))
        await visit.left()

    async with upstream(endless) as place:
        async with http.open("GET", place.url(), {}, b"") as reply:
            async for piece in reply.chunks():
                assert piece == b"begun"
                break
        await place.all_left()

        assert http.census().busy == http.census().idle == 0


async def test_a_cancelled_wait_for_the_head_closes_the_connection(http: UpstreamHttp) -> None:
    """faults.md F078."""
    asked = asyncio.Event()

    async def silent(visit: Visit) -> None:
        await visit.request()
        asked.set()
        await visit.left()

    async with upstream(silent) as place:
        call = asyncio.create_task(body_of(http, place.url()))
        await asked.wait()
        call.cancel()
        await place.all_left()

        assert call.cancelled()
        assert http.census().busy == 0


async def test_a_kept_connection_that_has_died_is_replaced_once_and_silently(http: UpstreamHttp) -> None:
    """faults.md F007."""

    async def forgetful(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(b"hello"))
        if visit.number == 1:
            await visit.request()  # and no answer

    async with upstream(forgetful) as place:
        assert await body_of(http, place.url()) == b"hello"
        assert await body_of(http, place.url()) == b"hello"

        assert place.visits == 2
        assert http.census().stale_total == 1


async def test_a_fresh_connection_that_dies_is_an_error_at_once(http: UpstreamHttp) -> None:
    """faults.md F006: the retry is the caller's."""

    async def rude(visit: Visit) -> None:
        await visit.request()

    async with upstream(rude) as place:
        with pytest.raises(UpstreamUnreachable) as caught:
            await body_of(http, place.url())

        assert caught.value.kind == "reset_before_headers"
        assert place.visits == 1


async def test_a_kept_connection_that_dies_within_its_answer_is_not_asked_again(http: UpstreamHttp) -> None:
    """faults.md F007: only without any byte of the answer is it certain that nothing was begun."""

    async def half(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(b"hello"))
        await visit.request()
        await visit.say(b"HTTP/1.1 200 O")

    async with upstream(half) as place:
        await body_of(http, place.url())
        with pytest.raises(UpstreamUnreachable) as caught:
            await body_of(http, place.url())

        assert caught.value.kind == "reset_before_headers"
        assert place.visits == 1


async def test_a_refused_connection_says_so(http: UpstreamHttp) -> None:
    """faults.md F003."""
    async with upstream(polite) as place:
        url = place.url()
    with pytest.raises(UpstreamUnreachable) as caught:
        await body_of(http, url)

    assert caught.value.kind == "connect"


async def test_a_certificate_of_an_unknown_authority_is_refused_and_a_known_one_is_not() -> None:
    """faults.md F005."""
    authority = trustme.CA()
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    wary, knowing = UpstreamHttp(HttpOptions()), UpstreamHttp(HttpOptions(tls=trusting))
    async with upstream(polite, serving) as place:
        url = place.url(scheme="https", host="localhost")
        with pytest.raises(UpstreamUnreachable) as caught:
            await body_of(wary, url)
        assert caught.value.kind == "tls"
        assert await body_of(knowing, url) == b"hello"
        assert await body_of(knowing, url) == b"hello"
        assert knowing.census().idle == 1
        await knowing.aclose()
        await wary.aclose()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_stream_is_decoded_as_it_comes(http: UpstreamHttp, encoding: str) -> None:
    """faults.md T12: bounded inflating."""
    compress = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
    first = compress.compress(b"first ") + compress.flush(zlib.Z_SYNC_FLUSH)
    seen = asyncio.Event()

    async def squeezing(visit: Visit) -> None:
        await visit.request()
        await visit.say(chunked(f"Content-Encoding: {encoding}"), chunk(first))
        await seen.wait()
        await visit.say(chunk(compress.compress(b"second") + compress.flush()), chunk(b""))

    async with upstream(squeezing) as place, http.open("GET", place.url(), {}, b"") as reply:
        pieces = []
        async for piece in reply.chunks():
            pieces.append(piece)
            seen.set()

        assert pieces == [b"first ", b"second"]


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", b"not gzip at all"), ("gzip", gzip.compress(b"x" * 100, mtime=0)[:-9]), ("br", b"anything")],
)
async def test_a_body_that_cannot_be_decompressed_is_a_cut_stream(
    http: UpstreamHttp, encoding: str, body: bytes
) -> None:
    """faults.md group C."""

    async def broken(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(body, f"Content-Encoding: {encoding}"))

    async with upstream(broken) as place:
        with pytest.raises(StreamCut) as caught:
            await body_of(http, place.url())

        assert caught.value.kind == "undecodable"


@pytest.mark.parametrize(
    "answer",
    [
        chunked() + chunk(b"so far"),
        chunked() + chunk(b"so far") + b"7\r\nhal",
        chunked() + chunk(b"so far") + b"nonsense\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nso far",
    ],
)
async def test_a_body_that_breaks_off_is_a_cut_stream_after_what_had_come(
    http: UpstreamHttp, answer: bytes
) -> None:
    """faults.md rule 5: the transport is judged first."""

    async def breaking(visit: Visit) -> None:
        await visit.request()
        await visit.say(answer)

    pieces = []
    async with upstream(breaking) as place:
        with pytest.raises(StreamCut):
            async with http.open("GET", place.url(), {}, b"") as reply:
                async for piece in reply.chunks():
                    pieces.append(piece)  # noqa: PERF401 - what had come before the cut is kept

    assert b"".join(pieces).startswith(b"so far")


async def test_an_answer_that_is_no_http_is_garbled(http: UpstreamHttp) -> None:
    """faults.md group B."""

    async def babbling(visit: Visit) -> None:
        await visit.request()
        await visit.say(b"220 mail.example ESMTP\r\n\r\n")

    async with upstream(babbling) as place:
        with pytest.raises(UpstreamGarbled):
            await body_of(http, place.url())


async def test_reading_at_most_so_much_leaves_the_rest(http: UpstreamHttp) -> None:
    """architecture 10: bodies of errors are read up to 64 KiB."""

    async def talkative(visit: Visit) -> None:
        await visit.request()
        await visit.say(chunked(), chunk(b"0123456789"))
        await visit.left()

    async with upstream(talkative) as place:
        async with http.open("GET", place.url(), {}, b"") as reply:
            assert await reply.read_at_most(4) == b"0123"
        await place.all_left()


async def test_an_upstream_that_takes_no_more_of_the_request_is_given_up() -> None:
    """faults.md 3: write stall."""
    http = UpstreamHttp(HttpOptions(write_s=0.1))

    async def deaf(visit: Visit) -> None:
        visit.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a read transport too
        await asyncio.Event().wait()

    async with upstream(deaf) as place:
        with pytest.raises(UpstreamUnreachable) as caught:
            async with http.open("POST", place.url(), {}, bytes(30_000_000)):
                pass

        assert caught.value.kind == "write_timeout"
        while http.census().busy:  # closed at once, told by the loop in its next round
            await asyncio.sleep(0)
    await http.aclose()


async def test_an_answer_before_the_request_has_been_sent_is_read(http: UpstreamHttp) -> None:
    """faults.md B: 413 while the body is still on its way."""

    async def hasty(visit: Visit) -> None:
        await visit.reader.readuntil(b"\r\n\r\n")
        await visit.say(whole(b"too large", status=413))
        await visit.left()

    async with upstream(hasty) as place:
        async with http.open("POST", place.url(), {}, bytes(30_000_000)) as reply:
            assert reply.status == 413
            assert await reply.read_at_most(100) == b"too large"
        await place.all_left()  # a connection with an unsent rest is not kept


async def test_a_plain_call_is_whole_and_decompressed(http: UpstreamHttp) -> None:
    """The control calls of upstream.md 2 and 4."""

    async def control(visit: Visit) -> None:
        assert b"accept-encoding: gzip" in await visit.request()
        await visit.say(
            whole(gzip.compress(b'{"ok": true}', mtime=0), "Content-Encoding: gzip", "X-Many: a", "x-many: b")
        )

    async with upstream(control) as place:
        reply = await http.send("POST", place.url(), {"a": "b"}, b"{}", timeout_s=5.0)

    assert (reply.status, reply.body) == (200, b'{"ok": true}')
    assert reply.headers["x-many"] == "a, b"


async def test_a_plain_call_has_a_time_limit(http: UpstreamHttp) -> None:
    """faults.md rule 14."""

    async def silent(visit: Visit) -> None:
        await visit.request()
        await visit.left()

    async with upstream(silent) as place:
        with pytest.raises(TimedOut):
            await http.send("GET", place.url(), timeout_s=0.05)
        await place.all_left()


async def test_a_plain_call_has_a_size_limit_also_for_what_it_inflates_to(http: UpstreamHttp) -> None:
    """faults.md T12."""

    async def bomb(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip"))

    async with upstream(bomb) as place:
        with pytest.raises(UpstreamGarbled):
            await http.send("GET", place.url(), timeout_s=10.0)


async def test_a_redirect_is_an_answer_like_any_other(http: UpstreamHttp) -> None:
    """threats.md S43."""

    async def moved(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(b"", "Location: http://127.0.0.1:1/", status=302))

    async with upstream(moved) as place:
        assert (await http.send("GET", place.url(), timeout_s=5.0)).status == 302


async def test_closing_ends_also_what_is_in_use(http: UpstreamHttp) -> None:
    """architecture 3: shutdown."""

    async def endless(visit: Visit) -> None:
        await visit.request()
        await visit.say(chunked(), chunk(b"begun"))
        await visit.left()

    async with upstream(endless) as place, http.open("GET", place.url(), {}, b"") as reply:
        pieces = aiter(reply.chunks())
        assert await anext(pieces) == b"begun"
        await http.aclose()
        with pytest.raises(StreamCut):
            await anext(pieces)
        await place.all_left()


async def test_idle_connections_are_closed_after_their_time() -> None:
    """faults.md rule 13."""
    http = UpstreamHttp(HttpOptions(keepalive_s=0.05))
    async with upstream(polite) as place:
        await body_of(http, place.url())
        assert http.census().idle == 1
        await place.all_left()
        assert http.census().idle == 0
    await http.aclose()
