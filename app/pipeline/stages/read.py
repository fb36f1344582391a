"""The body to a Prompt, by the dialect."""

from typing import ClassVar

from app.clock import Clock
from app.flow import Flow
from app.hooks.call import change_flow
from app.hooks.table import HookTable
from app.pipeline.stage import Proceed


class Read:
    """Reads the whole body, once. The body itself is not kept."""

    name: ClassVar[str] = "read"

    def __init__(self, clock: Clock, hooks: HookTable) -> None:
        self._clock = clock
        self._hooks = hooks

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        body = await flow.read_body()
        flow.body_size = len(body)
        flow.prompt = flow.dialect.parse(flow.endpoint, body, flow.params)
        del body
        for word in flow.prompt.notes:
            flow.note(word)
        flow.marks.read = self._clock.monotonic()
        if self._hooks.prompt_read:
            await change_flow(self._hooks.prompt_read, flow)
        await proceed(flow)
