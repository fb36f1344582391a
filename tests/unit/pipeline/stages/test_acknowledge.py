"""Client telemetry. Source: anthropic.md 1."""

from app.pipeline.stages.acknowledge import Acknowledge
from tests.support.flows import a_new_flow, nothing


async def test_whatever_is_sent_is_thanked_for_and_forgotten() -> None:
    flow = a_new_flow("anthropic", operation="acknowledge", body=b"no JSON at all")

    await Acknowledge()(flow, nothing)

    assert await flow.outbox.take() == b"{}"
    assert flow.prompt is None
