"""Thoughts over two requests, on real sockets, against a backend that checks every signature.

Source: anthropic.md 9, openai.md 6, faults.md F014 and F097.
"""

import json
from typing import Any

import pytest

from tests.support.images import a_picture
from tests.support.world import World, a_world

MESSAGES, CHAT = "/v1/messages", "/v1/chat/completions"
ASK = "[[sim: tool think=12]] Use the weather tool: what is the weather in Oslo?"
TOOL = {
    "name": "weather",
    "description": "Weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
OPENAI_TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "Weather of a city", "parameters": TOOL["input_schema"]},
}


async def ask(world: World, model: str, messages: list[Any], status: int = 200, **more: Any) -> Any:
    body = {"model": model, "max_tokens": 8000, "tools": [TOOL], "messages": messages, **more}
    body.setdefault("thinking", {"type": "enabled", "budget_tokens": 2048})
    async with world.client() as client:
        reply = await client.post(MESSAGES, json=body)
    assert reply.status_code == status, reply.text
    return reply


async def first_round(world: World, model: str) -> list[dict[str, Any]]:
    """The content of an answer that thinks and calls the tool."""
    content: list[dict[str, Any]] = (await ask(world, model, [{"role": "user", "content": ASK}])).json()[
        "content"
    ]
    assert content[-1]["type"] == "tool_use"
    return content


def second_round(content: list[dict[str, Any]]) -> list[Any]:
    result = {"type": "tool_result", "tool_use_id": content[-1]["id"], "content": "12 degrees"}
    return [
        {"role": "user", "content": ASK},
        {"role": "assistant", "content": content},
        {"role": "user", "content": [result]},
    ]


def model_parts(world: World) -> list[dict[str, Any]]:
    """The first model turn of the last request that reached the backend."""
    contents = sent(world)["contents"]
    parts: list[dict[str, Any]] = next(turn["parts"] for turn in contents if turn["role"] == "model")
    return parts


def sent(world: World) -> dict[str, Any]:
    entry = world.generations[-1]
    body = entry.body if isinstance(entry.body, dict) else json.loads(entry.body)
    request: dict[str, Any] = body["request"]
    return request


def blanked(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**block, "signature": ""} if block["type"] == "thinking" else block for block in content]


def without_thinking(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block for block in content if block["type"] != "thinking"]


@pytest.mark.parametrize("forget", [list, blanked, without_thinking])
async def test_claude_gets_its_thought_back_whatever_the_client_kept(forget: Any) -> None:
    """anthropic.md 23, properties 19 and 20."""
    async with a_world() as world:
        content = await first_round(world, "claude-sonnet-4-6")
        thinking = content[0]
        assert thinking["type"] == "thinking"

        reply = await ask(world, "claude-sonnet-4-6", second_round(forget(content)))

        first = model_parts(world)[0]
        assert (first["text"], first["thoughtSignature"]) == (thinking["thinking"], thinking["signature"])
        assert sent(world)["generationConfig"]["thinkingConfig"]["thinkingBudget"] == 2048
        assert "thinking" not in reply.headers.get("x-gateway-notes", "")


async def test_a_lost_thought_costs_the_thinking_and_not_the_request() -> None:
    """anthropic.md 9.8 (1)."""
    async with a_world() as world:
        content = without_thinking(await first_round(world, "claude-sonnet-4-6"))
        content[-1]["id"] = "toolu_unknown"

        reply = await ask(world, "claude-sonnet-4-6", second_round(content))

        assert "thinking-downgraded" in reply.headers["x-gateway-notes"]
        assert sent(world)["generationConfig"]["thinkingConfig"]["thinkingBudget"] == 0
        assert len(world.generations) == 2


async def test_a_refused_signature_is_healed_once_on_the_same_account() -> None:
    """anthropic.md 9.7, faults.md F014."""
    async with a_world() as world:
        content = await first_round(world, "claude-sonnet-4-6")
        content[0]["signature"] = "bm90IGEgc2lnbmF0dXJl"
        content[0]["thinking"] = "never thought"

        await ask(world, "claude-sonnet-4-6", second_round(content))

        assert len(world.generations) == 3
        assert not any(part.get("thought") for part in model_parts(world))
        assert await world.is_at_rest()


@pytest.mark.parametrize(
    ("first", "second"), [("claude-sonnet-4-6", "gemini-3-flash"), ("gemini-3-flash", "claude-sonnet-4-6")]
)
async def test_a_conversation_may_change_its_model_in_the_middle_of_a_tool_loop(
    first: str, second: str
) -> None:
    """anthropic.md 9.8 (8)."""
    async with a_world() as world:
        content = await first_round(world, first)

        await ask(world, second, second_round(content))

        assert len(world.generations) == 2
        assert not any(part.get("thought") for part in model_parts(world))


async def test_gemini_gets_its_signature_back_from_a_client_that_knows_none() -> None:
    """openai.md 6, I10."""
    async with a_world() as world, world.client() as client:
        body: dict[str, Any] = {
            "model": "gemini-3-flash",
            "tools": [OPENAI_TOOL],
            "messages": [{"role": "user", "content": ASK}],
        }
        message = (await client.post(CHAT, json=body)).json()["choices"][0]["message"]
        (call,) = message["tool_calls"]
        signature = call.pop("extra_content")["google"]["thought_signature"]
        body["messages"] += [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": "12 degrees"},
        ]

        reply = await client.post(CHAT, json=body)

        assert reply.status_code == 200, reply.text
        assert [part["thoughtSignature"] for part in model_parts(world) if "functionCall" in part] == [
            signature
        ]


async def test_a_broken_image_costs_no_account() -> None:
    """faults.md F097."""
    async with a_world() as world:
        source = {"type": "base64", "media_type": "image/png", "data": "f0VMRgIBAQA="}
        content = [{"type": "text", "text": "look"}, {"type": "image", "source": source}]

        reply = await ask(world, "claude-sonnet-4-6", [{"role": "user", "content": content}], status=400)

        assert reply.json()["error"]["message"].startswith("messages.0.content.1")
        assert world.generations == []


async def test_a_turned_photo_reaches_the_model_upright() -> None:
    async with a_world() as world:
        photo = a_picture("JPEG", (4, 2), orientation=6)
        source = {"type": "base64", "media_type": "image/jpeg", "data": photo}
        content = [{"type": "image", "source": source}, {"type": "text", "text": "look"}]

        await ask(world, "claude-sonnet-4-6", [{"role": "user", "content": content}])

        data = next(
            part["inlineData"] for part in sent(world)["contents"][0]["parts"] if "inlineData" in part
        )
        assert data["mimeType"] == "image/jpeg"
        assert data["data"] != photo
