"""Counting tokens without an account. Source: anthropic.md 18."""

import json

from app.ir.estimate import estimate
from app.pipeline.stages.count import Count
from tests.support.flows import a_flow, nothing


async def test_the_answer_is_an_estimate() -> None:
    flow = a_flow("anthropic")

    await Count()(flow, nothing)

    assert json.loads(await flow.outbox.take()) == {"input_tokens": estimate(flow.asked)}
    assert flow.attempts == []
