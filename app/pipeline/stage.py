"""How stages become one function. What a stage is stands in `app.hooks.stage`, where addons find it too."""

from collections.abc import Sequence

from app.flow import Flow
from app.hooks.stage import Proceed, Stage

__all__ = ["Proceed", "Stage", "compose"]


def compose(stages: Sequence[Stage]) -> Proceed:
    """The stages in order, as one function. The last one is handed a `proceed` that does nothing."""
    run: Proceed = _end
    for stage in reversed(stages):
        run = _bind(stage, run)
    return run


def _bind(stage: Stage, following: Proceed) -> Proceed:
    async def step(flow: Flow) -> None:
        await stage(flow, following)

    return step


async def _end(flow: Flow) -> None:
    return None
