"""One attempt over real sockets: envelope, hosts in order, refusals, leaving early."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.clock import SystemClock
from app.errors import (
    AccountRefused,
    CredentialRejected,
    ModelMissing,
    QuotaExhausted,
    RateLimited,
    TimedOut,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamUnreachable,
)
from app.ids import AccountId, Ids
from app.ir.events import Begin, End, TextDelta
from app.upstreams.antigravity.client import AntigravityUpstream
from app.upstreams.base import Call, Credential, Encoded
from app.upstreams.http import HttpOptions, UpstreamHttp
from tests.support.antigravity import FLASH, AntigravityWorld, some_options


def hosts_asked(world: AntigravityWorld) -> list[str]:
    return [entry.host for entry in world.asked("streamGenerateContent")]


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that is bound to happen."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


async def test_a_stream_is_decoded_to_an_answer() -> None:
    """upstream.md 6."""
    async with AntigravityWorld() as world:
        call = world.call("Say hello")
        decoder = world.upstream.decoder(call, Ids())
        events = []
        async with world.upstream.open(call, await world.credential()) as chunks:
            async for chunk in chunks:
                events += decoder.feed(chunk)
        events += decoder.finish()

        assert isinstance(events[0], Begin)
        assert "Say hello" in "".join(event.text for event in events if isinstance(event, TextDelta))
        assert isinstance(events[-1], End)


async def test_the_backend_finds_nothing_to_object_to_in_what_is_sent() -> None:
    """upstream.md 3.1, 3.3: three headers, a length, and the envelope."""
    async with AntigravityWorld() as world:
        await world.read(world.call(), await world.credential())

        (entry,) = world.asked("streamGenerateContent")
        assert set(entry.headers) == {
            "host",
            "user-agent",
            "authorization",
            "content-type",
            "accept-encoding",
            "content-length",
        }
        assert list(entry.body) == ["project", "requestId", "request", "model", "userAgent", "requestType"]
        assert world.sim.misbehaviour == []


async def test_attempts_have_ids_of_their_own_and_share_the_session() -> None:
    """upstream.md 3.4, 3.5."""
    async with AntigravityWorld() as world:
        credential = await world.credential()
        for _ in range(2):
            await world.read(world.call(), credential)

        first, second = world.asked("streamGenerateContent")
        assert first.request_id != second.request_id
        assert first.session_id == second.session_id


async def test_the_same_conversation_looks_like_another_on_another_account() -> None:
    """upstream.md 3.5."""
    async with AntigravityWorld() as world:
        for index in (0, 1):
            await world.read(world.call(), await world.credential(index))

        first, second = world.asked("streamGenerateContent")
        assert first.session_id != second.session_id


@pytest.mark.parametrize("effect", ["503_capacity", "404_not_found", "500_internal", "502_html", "reset"])
async def test_another_host_answers_when_the_first_cannot(effect: str) -> None:
    """upstream.md 1.1: network error, 5xx and 404."""
    async with AntigravityWorld() as world:
        world.sim.add_fault(effect, host="daily")

        assert b"Hello" in await world.read(world.call(), await world.credential())
        assert set(hosts_asked(world)) == {"daily", "prod"}
        assert hosts_asked(world)[-1] == "prod"


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ("400_generic", UpstreamRefused),
        ("401_expired", CredentialRejected),
        ("403_validation", AccountRefused),
        ("429_plain", RateLimited),
        ("429_quota", QuotaExhausted),
    ],
)
async def test_a_refusal_is_not_taken_to_the_next_host(effect: str, error: type[UpstreamError]) -> None:
    """upstream.md 1.1: not on 401, 403, 429 and 400."""
    async with AntigravityWorld() as world:
        world.sim.add_fault(effect, host="daily")
        with pytest.raises(error):
            await world.read(world.call(), await world.credential())

        assert hosts_asked(world) == ["daily"]


@pytest.mark.parametrize(
    ("effect", "error"),
    [("503_capacity", UpstreamBusy), ("404_not_found", ModelMissing), ("500_internal", UpstreamBroken)],
)
async def test_the_last_host_has_the_last_word(effect: str, error: type[UpstreamError]) -> None:
    async with AntigravityWorld() as world:
        world.sim.add_fault(effect)
        with pytest.raises(error):
            await world.read(world.call(), await world.credential())

        assert hosts_asked(world) == ["daily", "prod"]


async def test_a_refusal_that_is_compressed_is_read_all_the_same() -> None:
    """upstream.md 1.3."""
    async with AntigravityWorld() as world:
        world.sim.add_fault("429_quota", gzip=True, delay_s=7200.0)
        with pytest.raises(QuotaExhausted) as caught:
            await world.read(world.call(), await world.credential())

        assert caught.value.retry_after_s == pytest.approx(7200.0, abs=5.0)


async def test_leaving_a_stream_early_stops_the_backend() -> None:
    """faults.md F079."""
    async with AntigravityWorld() as world:
        world.sim.add_fault("stall", after_chunks=1, delay_s=60.0)
        async with world.upstream.open(world.call(), await world.credential()) as chunks:
            await anext(chunks)
            assert world.sim.open_streams == 1

        await until(lambda: world.sim.open_streams == 0)
        assert world.sim.aborted_streams == 1
        assert world.http.census().busy == 0


async def test_being_cancelled_before_the_answer_leaves_no_connection() -> None:
    """faults.md F078."""
    async with AntigravityWorld() as world:
        world.sim.add_fault("hang")
        call, credential = world.call(), await world.credential()
        callers = [asyncio.create_task(world.read(call, credential)) for _ in range(20)]
        await until(lambda: len(world.asked("streamGenerateContent")) == 20)

        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)

        await until(lambda: world.sim.open_streams == 0)
        assert world.http.census().busy == 0


async def test_a_backend_that_does_not_begin_to_answer_is_given_up() -> None:
    """faults.md F008."""
    async with AntigravityWorld(options={"header_wait_s": 0.05}) as world:
        world.sim.add_fault("hang")
        with pytest.raises(TimedOut) as caught:
            await world.read(world.call(), await world.credential())

        assert caught.value.kind == "headers"
        await until(lambda: world.http.census().busy == 0)


async def test_tokens_of_a_prompt_are_counted() -> None:
    """upstream.md 3.8."""
    async with AntigravityWorld() as world:
        credential = await world.credential()
        short = await world.upstream.count(world.call("Hi"), credential)
        long = await world.upstream.count(world.call("Hi, " * 500), credential)

        assert 0 < short < long


async def test_no_host_at_all_is_told_as_unreachable() -> None:
    """faults.md F003."""
    http = UpstreamHttp(HttpOptions())
    upstream = AntigravityUpstream(http, some_options(base_urls=("http://127.0.0.1:1",)), SystemClock())
    with pytest.raises(UpstreamUnreachable):
        async with upstream.open(A_CALL, A_CREDENTIAL):
            pass
    await http.aclose()


A_CALL = Call(encoded=Encoded(body=b'{"contents":[]}'), profile=FLASH, request_id="")
A_CREDENTIAL = Credential(AccountId("anna"), "access-1", "project")


@asynccontextmanager
async def a_backend(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> Any:
    """A server that reads a request and does as told; gives an upstream in front of it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    http = UpstreamHttp(HttpOptions())
    options = some_options(base_urls=(f"http://127.0.0.1:{port}",))
    try:
        yield AntigravityUpstream(http, options, SystemClock())
    finally:
        await http.aclose()
        server.close()
        await server.wait_closed()


async def refusal(upstream: AntigravityUpstream) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        async with upstream.open(A_CALL, A_CREDENTIAL):
            pass
    return caught.value


async def test_an_endless_refusal_is_judged_by_its_beginning() -> None:
    """faults.md F037: 64 KB of it."""
    sent = 0

    async def answer(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html\r\n\r\n<html>")
        while True:
            writer.write(b"x" * 4096)
            await writer.drain()
            sent += 4096

    async with a_backend(answer) as upstream:
        error = await refusal(upstream)

    assert isinstance(error, UpstreamBroken)
    assert sent < 32 * 1024 * 1024


async def test_a_refusal_that_breaks_off_is_judged_by_its_status() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 500\r\n\r\n{")

    async with a_backend(answer) as upstream:
        assert isinstance(await refusal(upstream), CredentialRejected)


async def test_a_redirect_is_not_followed() -> None:
    """faults.md F035: the token would travel."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/elsewhere\r\ncontent-length: 0\r\n\r\n"
        )

    async with a_backend(answer) as upstream:
        error = await refusal(upstream)

    assert error.upstream_status == 302
    assert not error.verdict.switches
