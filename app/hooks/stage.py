"""What a stage of the pipeline is: the shipped ones and those that addons bring.

An onion: a stage prepares, calls `proceed`, and may clean up or heal afterwards. `proceed` returns when
the reply has been delivered, so whatever a stage holds it holds in a `with` around that call.
"""

from collections.abc import Awaitable, Callable
from typing import ClassVar, Protocol, TypeAlias

from app.flow import Flow

Proceed: TypeAlias = Callable[[Flow], Awaitable[None]]


class Stage(Protocol):
    """One named step."""

    name: ClassVar[str]

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        """Do the step; call `proceed` once to go on, again to heal, not at all to refuse by raising."""
        ...
