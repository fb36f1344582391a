import json
from typing import Any

from msgspec.structs import replace

from app.catalog.profile import ThinkingRange
from app.clock import SystemClock
from app.ids import Ids
from app.ir.events import Begin, End, TextDelta
from app.ir.parts import Text
from app.ir.prompt import Prompt, Turn
from app.upstreams.antigravity.client import AntigravityUpstream, header_wait_s
from app.upstreams.base import Call, Encoded, Upstream
from app.upstreams.http import HttpOptions, UpstreamHttp
from tests.support.antigravity import FLASH, some_options

PROMPT = Prompt(model="gemini-3-flash", turns=(Turn("user", (Text("Hello"),)),), system=("Be kind.",))


async def an_upstream(**options: Any) -> AntigravityUpstream:
    return AntigravityUpstream(UpstreamHttp(HttpOptions()), some_options(**options), SystemClock())


def system_parts(encoded: Encoded) -> list[str]:
    body = json.loads(encoded.body)
    return [part["text"] for part in body["systemInstruction"]["parts"]]


async def test_it_is_an_upstream() -> None:
    upstream: Upstream = await an_upstream()

    assert upstream.name == "antigravity"


async def test_a_preamble_is_a_first_part_of_its_own() -> None:
    """upstream.md 3.6."""
    upstream = await an_upstream(preamble="You are a gateway.")

    assert system_parts(upstream.encode(PROMPT, FLASH)) == ["You are a gateway.", "Be kind."]


async def test_options_may_change_while_running() -> None:
    """upstream.md 3.2: the operator can change the version at run time."""
    upstream = await an_upstream()
    assert system_parts(upstream.encode(PROMPT, FLASH)) == ["Be kind."]

    upstream.reconfigure(replace(upstream.options, preamble="You are a gateway."))

    assert system_parts(upstream.encode(PROMPT, FLASH)) == ["You are a gateway.", "Be kind."]


async def test_the_decoder_reads_what_the_backend_wraps() -> None:
    upstream = await an_upstream()
    call = Call(encoded=upstream.encode(PROMPT, FLASH), profile=FLASH, request_id="")
    decoder = upstream.decoder(call, Ids())
    chunk = {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]
    }

    events = [
        *decoder.feed(b"data: " + json.dumps({"response": chunk}).encode() + b"\n\n"),
        *decoder.finish(),
    ]

    assert isinstance(events[0], Begin)
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["Hi"]
    assert isinstance(events[-1], End)
    assert decoder.is_over


def test_models_that_think_are_given_longer_to_begin() -> None:
    """faults.md 3."""
    options = some_options()

    assert header_wait_s(options, FLASH) == 60.0
    assert header_wait_s(options, replace(FLASH, thinking=ThinkingRange(0, 1))) == 120.0
