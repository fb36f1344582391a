"""A stage of the pipeline, and how stages become one function.

An onion: a stage prepares, calls `proceed`, and may clean up or heal afterwards. `proceed` returns when
the reply has been delivered, so whatever a stage holds it holds in a `with` around that call.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Protocol, TypeAlias

from app.flow import Flow

Proceed: TypeAlias = Callable[[Flow], Awaitable[None]]


class Stage(Protocol):
    """One named step."""

    name: ClassVar[str]

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        """Do the step; call `proceed` once to go on, again to heal, not at all to refuse by raising."""
        ...


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
