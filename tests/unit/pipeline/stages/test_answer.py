"""Answers that an addon gave in place of a model. Source: architecture.md 8.2."""

import json

import pytest

from app.flow import Flow
from app.ids import Ids
from app.ir.answer import Answer
from app.ir.parts import Text
from app.pipeline.stages.answer import GiveOwnAnswer
from tests.support.flows import a_flow


async def going_on(flow: Flow) -> None:
    flow.note("went-on")


async def answered(flow: Flow) -> str:
    await GiveOwnAnswer(Ids())(flow, going_on)
    flow.outbox.close()
    return (await flow.outbox.take()).decode()


async def test_without_one_the_request_goes_on() -> None:
    flow = a_flow()

    assert await answered(flow) == ""
    assert [note.word for note in flow.notes] == ["went-on"]


@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])
@pytest.mark.parametrize("stream", [False, True])
async def test_it_is_spelled_as_the_client_asked(dialect: str, stream: bool) -> None:
    flow = a_flow(dialect, stream=stream)
    flow.answer("pong")

    body = await answered(flow)

    assert "pong" in body
    assert stream or json.loads(body)
    assert [note.word for note in flow.notes] == ["addon-answer"]
    assert flow.reason == "stop"
    assert flow.headers_out["x-antigravity-model"] == flow.model.wire_id


async def test_a_whole_answer_keeps_its_own_words() -> None:
    flow = a_flow(stream=False)
    flow.answer(Answer("r", "another-model", (Text("cut"),), "length", raw="MAX_TOKENS"))

    body = json.loads(await answered(flow))

    assert body["choices"][0]["finish_reason"] == "length"
    assert (flow.finish, flow.headers_out["x-antigravity-model"]) == ("MAX_TOKENS", "another-model")
