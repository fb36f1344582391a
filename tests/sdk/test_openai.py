"""The official OpenAI SDK against a running gateway. Source: openai.md 7, 8, 11."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Any

import pytest
import pytest_asyncio
from openai import AsyncOpenAI, BadRequestError, NotFoundError
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam, ChatCompletionToolParam

from tests.sdk import hostile
from tests.sdk.models import FIRST, MODELS, TOOLS_MODELS
from tests.support.example_addons import all_of_them
from tests.support.world import World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[nullcontext, all_of_them])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    with request.param() as values:
        async with a_world(accounts=1, **(values or {})) as made, made.client() as client:
            await client.post("/v1/chat/completions", json=FIRST)  # the account has its token from here on
            yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def openai(world: World) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(api_key=world.key, base_url=f"{world.base_url}/v1", max_retries=0) as client:
        yield client


async def streamed(client: AsyncOpenAI, **request: object) -> ChatCompletion:
    async with client.chat.completions.stream(**request) as stream:  # type: ignore[arg-type] # built by the caller
        return await stream.get_final_completion()


@pytest.mark.parametrize("model", MODELS)
async def test_every_model_answers(openai: AsyncOpenAI, model: str) -> None:
    answer = await openai.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Say hello"}]
    )

    assert answer.model == model
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


@pytest.mark.parametrize("model", MODELS)
async def test_every_model_streams_and_the_stream_adds_up_to_the_answer(
    openai: AsyncOpenAI, world: World, model: str
) -> None:
    request = {
        "model": model,
        "messages": [{"role": "user", "content": "Say hello"}],
        "reasoning_effort": "low",
    }

    world.simulator.state.rewind()
    whole = await openai.chat.completions.create(**request)  # type: ignore[call-overload] # a plain dict
    world.simulator.state.rewind()
    accumulated = await streamed(openai, stream_options={"include_usage": True}, **request)

    assert essence(accumulated) == essence(whole)


def essence(answer: ChatCompletion) -> object:
    choice = answer.choices[0]
    message = choice.message
    reasoning = getattr(message, "reasoning_content", None)
    usage = answer.usage
    assert usage is not None
    return (
        answer.model,
        message.content,
        reasoning,
        choice.finish_reason,
        [(call.function.name, call.function.arguments) for call in message.tool_calls or []],  # type: ignore[union-attr] # functions only
        usage.total_tokens,
    )


@pytest.mark.parametrize("model", TOOLS_MODELS)
async def test_a_tool_loop_with_thinking_survives_a_client_that_drops_signatures(
    openai: AsyncOpenAI, world: World, model: str
) -> None:
    before = len(world.generations)
    ask = '[[sim: tool=get_weather args={"city":"Paris"} rounds=3]]'
    messages: list[Any] = [{"role": "user", "content": ask}]
    for turn in range(3):
        answer = await openai.chat.completions.create(
            model=model, messages=messages, tools=[WEATHER], reasoning_effort="high"
        )
        call = (answer.choices[0].message.tool_calls or [])[0]
        assert answer.choices[0].finish_reason == "tool_calls"
        assert call.type == "function"
        assert json.loads(call.function.arguments) == {"city": "Paris"}
        arguments = {"name": call.function.name, "arguments": call.function.arguments}
        messages += [
            {"role": "assistant", "tool_calls": [{"id": call.id, "type": "function", "function": arguments}]},
            {"role": "tool", "tool_call_id": call.id, "content": f"{turn}8 degrees"},
        ]
    final = await openai.chat.completions.create(
        model=model, messages=messages, tools=[WEATHER], reasoning_effort="high"
    )

    assert "28 degrees" in (final.choices[0].message.content or "")
    assert [entry.status for entry in world.generations[before:]] == [200] * 4


async def test_parallel_calls_have_the_right_indexes(openai: AsyncOpenAI) -> None:
    answer = await streamed(
        openai,
        model="gemini-3-pro-high",
        messages=[{"role": "user", "content": "[[sim: tools=2 parallel]]"}],
        tools=[WEATHER],
    )

    calls = answer.choices[0].message.tool_calls or []
    assert len({call.id for call in calls}) == 2
    assert answer.choices[0].finish_reason == "tool_calls"


async def test_an_image_is_seen_and_an_image_is_drawn(openai: AsyncOpenAI, world: World) -> None:
    seen = await openai.chat.completions.create(
        model="gemini-2.5-flash",
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
                ],
            }
        ],
    )
    drawn = await openai.chat.completions.create(
        model="gemini-3-pro-image", messages=[{"role": "user", "content": "Draw a square"}]
    )

    assert seen.choices[0].message.content
    text = drawn.choices[0].message.content or ""
    start = text.index("data:image/png;base64,") + len("data:image/png;base64,")
    assert base64.b64decode(text[start : text.index(")", start)]).startswith(b"\x89PNG")


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.mark.parametrize("model", TOOLS_MODELS)
async def test_forty_hostile_schemas_in_one_request_are_taken(
    openai: AsyncOpenAI, world: World, model: str
) -> None:
    """tool-schemas.md: the backend is strict, so a 200 means that every schema was cleaned."""
    before = len(world.generations)
    tools: list[Any] = [
        {"type": "function", "function": {"name": name, "description": "odd", "parameters": schema}}
        for name, schema in hostile.TOOLS
    ]
    chosen = hostile.TOOLS[5][0]

    answer = await openai.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": f"[[sim: tool={json.dumps(wire_name(chosen))}]]"}],
        tools=tools,
        tool_choice={"type": "function", "function": {"name": chosen}},
    )

    calls = answer.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls] == [chosen]  # type: ignore[union-attr] # functions only
    assert [entry.status for entry in world.generations[before:]] == [200]


def wire_name(name: str) -> str:
    """The name under which a tool of 90 letters travels. Source: tool-schemas.md 8."""
    return f"{name[:55]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


async def test_an_image_by_address_is_fetched_only_where_that_is_allowed(
    openai: AsyncOpenAI, world: World
) -> None:
    """openai.md 5.3; faults.md F098: loopback is for this test alone an allowed host."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = base64.b64decode(PIXEL)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\nconnection: close\r\n")
        writer.write(b"content-length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await openai.chat.completions.create(
            model="gemini-2.5-flash", messages=[picture(f"http://127.0.0.1:{port}/a.png")]
        )
        with pytest.raises(BadRequestError) as refused:
            await openai.chat.completions.create(
                model="gemini-2.5-flash", messages=[picture(f"http://localhost:{port}/a.png")]
            )

    sent = world.generations[-1].body["request"]["contents"][0]["parts"]
    assert sent == [{"inlineData": {"mimeType": "image/png", "data": PIXEL}}]
    assert refused.value.code == "invalid_image_url"
    assert str(port) not in refused.value.message


def picture(url: str) -> ChatCompletionMessageParam:
    return {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}


async def test_usage_comes_last_when_asked_for(openai: AsyncOpenAI) -> None:
    stream = await openai.chat.completions.create(
        model="gemini-2.5-flash",
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]

    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert all(chunk.usage is None for chunk in chunks[:-1])


async def test_models_are_listed_and_shown(openai: AsyncOpenAI) -> None:
    listed = [model.id async for model in openai.models.list()]
    shown = await openai.models.retrieve("claude-opus-4-5-thinking")

    assert set(MODELS) <= set(listed)
    assert shown.owned_by == "anthropic"


async def test_errors_name_what_is_wrong(openai: AsyncOpenAI) -> None:
    with pytest.raises(NotFoundError) as unknown:
        await openai.chat.completions.create(model="no-such", messages=[{"role": "user", "content": "x"}])
    with pytest.raises(BadRequestError) as empty:
        await openai.chat.completions.create(model="gemini-2.5-flash", messages=[])

    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")
    assert empty.value.param == "messages"
    assert unknown.value.request_id
