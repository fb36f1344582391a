"""Names that the operator chose and models that step in, through a running gateway."""

from typing import Any

import pytest

from tests.support.world import a_world

OPTIONS = {
    "model_alias": {
        "aliases": {"fast": "gemini-2.5-flash", "gpt-*": "gemini-2.5-pro"},
        "fallbacks": {"tomorrows-model": ["gemini-2.5-flash"]},
    }
}


async def asked(path: str, model: str, **members: Any) -> Any:
    request = {"model": model, "max_tokens": 9000, "messages": [{"role": "user", "content": "Hi"}], **members}
    async with a_world(addon_options=OPTIONS) as world, world.client() as client:
        return await client.post(path, json=request)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
@pytest.mark.parametrize(
    ("model", "answers", "note"),
    [
        ("fast", "gemini-2.5-flash", "model-alias"),
        ("gpt-9-mini", "gemini-2.5-pro", "model-alias"),
        ("tomorrows-model", "gemini-2.5-flash", "model-fallback"),
    ],
)
async def test_a_name_leads_to_a_model_that_answers(path: str, model: str, answers: str, note: str) -> None:
    reply = await asked(path, model)

    assert reply.status_code == 200
    assert reply.json()["model"] == answers
    assert note in reply.headers["x-gateway-notes"].split(",")


async def test_another_model_answers_a_stream_as_well() -> None:
    reply = await asked("/v1/messages", "tomorrows-model", stream=True)

    assert reply.status_code == 200
    assert "message_stop" in reply.text


async def test_a_model_without_a_chain_is_unknown_as_ever() -> None:
    assert (await asked("/v1/messages", "no-such-model")).status_code == 404
