"""The simulator over its socket: what goes wrong on purpose."""

import asyncio
import gzip
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.simulated import Reply, SimClient, Wire, a_simulator, until, user


@pytest.mark.parametrize(("how", "ending"), [("end", "complete"), ("truncate", "cut"), ("reset", "reset")])
async def test_a_cut_ends_the_body_in_its_own_way(how: str, ending: str) -> None:
    """upstream.md 9.6: clean end, missing chunked terminator, reset."""
    async with a_simulator() as sim:
        sim.add_fault("cut", after_chunks=2, how=how)
        reply = await SimClient(sim).generate("claude-sonnet-4-6", "[[sim: text=200]]")

    assert (reply.status, reply.ending, reply.finish) == (200, ending, None)
    assert len(reply.events) == 2


async def test_a_cut_can_come_within_an_event() -> None:
    """upstream.md 9.6: after k bytes."""
    async with a_simulator() as sim:
        sim.add_fault("cut", after_bytes=100, how="truncate")
        reply = await SimClient(sim).generate()

    assert (len(reply.body), reply.ending) == (100, "cut")


@pytest.mark.parametrize(("effect", "ending"), [("refuse", "cut"), ("reset", "reset")])
async def test_a_connection_can_end_before_any_answer(effect: str, ending: str) -> None:
    """upstream.md 9.6: effects before the response."""
    async with a_simulator() as sim:
        sim.add_fault(effect, times=1)
        client = SimClient(sim)
        broken, whole = await client.generate(), await client.generate()

    assert (broken.status, broken.ending) == (0, ending)
    assert whole.status == 200


async def test_a_stall_lasts_until_the_clock_says_so() -> None:
    """upstream.md 9.6: stall for t seconds at chunk k."""
    async with a_simulator(clock="virtual", clock_start=0.0) as sim:
        sim.add_fault("stall", after_chunks=1, delay_s=60.0)
        running = asyncio.ensure_future(SimClient(sim).generate("claude-sonnet-4-6"))
        await until(lambda: sim.state.clock.sleepers == 1)
        assert not running.done()
        assert sim.open_streams == 1

        sim.state.clock.advance(60.0)
        reply = await running

    assert reply.finish == "STOP"


async def test_a_client_that_leaves_is_noticed_at_once() -> None:
    """upstream.md 9.8."""
    async with a_simulator() as sim:
        sim.add_fault("stall", after_chunks=1)
        client = SimClient(sim)
        async with Wire(sim) as wire:
            body = {"project": client.account.project, "model": "claude-sonnet-4-6"}
            payload = json.dumps({**body, "request": {"contents": [user("Hi")]}}).encode()
            headers = {"authorization": f"Bearer {client.token}"}
            await wire.request("POST", "/v1internal:streamGenerateContent?alt=sse", payload, headers)
            await wire.first_bytes()
            assert sim.open_streams == 1
            await wire.leave()
        await until(lambda: sim.open_streams == 0)

    assert sim.aborted_streams == 1
    assert sim.requests[0].aborted_at is not None


async def test_headers_can_hang_until_the_client_leaves() -> None:
    """upstream.md 9.6: delay headers."""
    async with a_simulator() as sim:
        sim.add_fault("hang")
        running = asyncio.ensure_future(SimClient(sim).generate())
        await until(lambda: sim.open_streams == 1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await until(lambda: sim.open_streams == 0)

    assert sim.aborted_streams == 1


@pytest.mark.parametrize(
    ("effect", "status"),
    [
        ("400_generic", 400),
        ("401_expired", 401),
        ("403_validation", 403),
        ("404_not_found", 404),
        ("429_quota", 429),
        ("500_internal", 500),
        ("502_html", 502),
        ("503_capacity", 503),
        ("504", 504),
        ("529", 529),
        ("sorry_html", 429),
        ("302_redirect", 302),
        ("version_text", 200),
    ],
)
async def test_any_error_can_be_answered(effect: str, status: int) -> None:
    """upstream.md 9.6."""
    async with a_simulator() as sim:
        sim.add_fault(effect)
        reply = await SimClient(sim).generate()

    assert (reply.status, reply.ending) == (status, "complete")
    assert sim.requests[0].effects == [effect]


async def test_errors_of_the_stream_method_are_labelled_as_streams() -> None:
    """upstream.md 7.1."""
    async with a_simulator() as sim:
        sim.add_fault("429_plain", method="*")
        client = SimClient(sim)
        stream = await client.generate()
        control = await client.call("fetchAvailableModels", {})

    assert stream.headers["content-type"] == "text/event-stream"
    assert control.headers["content-type"] == "application/json; charset=UTF-8"
    assert stream.headers["content-length"] == "139"
    assert "retry-after" not in stream.headers


async def test_error_bodies_have_variants() -> None:
    """upstream.md 7.1, 9.6."""
    async with a_simulator() as sim:
        sim.add_fault("429_plain", wrapped=True, nth=1)
        sim.add_fault("400_generic", errors_member=True, nth=2)
        sim.add_fault("503_plain", truncated=True, nth=3)
        client = SimClient(sim)
        wrapped, member, truncated = [await client.generate() for _ in range(3)]

    assert wrapped.json[0]["error"]["code"] == 429
    assert member.json["error"]["errors"][0]["reason"] == "badRequest"
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(truncated.body)


async def test_errors_are_compressed_for_clients_that_take_it() -> None:
    """upstream.md 1.3."""
    accepts = {"accept-encoding": "gzip"}
    async with a_simulator() as sim:
        client = SimClient(sim)
        sim.add_fault("429_plain", times=2)
        zipped = await client.generate(headers=accepts)
        plain = await client.generate()

    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.body == plain.body


async def test_a_stream_can_be_compressed_as_well() -> None:
    """upstream.md 1.3."""
    async with a_simulator() as sim:
        sim.state.knobs.gzip_streams = True
        reply = await SimClient(sim).generate("claude-sonnet-4-6", headers={"accept-encoding": "gzip"})

    assert gzip.decompress(b"".join(reply.pieces)).startswith(b"data: ")
    assert reply.finish == "STOP"


@pytest.mark.parametrize("effect", ["crlf", "lf", "no_space", "joined", "drip", "split_utf8"])
async def test_the_way_of_the_bytes_does_not_change_the_words(effect: str) -> None:
    """upstream.md 6.1, 9.6."""
    async with a_simulator() as sim:
        plain = await SimClient(sim).generate("claude-sonnet-4-6", "ñ 🧑‍💻 [[sim: text=40]]")
        sim.reset()
        sim.add_fault(effect)
        odd = await SimClient(sim).generate("claude-sonnet-4-6", "ñ 🧑‍💻 [[sim: text=40]]")

    assert odd.events == plain.events
    if effect == "joined":
        assert len(odd.pieces) == 1
    if effect == "drip":
        assert max(len(piece) for piece in odd.pieces) <= 7
    if effect == "lf":
        assert b"\r" not in odd.body


async def test_a_split_falls_within_a_character() -> None:
    """upstream.md 9.6: split UTF-8."""
    async with a_simulator() as sim:
        sim.add_fault("split_utf8")
        reply = await SimClient(sim).generate(text="[[sim: say=ñandú]]")

    with pytest.raises(UnicodeDecodeError):
        reply.pieces[0].decode()
    assert reply.said == "ñandú"


async def test_an_error_within_the_stream_ends_it() -> None:
    """upstream.md 6.9, appendix A.5."""
    async with a_simulator() as sim:
        sim.add_fault("stream_error", after_chunks=1)
        reply = await SimClient(sim).generate("claude-sonnet-4-6")

    assert reply.status == 200
    assert list(reply.events[-1]) == ["error"]
    assert reply.events[-1]["error"]["details"][0]["reason"] == "MODEL_CAPACITY_EXHAUSTED"


async def test_directives_reach_faults_through_a_gateway() -> None:
    """upstream.md 9.4."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        assert (await client.generate(text="[[sim: error=429_quota]]")).status == 429
        assert (await client.generate(text="[[sim: empty]]")).body == b""
        assert (await client.generate("claude-sonnet-4-6", "[[sim: cut=after:2:truncate]]")).ending == "cut"
        assert (await client.generate(text="[[sim: no_finish]]")).finish is None


async def test_directives_do_nothing_unless_they_are_switched_on() -> None:
    """upstream.md 9.4."""
    async with a_simulator(directives=False) as sim:
        reply = await SimClient(sim).generate(text="[[sim: error=503]]")

    assert reply.status == 200


async def test_a_stream_call_can_be_answered_with_plain_json() -> None:
    """faults.md F034."""
    async with a_simulator() as sim:
        sim.add_fault("json_for_sse")
        reply = await SimClient(sim).generate()

    assert reply.headers["content-type"].startswith("application/json")
    assert reply.json["response"]["candidates"][0]["finishReason"] == "STOP"


async def test_line_ends_can_be_bare_returns() -> None:
    """faults.md F058."""
    async with a_simulator() as sim:
        sim.add_fault("cr")
        reply = await SimClient(sim).generate()

    assert reply.body.endswith(b"\r\r")
    assert b"\n" not in reply.body


@pytest.mark.parametrize(("effect", "encoding"), [("bad_encoding", "zz"), ("broken_gzip", "gzip")])
async def test_an_encoding_can_be_unknown_or_untrue(effect: str, encoding: str) -> None:
    """faults.md F036."""
    async with a_simulator() as sim:
        sim.add_fault(effect)
        reply = await SimClient(sim).generate()

    assert (reply.status, reply.headers["content-encoding"], reply.ending) == (200, encoding, "complete")


async def test_a_small_body_can_inflate_to_a_large_one() -> None:
    """faults.md F036."""
    async with a_simulator() as sim:
        sim.add_fault("gzip_bomb", count=3)
        reply = await SimClient(sim).generate()

    assert sum(len(piece) for piece in reply.pieces) < 10_000
    assert len(reply.body) == 3 * 1024 * 1024


async def test_an_error_body_can_go_on_until_the_client_has_had_enough() -> None:
    """faults.md F037."""
    async with a_simulator() as sim:
        sim.add_fault("endless_error", count=503)
        client = SimClient(sim)
        async with Wire(sim) as wire:
            payload = {"project": client.account.project, "model": "gemini-3-flash"}
            body = json.dumps({**payload, "request": {"contents": [user("Hi")]}}).encode()
            headers = {"authorization": f"Bearer {client.token}"}
            await wire.request("POST", "/v1internal:streamGenerateContent?alt=sse", body, headers)
            head = await wire.first_bytes()
            await wire.reader.readexactly(1_000_000)
        await until(lambda: sim.open_streams == 0)

    assert head.startswith(b"HTTP/1.1 503 ")


async def test_a_line_can_be_longer_than_any_limit() -> None:
    """faults.md F059."""
    async with a_simulator() as sim:
        sim.add_fault("endless_line", count=1)
        reply = await SimClient(sim).generate()

    assert len(reply.body) > 1024 * 1024
    assert b"\n" not in reply.body


async def test_a_kept_connection_can_die_while_it_is_idle() -> None:
    """faults.md F007."""
    async with a_simulator() as sim, Wire(sim) as wire:
        sim.add_fault("close_idle", delay_s=0.0)
        client = SimClient(sim)
        payload = {"project": client.account.project, "model": "gemini-3-flash"}
        body = json.dumps({**payload, "request": {"contents": [user("Hi")]}}).encode()
        headers = {"authorization": f"Bearer {client.token}"}
        await wire.request("POST", "/v1internal:streamGenerateContent?alt=sse", body, headers)
        reply = await wire.reply()
        rest = await wire.first_bytes()

    assert (reply.status, reply.ending, rest) == (200, "complete", b"")


async def test_drips_have_their_size_and_gap() -> None:
    """faults.md F043."""
    async with a_simulator(clock="virtual", clock_start=0.0) as sim:
        sim.add_fault("drip", count=1, delay_s=2.0)
        running = asyncio.ensure_future(SimClient(sim).generate(text="[[sim: say=x]]"))
        while not running.done():
            await asyncio.sleep(0)
            if sim.state.clock.sleepers:
                sim.state.clock.advance(2.0)
        reply = await running

    assert {len(piece) for piece in reply.pieces} == {1}
    assert sim.state.clock.now() >= 2.0 * (len(reply.body) - 1)


def _decoded(pieces: list[bytes]) -> list[Any]:
    return Reply(pieces=pieces).events


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(min_value=0, max_value=4000), max_size=30))
def test_any_chunking_of_the_bytes_decodes_to_the_same_events(cuts: list[int]) -> None:
    """upstream.md 9.10."""
    whole = asyncio.run(_a_stream())
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})

    pieces = [whole[start:end] for start, end in pairwise(edges)]

    assert _decoded(pieces) == _decoded([whole])


_KNOWN: list[bytes] = []


async def _a_stream() -> bytes:
    if not _KNOWN:
        async with a_simulator() as sim:
            _KNOWN.append((await SimClient(sim).generate("claude-sonnet-4-6", "ñ")).body)
    return _KNOWN[0]
