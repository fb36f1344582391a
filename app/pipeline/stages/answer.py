"""Answers that an addon gave in place of a model. In the plan only when an addon could give one.

Behind `admit`: who may not have the model, may not have somebody else's answer of it either.
"""

from typing import ClassVar

from app.flow import Flow
from app.hooks.stage import Proceed
from app.ids import Ids
from app.ir.answer import Answer, unfold


class GiveOwnAnswer:
    """Delivers `flow.own_answer`, streamed or whole as the client asked; goes on where there is none."""

    name: ClassVar[str] = "answer"

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        if flow.own_answer is None or flow.endpoint.operation != "generate":
            await proceed(flow)
        else:
            self._deliver(flow, flow.own_answer)

    def _deliver(self, flow: Flow, answer: Answer) -> None:
        flow.headers_out["x-antigravity-model"] = answer.model or flow.model.wire_id
        flow.reason, flow.finish = answer.reason, answer.raw or answer.reason
        flow.note("addon-answer")
        if flow.streams:
            flow.writer = flow.dialect.writer(flow.asked, self._ids, flow.created)
            flow.outbox.put(b"".join(map(flow.writer.feed, unfold(answer))))
        else:
            flow.outbox.put(flow.dialect.render(flow.asked, answer, self._ids, flow.created))
