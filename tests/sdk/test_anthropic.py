"""The official Anthropic SDK against a running gateway. Source: anthropic.md 13 to 16, 19, 22."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Any

import pytest
import pytest_asyncio
from anthropic import AsyncAnthropic, BadRequestError, NotFoundError
from anthropic.types import Message, MessageParam, ThinkingConfigEnabledParam, ToolParam, ToolUseBlock

from tests.sdk import hostile
from tests.sdk.models import ALIASES, FIRST, MODELS, TOOLS_MODELS
from tests.support.example_addons import all_of_them
from tests.support.world import World, a_world

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:The model .* is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Using Claude with .* is deprecated:UserWarning"),
]

WEATHER: ToolParam = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
CALL = '[[sim: tool=get_weather args={"city":"Paris"} rounds=3]]'
THINKING: ThinkingConfigEnabledParam = {"type": "enabled", "budget_tokens": 2048}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[nullcontext, all_of_them])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    with request.param() as values:
        async with a_world(accounts=1, **(values or {})) as made, made.client() as client:
            await client.post("/v1/chat/completions", json=FIRST)  # the account has its token from here on
            yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def anthropic(world: World) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(api_key=world.key, base_url=world.base_url, max_retries=0) as client:
        yield client


async def streamed(client: AsyncAnthropic, **request: Any) -> Message:
    async with client.messages.stream(**request) as stream:
        return await stream.get_final_message()


@pytest.mark.parametrize("model", MODELS + ALIASES)
async def test_every_model_answers_and_the_stream_adds_up_to_the_answer(
    anthropic: AsyncAnthropic, world: World, model: str
) -> None:
    request: dict[str, Any] = {
        "model": model,
        "max_tokens": 8000,
        "messages": [{"role": "user", "content": "Say hello"}],
        "thinking": THINKING,
    }

    world.simulator.state.rewind()
    whole = await anthropic.messages.create(**request)
    world.simulator.state.rewind()
    accumulated = await streamed(anthropic, **request)

    assert whole.model == model
    assert essence(accumulated) == essence(whole)


def essence(message: Message) -> Any:
    blocks = [
        {key: value for key, value in block.to_dict().items() if key not in ("id", "signature", "citations")}
        for block in message.content
    ]
    return blocks, message.stop_reason, message.usage.input_tokens, message.usage.output_tokens


@pytest.mark.parametrize("keeps_thoughts", [True, False], ids=["verbatim", "forgetful"])
@pytest.mark.parametrize("model", TOOLS_MODELS)
async def test_a_tool_loop_with_thinking_survives_three_turns(
    anthropic: AsyncAnthropic, world: World, model: str, keeps_thoughts: bool
) -> None:
    """anthropic.md 9 and 23 (19, 20): replayed verbatim, or by a client that drops its thinking blocks."""
    messages: list[Any] = [{"role": "user", "content": CALL}]
    before = len(world.generations)
    for turn in range(3):
        answer = await streamed(
            anthropic,
            model=model,
            max_tokens=8000,
            messages=messages,
            tools=[WEATHER],
            thinking=THINKING,
        )
        call = answer.content[-1]
        assert isinstance(call, ToolUseBlock)
        assert call.input == {"city": "Paris"}
        kept = [block for block in answer.content if keeps_thoughts or block.type != "thinking"]
        messages += [
            {"role": "assistant", "content": [block.to_dict() for block in kept]},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": call.id, "content": f"{turn}8 degrees"},
                ],
            },
        ]
    final = await anthropic.messages.create(
        model=model, max_tokens=8000, messages=messages, tools=[WEATHER], thinking=THINKING
    )

    assert final.stop_reason == "end_turn"
    assert {entry.status for entry in world.generations[before:]} == {200}
    assert len(world.generations) - before == 4, "nothing was refused and tried again"


async def test_thinking_that_is_lost_for_good_is_switched_off_for_this_request(
    anthropic: AsyncAnthropic, world: World
) -> None:
    """anthropic.md 9.8, example 1: an unsigned thought before a tool call nobody remembers."""
    raw = await anthropic.messages.with_raw_response.create(
        model="claude-sonnet-4-5-thinking",
        max_tokens=8000,
        thinking=THINKING,
        tools=[WEATHER],
        messages=[
            {"role": "user", "content": "ls"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "a", "signature": ""},
                    {"type": "tool_use", "id": "t1", "name": "get_weather", "input": {"city": "Rome"}},
                ],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "24C"}]},
        ],
    )

    sent = world.generations[-1].body["request"]
    assert raw.headers["x-gateway-notes"] == "thinking-downgraded"
    assert not any(part.get("thought") for content in sent["contents"] for part in content["parts"])
    assert not sent["generationConfig"]["thinkingConfig"].get("includeThoughts")


async def test_an_image_in_a_tool_result_reaches_the_model(anthropic: AsyncAnthropic, world: World) -> None:
    """anthropic.md 5.2."""
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    await anthropic.messages.create(
        model="gemini-2.5-flash",
        max_tokens=100,
        tools=[WEATHER],
        messages=[
            {"role": "user", "content": "look"},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "t1", "name": "get_weather", "input": {}}],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "is_error": True,
                        "content": [
                            {
                                "type": "image",
                                "source": {"type": "base64", "media_type": "image/png", "data": pixel},
                            }
                        ],
                    }
                ],
            },
        ],
    )

    parts = world.generations[-1].body["request"]["contents"][-1]["parts"]
    assert parts[0]["functionResponse"]["response"] == {"error": "(see attached image)"}
    assert parts[-1]["inlineData"] == {"mimeType": "image/png", "data": pixel}


@pytest.mark.parametrize("model", TOOLS_MODELS)
async def test_forty_hostile_schemas_in_one_request_are_taken(
    anthropic: AsyncAnthropic, world: World, model: str
) -> None:
    """tool-schemas.md: the backend is strict, so a 200 means that every schema was cleaned."""
    before = len(world.generations)

    answer = await anthropic.messages.create(
        model=model,
        max_tokens=1000,
        messages=[{"role": "user", "content": "Hello"}],
        tools=[{"name": name, "input_schema": schema} for name, schema in hostile.TOOLS],
    )

    assert answer.stop_reason == "end_turn"
    assert [entry.status for entry in world.generations[before:]] == [200]


async def test_tokens_are_counted_without_an_account(anthropic: AsyncAnthropic, world: World) -> None:
    """anthropic.md 18."""
    before = len(world.simulator.requests)

    counted = await anthropic.messages.count_tokens(
        model="claude-sonnet-4-5", messages=[{"role": "user", "content": "Hello, world"}]
    )

    assert counted.input_tokens > 1
    assert len(world.simulator.requests) == before


async def test_models_are_paged_through_once_each(anthropic: AsyncAnthropic) -> None:
    """anthropic.md 19.1."""
    ids = [model.id async for model in anthropic.models.list(limit=5)]

    assert len(ids) == len(set(ids))
    assert "claude-sonnet-4-6" in ids
    assert (await anthropic.models.retrieve("claude-sonnet-4-20250514")).id.startswith("claude-sonnet")


async def test_errors_have_the_types_of_this_api(anthropic: AsyncAnthropic) -> None:
    """anthropic.md 20."""
    hello: list[MessageParam] = [{"role": "user", "content": "x"}]
    with pytest.raises(NotFoundError) as unknown:
        await anthropic.messages.create(model="no-such", max_tokens=1, messages=hello)
    with pytest.raises(BadRequestError) as bad:
        await anthropic.messages.create(model="claude-sonnet-4-5", max_tokens=0, messages=hello)

    assert unknown.value.body["error"]["type"] == "not_found_error"  # type: ignore[index] # parsed JSON
    assert unknown.value.body["request_id"] == unknown.value.request_id  # type: ignore[index] # parsed JSON
    assert bad.value.body["error"]["message"].startswith("max_tokens")  # type: ignore[index] # parsed JSON


async def test_a_prompt_too_long_is_told_in_the_words_that_clients_read() -> None:
    """anthropic.md 20.3: both numbers, exactly."""
    async with (
        a_world(scenario="long-context") as world,
        AsyncAnthropic(api_key=world.key, base_url=world.base_url, max_retries=0) as client,
    ):
        with pytest.raises(BadRequestError) as caught:
            await client.messages.create(
                model="claude-sonnet-4-5",
                max_tokens=100,
                messages=[{"role": "user", "content": "word " * 20_000}],
            )

    message = caught.value.body["error"]["message"]  # type: ignore[index] # parsed JSON
    words = message.split()
    assert words[:4] == ["prompt", "is", "too", "long:"]
    assert (words[5], words[6], words[8]) == ("tokens", ">", "maximum")
