"""The simulator over its socket: what the model says."""

import json
from typing import Any

import pytest

from tests.support.simulated import SimClient, Wire, a_simulator, model, result, user, weather_tools

THINK = {"maxOutputTokens": 16000, "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 2048}}


async def test_a_stream_has_the_headers_and_the_framing_of_the_backend() -> None:
    """upstream.md 6.1."""
    async with a_simulator() as sim:
        reply = await SimClient(sim).generate()

    assert reply.status == 200
    assert reply.headers["content-type"] == "text/event-stream"
    assert reply.headers["content-disposition"] == "attachment"
    assert reply.headers["server"] == "ESF"
    assert reply.headers["x-cloudaicompanion-trace-id"] == reply.events[0]["traceId"]
    assert reply.body.startswith(
        b'data: {"response": {"candidates": [{"content": {"role": "model","parts": ['
    )
    assert reply.body.endswith(b"\r\n\r\n")
    assert b"[DONE]" not in reply.body
    assert (reply.ending, reply.finish) == ("complete", "STOP")


async def test_ids_are_the_same_in_all_events_of_an_answer() -> None:
    """upstream.md 6.2."""
    async with a_simulator() as sim:
        reply = await SimClient(sim).generate("claude-sonnet-4-6")

    assert len(reply.events) > 2
    assert len({event["traceId"] for event in reply.events}) == 1
    assert len({event["response"]["responseId"] for event in reply.events}) == 1


@pytest.mark.parametrize("name", ["gemini-3-flash", "claude-sonnet-4-6"])
async def test_a_tool_loop_runs_to_its_end_when_history_is_replayed_unchanged(name: str) -> None:
    """upstream.md 5.4, 5.6, 9.9: `claude-thinking-tools`."""
    first = user("What's the weather in Paris? [[sim: tools=1 rounds=2]]")
    async with a_simulator() as sim:
        client = SimClient(sim)
        contents: list[dict[str, Any]] = [first]
        for _ in range(2):
            reply = await client.generate(
                name, contents=contents, tools=weather_tools(), generationConfig=THINK
            )
            assert reply.status == 200, reply.text
            (call,) = reply.calls
            answers = result("get_weather", "18C", call["id"])
            contents = [*contents, model(*_replayed(reply.parts)), user(answers)]
        last = await client.generate(name, contents=contents, tools=weather_tools(), generationConfig=THINK)

    assert last.calls == []
    assert "get_weather answered “18C”" in last.said


async def test_a_lost_signature_is_noticed() -> None:
    """upstream.md 9.9: `signature-lost`."""
    async with a_simulator(scenario="signature-lost") as sim:
        client = SimClient(sim)
        first = await client.generate(text="weather", tools=weather_tools())
        bare = [{"functionCall": call} for call in first.calls]
        contents = [user("weather"), model(*bare), user(result("get_weather", 1, first.calls[0]["id"]))]
        second = await client.generate(contents=contents, tools=weather_tools())

    assert second.status == 400
    assert "missing a thought_signature" in second.message


async def test_the_same_seed_and_order_give_the_same_bytes() -> None:
    """upstream.md 9.2."""
    bodies = []
    for _ in range(2):
        async with a_simulator(seed=5, clock="virtual", clock_start=1.0e9) as sim:
            client = SimClient(sim)
            replies = [
                await client.generate("gemini-pro-agent", "Hi", generationConfig=THINK),
                await client.generate("claude-sonnet-4-6", "weather in Rome", tools=weather_tools()),
                await client.generate("gemini-3.1-flash-image", "a cat"),
                await client.refresh(),
                await client.generate("no-such-model"),
            ]
            bodies.append([(reply.headers, reply.body) for reply in replies])

    assert bodies[0] == bodies[1]


async def test_another_seed_gives_other_bytes() -> None:
    """upstream.md 9.2."""
    replies = []
    for seed in (1, 2):
        async with a_simulator(seed=seed) as sim:
            replies.append((await SimClient(sim).generate()).body)

    assert replies[0] != replies[1]


async def test_looking_at_the_simulator_does_not_change_what_it_says() -> None:
    """upstream.md 9.2."""
    bodies = []
    for looks in (0, 3):
        async with a_simulator() as sim:
            client = SimClient(sim)
            for _ in range(looks):
                await client.send("GET", "/__sim/state", b"", {})
            bodies.append((await client.generate()).body)

    assert bodies[0] == bodies[1]


async def test_without_sse_a_stream_is_one_json_array() -> None:
    """upstream.md 1.2."""
    async with a_simulator() as sim:
        reply = await SimClient(sim).generate(method="streamGenerateContent")

    assert [sorted(event) for event in reply.json] == [["response", "traceId"]] * len(reply.json)


async def test_the_non_stream_method_answers_some_models_and_is_closed_for_others() -> None:
    """upstream.md 3.7, 6.8."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        flash = await client.generate(method="generateContent")
        claude = await client.generate("claude-sonnet-4-6", method="generateContent")

    assert flash.body.startswith(b'{\n  "response": {')
    assert len(flash.json["response"]["candidates"][0]["content"]["parts"]) == 1
    assert (claude.status, len(claude.body)) == (429, 139)


async def test_a_repeated_conversation_is_partly_cached() -> None:
    """upstream.md 6.5."""
    contents = [user("word " * 2000)]
    async with a_simulator() as sim:
        client = SimClient(sim)
        first = await client.generate(contents=contents, sessionId="-1")
        second = await client.generate(contents=contents, sessionId="-1")
        other = await SimClient(sim, number=2).generate(contents=contents, sessionId="-1")

    assert "cachedContentTokenCount" not in first.usage
    assert second.usage["cachedContentTokenCount"] == 2500
    assert "cachedContentTokenCount" not in other.usage


async def test_search_and_count_tokens() -> None:
    """upstream.md 3.8, 6.7."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        searched = await client.generate("gemini-2.5-flash", "news?", tools=[{"googleSearch": {}}])
        counted = await client.call("countTokens", {"request": {"contents": [user("12345678")]}})
        thought = {"thought": True, "text": "x"}
        refused = await client.call("countTokens", {"request": {"contents": [user("a"), model(thought)]}})

    assert searched.events[-1]["response"]["candidates"][0]["groundingMetadata"]["groundingChunks"]
    assert counted.json == {"totalTokens": 2}
    assert refused.status == 400


async def test_two_requests_can_share_a_connection() -> None:
    """upstream.md 1.3: keep-alive."""
    async with a_simulator() as sim, Wire(sim) as wire:
        client = SimClient(sim)
        headers = {"authorization": f"Bearer {client.token}"}
        body = {
            "project": client.account.project,
            "model": "gemini-3-flash",
            "request": {"contents": [user("Hi")]},
        }
        replies = []
        for _ in range(2):
            path = "/v1internal:streamGenerateContent?alt=sse"
            await wire.request("POST", path, json.dumps(body).encode(), headers)
            replies.append(await wire.reply())

    assert [reply.ending for reply in replies] == ["complete", "complete"]


GEMINI_TRANSCRIPT: list[dict[str, Any]] = [
    {"thought": True, "text": "**Planning**\n\nThe user greets."},
    {"text": "Hello! "},
    {"text": "How can I help?"},
    {"text": "", "thoughtSignature": "CpMBexample=="},
]
PARALLEL_TRANSCRIPT: list[dict[str, Any]] = [
    {
        "thoughtSignature": "EuYBexample==",
        "functionCall": {"name": "get_weather", "args": {"city": "Paris"}, "id": "k3x9a1b2"},
    },
    {"functionCall": {"name": "get_weather", "args": {"city": "Rome"}, "id": "k3x9a1b3"}},
    {"text": ""},
]
CLAUDE_TRANSCRIPT: list[dict[str, Any]] = [
    {"text": ""},
    {"thought": True, "text": "I should look up "},
    {"thought": True, "text": "the weather."},
    {"thought": True, "text": "", "thoughtSignature": "RXVZQmV4YW1wbGU="},
    {"text": "Let me check."},
    {
        "functionCall": {
            "name": "get_weather",
            "args": {"city": "Paris"},
            "id": "toolu_vrtx_01PDbPTJgBJ3AJ8BCnSXvUqk",
        }
    },
    {"text": ""},
]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("gemini-pro-agent", GEMINI_TRANSCRIPT),
        ("gemini-3-flash", PARALLEL_TRANSCRIPT),
        ("claude-sonnet-4-6", CLAUDE_TRANSCRIPT),
    ],
)
async def test_the_transcripts_come_out_of_their_scripts(name: str, parts: list[dict[str, Any]]) -> None:
    """upstream.md 9.10, appendix A.1 to A.3."""
    async with a_simulator() as sim:
        sim.add_script(*parts, match={"text": "play"})
        reply = await SimClient(sim).generate(name, "play it")
        plain = await SimClient(sim).generate(name, "Hello")

    assert reply.parts == parts
    assert [len(event["response"]["candidates"]) for event in reply.events] == [1] * len(parts)
    assert reply.finish == "STOP"
    assert plain.parts != parts


async def test_an_event_of_a_transcript_is_written_byte_for_byte() -> None:
    """upstream.md 6.1, appendix A.1."""
    async with a_simulator() as sim:
        sim.state.knobs.metadata_member = True
        sim.add_script({"text": "Hello! "}, finish=None, usage={"promptTokenCount": 7})
        reply = await SimClient(sim).generate("gemini-pro-agent")

    trace_id, response_id = reply.events[0]["traceId"], reply.events[0]["response"]["responseId"]
    assert reply.text == (
        'data: {"response": {"candidates": [{"content": {"role": "model","parts": [{"text": "Hello! "}]}}],'
        '"usageMetadata": {"promptTokenCount": 7},"modelVersion": "gemini-pro-agent",'
        f'"responseId": "{response_id}"}},"traceId": "{trace_id}","metadata": {{}}}}\r\n\r\n'
    )


def _replayed(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A model turn as a good client sends it back: neighbouring pieces of one kind joined."""
    joined: list[dict[str, Any]] = []
    for part in parts:
        last = joined[-1] if joined else None
        if (
            last is not None
            and "text" in last
            and "text" in part
            and last.get("thought") == part.get("thought")
        ):
            joined[-1] = last | part | {"text": last["text"] + part["text"]}
        else:
            joined.append(part)
    return [part for part in joined if part.get("text") != ""]
