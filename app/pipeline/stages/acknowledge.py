"""Client telemetry: taken, thrown away, thanked for. Source: anthropic.md 1."""

from typing import ClassVar

from app.flow import Flow
from app.pipeline.stage import Proceed


class Acknowledge:
    """Answers with an empty object and keeps nothing."""

    name: ClassVar[str] = "acknowledge"

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        await flow.read_body()
        flow.outbox.put(b"{}")
        await proceed(flow)
