"""How many tokens a prompt has: estimated here, without an account. Source: anthropic.md 18."""

from typing import ClassVar

from app.flow import Flow
from app.ir.estimate import estimate
from app.pipeline.stage import Proceed


class Count:
    """Answers with an estimate; it takes no account and cannot fail for want of one."""

    name: ClassVar[str] = "count"

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        flow.outbox.put(flow.dialect.render_count(flow.asked, estimate(flow.asked)))
        await proceed(flow)
